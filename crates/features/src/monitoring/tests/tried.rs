//! Ranges that are tried, and those that are only in use.

use super::super::model::{Tried, TriedRange};
use crate::authorizations::Reason;
use proptest::prelude::*;

const OURS: u32 = 91_234_567;
const OTHER: u32 = 98_765_432;

fn told(tried: &mut Tried, at_s: i64) -> Vec<u32> {
    tried.tell(at_s).into_iter().map(|found| found.range).collect()
}

#[test]
fn numbers_in_a_row_are_seen_within_seconds_and_in_their_range_only() {
    let mut tried = Tried::default();
    let mut first = None;
    for second in 0..60 {
        for _ in 0..10 {
            tried.take(OURS, Reason::UnknownCard, second);
            tried.take(OTHER, Reason::Approved, second);
        }
        tried.take(OTHER, Reason::CardValue, second);
        if first.is_none() && told(&mut tried, second) == [OURS] {
            first = Some(second);
        }
        assert!(!told(&mut tried, second).contains(&OTHER));
    }
    assert_eq!(first, Some(0), "ten in one second are enough");
}

#[test]
fn an_attack_between_honest_payments_is_seen_too() {
    let mut tried = Tried::default();
    let mut guesses = 0;
    while told(&mut tried, 0).is_empty() {
        guesses += 1;
        assert!(guesses < 30, "two guesses to each honest payment");
        tried.take(OURS, Reason::CardValue, 0);
        tried.take(OURS, Reason::UnknownCard, 0);
        tried.take(OURS, Reason::Approved, 0);
    }
}

#[test]
fn unknown_numbers_are_seen_among_twenty_times_as_many_good_payments() {
    let mut tried = Tried::default();
    let seen = (0..60).find(|second| {
        (0..100).for_each(|_| tried.take(OURS, Reason::Approved, *second));
        (0..5).for_each(|_| tried.take(OURS, Reason::UnknownCard, *second));
        told(&mut tried, *second) == [OURS]
    });
    assert!(seen.is_some_and(|second| second < 10), "{seen:?}");
}

#[test]
fn an_attack_is_told_once_a_minute_and_is_over_when_it_ends() {
    let mut tried = Tried::default();
    (0..5_000).for_each(|_| tried.take(OURS, Reason::UnknownCard, 100));
    assert_eq!(tried.tell(100), [TriedRange { range: OURS, failures: 5_000 }]);
    assert_eq!(tried.tell(159), []);
    assert_eq!(told(&mut tried, 160), [OURS]);
    assert_eq!(told(&mut tried, 100 + 1_801), [0; 0], "half an hour later");
}

#[test]
fn many_ranges_do_not_fill_the_memory_and_do_not_shut_out_an_attack_for_long() {
    let mut tried = Tried::default();
    (0..100_000).for_each(|n| tried.take(10_000_000 + n, Reason::UnknownCard, 0));
    (0..20).for_each(|_| tried.take(OURS, Reason::UnknownCard, 3_600));
    assert_eq!(told(&mut tried, 3_600), [OURS]);

    let mut crowded = Tried::default();
    (0..100_000).for_each(|n| crowded.take(10_000_000 + n / 9, Reason::UnknownCard, 0));
    (0..20).for_each(|_| crowded.take(OURS, Reason::UnknownCard, 1));
    assert_eq!(told(&mut crowded, 1), [OURS], "the range that says least made room");
}

proptest! {
    /// One failure in twenty, in any order, over a day: what mistyped values are; one number in two thousand that nobody
    /// has. One wrong number every three minutes for ever: what a card that was replaced is.
    #[test]
    fn everyday_failures_tell_nothing(seed in any::<u64>(), gap in 180_i64..2_000) {
        let (mut tried, mut state) = (Tried::default(), seed | 1);
        for second in 0..5_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let reason = match (state >> 33) % 2_000 {
                0 => Reason::UnknownCard,
                drawn if drawn % 20 == 1 => Reason::CardValue,
                _ => Reason::Approved,
            };
            tried.take(OURS, reason, second);
            if second % gap == 0 {
                tried.take(OTHER, Reason::UnknownCard, second);
            }
            prop_assert_eq!(told(&mut tried, second), Vec::<u32>::new());
        }
    }
}
