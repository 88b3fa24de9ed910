//! No order of tries on any channels tells a guesser more than five values before a refusal, or ten in 30 days.

use super::super::{Count, Policy, Tries};
use kernel::{DAY_US, HOUR_US, Timestamp};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_us(1_795_348_800_000_000);

fn tries() -> Tries {
    Policy::built_in().unwrap().tries
}

/// One wrong guess as `check` counts it; says whether its sender learned that it was wrong.
fn guess(count: &mut Count, latest: &mut Timestamp, clock: Timestamp) -> bool {
    *latest = clock.max(*latest);
    if count.refuses(*latest) {
        return false;
    }
    count.miss(*latest, &tries());
    true
}

fn most_within(times: &[i64], window_us: i64) -> usize {
    let within = |from: &i64| times.iter().filter(|at| (*from..from + window_us).contains(*at)).count();
    times.iter().map(within).max().unwrap_or(0)
}

#[test]
fn the_fifth_miss_refuses_for_a_day_and_the_tenth_until_it_is_set_back() {
    let (mut count, mut latest) = (Count::default(), START);
    for _ in 0..5 {
        assert!(guess(&mut count, &mut latest, START));
    }
    assert!(!guess(&mut count, &mut latest, START.plus_us(DAY_US - 1)));
    for _ in 0..5 {
        assert!(guess(&mut count, &mut latest, START.plus_us(DAY_US)));
    }
    assert_eq!(count.refused_until, i64::MAX);
    assert!(!guess(&mut count, &mut latest, START.plus_us(400 * DAY_US)));
}

proptest! {
    #[test]
    fn few_guesses_are_told(steps in proptest::collection::vec(-3 * HOUR_US..20 * HOUR_US, 1..300)) {
        let (mut count, mut latest, mut clock) = (Count::default(), START, START);
        let mut told = Vec::new();
        for step in steps {
            clock = clock.plus_us(step);
            if guess(&mut count, &mut latest, clock) {
                told.push(latest.us());
            }
        }
        prop_assert!(most_within(&told, DAY_US) <= 9, "a refusal lies between the fifth and the sixth");
        for six in told.windows(6) {
            prop_assert!(six[5] - six[0] >= DAY_US || told.iter().filter(|at| **at < six[0]).count() % 5 != 0);
        }
        prop_assert!(most_within(&told, 30 * DAY_US) <= 10);
    }
}
