//! The five ways to tamper with a published log, at random places: each is named, with its index.

#![expect(clippy::unwrap_used, reason = "a test that can't go on must fail")]

mod published;

use cardea_verify::{Kind, Report, Span};
use proptest::prelude::*;
use published::*;

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() }
}

fn verdict(report: &Report) -> (Option<Kind>, Option<u64>, bool) {
    (report.kind, report.first_bad, report.exact)
}

/// A size, and an index inside it.
fn place() -> impl Strategy<Value = (u64, u64)> {
    prop_oneof![1_u64..20, 200_u64..1_400].prop_flat_map(|size| (Just(size), 0..size))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_right_is_accepted((size, at) in place()) {
        let report = Published::whole(&entries(size)).check(&[kept(at), kept(size)]);
        prop_assert!(report.ok, "{report}");
        prop_assert_eq!(report.size, size);
        prop_assert!(report.entries_checked && report.kept.iter().all(|kept| kept.holds));
    }

    #[test]
    fn a_rewritten_entry_is_named((size, at) in place()) {
        let mut entries = entries(size);
        let log = Published::whole(&entries);
        entries[at as usize].push(b'!');
        log.bundles(&entries);
        prop_assert_eq!(verdict(&log.check(&[kept(size)])), (Some(Kind::Rewritten), Some(at), true));
    }

    #[test]
    fn a_deleted_entry_is_named_whether_the_rest_moves_up_or_not((size, at) in place(), moves in any::<bool>()) {
        prop_assume!(at + 1 < size);
        let mut entries = entries(size);
        let log = Published::whole(&entries);
        if moves {
            entries.remove(at as usize);
            entries.push(vec![]);
            let last = entries.len() - 1;
            let width = (size - 1) as usize % 256 + 1;
            log.bundles(&entries);
            log.bundle(last / 256, width, &entries[last / 256 * 256..last]);
        } else {
            let index = at as usize / 256;
            let mut bundle = entries.chunks(256).nth(index).unwrap().to_vec();
            let width = bundle.len();
            bundle.remove(at as usize % 256);
            log.bundle(index, width, &bundle);
        }
        let report = log.check(&[kept(size)]);
        prop_assert_eq!(verdict(&report), (Some(Kind::Deleted), Some(at), true), "{}", report);
    }

    #[test]
    fn reordered_entries_are_named_by_the_first((size, at) in place(), other in any::<prop::sample::Index>()) {
        let other = other.index(size as usize);
        prop_assume!(other != at as usize);
        let mut entries = entries(size);
        let log = Published::whole(&entries);
        entries.swap(at as usize, other);
        log.bundles(&entries);
        let first = at.min(other as u64);
        prop_assert_eq!(verdict(&log.check(&[kept(size)])), (Some(Kind::Reordered), Some(first), true));
    }

    #[test]
    fn a_moved_entry_is_reordered((size, at) in place(), by in 1_u64..600) {
        prop_assume!(at + by < size);
        let mut entries = entries(size);
        let log = Published::whole(&entries);
        let moved = entries.remove(at as usize);
        entries.insert((at + by) as usize, moved);
        log.bundles(&entries);
        prop_assert_eq!(verdict(&log.check(&[])), (Some(Kind::Reordered), Some(at), true));
    }

    #[test]
    fn a_truncated_log_is_named((size, at) in place(), tiles in any::<bool>()) {
        let entries = entries(size);
        let log = Published::whole(&entries);
        for index in at as usize / 256..entries.len().div_ceil(256) {
            let width = (entries.len() - index * 256).min(256);
            log.remove(&path("entries", index, width));
            if tiles {
                log.remove(&path("0", index, width));
            }
        }
        if !at.is_multiple_of(256) {
            let (index, there) = (at as usize / 256, at as usize % 256);
            let width = (entries.len() - index * 256).min(256);
            log.bundle(index, width, &entries[index * 256..index * 256 + there]);
        }
        prop_assert_eq!(verdict(&log.check(&[kept(size)])), (Some(Kind::Truncated), Some(at), true));
    }

    #[test]
    fn a_log_that_was_set_back_is_named_by_its_size((size, at) in place()) {
        let log = Published::whole(&entries(at));
        prop_assert!(log.check(&[]).ok, "without a kept checkpoint nobody can know");
        prop_assert_eq!(verdict(&log.check(&[kept(size)])), (Some(Kind::RolledBack), Some(at), true));
        let only_checkpoint = Published::whole(&entries(size));
        only_checkpoint.put("checkpoint", note(at, kept(at).root, &pair()).as_bytes());
        prop_assert_eq!(verdict(&only_checkpoint.check(&[kept(size)])), (Some(Kind::RolledBack), Some(at), true));
    }

    #[test]
    fn a_log_that_was_rebuilt_with_its_key_is_bad_after_the_last_checkpoint_that_holds(
        (size, at) in place(), before in 0_u64..1_400, after in 0_u64..1_400
    ) {
        let (before, after) = (before.min(at), (at + 1 + after).min(size));
        let mut entries = entries(size);
        entries[at as usize].push(b'!');
        let log = Published::whole(&entries);
        prop_assert!(log.check(&[kept(before)]).ok, "what was kept before it can't tell");
        let report = log.check(&[kept(before), kept(after), kept(size)]);
        prop_assert_eq!(verdict(&report), (Some(Kind::Rewritten), Some(before), false));
        prop_assert_eq!(report.span, Some(Span { from: before, to: after - 1 }));
    }
}

#[test]
fn a_changed_hash_of_any_level_is_found_or_harmless() {
    let size = 256 * 257 + 44;
    let log = Published::whole(&entries(size));
    let whole = [kept(size)];
    // Level, index within it, and what follows: the index of the leaf, or the kept checkpoint's span; a full tile
    // of an upper level is computed from what is below it.
    let cases = [
        (0, 0, Some((0, true))),
        (0, 70_000 - 4_201, Some((65_799, true))),
        (0, size - 1, Some((size - 1, true))),
        (0, 300, Some((300, true))),
        (1, 3, None),
        (1, 256, Some((65_536, false))),
        (2, 0, Some((0, false))),
    ];
    for (level, at, found) in cases {
        let count = size >> (8 * level);
        let (tile, within) = ((at / 256) as usize, (at % 256) as usize);
        let file = path(&level.to_string(), tile, (count as usize - tile * 256).min(256));
        let right = std::fs::read(log.path().join(&file)).unwrap();
        let mut wrong = right.clone();
        wrong[within * 32 + 7] ^= 4;
        log.put(&file, &wrong);
        let report = log.check(&whole);
        assert_eq!(
            report.first_bad.map(|bad| (bad, report.exact)),
            found,
            "level {level}, hash {at}: {report}"
        );
        log.put(&file, &right);
    }
}

#[test]
fn an_entry_and_its_hash_that_were_both_changed_are_bounded_by_the_tile() {
    let mut entries = entries(1_000);
    let log = Published::whole(&entries);
    entries[300].push(b'!');
    log.bundles(&entries);
    log.put(&path("0", 1, 256), &leaves(&entries)[256..512].concat());
    let report = log.check(&[kept(1_000)]);
    assert_eq!(verdict(&report), (Some(Kind::Rewritten), Some(256), false), "{report}");
    assert_eq!(report.span, Some(Span { from: 256, to: 511 }));
}

#[test]
fn a_checkpoint_of_another_key_is_refused() {
    let log = Published::whole(&entries(10));
    let other = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    log.put("checkpoint", note(10, kept(10).root, &other).as_bytes());
    let report = log.check(&[kept(6)]);
    assert_eq!(verdict(&report), (Some(Kind::Rewritten), Some(6), false), "{report}");
}

#[test]
fn a_log_without_checkpoint_is_truncated_after_the_kept_one() {
    let log = Published::whole(&entries(10));
    log.remove("checkpoint");
    assert_eq!(verdict(&log.check(&[kept(6)])), (Some(Kind::Truncated), Some(6), true));
    assert_eq!(verdict(&log.check(&[])), (Some(Kind::Truncated), Some(0), true));
}

#[test]
fn a_folder_that_is_not_there_is_no_verdict() {
    let source = cardea_verify::Source::new("/nowhere/at/all", None);
    assert!(cardea_verify::check(&source, &[key()], &[]).is_err());
}
