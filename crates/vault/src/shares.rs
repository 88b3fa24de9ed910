//! Shares of the secret that seals a key file: one line of text each, for k of n holders.
//!
//! A share says which set it belongs to, how many are needed, how many there are and which it is, and carries a
//! checksum over all of that, so a misspelt share, one twice, and one of another set are each refused by name
//! before anything is opened. The set's id is public and stands in the key file too.

use crate::{Key, VaultError, shamir};
use kernel::{Random, Secret};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

const PREFIX: &str = "CARDEA-SHARE-1";
const CHECKSUM_BYTES: usize = 4;
/// Shares of one set at most: more people are no ceremony.
pub const SHARES_MAX: u8 = 16;

/// Which set a share is of, and how many of how many open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareSet {
    id: [u8; 4],
    threshold: u8,
    shares: u8,
}

/// The part of one holder. It does not print; [`Share::text`] is what the holder gets.
#[derive(Clone)]
pub struct Share {
    set: ShareSet,
    index: u8,
    values: Zeroizing<Vec<u8>>,
}

impl ShareSet {
    /// A new set of `shares` shares (at most 16), of which `threshold` (at least 2) open.
    pub fn create(threshold: u8, shares: u8, random: &dyn Random) -> Result<Self, VaultError> {
        let mut id = [0; 4];
        random.fill(&mut id);
        Self::of(id, threshold, shares)
    }

    pub(crate) fn of(id: [u8; 4], threshold: u8, shares: u8) -> Result<Self, VaultError> {
        if threshold < 2 || threshold > shares || shares > SHARES_MAX {
            return Err(VaultError::ShareCounts);
        }
        Ok(Self { id, threshold, shares })
    }

    /// How many shares open.
    pub const fn threshold(self) -> u8 {
        self.threshold
    }

    /// How many shares there are.
    pub const fn shares(self) -> u8 {
        self.shares
    }

    /// A fresh sealing key, and one share of it for each holder.
    pub fn deal(self, random: &dyn Random) -> (Key, Vec<Share>) {
        let key = Key::create(random);
        let shares = self.split(&key, random);
        (key, shares)
    }

    fn split(self, key: &Key, random: &dyn Random) -> Vec<Share> {
        let points: Vec<u8> = (1..=self.shares).collect();
        let values = shamir::split(key.bytes(), self.threshold, &points, random);
        points.into_iter().zip(values).map(|(index, values)| Share { set: self, index, values }).collect()
    }

    /// The key behind these shares, which must be of this set.
    pub(crate) fn combine(self, shares: &[Share]) -> Result<Key, VaultError> {
        for (place, share) in shares.iter().enumerate() {
            if share.set != self {
                return Err(VaultError::ForeignShare {
                    index: share.index,
                    found: share.set.to_string(),
                    expected: self.to_string(),
                });
            }
            if shares.iter().take(place).any(|earlier| earlier.index == share.index) {
                return Err(VaultError::ShareTwice { index: share.index });
            }
        }
        if shares.len() < usize::from(self.threshold) {
            return Err(VaultError::TooFewShares { given: shares.len(), needed: self.threshold });
        }
        let points: Vec<(u8, &[u8])> =
            shares.iter().map(|share| (share.index, share.values.as_slice())).collect();
        Key::from_slice(&shamir::combine(&points)).ok_or(VaultError::ShareText)
    }
}

/// The id, as shares and files name it.
impl fmt::Display for ShareSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.id))
    }
}

impl Share {
    /// Which set it is of.
    pub const fn set(&self) -> ShareSet {
        self.set
    }

    /// Which share of its set, from 1.
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// The line that the holder keeps.
    pub fn text(&self) -> Secret<String> {
        let ShareSet { id, threshold, shares } = self.set;
        let values = Zeroizing::new(hex(&self.values));
        let checksum = hex(&self.checksum());
        Secret::new(format!(
            "{PREFIX}-{}-{threshold}-{shares}-{}-{}-{checksum}",
            hex(&id),
            self.index,
            values.as_str()
        ))
    }

    /// Reads the line of a holder; space around it and letter case don't matter.
    ///
    /// # Errors
    /// It is no share, or was misspelt. The message does not repeat it.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let plain = Zeroizing::new(text.trim().to_ascii_uppercase());
        let rest = plain.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('-'));
        let parts: Vec<&str> = rest.ok_or(VaultError::ShareText)?.split('-').collect();
        let [id, threshold, shares, index, values, checksum] = parts.as_slice() else {
            return Err(VaultError::ShareText);
        };
        let number = |text: &str| text.parse::<u8>().map_err(|_| VaultError::ShareText);
        let id = unhex(id).and_then(|id| <[u8; 4]>::try_from(id.as_slice()).ok());
        let set = ShareSet::of(id.ok_or(VaultError::ShareText)?, number(threshold)?, number(shares)?)
            .map_err(|_| VaultError::ShareText)?;
        let index = number(index)?;
        let values = unhex(values).filter(|values| values.len() == crate::key::KEY_BYTES);
        let share = Self { set, index, values: values.ok_or(VaultError::ShareText)? };
        let right = unhex(checksum).is_some_and(|checksum| checksum.as_slice() == share.checksum());
        if right && (1..=set.shares).contains(&index) { Ok(share) } else { Err(VaultError::ShareText) }
    }

    fn checksum(&self) -> [u8; CHECKSUM_BYTES] {
        let ShareSet { id, threshold, shares } = self.set;
        let hash = Sha256::new()
            .chain_update(PREFIX)
            .chain_update(id)
            .chain_update([threshold, shares, self.index])
            .chain_update(&*self.values)
            .finalize();
        let mut short = [0; CHECKSUM_BYTES];
        short.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        short
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[share {} of set {}]", self.index, self.set)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let pairs = (0..text.len()).step_by(2).map(|at| text.get(at..at + 2));
    let bytes = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<Vec<u8>>>()?;
    Some(Zeroizing::new(bytes))
}
