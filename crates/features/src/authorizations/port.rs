//! What the intake asks of whoever keeps the cards.

use super::error::AuthorizationError;
use super::intake::WaitingPin;
use super::model::CardKey;
use std::{future::Future, pin::Pin};
use vault::{ChipScheme, PinReference};

/// What a card's PIN and chip are checked against.
#[derive(Clone, Debug, Default)]
pub struct CardFacts {
    /// What is kept of its PIN; `None`: it has none, or it was erased.
    pub pin: Option<PinReference>,
    /// Its chip; `None`: it has none.
    pub chip: Option<ChipFacts>,
    /// A PIN that its chip does not have yet.
    pub new_pin: Option<WaitingPin>,
}

/// What a chip's cryptograms are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipFacts {
    /// Whose rules it follows.
    pub scheme: ChipScheme,
    /// Generation of the issuer's master keys that its own were derived from.
    pub imk_generation: u32,
    /// Card sequence number, which enters the derivation.
    pub psn: u8,
}

/// An answer that takes a moment.
pub type Facts<'a> = Pin<Box<dyn Future<Output = Result<Option<CardFacts>, AuthorizationError>> + Send + 'a>>;

/// Why a new PIN no longer waits for its chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPinEnd {
    /// The chip has it.
    Taken,
    /// It was sent as often as it may be, and the chip never said that it took it.
    GivenUp,
    /// It ended before, and how was not written down.
    Unknown,
}

impl NewPinEnd {
    /// The word in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::GivenUp => "given_up",
            Self::Unknown => "unknown",
        }
    }
}

/// Work without an answer.
pub type Done<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Knows the cards.
pub trait KnownCards: Send + Sync {
    /// The facts of the card with this keyed hash; `None` where there is no such card.
    fn facts(&self, key: CardKey) -> Facts<'_>;

    /// Forgets the new PIN of this change. A failure is logged and mended with the chip's next payment.
    fn new_pin_ended(&self, key: CardKey, change: i64, end: NewPinEnd) -> Done<'_>;
}
