//! What the intake asks of whoever keeps the cards.

use super::error::AuthorizationError;
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

/// Knows the cards.
pub trait KnownCards: Send + Sync {
    /// The facts of the card with this keyed hash; `None` where there is no such card.
    fn facts(&self, key: CardKey) -> Facts<'_>;
}
