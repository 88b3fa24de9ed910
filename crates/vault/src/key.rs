//! A key of 32 bytes in memory, and what is derived from it.
//!
//! Keys never print, never compare with `==`, and are overwritten when dropped.

use crate::VaultError;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Random;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const CHECK_BYTES: usize = 6;

/// A secret of 32 bytes.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    /// A fresh key.
    pub fn create(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// The key with these bytes, if there are 32 of them.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; KEY_BYTES]>::try_from(bytes).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// A key of its own for `purpose` (HKDF-SHA-256); knowing it tells nothing about this key or others.
    pub(crate) fn derive(&self, purpose: &[u8]) -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        Hkdf::<Sha256>::new(None, self.0.as_ref())
            .expand(purpose, bytes.as_mut())
            .map_err(|_| VaultError::Cipher)?;
        Ok(Self(bytes))
    }

    /// HMAC-SHA-256 over `parts`, one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC pads a short key with zeros to the 64 bytes of a block; padding it here makes the
        // constructor one that can't fail.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.0.iter()).for_each(|(to, from)| *to = *from);
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Six bytes by which a key can be recognised without being told.
    pub(crate) fn check_value(&self) -> [u8; CHECK_BYTES] {
        let full = self.mac(&[crate::CHECK_TEXT]);
        let mut short = [0; CHECK_BYTES];
        short.iter_mut().zip(full).for_each(|(to, from)| *to = from);
        short
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}
