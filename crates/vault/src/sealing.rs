//! Sealing of fields: AES-256-GCM-SIV with a random nonce, bound to the place where the bytes are kept.
//!
//! A sealed value is: header (1 byte: which kind of key), key version (4 bytes, big-endian), nonce (12),
//! ciphertext with its tag. The associated data are the header, the key version and the [`Place`], so a
//! value copied to another row, column or table, or relabelled with another version, does not open.

use crate::{Key, KeyRing, VaultError};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use kernel::{Limit, Random, Secret};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + 4 + NONCE_BYTES;
const PLAINTEXT_BYTES: Limit = Limit::new("sealed_plaintext_bytes", 1 << 20);

const BY_MASTER_KEY: u8 = 1;
const BY_DATA_KEY: u8 = 2;
const WRAPPED_DATA_KEY: u8 = 3;

/// How many bytes a sealed value is longer than what was sealed.
pub const SEALED_OVERHEAD_BYTES: usize = HEADER_BYTES + TAG_BYTES;

/// Where a sealed value is kept: it opens there only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The row's number.
    pub row: i64,
    /// The column's name.
    pub column: &'a str,
}

/// The key of one person or card. It is stored only wrapped; with the wrapped bytes gone, everything
/// sealed under it is unreadable for good, in backups too.
#[derive(Clone, Debug)]
pub struct DataKey {
    key: Key,
    version: u32,
}

impl Place<'_> {
    /// The associated data: no two places, kinds or versions give the same bytes, because the texts
    /// carry their lengths.
    fn bind(&self, kind: u8, version: u32) -> Vec<u8> {
        let length = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes();
        let mut bytes = Vec::with_capacity(48 + self.table.len() + self.column.len());
        bytes.extend_from_slice(b"cardea sealed");
        bytes.push(kind);
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.extend_from_slice(&length(self.table));
        bytes.extend_from_slice(self.table.as_bytes());
        bytes.extend_from_slice(&self.row.to_be_bytes());
        bytes.extend_from_slice(&length(self.column));
        bytes.extend_from_slice(self.column.as_bytes());
        bytes
    }
}

/// A sealed value taken apart.
struct Parts<'a> {
    version: u32,
    nonce: [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

fn parts(kind: u8, sealed: &[u8]) -> Result<Parts<'_>, VaultError> {
    let (found, rest) = sealed.split_first_chunk::<1>().ok_or(VaultError::NotSealed)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or(VaultError::NotSealed)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::NotSealed)?;
    if *found != [kind] || ciphertext.len() < TAG_BYTES {
        return Err(VaultError::NotSealed);
    }
    Ok(Parts { version: u32::from_be_bytes(*version), nonce: *nonce, ciphertext })
}

/// What decides how a value is sealed.
struct Seal<'a> {
    key: &'a Key,
    kind: u8,
    version: u32,
    place: Place<'a>,
}

impl Seal<'_> {
    fn seal(&self, plaintext: &[u8], random: &dyn Random) -> Result<Vec<u8>, VaultError> {
        PLAINTEXT_BYTES.check(u64::try_from(plaintext.len()).unwrap_or(u64::MAX))?;
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let aad = self.place.bind(self.kind, self.version);
        let ciphertext = Aes256GcmSiv::new(self.key.bytes().into())
            .encrypt(&Nonce::from(nonce), Payload { msg: plaintext, aad: &aad })
            .map_err(|_| VaultError::Cipher)?;
        let mut sealed = Vec::with_capacity(HEADER_BYTES + ciphertext.len());
        sealed.push(self.kind);
        sealed.extend_from_slice(&self.version.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    fn open(&self, parts: &Parts<'_>) -> Result<Secret<Vec<u8>>, VaultError> {
        let aad = self.place.bind(self.kind, self.version);
        Aes256GcmSiv::new(self.key.bytes().into())
            .decrypt(&Nonce::from(parts.nonce), Payload { msg: parts.ciphertext, aad: &aad })
            .map(Secret::new)
            .map_err(|_| VaultError::Refused)
    }
}

impl KeyRing {
    /// Seals `plaintext` (1 MiB at most) for `place` under the newest master key.
    pub fn seal(
        &self,
        place: Place<'_>,
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        let (version, key) = self.newest_master();
        Seal { key, kind: BY_MASTER_KEY, version, place }.seal(plaintext, random)
    }

    /// Opens what [`KeyRing::seal`] sealed for the same place, under any master key of the ring.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        self.open_kind(BY_MASTER_KEY, place, sealed)
    }

    /// Wraps a data key for `place` under the newest master key.
    pub fn wrap_key(
        &self,
        place: Place<'_>,
        data_key: &DataKey,
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        let (version, key) = self.newest_master();
        let mut plaintext = Zeroizing::new(data_key.version.to_be_bytes().to_vec());
        plaintext.reserve_exact(data_key.key.bytes().len());
        plaintext.extend_from_slice(data_key.key.bytes());
        Seal { key, kind: WRAPPED_DATA_KEY, version, place }.seal(&plaintext, random)
    }

    /// Unwraps what [`KeyRing::wrap`] wrapped for the same place.
    pub fn unwrap_key(&self, place: Place<'_>, wrapped: &[u8]) -> Result<DataKey, VaultError> {
        let opened = self.open_kind(WRAPPED_DATA_KEY, place, wrapped)?;
        let (version, key) = opened.expose().split_first_chunk::<4>().ok_or(VaultError::NotSealed)?;
        let key = Key::from_slice(key).ok_or(VaultError::NotSealed)?;
        Ok(DataKey { key, version: u32::from_be_bytes(*version) })
    }

    /// The master key version that a sealed or wrapped value names; tells what to seal anew after a
    /// rotation. Not checked against the tag: only opening does that.
    pub fn master_version_of(sealed: &[u8]) -> Option<u32> {
        let parts = parts(BY_MASTER_KEY, sealed).or_else(|_| parts(WRAPPED_DATA_KEY, sealed)).ok()?;
        Some(parts.version)
    }

    fn open_kind(&self, kind: u8, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let parts = parts(kind, sealed)?;
        let version = parts.version;
        let key = self.master(version).ok_or(VaultError::NoMasterKey { version })?;
        Seal { key, kind, version, place }.open(&parts)
    }
}

impl DataKey {
    /// A fresh data key, version 1.
    pub fn create(random: &dyn Random) -> Self {
        Self { key: Key::create(random), version: 1 }
    }

    /// The version that values sealed under this key name.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// A fresh key with the next version, for a subject whose key is to be changed.
    pub fn successor(&self, random: &dyn Random) -> Self {
        Self { key: Key::create(random), version: self.version.saturating_add(1) }
    }

    /// Seals `plaintext` (1 MiB at most) for `place`.
    pub fn seal(
        &self,
        place: Place<'_>,
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        Seal { key: &self.key, kind: BY_DATA_KEY, version: self.version, place }.seal(plaintext, random)
    }

    /// Opens what this key sealed for the same place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let parts = parts(BY_DATA_KEY, sealed)?;
        if parts.version != self.version {
            return Err(VaultError::Refused);
        }
        Seal { key: &self.key, kind: BY_DATA_KEY, version: self.version, place }.open(&parts)
    }
}
