//! The tree of RFC 6962: hashes of leaves and nodes, roots of what grows, and the checks of its two proofs.

use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(entry).finalize().into()
}

pub(crate) fn parent(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over hashes that stand side by side, split as RFC 6962 does: at the largest power of two below.
pub(crate) fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        several => {
            let (left, right) = several.split_at(several.len().next_power_of_two() / 2);
            parent(&root(left), &root(right))
        }
    }
}

/// A tree read from left to right: its complete parts with their heights, the largest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growing {
    size: u64,
    parts: Vec<(u32, Hash)>,
}

impl Growing {
    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.push_part(0, leaf);
    }

    /// Adds a complete part of `1 << height` leaves; everything before it must be at least as high.
    pub(crate) fn push_part(&mut self, height: u32, hash: Hash) {
        self.size += 1 << height;
        self.parts.push((height, hash));
        while let [.., (a, left), (b, right)] = self.parts.as_slice() {
            if a != b {
                break;
            }
            let joined = (a + 1, parent(left, right));
            self.parts.truncate(self.parts.len() - 2);
            self.parts.push(joined);
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn root(&self) -> Hash {
        let mut parts = self.parts.iter().rev().map(|(_, hash)| *hash);
        let last = parts.next().unwrap_or_else(|| Sha256::digest([]).into());
        parts.fold(last, |right, left| parent(&left, &right))
    }
}

/// Whether `proof` leads from `leaf` at `index` to the root of a tree of `size` (RFC 9162, section 2.1.3.2).
pub(crate) fn includes(index: u64, size: u64, leaf: Hash, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fn_, mut sn, mut hash) = (index, size - 1, leaf);
    for step in proof {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            hash = parent(step, &hash);
            while fn_ & 1 == 0 && fn_ != 0 {
                (fn_, sn) = (fn_ >> 1, sn >> 1);
            }
        } else {
            hash = parent(&hash, step);
        }
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    sn == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `old` is the beginning of that of `new` (RFC 9162, section 2.1.4.2).
pub(crate) fn continues(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((first, first_root), (second, second_root)) = (old, new);
    if first == second {
        return proof.is_empty() && first_root == second_root;
    }
    if first == 0 || first > second {
        return first == 0 && proof.is_empty();
    }
    let (mut fn_, mut sn) = (first - 1, second - 1);
    while fn_ & 1 == 1 {
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    let mut steps = proof.iter();
    let start = if first.is_power_of_two() { Some(first_root) } else { steps.next() };
    let Some(start) = start else { return false };
    let (mut fr, mut sr) = (*start, *start);
    for step in steps {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            (fr, sr) = (parent(step, &fr), parent(step, &sr));
            while fn_ & 1 == 0 && fn_ != 0 {
                (fn_, sn) = (fn_ >> 1, sn >> 1);
            }
        } else {
            sr = parent(&sr, step);
        }
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    sn == 0 && fr == *first_root && sr == *second_root
}
