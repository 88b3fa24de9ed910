//! What can go wrong in the vault. No message carries any part of a key, a number or a sealed text.

use crate::{Place, card::CardKeyRole};
use kernel::{Fault, LimitExceeded};
use std::path::PathBuf;

/// Why the vault refused.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The sealed bytes are too short, or of a kind that this vault does not write.
    #[error("these bytes are not a sealed value of this vault")]
    NotSealed,
    /// The sealed bytes were changed, belong to another place, or another key sealed them.
    #[error("the sealed value does not open: it was changed, moved, or sealed under another key")]
    Refused,
    /// As [`VaultError::Refused`], with where the bytes are kept.
    #[error(
        "the sealed value in {table}, row {row}, column {column} does not open: it was changed, moved, or sealed under another key"
    )]
    DoesNotOpen {
        /// The table.
        table: String,
        /// The row's number.
        row: i64,
        /// The column.
        column: String,
    },
    /// The key ring has no master key of this version.
    #[error("there is no master key of version {version} in the key ring; load the keys that have it")]
    NoMasterKey {
        /// The version that the sealed value names.
        version: u32,
    },
    /// There is no card key of this role and generation.
    #[error("there is no {role} key of generation {generation} among the card keys")]
    NoCardKey {
        /// What the key is for.
        role: CardKeyRole,
        /// The generation that was asked for.
        generation: u32,
    },
    /// A generation that is already taken by another key.
    #[error("{role} key generation {generation} exists already; take the next number")]
    Taken {
        /// What the key is for.
        role: CardKeyRole,
        /// The number that is taken.
        generation: u32,
    },
    /// A card key of a length that its role does not have.
    #[error("this is not the length of a {role} key")]
    CardKeyLength {
        /// What the key is for.
        role: CardKeyRole,
    },
    /// A key that would protect nothing.
    #[error("this card key is weak: two of its parts are equal")]
    WeakKey,
    /// A PIN block in another format than the one that its zone key is pinned to.
    #[error("zone key {zone} opens PIN blocks of another format only")]
    PinFormat {
        /// Generation of the zone key.
        zone: u32,
    },
    /// The card module was asked something that it can't do.
    #[error("{0}")]
    CardRequest(&'static str),
    /// A value is larger than the vault seals.
    #[error(transparent)]
    TooLarge(#[from] LimitExceeded),
    /// An expiry that is no month of a year.
    #[error("an expiry is four digits, year then month, such as 2912")]
    Expiry,
    /// A service code that is not three digits.
    #[error("a service code is three digits, such as 201")]
    ServiceCode,
    /// The key file could not be read or written.
    #[error("key file {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Others than the owner may read or change the key file.
    #[error(
        "key file {path} can be read or changed by others (mode {mode:03o}); run `chmod 600` on it, \
         and take new keys if anybody else may have read it"
    )]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file is there and is not one that this program writes.
    #[error("key file {path}: {reason}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong, without any of the content.
        reason: &'static str,
    },
    /// A key of the file does not match its check value.
    #[error("key file {path}: {key} does not match its check value; the file is damaged")]
    CheckValue {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
    },
    /// The key file does not open.
    #[error(
        "key file {path} does not open: the passphrase, a share or the token behind it ({sealing}) is not the right one, or the file was changed"
    )]
    Unopened {
        /// Which file.
        path: PathBuf,
        /// How it is sealed.
        sealing: String,
    },
    /// The file is sealed in another way than was tried.
    #[error("key file {path} is sealed by {sealing}; that was not given")]
    SealedOtherwise {
        /// Which file.
        path: PathBuf,
        /// How it is sealed.
        sealing: String,
    },
    /// The file was sealed anew since this process opened it.
    #[error(
        "key file {path} was sealed anew since it was opened; start again with the new passphrase or shares"
    )]
    SealedAnew {
        /// Which file.
        path: PathBuf,
    },
    /// A passphrase that could be guessed.
    #[error("a passphrase has at least 12 characters; several random words are good")]
    ShortPassphrase,
    /// Numbers of shares that make no sense.
    #[error("a set has 2 to 16 shares, and at least 2 of them are needed")]
    ShareCounts,
    /// A text that is no share, or was misspelt.
    #[error("this is no share, or was misspelt: its checksum is wrong")]
    ShareText,
    /// A share of another set.
    #[error("share {index} is of set {found}; this key file is sealed for set {expected}")]
    ForeignShare {
        /// Which share of its set.
        index: u8,
        /// Its set.
        found: String,
        /// The set that is needed.
        expected: String,
    },
    /// The same share was given twice.
    #[error("share {index} was given twice")]
    ShareTwice {
        /// Which share.
        index: u8,
    },
    /// Not enough shares.
    #[error("{given} shares were given; {needed} are needed")]
    TooFewShares {
        /// How many were given.
        given: usize,
        /// How many open.
        needed: u8,
    },
    /// The newest master key can't be destroyed.
    #[error("master key {version} is the newest one, which wraps; rotate first")]
    NewestMaster {
        /// Its version.
        version: u32,
    },
    /// The token refused or failed.
    #[error("the key token failed: {0}")]
    Token(String),
    /// The token lacks a key.
    #[error("the token {token} has no key called {label}")]
    NoTokenKey {
        /// The token's label.
        token: String,
        /// The key's label.
        label: String,
    },
    /// A cipher failed in a way that its documentation rules out.
    #[error("the cipher failed")]
    Cipher,
}

impl VaultError {
    /// The same refusal, with the place of the bytes.
    pub(crate) fn at(self, place: Place<'_>) -> Self {
        match self {
            Self::Refused | Self::NotSealed => Self::DoesNotOpen {
                table: place.table.to_owned(),
                row: place.row,
                column: place.column.to_owned(),
            },
            other => other,
        }
    }

    /// The kind of failure.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Expiry
            | Self::ServiceCode
            | Self::TooLarge(_)
            | Self::PinFormat { .. }
            | Self::CardRequest(_) => Fault::Invalid,
            _ => Fault::Internal,
        }
    }
}
