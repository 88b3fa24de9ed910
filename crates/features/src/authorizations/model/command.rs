//! Changes that other features make to what decisions stand on. They pass the same queue as
//! authorizations, so a change that was acknowledged holds for the next authorization.

use super::{AccountStatus, CardStatus, Controls, CountedProof, Expiry, Proofs};
use decision::Place;
use kernel::{AccountId, AuthorizationId, CardId, Currency};

/// An account as it is opened.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its id.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// Credit limit, minor units.
    pub limit_minor: i64,
    /// How much of it may be taken as cash.
    pub cash_limit_minor: i64,
    /// Whether the rules watch it; a product without rules is for tests of limits.
    pub watched: bool,
    /// The cardholder's country, ISO 3166 numeric.
    pub home_country: u16,
    /// Where the cardholder lives.
    pub home: Option<Place>,
    /// The cardholder's local time minus UTC, minutes.
    pub utc_offset_min: i16,
}

/// A card as it is issued.
#[derive(Clone, Debug)]
pub struct NewCard {
    /// Its id.
    pub card: CardId,
    /// The keyed hash of its number.
    pub key: super::CardKey,
    /// When it expires.
    pub expiry: Expiry,
    /// Which generation of the card verification key made its values; 0: it has none.
    pub cvk_generation: u32,
}

/// A change to one account.
#[derive(Clone, Debug)]
pub enum AccountCommand {
    /// Adds a card.
    AddCard(NewCard),
    /// Freezes, unfreezes or blocks a card.
    SetCardStatus {
        /// Which card.
        card: CardId,
        /// What it becomes.
        status: CardStatus,
    },
    /// Replaces the switches of a card.
    SetControls {
        /// Which card.
        card: CardId,
        /// What they become.
        controls: Controls,
        /// What they must be still, where the change was decided on that; `None`: whatever they are.
        from: Option<Controls>,
    },
    /// Sets the count of wrong proofs back, at assurance 2.
    Unblock {
        /// Of which card.
        card: CardId,
        /// Which proof.
        proof: CountedProof,
    },
    /// Compares what was presented beside a card's number outside of a payment, and counts a miss in the card's one
    /// count. Refused: it is wrong, or not compared any more.
    Prove {
        /// Of which card.
        card: CardId,
        /// What was presented, compared as far as it needs a key.
        proofs: Proofs,
    },
    /// The holder has another PIN, at assurance 2: sets the count of wrong ones back, and tells the chip.
    ChangePin {
        /// Of which card.
        card: CardId,
        /// Which change it was.
        change: i64,
        /// Whether it has a chip. Without one nothing waits, so the change that comes last is the one that counts.
        to_chip: bool,
    },
    /// Sets the credit limit, minor units.
    SetLimit(i64),
    /// Opens, blocks or closes the account.
    SetAccountStatus(AccountStatus),
    /// Turns a hold into a posting.
    Capture {
        /// Whose hold.
        authorization: AuthorizationId,
        /// How much of it, minor units of the account; the rest is released. `None`: all.
        amount_minor: Option<i64>,
    },
    /// Lets go of holds whose time is over.
    ReleaseExpired,
}

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    /// It took effect.
    Applied,
    /// It was so already.
    AlreadyApplied,
    /// There is no such account, card or hold.
    Absent,
    /// The state does not allow it: a lost card can't be unfrozen, a hold is smaller than the capture.
    Refused,
}

impl AccountCommand {
    /// The act in the audit log.
    pub const fn act(&self) -> &'static str {
        match self {
            Self::AddCard(_) => "cards.card.issued",
            Self::SetCardStatus { status: CardStatus::Active, .. } => "cards.card.unfrozen",
            Self::SetCardStatus { status: CardStatus::Frozen, .. } => "cards.card.frozen",
            Self::SetCardStatus { .. } => "cards.card.blocked",
            Self::SetControls { .. } => "cards.controls.set",
            Self::Unblock { .. } => "cards.proof.unblocked",
            Self::Prove { .. } => "cards.proof.matched",
            Self::ChangePin { .. } => "cards.chip_pin.waiting",
            Self::SetLimit(_) => "accounts.limit.set",
            Self::SetAccountStatus(_) => "accounts.status.set",
            Self::Capture { .. } => "authorizations.hold.captured",
            Self::ReleaseExpired => "authorizations.holds.expired",
        }
    }

    /// The facts that the entry's sentence needs.
    pub fn detail(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::AddCard(new) => json!({ "card": new.card }),
            Self::SetCardStatus { card, status } => json!({ "card": card, "status": status }),
            Self::SetControls { card, controls, .. } => json!({ "card": card, "controls": controls }),
            Self::Unblock { card, proof } => json!({ "card": card, "proof": proof }),
            Self::Prove { card, .. } => json!({ "card": card }),
            Self::ChangePin { card, to_chip, .. } => json!({ "card": card, "to_chip": to_chip }),
            Self::SetLimit(minor) => json!({ "limit_minor": minor }),
            Self::SetAccountStatus(status) => json!({ "status": status }),
            Self::Capture { authorization, amount_minor } => {
                json!({ "authorization": authorization, "amount_minor": amount_minor })
            }
            Self::ReleaseExpired => serde_json::Value::Null,
        }
    }
}
