//! The vault: what is secret is sealed here, found again by a keyed hash, and never shown.
//!
//! **Problem.** An issuer must keep card numbers and personal data for years, find a card by its number
//! in microseconds, check a card verification value without storing one, and make a person's data
//! unreadable when they ask for deletion, although ledgers and logs may not be rewritten.
//!
//! **Design.** A [`KeyRing`] stands before a [`KeyModule`], which has versioned master keys, a look-up key and a
//! signing key and never gives one out: [`SoftwareModule`] here, PKCS#11 in `connectors`. A field is sealed for its
//! [`Place`] (table, row, column), so that a ciphertext copied elsewhere does not open, under the [`DataKey`] of one
//! person or card, which is stored wrapped by the master key: destroying that one wrapped key makes all of them
//! unreadable. Equality search goes over [`LookupHash`], HMAC-SHA-256 with a key of its own per kind of value. What
//! outsiders must be able to check (the log's checkpoints, receipts) is signed with Ed25519. [`CardKeys`] are kept by
//! role and generation; what is done with them stands behind a port of its own, [`CardCrypto`]. The software keys
//! rest in a [`KeyFile`], sealed by a passphrase, by k of n [`Share`]s, or by a token.
//!
//! **Why safe.** AES-256-GCM-SIV keeps its promise even if a nonce repeats, apart from telling that two
//! equal texts are equal. A card number has about 10^9 candidates behind a known prefix, so a plain
//! hash of it is no protection; a keyed one is, as long as the key is elsewhere than the data.
//! Card verification values are recomputed and compared in constant time; none is stored.
//!
//! **Not here.** Storage (a caller keeps the bytes), PKCS#11, and who may rotate when. Software keys are in the
//! memory of this process: whoever can read that has them.

mod card;
mod error;
mod key;
mod key_file;
mod keyring;
mod lookup;
mod module;
mod pan;
mod sealing;
mod shamir;
mod shares;
mod signing;

pub use card::{
    CardCode, CardCrypto, CardKeyRole, CardKeyUse, CardKeys, CardValue, ChipData, ChipDataError, ChipProfile,
    ChipScheme, ChipSession, CryptogramRequest, CryptogramVerdict, CryptogramVersion, CvkUse, Derivation,
    DynamicKind, DynamicValue, Expiry, ExpiryOrder, Ibm3624, ImportedKey, IssuedPin, IssuerAnswer,
    KeyBlockVersion, NewPin, Objects, PinBlock, PinFormat, PinMethod, PinReference, PinVerdict,
    ScriptCommand, ScriptReport, SoftwareCardCrypto, TlvError, answer_field,
};
pub use error::VaultError;
pub use key::Key;
pub use key_file::{KeyFile, KeyFileContents, NewSeal, PassphraseCost, Sealing, Unseal};
pub use keyring::KeyRing;
pub use lookup::{LookupHash, LookupKind, Verifier};
pub use module::{CHECK_TEXT, HashUse, KeyCheck, KeyModule, KeySet, SoftwareModule};
pub use pan::{Pan, PanError, luhn_check_digit};
pub use sealing::{DataKey, Place, SEALED_OVERHEAD_BYTES};
pub use shares::{SHARES_MAX, Share, ShareSet};
pub use signing::{PublicKey, Signature, SigningUse};

#[cfg(test)]
pub(crate) mod tests;
