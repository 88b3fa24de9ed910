//! The vault: what is secret is sealed here, found again by a keyed hash, and never shown.
//!
//! **Problem.** An issuer must keep card numbers and personal data for years, find a card by its number
//! in microseconds, check a card verification value without storing one, and make a person's data
//! unreadable when they ask for deletion, although ledgers and logs may not be rewritten.
//!
//! **Design.** A [`KeyRing`] holds versioned master keys, one look-up key and the [`CardKeys`], by role
//! and generation. What is done with card keys stands behind a port, [`CardCrypto`]. A field is sealed for its [`Place`] (table, row, column), so that a ciphertext
//! copied elsewhere does not open. Personal fields are sealed under a person's [`DataKey`], which is
//! itself sealed under the master key: destroying that one wrapped key makes all of them unreadable.
//! What outsiders must be able to check (the log's checkpoints, receipts) is signed with Ed25519, under a
//! key of its own for each use. Equality search goes over [`LookupHash`], HMAC-SHA-256 with a key of its own per kind of value.
//!
//! **Why safe.** AES-256-GCM-SIV keeps its promise even if a nonce repeats, apart from telling that two
//! equal texts are equal. A card number has about 10^9 candidates behind a known prefix, so a plain
//! hash of it is no protection; a keyed one is, as long as the key is elsewhere than the data.
//! Card verification values are recomputed and compared in constant time; none is stored.
//!
//! **Not here.** Storage (a caller keeps the bytes), PKCS#11 and shares of the master key. The keys are in the memory of this process: whoever can read that has them.

mod card;
mod error;
mod key;
mod key_file;
mod keyring;
mod lookup;
mod pan;
mod sealing;
mod signing;

pub use card::{
    CardCode, CardCrypto, CardKeyRole, CardKeyUse, CardKeys, CardValue, ChipData, ChipDataError, ChipProfile,
    ChipScheme, ChipSession, CryptogramRequest, CryptogramVerdict, CryptogramVersion, CvkUse, Derivation,
    DynamicKind, DynamicValue, Expiry, ExpiryOrder, Ibm3624, ImportedKey, IssuedPin, IssuerAnswer,
    KeyBlockVersion, NewPin, Objects, PinBlock, PinFormat, PinMethod, PinReference, PinVerdict,
    ScriptCommand, SoftwareCardCrypto, TlvError, answer_field,
};
pub use error::VaultError;
pub use key::Key;
pub use keyring::KeyRing;
pub use lookup::{LookupHash, LookupKind, Verifier};
pub use pan::{Pan, PanError, luhn_check_digit};
pub use sealing::{DataKey, Place, SEALED_OVERHEAD_BYTES};
pub use signing::{PublicKey, Signature, SigningUse};

#[cfg(test)]
mod tests;
