//! Proofs made from tiles, held against another implementation of the tree.

#![expect(clippy::unwrap_used, reason = "a test that can't go on must fail")]

#[expect(dead_code, reason = "the other tests use the rest of it")]
mod published;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cardea_verify::{Source, consistency, inclusion, proof_file};
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
    fn a_saved_proof_holds_for_its_own_entry_index_and_checkpoint_alone(
        size in 1_u64..700,
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(size as usize) as u64;
        let theirs = theirs(size);
        let path = theirs.prove_inclusion(at as usize);
        let lines: String = path.as_bytes().chunks(32).map(|hash| format!("{}\n", STANDARD.encode(hash))).collect();
        let note = note(size, theirs.root().as_bytes().as_slice().try_into().unwrap(), &pair());
        let write = |index: u64, lines: &str| format!("c2sp.org/tlog-proof@v1\nindex {index}\n{lines}\n{note}");
        let whole = write(at, &lines);
        let proved = proof_file(&whole, &[key()], Some(&entry(at))).unwrap().unwrap();
        prop_assert_eq!((proved.index, proved.checkpoint.size), (at, size));
        let with_extra = whole.replacen("index", &format!("extra {}\nindex", STANDARD.encode(entry(at))), 1);
        prop_assert_eq!(proof_file(&with_extra, &[key()], None).unwrap().unwrap().entry, entry(at));
        prop_assert!(proof_file(&whole, &[key()], Some(b"another")).unwrap().is_none());
        prop_assert!(proof_file(&write(at + size, &lines), &[key()], Some(&entry(at))).unwrap().is_none());
        if size > 1 {
            prop_assert!(proof_file(&write(at, ""), &[key()], Some(&entry(at))).unwrap().is_none());
        }
        prop_assert!(proof_file(&whole, &[key()], None).is_err(), "no entry anywhere");
        prop_assert!(proof_file(&whole.replacen("index ", "index 0", 1), &[key()], Some(&entry(at))).is_err());
        prop_assert!(proof_file(&whole.replacen("@v1", "@v2", 1), &[key()], Some(&entry(at))).is_err());
        let forged = whole.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
        prop_assert!(proof_file(&forged, &[key()], Some(&entry(at))).is_err(), "the note is signed");
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
