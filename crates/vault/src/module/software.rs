//! The software module: all keys in the memory of this process.
//!
//! The newest master key wraps; older ones only unwrap, until everything is wrapped anew. Look-up and signing
//! keys are derived from one key each (HKDF-SHA-256), one per use. They have no versions: a new look-up key
//! would mean computing every look-up column again, and what was signed must be checked with the key of its
//! time. Readers of master keys take a lock that only a rotation takes for writing; hashing takes none.

use super::{HashUse, KeyCheck, KeyModule};
use crate::{
    Key, KeyFile, PublicKey, Signature, SigningUse, VaultError,
    sealing::{aead_open, aead_seal},
    shares::hex,
};
use ed25519_dalek::{Signer, SigningKey};
use kernel::{Random, Secret};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{PoisonError, RwLock},
};

/// The keys of a software module as plain data: what a key file holds.
#[derive(Clone)]
pub struct KeySet {
    pub(crate) masters: BTreeMap<u32, Key>,
    pub(crate) lookup: Key,
    pub(crate) signing: Key,
}

impl KeySet {
    /// Fresh keys: master key version 1, a look-up key and a signing key.
    pub fn create(random: &dyn Random) -> Self {
        Self {
            masters: BTreeMap::from([(1, Key::create(random))]),
            lookup: Key::create(random),
            signing: Key::create(random),
        }
    }

    /// Adds a fresh master key; returns its version.
    pub(crate) fn add_master(&mut self, random: &dyn Random) -> u32 {
        let version = self.newest().saturating_add(1);
        self.masters.insert(version, Key::create(random));
        version
    }

    fn newest(&self) -> u32 {
        self.masters.last_key_value().map_or(0, |(version, _)| *version)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[keys, master key version {}]", self.newest())
    }
}

/// A [`KeyModule`] in memory, with the file it came from where there is one.
pub struct SoftwareModule {
    masters: RwLock<BTreeMap<u32, Key>>,
    hashes: [Key; HashUse::ALL.len()],
    pairs: [SigningKey; SigningUse::ALL.len()],
    file: Option<KeyFile>,
}

impl SoftwareModule {
    /// These keys, in memory only: a rotation lives as long as the process.
    pub fn in_memory(keys: KeySet) -> Result<Self, VaultError> {
        Self::with(keys, None)
    }

    /// The keys of an opened file; a rotation is written back to it.
    pub fn of_file(file: KeyFile) -> Result<Self, VaultError> {
        let keys = file.keys()?;
        Self::with(keys, Some(file))
    }

    fn with(keys: KeySet, file: Option<KeyFile>) -> Result<Self, VaultError> {
        let mut hashes = Vec::with_capacity(HashUse::ALL.len());
        for of in HashUse::ALL {
            hashes.push(keys.lookup.derive(format!("cardea hash {}", of.name()).as_bytes())?);
        }
        let mut pairs = Vec::with_capacity(SigningUse::ALL.len());
        for of in SigningUse::ALL {
            let seed = keys.signing.derive(format!("cardea signing {}", of.name()).as_bytes())?;
            pairs.push(SigningKey::from_bytes(seed.bytes()));
        }
        Ok(Self {
            masters: RwLock::new(keys.masters),
            hashes: hashes.try_into().map_err(|_| VaultError::Cipher)?,
            pairs: pairs.try_into().map_err(|_| VaultError::Cipher)?,
            file,
        })
    }
}

impl SoftwareModule {
    fn master(&self, version: u32) -> Result<Key, VaultError> {
        let masters = self.masters.read().unwrap_or_else(PoisonError::into_inner);
        masters.get(&version).cloned().ok_or(VaultError::NoMasterKey { version })
    }

    fn hash_key(&self, of: HashUse) -> Result<&Key, VaultError> {
        let place = HashUse::ALL.iter().position(|one| *one == of);
        place.and_then(|place| self.hashes.get(place)).ok_or(VaultError::Cipher)
    }

    fn pair(&self, of: SigningUse) -> Result<&SigningKey, VaultError> {
        let place = SigningUse::ALL.iter().position(|one| *one == of);
        place.and_then(|place| self.pairs.get(place)).ok_or(VaultError::Cipher)
    }

    fn replace(&self, masters: BTreeMap<u32, Key>) {
        *self.masters.write().unwrap_or_else(PoisonError::into_inner) = masters;
    }
}

impl KeyModule for SoftwareModule {
    fn describe(&self) -> String {
        let from = self.file.as_ref().map_or_else(|| "no file".to_owned(), KeyFile::describe);
        format!("software module, {from}")
    }

    fn master_versions(&self) -> Vec<u32> {
        self.masters.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    fn check_values(&self) -> Result<Vec<KeyCheck>, VaultError> {
        let check =
            |name: String, number, key: &Key| KeyCheck { name, number, value: hex(&key.check_value()) };
        let mut all = Vec::new();
        for version in self.master_versions() {
            all.push(check("master".to_owned(), version, &self.master(version)?));
        }
        for of in HashUse::ALL {
            all.push(check(format!("lookup {}", of.name()), 1, self.hash_key(of)?));
        }
        for of in SigningUse::ALL {
            all.push(KeyCheck::of_public(of, &self.public_key(of)?));
        }
        Ok(all)
    }

    fn wrap(
        &self,
        version: u32,
        binding: &[u8],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        aead_seal(&self.master(version)?, binding, plaintext, random)
    }

    fn unwrapped(&self, version: u32, binding: &[u8], wrapped: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        aead_open(&self.master(version)?, binding, wrapped)
    }

    fn hash(&self, of: HashUse, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        Ok(self.hash_key(of)?.mac(parts))
    }

    fn sign(&self, of: SigningUse, message: &[u8]) -> Result<Signature, VaultError> {
        let signature = self.pair(of)?.try_sign(message).map_err(|_| VaultError::Cipher)?;
        Ok(Signature(signature.to_bytes()))
    }

    fn public_key(&self, of: SigningUse) -> Result<PublicKey, VaultError> {
        Ok(PublicKey(self.pair(of)?.verifying_key().to_bytes()))
    }

    fn refresh(&self) -> Result<(), VaultError> {
        if let Some(file) = &self.file {
            self.replace(file.read_again()?.masters);
        }
        Ok(())
    }

    fn add_master(&self, random: &dyn Random) -> Result<u32, VaultError> {
        if let Some(file) = &self.file {
            let (version, keys) = file.change(random, |keys| Ok(keys.add_master(random)))?;
            self.replace(keys.masters);
            return Ok(version);
        }
        let mut masters = self.masters.write().unwrap_or_else(PoisonError::into_inner);
        let version = masters.last_key_value().map_or(0, |(newest, _)| *newest).saturating_add(1);
        masters.insert(version, Key::create(random));
        Ok(version)
    }

    fn remove_master(&self, version: u32, random: &dyn Random) -> Result<(), VaultError> {
        let remove = |masters: &mut BTreeMap<u32, Key>| {
            let newest = masters.last_key_value().map(|(newest, _)| *newest);
            if newest == Some(version) {
                return Err(VaultError::NewestMaster { version });
            }
            masters.remove(&version).map(drop).ok_or(VaultError::NoMasterKey { version })
        };
        if let Some(file) = &self.file {
            let ((), keys) = file.change(random, |keys| remove(&mut keys.masters))?;
            self.replace(keys.masters);
            return Ok(());
        }
        remove(&mut self.masters.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for SoftwareModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
