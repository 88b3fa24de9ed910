//! Seeded chance.
//!
//! Each (purpose, person, day) has a stream of its own, derived from the seed. So a person's Tuesday does not
//! depend on how many people there are or on what happened on Monday, and days can be made one at a time. Only
//! whole numbers are drawn: floats of different machines need not agree to the last bit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for. The numbers are part of what makes a seed mean the same for ever.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Person = 1,
    Secrets = 2,
    Habits = 3,
    Day = 4,
    Trip = 5,
    Fraud = 6,
    Compromise = 7,
    Victim = 8,
    Shop = 9,
    Trouble = 10,
}

pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a purpose for two numbers (a person and a day, say).
    pub(super) fn of(seed: u64, purpose: Purpose, a: u64, b: u64) -> Self {
        let mut key = [0_u8; 32];
        let words = [seed, purpose as u64, a, b];
        for (chunk, word) in key.chunks_exact_mut(8).zip(words) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Evenly from 0 to `n` - 1; 0 for 0. (Multiply and shift: off by less than n in 2^64.)
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Evenly from `low` to `high`, both included; `low` where they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        low.saturating_add_unsigned(self.below(span.saturating_add(1)))
    }

    /// From `low` to `high`, small ones more often: the lesser of two even draws.
    pub(super) fn skewed(&mut self, low: i64, high: i64) -> i64 {
        self.between(low, high).min(self.between(low, high))
    }

    /// True `n` times in a million.
    pub(super) fn per_million(&mut self, n: u32) -> bool {
        self.below(1_000_000) < u64::from(n)
    }

    /// True `n` times in a thousand.
    pub(super) fn per_mille(&mut self, n: u32) -> bool {
        self.below(1_000) < u64::from(n)
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let n = u64::try_from(from.len()).unwrap_or(0);
        from.get(usize::try_from(self.below(n)).unwrap_or(0))
    }

    /// So many random decimal digits.
    pub(super) fn digits(&mut self, count: usize) -> String {
        (0..count).filter_map(|_| char::from_digit(u32::try_from(self.below(10)).unwrap_or(0), 10)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn draws_stay_in_bounds(seed: u64, low in -1_000_000_i64..1_000_000, span in 0_i64..1_000_000) {
            let mut chance = Chance::of(seed, Purpose::Day, 1, 2);
            let even = chance.between(low, low + span);
            prop_assert!((low..=low + span).contains(&even));
            let skewed = chance.skewed(low, low + span);
            prop_assert!((low..=low + span).contains(&skewed));
            prop_assert_eq!(chance.digits(6).len(), 6);
        }

        #[test]
        fn streams_are_their_own(seed: u64, a: u64, b: u64) {
            let first = Chance::of(seed, Purpose::Day, a, b).below(u64::MAX);
            prop_assert_eq!(first, Chance::of(seed, Purpose::Day, a, b).below(u64::MAX));
            prop_assert_ne!(first, Chance::of(seed, Purpose::Trip, a, b).below(u64::MAX));
            prop_assert_ne!(first, Chance::of(seed, Purpose::Day, a, b.wrapping_add(1)).below(u64::MAX));
        }
    }

    #[test]
    fn even_draws_are_even() {
        let mut chance = Chance::of(7, Purpose::Day, 0, 0);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[usize::try_from(chance.below(10)).expect("small")] += 1;
        }
        // 10,000 each with a deviation of 95; six of them.
        assert!(counts.iter().all(|c| c.abs_diff(10_000) < 570), "{counts:?}");
        assert_eq!(chance.below(0), 0);
        assert_eq!(chance.pick::<u8>(&[]), None);
    }
}
