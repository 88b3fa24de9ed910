//! From entries that do not match their leaves to how they were tampered with.

use crate::{Hash, report::Kind};
use std::collections::HashMap;

/// Mismatches that are kept; a log with more is judged by these.
const KEPT_MAX: usize = 65_536;

/// An index whose entry is not what its leaf says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unlike {
    pub(crate) index: u64,
    /// The hash of the entry; nothing when it is not there.
    pub(crate) entry: Option<Hash>,
    /// The leaf, as far as it is known.
    pub(crate) leaf: Option<Hash>,
}

/// All mismatches of a log, as far as they are kept.
#[derive(Debug, Default)]
pub(crate) struct Unlikes {
    kept: Vec<Unlike>,
    /// The last index whose entry is there.
    last_there: Option<u64>,
}

impl Unlikes {
    /// The entry at `index` has the hash `entry` and should have `leaf`.
    pub(crate) fn compare(&mut self, index: u64, entry: Option<Hash>, leaf: Option<Hash>) {
        if entry.is_some() {
            self.last_there = Some(index);
        }
        // Without its leaf, an entry is judged by the root alone.
        let unlike = entry.is_none() || (leaf.is_some() && entry != leaf);
        if unlike && self.kept.len() < KEPT_MAX {
            self.kept.push(Unlike { index, entry, leaf });
        }
    }

    /// The first index that is bad, and how; nothing when all entries are as they should be.
    pub(crate) fn verdict(&self) -> Option<(u64, Kind)> {
        let first = self.kept.first()?;
        if self.last_there.is_none_or(|last| last < first.index) {
            return Some((first.index, Kind::Truncated));
        }
        let kind = if first.entry.is_none() || self.is_shifted(first) {
            Kind::Deleted
        } else if self.is_permuted() {
            Kind::Reordered
        } else {
            Kind::Rewritten
        };
        Some((first.index, kind))
    }

    /// Whether what follows the first mismatch are the right entries, moved towards the beginning.
    fn is_shifted(&self, first: &Unlike) -> bool {
        let leaves: HashMap<Hash, u64> =
            self.kept.iter().rev().filter_map(|unlike| Some((unlike.leaf?, unlike.index))).collect();
        let shift = |unlike: &Unlike| Some(leaves.get(&unlike.entry?)?.checked_sub(unlike.index));
        let Some(Some(by)) = shift(first) else { return false };
        let moved = self.kept.iter().take_while(|unlike| shift(unlike) == Some(Some(by))).count();
        // All of them are, up to the hole that the shift leaves, or up to where mismatches are no longer kept.
        let rest = self.kept.len() - moved;
        by > 0
            && (rest == usize::try_from(by).unwrap_or(usize::MAX)
                || self.kept.get(moved).is_none_or(|unlike| unlike.entry.is_none())
                || self.kept.len() == KEPT_MAX)
            && !self.is_permuted()
    }

    /// Whether the mismatched entries are those that should be there, in another order.
    fn is_permuted(&self) -> bool {
        let mut balance: HashMap<Hash, i64> = HashMap::new();
        for unlike in &self.kept {
            let (Some(entry), Some(leaf)) = (unlike.entry, unlike.leaf) else { return false };
            *balance.entry(entry).or_default() += 1;
            *balance.entry(leaf).or_default() -= 1;
        }
        balance.values().all(|count| *count == 0)
    }
}
