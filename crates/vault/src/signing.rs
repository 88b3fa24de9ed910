//! Signing of what outsiders check: Ed25519 (RFC 8032), one key pair for each use.
//!
//! A signature of one use is never valid for another, because each use has its own key pair, derived from
//! the signing key. The public keys are no secret: publish them with the log and keep a copy elsewhere.

use crate::{Key, KeyRing, VaultError};
use ed25519_dalek::{Signer, SigningKey};

/// What a signature is for. Each has a key pair of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningUse {
    /// Checkpoints of the audit log.
    LogCheckpoint,
    /// Receipts that a customer gets.
    Receipt,
}

/// A public key, 32 bytes as RFC 8032 encodes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// A signature, 64 bytes as RFC 8032 encodes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl SigningUse {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::LogCheckpoint, Self::Receipt];

    /// Its name in key files, tokens and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogCheckpoint => "log-checkpoint",
            Self::Receipt => "receipt",
        }
    }
}

/// The key pairs, one per use.
#[derive(Clone)]
pub(crate) struct SigningKeys {
    log_checkpoint: SigningKey,
    receipt: SigningKey,
}

impl SigningKeys {
    pub(crate) fn derive(key: &Key) -> Result<Self, VaultError> {
        let pair = |of: SigningUse| {
            let seed = key.derive(format!("cardea signing {}", of.name()).as_bytes())?;
            Ok::<_, VaultError>(SigningKey::from_bytes(seed.bytes()))
        };
        Ok(Self { log_checkpoint: pair(SigningUse::LogCheckpoint)?, receipt: pair(SigningUse::Receipt)? })
    }

    const fn of(&self, of: SigningUse) -> &SigningKey {
        match of {
            SigningUse::LogCheckpoint => &self.log_checkpoint,
            SigningUse::Receipt => &self.receipt,
        }
    }
}

impl KeyRing {
    /// Signs `message` for one use. The same message gives the same signature.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn sign(&self, of: SigningUse, message: &[u8]) -> Result<Signature, VaultError> {
        let signature = self.signing_keys.of(of).try_sign(message).map_err(|_| VaultError::Cipher)?;
        Ok(Signature(signature.to_bytes()))
    }

    /// The public key by which signatures of one use are checked.
    ///
    /// # Errors
    /// The key module failed; a software module never does.
    pub fn public_key(&self, of: SigningUse) -> Result<PublicKey, VaultError> {
        Ok(PublicKey(self.signing_keys.of(of).verifying_key().to_bytes()))
    }
}
