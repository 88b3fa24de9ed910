//! The key ring: the key module and the card keys, as every part of the program uses them.
//!
//! What wraps data keys, hashes and signs is the module's work; the ring says which version wraps (the newest)
//! and puts the version in front of what was wrapped. When a value names a version that the module has not
//! seen, somebody has rotated: the module looks again, once, before the value is refused.

use crate::{
    CardKeys, HashUse, KeyCheck, KeyModule, KeySet, Place, PublicKey, Signature, SigningUse, SoftwareModule,
    VaultError,
    sealing::{self, Nothing, WRAPPED_DATA_KEY},
};
use kernel::{Random, Secret};
use std::{
    fmt,
    sync::{Arc, Mutex},
};

/// All keys of an issuer.
#[derive(Clone)]
pub struct KeyRing {
    module: Arc<dyn KeyModule>,
    card_keys: CardKeys,
    pub(crate) nothing: Arc<Mutex<Option<Nothing>>>,
}

impl KeyRing {
    /// Over this module.
    pub fn new(module: Arc<dyn KeyModule>, card_keys: CardKeys) -> Self {
        Self { module, card_keys, nothing: Arc::default() }
    }

    /// Fresh keys in memory only, for tests and measurements: they end with the process.
    pub fn create(random: &dyn Random) -> Result<Self, VaultError> {
        let module = SoftwareModule::in_memory(KeySet::create(random))?;
        Ok(Self::new(Arc::new(module), CardKeys::create(random)?))
    }

    /// The key module.
    pub fn module(&self) -> &dyn KeyModule {
        &*self.module
    }

    /// The card keys.
    pub const fn card_keys(&self) -> &CardKeys {
        &self.card_keys
    }

    /// The card keys, to add some.
    pub const fn card_keys_mut(&mut self) -> &mut CardKeys {
        &mut self.card_keys
    }

    /// The version of the master key that wraps.
    pub fn master_version(&self) -> Result<u32, VaultError> {
        newest(&*self.module)
    }

    /// The check values of all keys of the module.
    pub fn check_values(&self) -> Result<Vec<KeyCheck>, VaultError> {
        self.module.check_values()
    }

    /// Signs `message` for one use. The same message gives the same signature.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn sign(&self, of: SigningUse, message: &[u8]) -> Result<Signature, VaultError> {
        self.module.sign(of, message)
    }

    /// The public key by which signatures of one use are checked.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn public_key(&self, of: SigningUse) -> Result<PublicKey, VaultError> {
        self.module.public_key(of)
    }

    pub(crate) fn hash(&self, of: HashUse, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        self.module.hash(of, parts)
    }

    pub(crate) fn wrap(
        &self,
        place: Place<'_>,
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, VaultError> {
        wrap_bytes(&*self.module, place, plaintext, random)
    }

    pub(crate) fn opened(&self, place: Place<'_>, wrapped: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        match unwrap_bytes(&*self.module, place, wrapped) {
            Err(VaultError::NoMasterKey { .. }) => {
                self.module.refresh()?;
                unwrap_bytes(&*self.module, place, wrapped)
            }
            done => done,
        }
    }
}

fn newest(module: &dyn KeyModule) -> Result<u32, VaultError> {
    module.master_versions().last().copied().ok_or(VaultError::NoMasterKey { version: 1 })
}

/// Wraps under the newest master key: header, version, what the module made of it.
pub(crate) fn wrap_bytes(
    module: &dyn KeyModule,
    place: Place<'_>,
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, VaultError> {
    let version = newest(module)?;
    let wrapped = module.wrap(version, &place.bind(WRAPPED_DATA_KEY, version), plaintext, random)?;
    Ok(sealing::labelled(WRAPPED_DATA_KEY, version, &wrapped))
}

/// Unwraps what [`wrap_bytes`] gave for the same place.
pub(crate) fn unwrap_bytes(
    module: &dyn KeyModule,
    place: Place<'_>,
    wrapped: &[u8],
) -> Result<Secret<Vec<u8>>, VaultError> {
    let opened = sealing::label_of(WRAPPED_DATA_KEY, wrapped).and_then(|(version, bytes)| {
        module.unwrapped(version, &place.bind(WRAPPED_DATA_KEY, version), bytes)
    });
    opened.map_err(|error| error.at(place))
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[key ring, {:?}]", self.module)
    }
}
