//! The key ring: master keys by version, the look-up key, the signing key, the card keys.
//!
//! The newest master key seals; older ones only open, until everything is sealed anew. The look-up key
//! has no versions: changing it means computing every look-up column again. The signing key has none either:
//! what it signed must be checked with the public key of that time.

use crate::{CardKeys, Key, VaultError, lookup::LookupKeys, signing::SigningKeys};
use kernel::Random;
use std::{collections::BTreeMap, fmt};

/// All keys of an issuer, in the memory of this process.
#[derive(Clone)]
pub struct KeyRing {
    newest: (u32, Key),
    older: BTreeMap<u32, Key>,
    lookup: Key,
    pub(crate) lookup_keys: LookupKeys,
    signing: Key,
    pub(crate) signing_keys: SigningKeys,
    card_keys: CardKeys,
}

impl KeyRing {
    /// Fresh keys: master key version 1, a look-up key, a signing key, one card key for each use.
    pub fn create(random: &dyn Random) -> Result<Self, VaultError> {
        Self::from_parts(
            BTreeMap::from([(1, Key::create(random))]),
            Key::create(random),
            Key::create(random),
            CardKeys::create(random)?,
        )
    }

    pub(crate) fn from_parts(
        mut masters: BTreeMap<u32, Key>,
        lookup: Key,
        signing: Key,
        card_keys: CardKeys,
    ) -> Result<Self, VaultError> {
        let newest = masters.pop_last().ok_or(VaultError::NoMasterKey { version: 1 })?;
        let lookup_keys = LookupKeys::derive(&lookup)?;
        let signing_keys = SigningKeys::derive(&signing)?;
        Ok(Self { newest, older: masters, lookup, lookup_keys, signing, signing_keys, card_keys })
    }

    /// Adds a fresh master key, which seals from now on. Returns its version.
    pub fn rotate_master(&mut self, random: &dyn Random) -> u32 {
        let version = self.newest.0.saturating_add(1);
        let (old, key) = std::mem::replace(&mut self.newest, (version, Key::create(random)));
        self.older.insert(old, key);
        version
    }

    /// The card keys.
    pub const fn card_keys(&self) -> &CardKeys {
        &self.card_keys
    }

    /// The card keys, to add some.
    pub const fn card_keys_mut(&mut self) -> &mut CardKeys {
        &mut self.card_keys
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
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[key ring, master key version {}]", self.newest.0)
    }
}
