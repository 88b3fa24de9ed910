//! One account as decisions need it: limits, holds, cards, habits, and what was answered lately.
//!
//! It is one compact row. Columns carry what SQL sums and finds; the rest is one value (`Hot`), encoded
//! with postcard behind a version byte. Everything an authorization changes is in this row or is appended.

use super::{
    AuthorizationRequest, ChipCheck, ChipTurn, CountedProof, Expiry, Misses, NewCard, WaitingCommand,
    encoding::append, script, version_2,
};
use decision::Place;
use kernel::{AccountId, Currency, DAY_US, SECOND_US, Timestamp};
use serde::{Deserialize, Serialize};

/// Messages remembered for finding repeats, an account.
pub const SEEN_MAX: usize = 64;
/// How long repeats are recognised, microseconds.
pub const SEEN_US: i64 = 7 * DAY_US;
/// Open holds of an account; beyond it authorizations are declined.
pub const HOLDS_MAX: usize = 512;
/// Reversals that wait for their original, an account.
pub const WAITING_MAX: usize = 32;
/// Version of the encoding of [`Hot`].
const HOT_VERSION: u8 = 3;

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// It may.
    #[default]
    Open,
    /// Not for now.
    Blocked,
    /// Never again.
    Closed,
}

impl AccountStatus {
    /// What the database holds.
    pub const fn number(self) -> i16 {
        match self {
            Self::Open => 1,
            Self::Blocked => 2,
            Self::Closed => 3,
        }
    }

    /// The status with this number; an unknown one is not usable.
    pub const fn from_number(number: i16) -> Self {
        match number {
            1 => Self::Open,
            3 => Self::Closed,
            _ => Self::Blocked,
        }
    }
}

/// Whether a card may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardStatus {
    /// It may.
    #[default]
    Active,
    /// Frozen: reversible.
    Frozen,
    /// Reported lost: final.
    Lost,
    /// Reported stolen: final.
    Stolen,
}

impl CardStatus {
    /// Whether it can change to `next`: what is lost stays lost.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Active | Self::Frozen => true,
            Self::Lost | Self::Stolen => {
                matches!((self, next), (Self::Lost, Self::Lost) | (Self::Stolen, Self::Stolen))
            }
        }
    }
}

/// Switches that belong to the cardholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Controls {
    /// Payments on the web.
    pub online: bool,
    /// Payments outside the home country.
    pub abroad: bool,
    /// Cash.
    pub cash: bool,
    /// Largest single payment, minor units; `None`: no such bound.
    pub payment_max_minor: Option<i64>,
}

impl Default for Controls {
    fn default() -> Self {
        Self { online: true, abroad: true, cash: true, payment_max_minor: None }
    }
}

/// What the chip of a card has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChipState {
    /// The highest transaction number that came with a right cryptogram; `None`: it was not used yet.
    pub counter: Option<u16>,
    /// Whether its next number may be far ahead of it: staff looked at the gap.
    pub leap_allowed: bool,
    /// A command of ours that the chip has not taken yet.
    pub waiting: Option<WaitingCommand>,
}

impl ChipState {
    /// What a message, whose proofs were looked at, means for the command that waits. Only a chip whose number the message
    /// has moved from `before` was heard: data that come again are no chip, and whoever copied them uses nothing up.
    pub fn turn(&mut self, before: Option<u16>, check: Option<ChipCheck>) -> ChipTurn {
        match check {
            Some(ChipCheck::Right { counter, scripts, .. })
                if self.counter == Some(counter) && before != Some(counter) =>
            {
                script::turn(&mut self.waiting, counter, scripts)
            }
            _ => ChipTurn::NotHeard,
        }
    }

    /// The same for a message that was answered before: the answer may have been lost, so its command goes along again.
    pub fn turn_again(&self, request: &AuthorizationRequest) -> ChipTurn {
        match (request.proofs.chip, self.waiting) {
            (Some(ChipCheck::Right { counter, .. }), Some(waiting))
                if waiting.sent > 0 && waiting.sent_at == counter =>
            {
                ChipTurn::Tell(waiting.command)
            }
            _ => ChipTurn::NotHeard,
        }
    }
}

/// One card of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardState {
    /// Its id.
    pub card: i64,
    /// Whether it may be used.
    pub status: CardStatus,
    /// When it expires.
    pub expiry: Expiry,
    /// The cardholder's switches.
    pub controls: Controls,
    /// Wrong proofs.
    pub misses: Misses,
    /// Which generation of the card verification key made its values; it keeps it until it expires.
    pub cvk_generation: u32,
    /// What its chip has shown.
    pub chip: ChipState,
    /// Encoded [`decision::CardBehaviour`]; decoded only for the card in use.
    #[serde(with = "serde_bytes")]
    pub behaviour: Vec<u8>,
}

impl CardState {
    /// A card as it is issued.
    pub fn new(new: &NewCard) -> Self {
        Self {
            card: new.card.raw(),
            status: CardStatus::Active,
            expiry: new.expiry,
            controls: Controls::default(),
            misses: Misses::default(),
            cvk_generation: new.cvk_generation,
            chip: ChipState::default(),
            behaviour: Vec::new(),
        }
    }
}

impl CardState {
    /// The proofs that are refused at `now`, the right ones too, until somebody unblocks them or time has passed.
    pub fn refused(&self, now: Timestamp) -> Vec<CountedProof> {
        let pin = self.misses.refuse_pin().then_some(CountedProof::Pin);
        let values = self.misses.refuse_values(seconds(now)).then_some(CountedProof::CardValue);
        pin.into_iter().chain(values).collect()
    }
}

/// Credit reserved by an approved authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// By which authorization.
    pub authorization: i64,
    /// How much, minor units of the account.
    pub minor: i64,
    /// Until when, seconds since the epoch.
    pub expires_s: u32,
    /// Whether it was cash, which has a limit of its own.
    pub cash: bool,
}

/// A message that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// See [`super::AuthorizationRequest::key`].
    pub key: i64,
    /// See [`super::AuthorizationRequest::content`].
    pub content: i64,
    /// Its record.
    pub authorization: i64,
    /// When it was answered, seconds since the epoch.
    pub at_s: u32,
}

/// A reversal that came before its original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingReversal {
    /// Trace number of the original.
    pub stan: u32,
    /// Field 37 of the reversal, for originals that are not quoted.
    pub rrn: String,
    /// Field 7 of the original, where quoted.
    pub transmitted: Option<String>,
    /// The reversal's own record.
    pub authorization: i64,
    /// When it came, seconds since the epoch.
    pub at_s: u32,
}

/// The part of the row that is one encoded value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Standing {
    /// How much may be taken as cash.
    pub cash_limit_minor: i64,
    /// Whether the rules watch it.
    pub watched: bool,
    /// ISO 3166 numeric.
    pub home_country: u16,
    /// Degrees in millionths: latitude, longitude.
    pub home: Option<(i32, i32)>,
    /// Local time minus UTC, minutes.
    pub utc_offset_min: i16,
    /// Its cards.
    pub cards: Vec<CardState>,
    /// Open holds.
    pub holds: Vec<Hold>,
    /// What was answered lately, oldest first.
    pub seen: Vec<Seen>,
    /// When the newest entry was dropped from `seen` for lack of room, seconds; 0: never.
    pub seen_dropped_s: u32,
    /// Reversals that wait for their original.
    pub waiting: Vec<WaitingReversal>,
}

/// One account as the engine holds it while it decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Its id.
    pub account: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Its currency.
    pub currency: Currency,
    /// Credit limit, minor units.
    pub limit_minor: i64,
    /// Owed and posted, minor units; negative when the customer has credit.
    pub posted_minor: i64,
    /// Sum of open holds, minor units.
    pub held_minor: i64,
    /// The newest authorization, where the chain of records begins; 0: none.
    pub head: i64,
    /// The rest.
    pub standing: Standing,
}

impl AccountState {
    /// Credit that can still be used, minor units. Never more than the limit and the customer's credit allow.
    pub fn available_minor(&self) -> i64 {
        self.limit_minor.saturating_sub(self.posted_minor).saturating_sub(self.held_minor)
    }

    /// The earliest expiry among the open holds, seconds; `None` without holds.
    pub fn next_expiry_s(&self) -> Option<u32> {
        self.standing.holds.iter().map(|hold| hold.expires_s).min()
    }

    /// The card with this id.
    pub fn card_mut(&mut self, card: i64) -> Option<&mut CardState> {
        self.standing.cards.iter_mut().find(|state| state.card == card)
    }

    /// The card with this id.
    pub fn card(&self, card: i64) -> Option<&CardState> {
        self.standing.cards.iter().find(|state| state.card == card)
    }

    /// The earlier message with this key, if it is remembered.
    pub fn seen(&self, key: i64) -> Option<Seen> {
        self.standing.seen.iter().rev().find(|seen| seen.key == key).copied()
    }

    /// Whether a message with a key that is not remembered could still be a repeat of one that was dropped.
    pub fn seen_is_incomplete(&self, now: Timestamp) -> bool {
        let dropped = i64::from(self.standing.seen_dropped_s) * SECOND_US;
        dropped > 0 && now.us() - dropped < SEEN_US
    }

    /// Remembers an answered message; forgets what is older than a week or beyond the room.
    pub fn remember(&mut self, seen: Seen) {
        let oldest = i64::from(seen.at_s) - SEEN_US / SECOND_US;
        let standing = &mut self.standing;
        if standing.seen.first().is_some_and(|first| i64::from(first.at_s) < oldest) {
            standing.seen.retain(|kept| i64::from(kept.at_s) >= oldest);
        }
        if standing.seen.len() >= SEEN_MAX {
            let dropped = standing.seen.remove(0);
            standing.seen_dropped_s = standing.seen_dropped_s.max(dropped.at_s);
        }
        standing.seen.push(seen);
    }

    /// Where the cardholder lives.
    pub fn home(&self) -> Option<Place> {
        self.standing.home.map(|(lat, lon)| Place { lat: degrees(lat), lon: degrees(lon) })
    }
}

impl Standing {
    /// The encoded form, behind its version byte.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), postcard::Error> {
        out.push(HOT_VERSION);
        append(self, out)
    }

    /// Reads the encoded form.
    pub fn decode(bytes: &[u8]) -> Result<Self, postcard::Error> {
        match bytes.split_first() {
            Some((&HOT_VERSION, rest)) => postcard::from_bytes(rest),
            Some((&version_2::VERSION, rest)) => version_2::decode(rest),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        }
    }
}

/// Degrees as millionths, for storing.
pub fn micro_degrees(place: Place) -> (i32, i32) {
    // A float's cast saturates; degrees times a million are far inside the range.
    ((place.lat * 1e6) as i32, (place.lon * 1e6) as i32)
}

fn degrees(micro: i32) -> f32 {
    micro as f32 / 1e6
}

/// Seconds since the epoch as the row keeps them; before 1970 and after 2106 they stop.
pub fn seconds(at: Timestamp) -> u32 {
    u32::try_from((at.us() / SECOND_US).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::ChipCommand;
    use super::*;

    const UNBLOCK: ChipCommand = ChipCommand::UnblockPin;

    fn right(counter: u16) -> Option<ChipCheck> {
        Some(ChipCheck::Right { counter, same_amount: true, scripts: None })
    }

    #[test]
    fn data_that_come_again_use_no_command_up() {
        let waiting = Some(WaitingCommand::new(UNBLOCK));
        let mut chip = ChipState { counter: Some(7), leap_allowed: false, waiting };
        for _ in 0..2 * script::SENDS_MAX {
            assert_eq!(chip.turn(Some(7), right(7)), ChipTurn::NotHeard);
            assert_eq!(chip.waiting, waiting);
        }
        chip.counter = Some(8);
        assert_eq!(chip.turn(Some(7), right(8)), ChipTurn::Tell(UNBLOCK));
        let mut fresh = ChipState { counter: Some(1), leap_allowed: false, waiting };
        assert_eq!(fresh.turn(None, right(1)), ChipTurn::Tell(UNBLOCK), "the first number of a chip");
    }
}
