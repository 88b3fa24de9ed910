//! What any key module can do. Every call may fail, since a token can be pulled out.

use crate::{PublicKey, Signature, SigningUse, VaultError, key::CHECK_BYTES};
use kernel::{Random, Secret};
use sha2::{Digest, Sha256};
use std::fmt;

/// What a keyed hash is for. Each has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashUse {
    /// Card numbers.
    CardNumber,
    /// Phone numbers.
    Phone,
    /// Mail addresses.
    Email,
    /// Numbers of identity documents.
    DocumentNumber,
    /// Keys of the API, and names of its requests.
    ApiKey,
    /// Tokens in session cookies.
    SessionToken,
    /// Query passwords of customers.
    QueryPassword,
}

/// A key as it may be told: what it is, its number, and a value by which it is recognised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyCheck {
    /// `master`, `lookup phone`, `signing receipt`.
    pub name: String,
    /// The version of a master key; 1 for others.
    pub number: u32,
    /// Six bytes as hexadecimal digits, computed with the key; equal keys have equal values.
    pub value: String,
}

impl KeyCheck {
    /// Of a key pair: the first bytes of the hash of its public half.
    pub fn of_public(of: SigningUse, key: &PublicKey) -> Self {
        let hash = Sha256::digest(key.0);
        let value = hash.iter().take(CHECK_BYTES).map(|byte| format!("{byte:02X}")).collect();
        Self { name: format!("signing {}", of.name()), number: 1, value }
    }

    /// Of a key for keyed hashes, from its HMAC over [`CHECK_TEXT`].
    pub fn of_mac(name: String, number: u32, mac: &[u8; 32]) -> Self {
        let value = mac.iter().take(CHECK_BYTES).map(|byte| format!("{byte:02X}")).collect();
        Self { name, number, value }
    }
}

/// What a key is computed over for its check value.
pub const CHECK_TEXT: &[u8] = b"cardea key check value";

/// A key module.
pub trait KeyModule: Send + Sync + fmt::Debug {
    /// What it is, in words for people who operate it; nothing secret.
    fn describe(&self) -> String;

    /// The versions of the master key that are there, lowest first.
    fn master_versions(&self) -> Vec<u32>;

    /// The check values of all its keys, computed with the keys.
    fn check_values(&self) -> Result<Vec<KeyCheck>, VaultError>;

    /// Encrypts a short plaintext under a master key so that it decrypts only with the same `binding`. Two
    /// calls never give equal bytes.
    fn wrap(
        &self,
        version: u32,
        binding: &[u8],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError>;

    /// Decrypts what [`KeyModule::wrap`] gave.
    ///
    /// # Errors
    /// [`VaultError::Refused`] if anything was changed; [`VaultError::NoMasterKey`] without the version.
    fn unwrapped(&self, version: u32, binding: &[u8], wrapped: &[u8]) -> Result<Secret<Vec<u8>>, VaultError>;

    /// HMAC-SHA-256 over `parts`, one after the other, with the key of this use.
    fn hash(&self, of: HashUse, parts: &[&[u8]]) -> Result<[u8; 32], VaultError>;

    /// Signs with the key pair of this use.
    fn sign(&self, of: SigningUse, message: &[u8]) -> Result<Signature, VaultError>;

    /// The public half of the key pair of this use.
    fn public_key(&self, of: SigningUse) -> Result<PublicKey, VaultError>;

    /// Looks for master keys that were added or retired since, where the keys came from.
    fn refresh(&self) -> Result<(), VaultError>;

    /// Adds a fresh master key and makes it durable; returns its version. It is used from now on.
    fn add_master(&self, random: &dyn Random) -> Result<u32, VaultError>;

    /// Destroys a master key for good. Nothing may be wrapped under it any more; the newest stays.
    fn remove_master(&self, version: u32, random: &dyn Random) -> Result<(), VaultError>;
}

impl HashUse {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CardNumber,
        Self::Phone,
        Self::Email,
        Self::DocumentNumber,
        Self::ApiKey,
        Self::SessionToken,
        Self::QueryPassword,
    ];

    /// Its name in tokens and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CardNumber => "card-number",
            Self::Phone => "phone",
            Self::Email => "e-mail",
            Self::DocumentNumber => "document-number",
            Self::ApiKey => "api-key",
            Self::SessionToken => "session-token",
            Self::QueryPassword => "query-password",
        }
    }
}
