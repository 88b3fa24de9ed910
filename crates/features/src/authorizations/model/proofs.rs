//! What is presented beside a card's number, already compared where that needs a key.
//!
//! Keys and card numbers stay before the engine's queue; the engine gets verdicts, and counts.

use super::Expiry;
use vault::ScriptReport;

/// What was presented beside the number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proofs {
    /// Expiry as presented.
    pub expiry: Option<Expiry>,
    /// The value printed on the card.
    pub printed: Option<ValueCheck>,
    /// The value in the data of stripe or chip.
    pub track: Option<ValueCheck>,
    /// A PIN that was given online.
    pub pin: Option<PinCheck>,
    /// The chip's cryptogram.
    pub chip: Option<ChipCheck>,
}

/// How a card verification value compared. The key generation of a card is known to the engine only, so the
/// comparison is made with every live one and the engine asks for the card's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueCheck {
    /// Generations of the card verification key under which it is right.
    pub right_under: Vec<u32>,
    /// Whether there was a value at all: a stripe may be written without one.
    pub coded: bool,
}

/// How a PIN compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// It is the card's.
    Right,
    /// It is not, or the block holds none: both are the same to whoever sent it.
    Wrong,
    /// The card has no PIN, or nobody here can compare one.
    Unverifiable,
}

/// How a cryptogram compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipCheck {
    /// The card's chip made it, as its transaction of this number.
    Right {
        /// The chip's transaction counter.
        counter: u16,
        /// Whether it covers the amount and the currency that the message asks for.
        same_amount: bool,
        /// What it says of commands that it was given.
        scripts: Option<ScriptReport>,
    },
    /// It did not.
    Wrong,
    /// The card has no chip, or nobody here can compare its cryptograms.
    Unverifiable,
}

impl ValueCheck {
    /// A value that is right under no key.
    pub const WRONG: Self = Self { right_under: Vec::new(), coded: true };
    /// No value where one could stand.
    pub const ABSENT: Self = Self { right_under: Vec::new(), coded: false };

    /// Whether it is the value of a card with this generation of the key.
    pub fn is_right_under(&self, generation: u32) -> bool {
        self.right_under.contains(&generation)
    }
}

/// A proof whose count can be set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedProof {
    /// The PIN.
    Pin,
    /// Printed value, stripe value, expiry.
    CardValue,
    /// The chip's transaction counter: the next right cryptogram may be far ahead. Never behind.
    ChipCounter,
}
