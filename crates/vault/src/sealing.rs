//! Sealing of fields: AES-256-GCM-SIV with a random nonce, bound to the place where the bytes are kept.
//!
//! A sealed value is: header (1 byte: which kind of key), key version (4 bytes, big-endian), then for a data key
//! nonce (12) and ciphertext with its tag, for a wrapped data key what the key module made. The associated data
//! are the header, the key version and the [`Place`], so a value copied to another row, column or table, or
//! relabelled with another version, does not open. GCM-SIV is misuse-resistant: should two copies of one backup
//! ever draw the same nonce, that tells only whether two equal texts are equal.

use crate::{Key, KeyRing, VaultError};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use kernel::{Limit, Random, Secret};
use std::sync::PoisonError;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const LABEL_BYTES: usize = 1 + 4;
const PLAINTEXT_BYTES: Limit = Limit::new("sealed_plaintext_bytes", 1 << 20);

const BY_DATA_KEY: u8 = 2;
pub(crate) const WRAPPED_DATA_KEY: u8 = 3;

/// How many bytes a sealed value is longer than what was sealed.
pub const SEALED_OVERHEAD_BYTES: usize = LABEL_BYTES + NONCE_BYTES + TAG_BYTES;

/// Where what holds nothing is sealed; no table has this name.
const NOTHING: Place<'static> = Place { table: "nothing", row: 0, column: "nothing" };
/// About as long as a card number.
const NOTHING_BYTES: usize = 16;

/// A wrapped data key and a value under it.
pub(crate) type Nothing = (Vec<u8>, Vec<u8>);

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
    pub(crate) fn bind(&self, kind: u8, version: u32) -> Vec<u8> {
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

/// Kind and version before the bytes.
pub(crate) fn labelled(kind: u8, version: u32, bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(LABEL_BYTES + bytes.len());
    all.push(kind);
    all.extend_from_slice(&version.to_be_bytes());
    all.extend_from_slice(bytes);
    all
}

/// The version that bytes of this kind name, and the rest.
pub(crate) fn label_of(kind: u8, sealed: &[u8]) -> Result<(u32, &[u8]), VaultError> {
    let (found, rest) = sealed.split_first_chunk::<1>().ok_or(VaultError::NotSealed)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or(VaultError::NotSealed)?;
    if *found == [kind] { Ok((u32::from_be_bytes(*version), rest)) } else { Err(VaultError::NotSealed) }
}

/// A fresh nonce and the ciphertext with its tag.
pub(crate) fn aead_seal(
    key: &Key,
    binding: &[u8],
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce);
    let ciphertext = Aes256GcmSiv::new(key.bytes().into())
        .encrypt(&Nonce::from(nonce), Payload { msg: plaintext, aad: binding })
        .map_err(|_| VaultError::Cipher)?;
    let mut sealed = Vec::with_capacity(NONCE_BYTES + ciphertext.len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens what [`aead_seal`] gave.
pub(crate) fn aead_open(key: &Key, binding: &[u8], sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::NotSealed)?;
    if ciphertext.len() < TAG_BYTES {
        return Err(VaultError::NotSealed);
    }
    Aes256GcmSiv::new(key.bytes().into())
        .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: binding })
        .map(Secret::new)
        .map_err(|_| VaultError::Refused)
}

impl KeyRing {
    /// Wraps a data key for `place` under the newest master key.
    pub fn wrap_key(
        &self,
        place: Place<'_>,
        data_key: &DataKey,
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        let mut plaintext = Zeroizing::new(Vec::with_capacity(4 + data_key.key.bytes().len()));
        plaintext.extend_from_slice(&data_key.version.to_be_bytes());
        plaintext.extend_from_slice(data_key.key.bytes());
        self.wrap(place, &plaintext, random)
    }

    /// Unwraps what [`KeyRing::wrap_key`] wrapped for the same place.
    ///
    /// # Errors
    /// [`VaultError::DoesNotOpen`] names the place of bytes that were changed or belong elsewhere.
    pub fn unwrap_key(&self, place: Place<'_>, wrapped: &[u8]) -> Result<DataKey, VaultError> {
        let opened = self.opened(place, wrapped)?;
        let (version, key) = opened.expose().split_first_chunk::<4>().ok_or(VaultError::NotSealed)?;
        let key = Key::from_slice(key).ok_or(VaultError::NotSealed)?;
        Ok(DataKey { key, version: u32::from_be_bytes(*version) })
    }

    /// The work of unwrapping a data key and opening a short value under it, where there is none: the same calls of the
    /// key module on bytes that hold nothing, so that the time of an answer does not tell whether there was something
    /// to open. Only the first time after a start or a rotation takes longer, by making those bytes.
    ///
    /// # Errors
    /// The key module failed, or has no master key.
    pub fn open_nothing(&self, random: &dyn Random) -> Result<(), VaultError> {
        let (wrapped, sealed) = self.nothing(random)?;
        self.unwrap_key(NOTHING, &wrapped)?.open(NOTHING, &sealed).map(drop)
    }

    /// A wrapped data key that seals nothing, and what it seals; kept until another master key wraps.
    fn nothing(&self, random: &dyn Random) -> Result<Nothing, VaultError> {
        let version = self.master_version()?;
        let mut kept = self.nothing.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |(wrapped, _): &&Nothing| Self::master_version_of(wrapped) == Some(version);
        if let Some(nothing) = kept.as_ref().filter(fits) {
            return Ok(nothing.clone());
        }
        let key = DataKey::create(random);
        let made = (self.wrap_key(NOTHING, &key, random)?, key.seal(NOTHING, &[0; NOTHING_BYTES], random)?);
        Ok(kept.insert(made).clone())
    }

    /// Wraps under the newest master key what was wrapped under any.
    ///
    /// # Errors
    /// As [`KeyRing::unwrap_key`].
    pub fn rewrap(
        &self,
        place: Place<'_>,
        wrapped: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        let opened = self.opened(place, wrapped)?;
        self.wrap(place, opened.expose(), random)
    }

    /// The master key version that a wrapped data key names; tells what to wrap anew after a rotation. Not
    /// checked against the tag: only unwrapping does that.
    pub fn master_version_of(wrapped: &[u8]) -> Option<u32> {
        label_of(WRAPPED_DATA_KEY, wrapped).ok().map(|(version, _)| version)
    }

    /// The first bytes of every data key wrapped under this version: for counting in SQL.
    pub fn wrapped_label(version: u32) -> Vec<u8> {
        labelled(WRAPPED_DATA_KEY, version, &[])
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
        PLAINTEXT_BYTES.check(u64::try_from(plaintext.len()).unwrap_or(u64::MAX))?;
        let sealed = aead_seal(&self.key, &place.bind(BY_DATA_KEY, self.version), plaintext, random)?;
        Ok(labelled(BY_DATA_KEY, self.version, &sealed))
    }

    /// Opens what this key sealed for the same place.
    ///
    /// # Errors
    /// [`VaultError::DoesNotOpen`] names the place of bytes that were changed or belong elsewhere.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let opened = label_of(BY_DATA_KEY, sealed).and_then(|(version, bytes)| {
            if version == self.version {
                aead_open(&self.key, &place.bind(BY_DATA_KEY, version), bytes)
            } else {
                Err(VaultError::Refused)
            }
        });
        opened.map_err(|error| error.at(place))
    }
}
