//! How a key file is sealed, and what opens it.

use super::body::base64_bytes;
use crate::{Key, KeyModule, Place, Share, ShareSet, VaultError, keyring, shares};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Random, Secret};
use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};
use zeroize::Zeroizing;

const SALT_BYTES: usize = 16;
/// A shorter passphrase is refused: who has the file can try as fast as their machines allow.
const PASSPHRASE_CHARS_MIN: usize = 12;
/// Memory that a file may ask of us, KiB: a forged file must not take the machine down.
const MEMORY_KIB_MAX: u32 = 1 << 20;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

/// What stands in clear in a key file: how it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Sealing {
    /// By nothing: for a demo.
    Nothing,
    /// By a passphrase.
    Passphrase {
        /// What one guess costs.
        cost: PassphraseCost,
        /// Chance, so that equal passphrases give unrelated keys.
        #[serde(with = "base64_bytes")]
        salt: Vec<u8>,
    },
    /// By shares.
    Shares {
        /// The set's id.
        set: String,
        /// How many open.
        threshold: u8,
        /// How many there are.
        shares: u8,
    },
    /// By a master key of a token.
    Token {
        /// The sealing key, wrapped by the token.
        #[serde(with = "base64_bytes")]
        wrapped: Vec<u8>,
    },
}

/// What one guess of a passphrase costs (Argon2id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassphraseCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PassphraseCost {
    /// 256 MiB and 4 passes: about a second of a server's core, once at start.
    pub const USUAL: Self = Self { memory_kib: 256 * 1024, passes: 4, lanes: 1 };
}

/// How a file is to be sealed.
#[derive(Debug)]
pub enum NewSeal<'a> {
    /// By nothing: for a demo.
    Nothing,
    /// By a passphrase of at least 12 characters.
    Passphrase(&'a Secret<String>, PassphraseCost),
    /// By shares of this set; [`ShareSet::deal`] gives the shares and the key.
    Shares(ShareSet, &'a Key),
    /// By the newest master key of a token.
    Token(&'a dyn KeyModule),
}

/// What opens a file.
#[derive(Debug)]
pub enum Unseal<'a> {
    /// Nothing is needed.
    Nothing,
    /// A passphrase.
    Passphrase(&'a Secret<String>),
    /// Enough shares.
    Shares(&'a [Share]),
    /// The token.
    Token(&'a dyn KeyModule),
}

/// The sealing key of an opened file.
#[derive(Clone)]
pub(super) enum Opener {
    Plain,
    Key(Key),
}

/// Where the wrapped sealing key of a token's file is bound to.
const PLACE: Place<'static> = Place { table: "key file", row: 0, column: "sealing key" };

impl Sealing {
    /// The set, where it is sealed by shares.
    pub fn share_set(&self) -> Option<ShareSet> {
        let Self::Shares { set, threshold, shares } = self else { return None };
        let id = shares::unhex(set).and_then(|id| <[u8; 4]>::try_from(id.as_slice()).ok())?;
        ShareSet::of(id, *threshold, *shares).ok()
    }
}

impl fmt::Display for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Passphrase { .. } => f.write_str("a passphrase"),
            Self::Shares { set, threshold, shares } => {
                write!(f, "{threshold} of the {shares} shares of set {set}")
            }
            Self::Token { .. } => f.write_str("the token"),
        }
    }
}

impl NewSeal<'_> {
    pub(super) fn prepare(&self, random: &dyn Random) -> Result<(Sealing, Opener), VaultError> {
        match self {
            Self::Nothing => Ok((Sealing::Nothing, Opener::Plain)),
            Self::Passphrase(passphrase, cost) => {
                if passphrase.expose().chars().count() < PASSPHRASE_CHARS_MIN {
                    return Err(VaultError::ShortPassphrase);
                }
                let mut salt = vec![0; SALT_BYTES];
                random.fill(&mut salt);
                let key = stretched(passphrase, *cost, &salt).ok_or(VaultError::Cipher)?;
                Ok((Sealing::Passphrase { cost: *cost, salt }, Opener::Key(key)))
            }
            Self::Shares(set, key) => {
                let (threshold, shares) = (set.threshold(), set.shares());
                let sealing = Sealing::Shares { set: set.to_string(), threshold, shares };
                Ok((sealing, Opener::Key((*key).clone())))
            }
            Self::Token(module) => {
                let key = Key::create(random);
                let wrapped = keyring::wrap_bytes(*module, PLACE, key.bytes(), random)?;
                Ok((Sealing::Token { wrapped }, Opener::Key(key)))
            }
        }
    }
}

impl Unseal<'_> {
    pub(super) fn opener(&self, path: &Path, sealing: &Sealing) -> Result<Opener, VaultError> {
        let malformed = |reason| VaultError::Malformed { path: path.to_owned(), reason };
        match (self, sealing) {
            (_, Sealing::Nothing) => Ok(Opener::Plain),
            (Self::Passphrase(passphrase), Sealing::Passphrase { cost, salt }) => {
                let sane =
                    cost.memory_kib <= MEMORY_KIB_MAX && cost.passes <= PASSES_MAX && cost.lanes <= LANES_MAX;
                let key = if sane { stretched(passphrase, *cost, salt) } else { None };
                key.map(Opener::Key).ok_or_else(|| malformed("its cost of a passphrase can't be"))
            }
            (Self::Shares(given), Sealing::Shares { .. }) => {
                let set = sealing.share_set().ok_or_else(|| malformed("its set of shares can't be"))?;
                set.combine(given).map(Opener::Key)
            }
            (Self::Token(module), Sealing::Token { wrapped }) => {
                let bytes = keyring::unwrap_bytes(*module, PLACE, wrapped)?;
                let key = Key::from_slice(bytes.expose());
                key.map(Opener::Key).ok_or_else(|| malformed("its sealing key has not 32 bytes"))
            }
            _ => Err(VaultError::SealedOtherwise { path: path.to_owned(), sealing: sealing.to_string() }),
        }
    }
}

/// The key of a passphrase; `None` where the cost is outside of what Argon2 allows.
fn stretched(passphrase: &Secret<String>, cost: PassphraseCost, salt: &[u8]) -> Option<Key> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(crate::key::KEY_BYTES)).ok()?;
    let mut bytes = Zeroizing::new([0; crate::key::KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, bytes.as_mut())
        .ok()?;
    Key::from_slice(bytes.as_ref())
}
