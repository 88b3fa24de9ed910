//! Proofs made from tiles, held against another implementation of the tree.

#![expect(clippy::unwrap_used, reason = "a test that can't go on must fail")]

#[expect(dead_code, reason = "the other tests use the rest of it")]
mod published;

use cardea_verify::{Source, consistency, inclusion};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use published::*;
use sha2::Sha256;

fn theirs(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|i| tree.push(entry(i)));
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inclusion_is_proved_as_another_implementation_proves_it(size in 1_u64..1_100, at in any::<prop::sample::Index>()) {
        let at = at.index(size as usize);
        let log = Published::whole(&entries(size));
        let source = Source::new(log.path().to_str().unwrap(), None);
        let (right, proof) = inclusion(&source, &kept(size), at as u64, None).unwrap();
        prop_assert!(right);
        let theirs = theirs(size).prove_inclusion(at);
        let proof = proof.concat();
        prop_assert_eq!(proof.as_slice(), theirs.as_bytes());
        let (right, _) = inclusion(&source, &kept(size), at as u64, Some(b"another entry")).unwrap();
        prop_assert!(!right);
        prop_assert!(inclusion(&source, &kept(size), size, None).is_err());
    }

    #[test]
    fn consistency_is_proved_as_another_implementation_proves_it(old in 0_u64..1_000, more in 0_u64..400) {
        let size = old + more;
        prop_assume!(size > 0);
        let log = Published::whole(&entries(size));
        let source = Source::new(log.path().to_str().unwrap(), None);
        let (right, proof) = consistency(&source, &kept(old), &kept(size)).unwrap();
        prop_assert!(right);
        if old > 0 && more > 0 {
            let theirs = theirs(size).prove_consistency(more as usize);
            let proof = proof.concat();
            prop_assert_eq!(proof.as_slice(), theirs.as_bytes());
            let mut forged = kept(old);
            forged.root[0] ^= 1;
            prop_assert!(!consistency(&source, &forged, &kept(size)).unwrap().0);
            prop_assert!(!consistency(&source, &kept(size), &kept(old)).unwrap().0);
        }
    }
}
