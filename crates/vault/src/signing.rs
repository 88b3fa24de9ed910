//! Signing of what outsiders check: Ed25519 (RFC 8032), one key pair for each use.
//!
//! A signature of one use is never valid for another, because each use has its own key pair, which the key module
//! keeps. The public keys are no secret: publish them with the log and keep a copy elsewhere.

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
