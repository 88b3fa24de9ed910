//! Comparisons that need a key, made before the engine's queue.
//!
//! The payment module is asked for verdicts; the engine gets verdicts. What was presented stays here and is
//! overwritten with the message.

use super::{Intake, RawMessage};
use crate::authorizations::model::{
    Answer, AuthorizationRequest, CardKey, ChipCheck, ChipCommand, ChipTurn, Expiry, PinCheck, Proofs,
    Reason, ValueCheck,
};
use crate::authorizations::port::{CardFacts, NewPinEnd};
use kernel::Secret;
use std::sync::Arc;
use vault::{
    CardCode, CardKeyRole, CardKeyUse, CardValue, ChipProfile, ChipSession, CryptogramRequest,
    CryptogramVerdict, CvkUse, IssuerAnswer, Pan, PinBlock, PinFormat, PinVerdict, ScriptCommand, VaultError,
    answer_field,
};

/// Card status update (EMV, common core definitions): the issuer approves online.
const STATUS_APPROVED: [u8; 4] = [0, 0x80, 0, 0];
/// The issuer does not.
const STATUS_DECLINED: [u8; 4] = [0; 4];

/// The part of track 2 that shows that it is the card's own.
#[derive(Clone, Debug)]
pub struct TrackData {
    /// Expiry as coded.
    pub expiry: Option<Expiry>,
    /// Service code as coded.
    pub service_code: Option<u16>,
    /// The verification value as coded; `None` where the track ends before it.
    pub value: Option<Secret<String>>,
    /// Whether the chip gave it, whose copy of the stripe has a value of its own.
    pub of_chip: bool,
}

/// What the engine is asked, and what is needed to answer the chip.
#[derive(Debug)]
pub struct Prepared {
    /// What the engine is asked.
    pub request: AuthorizationRequest,
    /// The payment of the chip whose cryptogram was right.
    pub dialogue: Option<ChipDialogue>,
}

/// What is needed to answer a chip.
#[derive(Debug)]
pub struct ChipDialogue {
    session: ChipSession,
    card: CardKey,
    new_pin: Option<WaitingPin>,
}

/// A PIN that the chip does not have yet.
#[derive(Clone, Debug)]
pub struct WaitingPin {
    /// Which change of PIN it was.
    pub change: i64,
    /// The PIN, encrypted under the zone key that it came with.
    pub pin: PinData,
}

/// An encrypted PIN as it came.
#[derive(Clone, Debug)]
pub struct PinData {
    /// Its format.
    pub format: PinFormat,
    /// Generation of the zone key; `None`: the newest one of the format.
    pub zone: Option<u32>,
    /// The block.
    pub block: Secret<Vec<u8>>,
}

impl ChipDialogue {
    pub(super) const fn new(session: ChipSession, card: CardKey, new_pin: Option<WaitingPin>) -> Self {
        Self { session, card, new_pin }
    }
}

impl PinData {
    /// A block of this format; `None` for a format that is refused (1, 2) or does not exist, and for a block of
    /// another length than the format's.
    pub fn try_new(format: u8, zone: Option<u32>, block: Vec<u8>) -> Option<Self> {
        let block = Secret::new(block);
        let format = PinFormat::from_number(format)?;
        (block.expose().len() == format.block_bytes()).then_some(Self { format, zone, block })
    }
}

impl Intake {
    /// Whether the card itself must be looked up before the message can be compared.
    pub fn asks_for_card(&self, raw: &RawMessage) -> bool {
        (raw.pin.is_some() || raw.chip.is_some()) && raw.class.is_decided()
    }

    /// What is known of the card, where it is needed. Fails where it can't be read: a proof that can't be compared
    /// for our own fault is no miss of the cardholder's.
    pub(super) async fn facts(&self, raw: &RawMessage, key: CardKey) -> Result<CardFacts, Reason> {
        let Some(known) = self.known.as_ref().filter(|_| self.asks_for_card(raw)) else {
            return Ok(CardFacts::default());
        };
        known.facts(key).await.map(Option::unwrap_or_default).map_err(|error| {
            tracing::error!(%error, "a card can't be looked up; its authorization is refused");
            Reason::Fault
        })
    }

    pub(super) fn proofs(&self, raw: &RawMessage, facts: &CardFacts) -> Proofs {
        Proofs {
            expiry: raw.expiry,
            printed: raw.cvv2.as_ref().map(|value| self.check(raw, raw.expiry, CardCode::Printed, value)),
            track: raw.track.as_ref().map(|track| self.track_value(raw, track)),
            pin: raw.pin.as_ref().map(|pin| self.pin(raw, pin, facts)),
            chip: None,
        }
    }

    /// Whether the chip's cryptogram is right, by the rules of the card's own scheme.
    pub(super) fn chip(
        &self,
        raw: &RawMessage,
        facts: &CardFacts,
    ) -> (Option<ChipCheck>, Option<ChipSession>) {
        let Some(chip) = raw.chip.as_ref().filter(|_| raw.class.is_decided()) else { return (None, None) };
        let (Ok(pan), Some(card)) = (Pan::parse(raw.card_number.expose()), facts.chip) else {
            return (Some(ChipCheck::Unverifiable), None);
        };
        let Some(version) = chip.version(card.scheme) else { return (Some(ChipCheck::Wrong), None) };
        let profile = ChipProfile::usual(version, card.imk_generation);
        match self.crypto.verify_cryptogram(&CryptogramRequest { profile, pan: &pan, psn: card.psn, chip }) {
            Ok(CryptogramVerdict::Right(session)) => {
                let asked = raw.amounts.transaction;
                let same_amount = chip.is_about(asked.minor(), asked.currency().numeric());
                let scripts = chip.scripts(card.scheme);
                (Some(ChipCheck::Right { counter: chip.counter(), same_amount, scripts }), Some(session))
            }
            Ok(CryptogramVerdict::Wrong) => (Some(ChipCheck::Wrong), None),
            Err(error) => {
                tracing::error!(%error, "cryptograms of chips can't be compared");
                (Some(ChipCheck::Unverifiable), None)
            }
        }
    }

    /// Field 55 of the answer: what proves to the chip that its issuer answers, and a command where one waits. A
    /// replayed cryptogram gets none: it is not the chip that asks. A new PIN that the chip has taken is forgotten.
    pub fn chip_answer(&self, dialogue: &ChipDialogue, answer: &Answer) -> Option<Vec<u8>> {
        if matches!(answer.reason, Reason::CryptogramReplay | Reason::ChipCounter) {
            return None;
        }
        self.end_new_pin(dialogue, answer.chip);
        let session = &dialogue.session;
        let said = if session.takes_code() {
            IssuerAnswer::Code(answer.code.as_bytes().try_into().ok()?)
        } else {
            IssuerAnswer::Status(if answer.is_approved() { STATUS_APPROVED } else { STATUS_DECLINED })
        };
        let authentication = self.crypto.issuer_answer(session, said);
        let authentication = authentication
            .inspect_err(|error| tracing::error!(%error, "a chip gets no answer of its issuer"))
            .ok()?;
        let command = self.command(dialogue, answer.chip).unwrap_or_else(|error| {
            tracing::error!(%error, "a chip gets no command; it is tried again with its next payment");
            None
        });
        Some(answer_field(&authentication, command.as_slice()))
    }

    /// The command that goes to the chip with its answer.
    fn command(&self, dialogue: &ChipDialogue, turn: ChipTurn) -> Result<Option<Vec<u8>>, VaultError> {
        let session = &dialogue.session;
        match turn {
            ChipTurn::Tell(ChipCommand::UnblockPin) => {
                self.crypto.issuer_script(session, &ScriptCommand::UnblockPin).map(Some)
            }
            ChipTurn::Tell(ChipCommand::ChangePin { change }) => {
                // Changed again while this message was under way: the newer PIN goes with the next one.
                let Some(new) = dialogue.new_pin.as_ref().filter(|new| new.change == change) else {
                    return Ok(None);
                };
                let zone = new.pin.zone.or_else(|| self.newest_zone(new.pin.format)).unwrap_or(0);
                let (format, block) = (new.pin.format, new.pin.block.expose().as_slice());
                let pin = PinBlock { pan: session.pan(), zone, format, block };
                self.crypto.issuer_script(session, &ScriptCommand::ChangePin(pin)).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Has a new PIN forgotten that the chip has taken, or has been sent often enough.
    fn end_new_pin(&self, dialogue: &ChipDialogue, turn: ChipTurn) {
        let (Some(new), Some(known)) = (&dialogue.new_pin, &self.known) else { return };
        let own = ChipCommand::ChangePin { change: new.change };
        let end = match turn {
            ChipTurn::Taken(command) if command == own => NewPinEnd::Taken,
            ChipTurn::GivenUp(command) if command == own => NewPinEnd::GivenUp,
            // It ended before and we were stopped before it was forgotten.
            ChipTurn::Idle => NewPinEnd::Unknown,
            _ => return,
        };
        let (known, card, change) = (Arc::clone(known), dialogue.card, new.change);
        tokio::spawn(async move { known.new_pin_ended(card, change, end).await });
    }

    /// What can't be read from a block is a wrong PIN to its sender: answers must not tell the two apart, or they
    /// tell digits of the PIN.
    fn pin(&self, raw: &RawMessage, pin: &PinData, facts: &CardFacts) -> PinCheck {
        let (Ok(pan), Some(kept)) = (Pan::parse(raw.card_number.expose()), &facts.pin) else {
            return PinCheck::Unverifiable;
        };
        let Some(zone) = pin.zone.or_else(|| self.newest_zone(pin.format)) else {
            return PinCheck::Unverifiable;
        };
        let block = PinBlock { pan: &pan, zone, format: pin.format, block: pin.block.expose() };
        match self.crypto.verify_pin(&block, kept) {
            Ok(PinVerdict::Right) => PinCheck::Right,
            Ok(PinVerdict::Wrong | PinVerdict::Unreadable) => PinCheck::Wrong,
            Err(error) => {
                tracing::warn!(%error, "a PIN can't be compared");
                PinCheck::Unverifiable
            }
        }
    }

    /// Values that somebody gives beside a card's number outside of a payment, compared as far as that needs a key.
    /// `expiry` is what is compared; where only the printed value is given, it is made with `of_card`.
    pub fn card_proofs(
        &self,
        pan: &Pan,
        of_card: Expiry,
        expiry: Option<Expiry>,
        printed: Option<&Secret<String>>,
    ) -> Proofs {
        let with = expiry.unwrap_or(of_card);
        let check = |value| self.check_value(pan, with, CardCode::Printed, value);
        Proofs { expiry, printed: printed.map(check), ..Proofs::default() }
    }

    /// The newest zone key that is pinned to this format.
    pub fn newest_zone(&self, format: PinFormat) -> Option<u32> {
        let pinned = CardKeyUse::ZonePin(format);
        let zones = self.keys.card_keys().shown().filter(|(usage, ..)| *usage == pinned);
        zones.map(|(_, generation, _)| generation).max()
    }

    fn track_value(&self, raw: &RawMessage, track: &TrackData) -> ValueCheck {
        let Some(value) = &track.value else { return ValueCheck::ABSENT };
        let code = match (track.of_chip, track.service_code) {
            (true, _) => CardCode::Chip,
            (false, Some(service_code)) => CardCode::Stripe(service_code),
            (false, None) => return ValueCheck::WRONG,
        };
        let check = self.check(raw, track.expiry, code, value);
        // Zeros are how a stripe without a value is filled, unless they are the value.
        let coded = !check.right_under.is_empty() || value.expose().bytes().any(|digit| digit != b'0');
        ValueCheck { coded, ..check }
    }

    /// Compares a verification value; without the number and expiry that go into it, none can be right.
    fn check(
        &self,
        raw: &RawMessage,
        expiry: Option<Expiry>,
        code: CardCode,
        presented: &Secret<String>,
    ) -> ValueCheck {
        match (Pan::parse(raw.card_number.expose()), expiry) {
            (Ok(pan), Some(expiry)) => self.check_value(&pan, expiry, code, presented),
            _ => ValueCheck::WRONG,
        }
    }

    /// The same under every live generation of the key: two ciphers each, far less than looking up which one the card
    /// has.
    fn check_value(
        &self,
        pan: &Pan,
        expiry: Expiry,
        code: CardCode,
        presented: &Secret<String>,
    ) -> ValueCheck {
        let Ok(expiry) = vault::Expiry::try_new(expiry.year, expiry.month) else {
            return ValueCheck::WRONG;
        };
        let is_right = |generation: &u32| {
            let cvk = CvkUse { generation: *generation, order: self.expiry_order };
            let value = CardValue { cvk, pan, expiry, code };
            self.crypto.verify_card_value(&value, presented.expose()).unwrap_or(false)
        };
        let live = self.keys.card_keys().generations(CardKeyRole::CardVerification);
        ValueCheck { right_under: live.filter(is_right).collect(), coded: true }
    }
}
