//! Card cryptography: verification values, PINs and chip cryptograms, behind the face of a payment module.
//!
//! Problem: an issuer must say whether a card value, a PIN or a cryptogram is right without anybody being able to
//! take a PIN or a key out. Design: [`CardKeys`] holds the card keys by role and generation; [`CardCrypto`] is a
//! port shaped like the host commands of a payment module: names of keys and protected blocks go in, verdicts and
//! protected blocks come out. [`SoftwareCardCrypto`] does it in this process. Why safe: no command returns a clear
//! PIN or key, comparisons take the same time whatever the guess, keys and PINs are overwritten when dropped, and
//! a zone key opens blocks of one format only, so a block can't be passed off as another kind.
//!
//! Not here: counting wrong tries, the window of the transaction counter, and who may ask; callers do that. The
//! software module is not for the PINs of a production issuer: they belong into certified hardware.

mod chip_data;
mod chip_keys;
mod ciphers;
mod cryptogram;
mod dynamic;
mod key_block;
mod keys;
mod pin;
mod pin_block;
mod port;
mod script;
mod software;
mod tlv;
mod values;
#[cfg(test)]
pub(crate) mod vectors;

pub use chip_data::{ChipData, ChipDataError, ChipScheme, CryptogramVersion, ScriptReport, answer_field};
pub use chip_keys::Derivation;
pub use cryptogram::{ChipProfile, ChipSession, CryptogramRequest, CryptogramVerdict, IssuerAnswer};
pub use dynamic::{DynamicKind, DynamicValue};
pub use key_block::ImportedKey;
pub use keys::{CardKeyRole, CardKeyUse, CardKeys, KeyBlockVersion};
pub use pin::{Ibm3624, PinMethod, PinReference};
pub use pin_block::PinFormat;
pub use port::{CardCrypto, CardValue, IssuedPin, NewPin, PinBlock, PinVerdict};
pub use script::ScriptCommand;
pub use software::SoftwareCardCrypto;
pub use tlv::{Objects, TlvError};
pub use values::{CardCode, CvkUse, Expiry, ExpiryOrder};

pub(crate) use keys::CardKey;
