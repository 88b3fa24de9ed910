//! The Merkle tree of the log, as RFC 6962 defines it, kept as little as growing needs.
//!
//! A tree that only grows needs the roots of its complete parts, one for each bit of its size, and nothing
//! else: a [`Frontier`] of at most 63 hashes. Proofs between two sizes need hashes from inside; where they
//! are kept (tiles) is the caller's, who gives a function from place to hash.
//!
//! Not here: checking proofs. Whoever checks must not share code with the writer (`cardea-verify`).

use super::LeafHash;
use sha2::{Digest, Sha256};

/// Trees have fewer leaves than 2^62: a signed size of the database never overflows.
const LEVELS_MAX: usize = 62;

/// The hash over two children: SHA-256 over a one byte and both (RFC 6962, section 2.1).
pub(super) fn node_hash(left: &LeafHash, right: &LeafHash) -> LeafHash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The root over hashes that stand side by side; no hashes: that of the empty tree.
pub(super) fn root_of(hashes: &[LeafHash]) -> LeafHash {
    let mut frontier = Frontier::default();
    hashes.iter().for_each(|hash| frontier.push(*hash));
    frontier.root()
}

/// A tree as what growing needs: the roots of its complete parts, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<LeafHash>,
}

impl Frontier {
    /// Leaves in the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: LeafHash) {
        let mut hash = leaf;
        // Each one at the end of the size is a complete part of that height, which the new leaf completes further.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The root of the whole tree.
    pub fn root(&self) -> LeafHash {
        let mut parts = self.roots.iter().rev();
        let Some(last) = parts.next() else { return Sha256::digest([]).into() };
        parts.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The hashes one behind the other, for storing beside the size.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.concat()
    }

    /// What [`Self::to_bytes`] gave for a tree of `size`; nothing when the two don't belong together.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (roots, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && u32::try_from(roots.len()).ok()? == size.count_ones();
        (fits && size >> LEVELS_MAX == 0).then(|| Self { size, roots: roots.to_vec() })
    }
}

/// Proves that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962, section 2.1.2).
///
/// `node(level, index)` gives the hash over the leaves `index << level .. (index + 1) << level`. Nothing to
/// prove, an empty proof: `old` is 0 or equal to `new`. `old` must not be above `new`.
///
/// # Errors
/// Those of `node`.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    node: &mut dyn FnMut(u32, u64) -> Result<LeafHash, E>,
) -> Result<Vec<LeafHash>, E> {
    let mut proof = Vec::new();
    if old == 0 || old >= new {
        return Ok(proof);
    }
    let (mut low, mut high, mut whole) = (0, new, true);
    loop {
        if old == high {
            if !whole {
                proof.push(range_root(low, high, node)?);
            }
            break;
        }
        let middle = low + largest_power_below(high - low);
        if old <= middle {
            proof.push(range_root(middle, high, node)?);
            high = middle;
        } else {
            proof.push(range_root(low, middle, node)?);
            low = middle;
            whole = false;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proves that the leaf at `index` is in the tree of `size` leaves (RFC 6962, section 2.1.1), from its sibling up;
/// `node` as in [`consistency_proof`]. `index` must be below `size`.
///
/// # Errors
/// Those of `node`.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    node: &mut dyn FnMut(u32, u64) -> Result<LeafHash, E>,
) -> Result<Vec<LeafHash>, E> {
    let (mut low, mut high, mut proof) = (0, size, Vec::new());
    while high - low > 1 {
        let middle = low + largest_power_below(high - low);
        if index < middle {
            proof.push(range_root(middle, high, node)?);
            high = middle;
        } else {
            proof.push(range_root(low, middle, node)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The root over the leaves from `low` to before `high`, where `low` is a boundary of the tree.
fn range_root<E>(
    low: u64,
    high: u64,
    node: &mut dyn FnMut(u32, u64) -> Result<LeafHash, E>,
) -> Result<LeafHash, E> {
    let mut parts = Vec::new();
    let mut at = low;
    while at < high {
        let level = (high - at).ilog2();
        parts.push(node(level, at >> level)?);
        at += 1 << level;
    }
    let mut parts = parts.iter().rev();
    let Some(last) = parts.next() else { return Ok(Sha256::digest([]).into()) };
    Ok(parts.fold(*last, |right, left| node_hash(left, &right)))
}

/// The largest power of two that is smaller than `n`, for `n` above one.
fn largest_power_below(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}
