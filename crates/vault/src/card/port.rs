//! The port to a payment module: what it is asked and what it answers.
//!
//! Every request names keys by generation and carries blocks that are protected already; no answer holds a clear
//! PIN or key. A card verification value does come out, at issuance, since it is printed on the card.

use super::cryptogram::{ChipSession, CryptogramRequest, CryptogramVerdict, IssuerAnswer};
use super::dynamic::DynamicValue;
use super::key_block::ImportedKey;
use super::keys::{CardKeyRole, CardKeyUse};
use super::pin::{PinMethod, PinReference};
use super::pin_block::PinFormat;
use super::script::ScriptCommand;
use super::values::{CardCode, CvkUse, Expiry};
use crate::{Pan, VaultError};
use kernel::Secret;

/// Which verification value of which card.
#[derive(Clone, Copy, Debug)]
pub struct CardValue<'a> {
    /// The card's key and order of expiry.
    pub cvk: CvkUse,
    /// The card.
    pub pan: &'a Pan,
    /// Its expiry.
    pub expiry: Expiry,
    /// Which value.
    pub code: CardCode,
}

/// A PIN as it came: protected under a zone key, for one card.
#[derive(Clone, Copy, Debug)]
pub struct PinBlock<'a> {
    /// The card.
    pub pan: &'a Pan,
    /// Generation of the zone key.
    pub zone: u32,
    /// The format as the message says it; refused where the zone key is pinned to another one.
    pub format: PinFormat,
    /// The block: 8 bytes for formats 0 and 3, 16 for 4.
    pub block: &'a [u8],
}

/// A PIN to be drawn for a new card.
#[derive(Clone, Copy, Debug)]
pub struct NewPin<'a> {
    /// The card.
    pub pan: &'a Pan,
    /// Digits, 4 to 12.
    pub digits: usize,
    /// How what is kept of it is made.
    pub method: PinMethod,
    /// Generation of the PIN verification key.
    pub pvk: u32,
    /// Generation of the zone key of whoever prints the PIN letter.
    pub zone: u32,
}

/// A PIN that was drawn: what is kept, and the block for the printer of the letter.
#[derive(Clone, Debug)]
pub struct IssuedPin {
    /// What is kept.
    pub reference: PinReference,
    /// The PIN under the zone key.
    pub block: Vec<u8>,
}

/// What a PIN block turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// The PIN of the card.
    Right,
    /// Another PIN.
    Wrong,
    /// No PIN of this format for this card under this key. To the outside it looks like [`PinVerdict::Wrong`].
    Unreadable,
}

/// The commands of a payment module.
pub trait CardCrypto: Send + Sync {
    /// The verification value of a card, three digits, for issuing.
    ///
    /// # Errors
    /// The key is missing, or the service code is none.
    fn card_value(&self, request: &CardValue<'_>) -> Result<Secret<String>, VaultError>;

    /// Whether `presented` is the card's verification value; the time taken does not tell how much of it was right.
    ///
    /// # Errors
    /// As [`CardCrypto::card_value`].
    fn verify_card_value(&self, request: &CardValue<'_>, presented: &str) -> Result<bool, VaultError>;

    /// Draws a PIN.
    ///
    /// # Errors
    /// A key is missing, or the length does not fit the method.
    fn new_pin(&self, request: &NewPin<'_>) -> Result<IssuedPin, VaultError>;

    /// What is to be kept of the PIN in a block: a cardholder chose it.
    ///
    /// # Errors
    /// A key is missing, the format is not the zone key's, no PIN is in the block, or its length does not fit the
    /// method.
    fn pin_reference(
        &self,
        pin: &PinBlock<'_>,
        method: PinMethod,
        pvk: u32,
    ) -> Result<PinReference, VaultError>;

    /// Whether the PIN in a block is the one that `kept` was made of.
    ///
    /// # Errors
    /// A key is missing, or the format is not the zone key's.
    fn verify_pin(&self, pin: &PinBlock<'_>, kept: &PinReference) -> Result<PinVerdict, VaultError>;

    /// The same PIN for the same card under the key and in the format of another zone.
    ///
    /// # Errors
    /// A key is missing, the format is not the zone key's, or no PIN is in the block.
    fn translate_pin(&self, pin: &PinBlock<'_>, to_zone: u32) -> Result<Vec<u8>, VaultError>;

    /// Whether `presented` is the value that the card makes with this counter.
    ///
    /// # Errors
    /// The key is missing, or the request can't be.
    fn verify_dynamic_value(&self, request: &DynamicValue<'_>, presented: &str) -> Result<bool, VaultError>;

    /// Whether a chip of this card made the cryptogram over these data. The counter is not judged here.
    ///
    /// # Errors
    /// A key is missing.
    fn verify_cryptogram(&self, request: &CryptogramRequest<'_>) -> Result<CryptogramVerdict, VaultError>;

    /// The issuer's answer to the chip: the value of tag 91.
    ///
    /// # Errors
    /// A key is missing.
    fn issuer_answer(&self, session: &ChipSession, answer: IssuerAnswer) -> Result<Vec<u8>, VaultError>;

    /// A command to the chip with its MAC, to be sent back with the answer: a value of tag 86.
    ///
    /// # Errors
    /// A key is missing, or the block of a new PIN holds none.
    fn issuer_script(
        &self,
        session: &ChipSession,
        command: &ScriptCommand<'_>,
    ) -> Result<Vec<u8>, VaultError>;

    /// A card key in a key block, for a neighbour who has the protection key `kbpk`.
    ///
    /// # Errors
    /// A key is missing.
    fn export_key(&self, kbpk: u32, role: CardKeyRole, generation: u32) -> Result<String, VaultError>;

    /// A card key from a key block; it is of use once it is among the card keys.
    ///
    /// # Errors
    /// The protection key is missing, the block was changed or is for another use, or its key is weak.
    fn import_key(&self, kbpk: u32, block: &str, usage: CardKeyUse) -> Result<ImportedKey, VaultError>;
}
