//! The key ring: master keys by version, the look-up key, the signing key, card verification keys by generation.
//!
//! The newest master key seals; older ones only open, until everything is sealed anew. The look-up key
//! has no versions: changing it means computing every look-up column again. The signing key has none either:
//! what it signed must be checked with the public key of that time.

use crate::{Key, VaultError, card_values::CardKey, lookup::LookupKeys, signing::SigningKeys};
use kernel::{Random, Secret};
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroizing;

/// All keys of an issuer, in the memory of this process.
#[derive(Clone)]
pub struct KeyRing {
    newest: (u32, Key),
    older: BTreeMap<u32, Key>,
    lookup: Key,
    pub(crate) lookup_keys: LookupKeys,
    signing: Key,
    pub(crate) signing_keys: SigningKeys,
    cvks: BTreeMap<u32, CardKey>,
}

impl KeyRing {
    /// Fresh keys: master key version 1, a look-up key, a signing key, card verification key generation 1.
    pub fn create(random: &dyn Random) -> Result<Self, VaultError> {
        let cvk = loop {
            let mut bytes = Zeroizing::new([0; 16]);
            random.fill(bytes.as_mut());
            match CardKey::try_new(bytes.as_ref()) {
                Some(key) if !key.is_weak() => break key,
                // Chance 2^-64; a source that keeps giving this is broken and must not hang the start.
                _ if bytes.iter().all(|byte| bytes.first() == Some(byte)) => return Err(VaultError::WeakKey),
                _ => {}
            }
        };
        Self::from_parts(
            BTreeMap::from([(1, Key::create(random))]),
            Key::create(random),
            Key::create(random),
            BTreeMap::from([(1, cvk)]),
        )
    }

    pub(crate) fn from_parts(
        mut masters: BTreeMap<u32, Key>,
        lookup: Key,
        signing: Key,
        cvks: BTreeMap<u32, CardKey>,
    ) -> Result<Self, VaultError> {
        let newest = masters.pop_last().ok_or(VaultError::NoMasterKey { version: 1 })?;
        let lookup_keys = LookupKeys::derive(&lookup)?;
        let signing_keys = SigningKeys::derive(&signing)?;
        Ok(Self { newest, older: masters, lookup, lookup_keys, signing, signing_keys, cvks })
    }

    /// Adds a fresh master key, which seals from now on. Returns its version.
    pub fn rotate_master(&mut self, random: &dyn Random) -> u32 {
        let version = self.newest.0.saturating_add(1);
        let (old, key) = std::mem::replace(&mut self.newest, (version, Key::create(random)));
        self.older.insert(old, key);
        version
    }

    /// Adds a given card verification key of 16 bytes, such as the published one of a test issuer or one
    /// that comes from a scheme.
    pub fn add_cvk(&mut self, generation: u32, key: &Secret<[u8; 16]>) -> Result<(), VaultError> {
        let key = CardKey::try_new(key.expose()).ok_or(VaultError::WeakKey)?;
        if key.is_weak() {
            return Err(VaultError::WeakKey);
        }
        if self.cvks.contains_key(&generation) {
            return Err(VaultError::Taken { generation });
        }
        self.cvks.insert(generation, key);
        Ok(())
    }

    /// The newest generation of the card verification key: the one that new cards take.
    pub fn newest_cvk(&self) -> Option<u32> {
        self.cvks.last_key_value().map(|(generation, _)| *generation)
    }

    pub(crate) const fn newest_master(&self) -> (u32, &Key) {
        (self.newest.0, &self.newest.1)
    }

    pub(crate) fn master(&self, version: u32) -> Option<&Key> {
        if version == self.newest.0 { Some(&self.newest.1) } else { self.older.get(&version) }
    }

    pub(crate) fn masters(&self) -> impl Iterator<Item = (u32, &Key)> {
        let older = self.older.iter().map(|(version, key)| (*version, key));
        older.chain([(self.newest.0, &self.newest.1)])
    }

    pub(crate) const fn lookup_key(&self) -> &Key {
        &self.lookup
    }

    pub(crate) const fn signing_key(&self) -> &Key {
        &self.signing
    }

    pub(crate) fn cvk(&self, generation: u32) -> Option<&CardKey> {
        self.cvks.get(&generation)
    }

    pub(crate) const fn cvks(&self) -> &BTreeMap<u32, CardKey> {
        &self.cvks
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[key ring, master key version {}]", self.newest.0)
    }
}
