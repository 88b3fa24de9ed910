//! Proofs made from the published tiles and checked against signed roots: that an entry is in the log, and that
//! one checkpoint continues another.

use crate::hash::{continues, includes, root};
use crate::layout::{self, Bundle, WIDTH};
use crate::note::{Checkpoint, Key};
use crate::source::Source;
use crate::{Hash, VerifyError, leaf_hash};
use base64::{Engine as _, engine::general_purpose::STANDARD};

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

/// What a proof file says, once it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The index of the entry.
    pub index: u64,
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
    /// Witnesses that cosigned the checkpoint.
    pub cosigned_by: Vec<String>,
    /// The entry.
    pub entry: Vec<u8>,
}

/// Checks a proof file (C2SP tlog-proof) without the log: of `entry`, or of the one that is in the file as its extra
/// data. Nothing when it does not lead from the entry to the signed root.
///
/// # Errors
/// When the file is none, or its checkpoint is not signed by the log.
pub fn file(proof: &str, keys: &[Key], entry: Option<&[u8]>) -> Result<Option<Proved>, VerifyError> {
    let odd = || VerifyError::File("this is no proof of C2SP (tlog-proof@v1)".to_owned());
    let (head, note) = proof.split_once("\n\n").ok_or_else(odd)?;
    let mut lines = head.lines();
    if lines.next() != Some("c2sp.org/tlog-proof@v1") {
        return Err(odd());
    }
    let mut line = lines.next().ok_or_else(odd)?;
    let mut extra = None;
    if let Some(encoded) = line.strip_prefix("extra ") {
        extra = Some(STANDARD.decode(encoded).map_err(|_| odd())?);
        line = lines.next().ok_or_else(odd)?;
    }
    let number = line.strip_prefix("index ").ok_or_else(odd)?;
    let index: u64 = number.parse().map_err(|_| odd())?;
    let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
    let path: Option<Vec<Hash>> = lines.map(hash).collect();
    let path = path.filter(|_| index.to_string() == number).ok_or_else(odd)?;
    let log = keys.iter().find(|key| key.is_of_log()).ok_or_else(odd)?;
    let given = |why| VerifyError::Given { what: "the checkpoint of the proof".to_owned(), why };
    let checkpoint = Checkpoint::open(note, log).map_err(given)?;
    let entry = entry.map(<[u8]>::to_vec).or(extra);
    let entry =
        entry.ok_or_else(|| VerifyError::File("the proof has no entry in it: give one".to_owned()))?;
    let right = index < checkpoint.size
        && includes(index, checkpoint.size, leaf_hash(&entry), &path, &checkpoint.root);
    let witnesses = keys.iter().filter(|key| !key.is_of_log() && key.signed(note));
    let cosigned_by = witnesses.map(|key| key.name().to_owned()).collect();
    Ok(right.then_some(Proved { index, checkpoint, cosigned_by, entry }))
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
