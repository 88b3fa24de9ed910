//! Numbers and codes are as likely one as another; a call lives from its beginning to its end.

use super::model::Call;
use super::rules::{amounts, code, number, other_days};
use crate::identity::Subject;
use kernel::{CallId, Currency, DAY_US, Random, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// SplitMix64: the same numbers each time, without a pattern that two readers of one stream could fall into.
struct Steps(AtomicU64);

impl Random for Steps {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut word = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[test]
fn numbers_have_two_digits_codes_six_and_all_are_as_likely() {
    let random = Steps(AtomicU64::new(1));
    let mut seen: BTreeMap<i64, u32> = BTreeMap::new();
    for _ in 0..90_000 {
        *seen.entry(number(&random)).or_default() += 1;
        let code = code(&random);
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    }
    assert_eq!((seen.len(), *seen.keys().next().unwrap(), *seen.keys().last().unwrap()), (90, 10, 99));
    assert!(seen.values().all(|count| (700..1_300).contains(count)), "{seen:?}");
}

proptest! {
    #[test]
    fn a_call_lives_between_its_moments_whatever_the_clock_does(
        opened in 0_i64..1_000, lasts in 1_i64..1_000, closed in proptest::option::of(0_i64..3_000), now in 0_i64..3_000,
    ) {
        let at = Timestamp::from_us;
        let call = Call {
            id: CallId::from_raw(1), subject: Subject::Nobody(1), card: None, staff: None, matter: None,
            opened_at: at(opened), ends_at: at(opened + lasts), closed_at: closed.map(at),
        };
        let live = call.is_live(at(now));
        prop_assert_eq!(live, closed.is_none() && now >= opened && now < opened + lasts);
    }
}

#[test]
fn the_right_amount_is_as_often_the_smallest_as_any_other_and_stands_anywhere() {
    let random = Steps(AtomicU64::new(1));
    let (mut ranks, mut places) = ([0_u32; 4], [0_u32; 4]);
    for _ in 0..4_000 {
        let drawn = amounts(&random, 46_500, Currency::CNY).unwrap();
        ranks[drawn.values.iter().filter(|value| **value < 46_500).count()] += 1;
        places[drawn.truth] += 1;
    }
    assert!(ranks.iter().chain(&places).all(|count| (850..1_150).contains(count)), "{ranks:?} {places:?}");
}

proptest! {
    #[test]
    fn options_of_an_amount_are_four_different_ones_as_round_as_it(truth in 1_i64..100_000_000, seed in any::<u64>()) {
        let random = Steps(AtomicU64::new(seed));
        if let Some(drawn) = amounts(&random, truth, Currency::CNY) {
            let mut different = drawn.values.clone();
            different.sort_unstable();
            different.dedup();
            prop_assert_eq!(different.len(), 4);
            prop_assert!(different[0] > 0);
            prop_assert_eq!(drawn.values[drawn.truth], truth);
            if truth % 1_000 == 0 {
                prop_assert!(drawn.values.iter().all(|value| value % 100 == 0));
            }
        } else {
            prop_assert!(truth < 10_000, "only small amounts have no three others");
        }
    }

    #[test]
    fn days_that_are_offered_are_past_and_far_from_every_payment(ago in 0_i64..30, paid in proptest::collection::vec(0_i64..40, 0..20)) {
        let now = Timestamp::from_us(100 * DAY_US);
        let last = now.us() - ago * DAY_US;
        let paid: Vec<i64> = paid.iter().map(|ago| now.us() - ago * DAY_US + 7).chain([last]).collect();
        for day in other_days(last, &paid, now) {
            prop_assert!(day <= now.us() && paid.iter().all(|at| (at - day).abs() >= DAY_US));
        }
    }
}
