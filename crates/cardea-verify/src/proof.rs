//! Proofs made from the published tiles and checked against signed roots: that an entry is in the log, and that
//! one checkpoint continues another.

use crate::hash::{continues, includes, root};
use crate::layout::{self, Bundle, WIDTH};
use crate::note::Checkpoint;
use crate::source::Source;
use crate::{Hash, VerifyError, leaf_hash};

/// The tree of one size, read through its tiles.
struct Tree<'t> {
    source: &'t Source,
    size: u64,
}

impl Tree<'_> {
    /// The root over the leaves from `low` to before `high`; nothing when a tile is missing.
    fn range(&self, low: u64, high: u64) -> Result<Option<Hash>, VerifyError> {
        let count = high - low;
        if count == 1 || (count.is_power_of_two() && count.ilog2().is_multiple_of(8)) {
            let level = count.ilog2() / 8;
            let index = low >> (8 * level);
            let tile = layout::tile(self.source, level, index / WIDTH, self.size)?;
            let at = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
            return Ok(tile.and_then(|tile| tile.get(at).copied()));
        }
        let middle = low + split(count);
        let (Some(left), Some(right)) = (self.range(low, middle)?, self.range(middle, high)?) else {
            return Ok(None);
        };
        Ok(Some(root(&[left, right])))
    }
}

/// The largest power of two below `count`, which is above one.
fn split(count: u64) -> u64 {
    count.next_power_of_two() / 2
}

/// Whether `entry`, or the published one, is at `index` of the log as `checkpoint` signed it, with the proof.
///
/// # Errors
/// When the log can't be read, or has no such entry.
pub fn inclusion(
    source: &Source,
    checkpoint: &Checkpoint,
    index: u64,
    entry: Option<&[u8]>,
) -> Result<(bool, Vec<Hash>), VerifyError> {
    if index >= checkpoint.size {
        return Err(VerifyError::Absent(index));
    }
    let published = match entry {
        Some(entry) => entry.to_vec(),
        None => match layout::bundle(source, index / WIDTH, checkpoint.size)? {
            Bundle::Entries(entries) => {
                let at = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
                entries.get(at).cloned().ok_or(VerifyError::Absent(index))?
            }
            Bundle::Closed => {
                return Err(VerifyError::File("the entries are closed: give one, or a token".into()));
            }
        },
    };
    let tree = Tree { source, size: checkpoint.size };
    let (mut low, mut high, mut proof) = (0, checkpoint.size, Vec::new());
    while high - low > 1 {
        let middle = low + split(high - low);
        let sibling = if index < middle { tree.range(middle, high)? } else { tree.range(low, middle)? };
        let Some(sibling) = sibling else { return Ok((false, vec![])) };
        proof.push(sibling);
        (low, high) = if index < middle { (low, middle) } else { (middle, high) };
    }
    proof.reverse();
    let right = includes(index, checkpoint.size, leaf_hash(&published), &proof, &checkpoint.root);
    Ok((right, proof))
}

/// Whether the log as `new` signed it begins with the log as `old` signed it, with the proof.
///
/// # Errors
/// When the log can't be read.
pub fn consistency(
    source: &Source,
    old: &Checkpoint,
    new: &Checkpoint,
) -> Result<(bool, Vec<Hash>), VerifyError> {
    if old.size > new.size {
        return Ok((false, vec![]));
    }
    let tree = Tree { source, size: new.size };
    let (mut low, mut high, mut whole, mut proof) = (0, new.size, true, Vec::new());
    // From nothing, and to itself, there is nothing to prove.
    let mut open = (1..new.size).contains(&old.size);
    while open {
        let middle = low + split((high - low).max(2));
        let (from, to) = match old.size {
            at if at == high => (low, high),
            at if at <= middle => (middle, high),
            _ => (low, middle),
        };
        open = old.size != high;
        if open || !whole {
            let Some(part) = tree.range(from, to)? else { return Ok((false, vec![])) };
            proof.push(part);
        }
        if old.size <= middle {
            high = middle;
        } else {
            (low, whole) = (middle, false);
        }
    }
    proof.reverse();
    let right = continues((old.size, &old.root), (new.size, &new.root), &proof);
    Ok((right, proof))
}
