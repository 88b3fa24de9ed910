use crate::audit::LeafHash;
use crate::audit::leaf_hash;
use crate::audit::tree::{Frontier, consistency_proof, inclusion_proof, node_hash};
use ct_merkle::{ConsistencyProof, RootHash, mem_backed_tree::MemoryBackedTree};
use proptest::prelude::*;
use sha2::Sha256;

fn theirs(entries: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..entries).for_each(|i| tree.push(i.to_be_bytes().to_vec()));
    tree
}

fn ours(entries: u64) -> Frontier {
    let mut tree = Frontier::default();
    (0..entries).for_each(|i| tree.push(leaf_hash(&i.to_be_bytes())));
    tree
}

fn node(level: u32, index: u64) -> Result<LeafHash, ()> {
    match level {
        0 => Ok(leaf_hash(&index.to_be_bytes())),
        _ => Ok(node_hash(&node(level - 1, index * 2)?, &node(level - 1, index * 2 + 1)?)),
    }
}

#[test]
fn roots_are_those_of_another_implementation() {
    for size in 0..300 {
        assert_eq!(&ours(size).root()[..], &theirs(size).root().as_bytes()[..], "{size} entries");
    }
}

#[test]
fn roots_of_the_published_vectors() {
    // The test vectors of the Certificate Transparency project's own Merkle tree.
    let leaves: [&[u8]; 3] = [b"", b"\0", b"\x10"];
    let mut tree = Frontier::default();
    let hex = |hash: LeafHash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    ];
    for (leaf, root) in leaves.iter().zip(roots) {
        tree.push(leaf_hash(leaf));
        assert_eq!(hex(tree.root()), root);
    }
}

#[test]
fn a_frontier_is_read_only_with_its_own_size() {
    let tree = ours(37);
    assert_eq!(Frontier::from_bytes(37, &tree.to_bytes()), Some(tree.clone()));
    assert_eq!(Frontier::from_bytes(36, &tree.to_bytes()), None);
    assert_eq!(Frontier::from_bytes(37, &tree.to_bytes()[1..]), None);
}

proptest! {
    #[test]
    fn another_implementation_makes_the_same_inclusion_proofs(size in 1_u64..600, at in any::<prop::sample::Index>()) {
        let at = at.index(usize::try_from(size).unwrap());
        let proof = inclusion_proof(at as u64, size, &mut node).unwrap().concat();
        let theirs = theirs(size).prove_inclusion(at);
        prop_assert_eq!(proof.as_slice(), theirs.as_bytes());
    }

    #[test]
    fn a_frontier_goes_on_where_it_was_stored(before in 0_u64..400, after in 0_u64..400) {
        let tree = ours(before);
        let mut read = Frontier::from_bytes(before, &tree.to_bytes()).unwrap();
        (before..before + after).for_each(|i| read.push(leaf_hash(&i.to_be_bytes())));
        prop_assert_eq!(read, ours(before + after));
    }

    #[test]
    fn another_implementation_accepts_our_proofs_and_no_others(old in 1_u64..300, more in 1_u64..300, at in 0_usize..640) {
        let new = old + more;
        let mut proof = consistency_proof(old, new, &mut node).unwrap().concat();
        let root = |tree: &Frontier| RootHash::<Sha256>::new(tree.root().into(), tree.size());
        let (before, after) = (root(&ours(old)), root(&ours(new)));
        let accepts = |proof: Vec<u8>| {
            ConsistencyProof::<Sha256>::try_from_bytes(proof)
                .is_ok_and(|proof| after.verify_consistency(&before, &proof).is_ok())
        };
        prop_assert!(accepts(proof.clone()));
        let theirs = theirs(new).prove_consistency(usize::try_from(more).unwrap());
        prop_assert_eq!(proof.as_slice(), theirs.as_bytes());
        if !proof.is_empty() {
            let at = at % proof.len();
            proof[at] ^= 1;
            prop_assert!(!accepts(proof));
        }
    }
}

#[test]
fn there_is_nothing_to_prove_from_nothing_or_to_itself() {
    assert_eq!(consistency_proof(0, 9, &mut node), Ok(vec![]));
    assert_eq!(consistency_proof(9, 9, &mut node), Ok(vec![]));
}
