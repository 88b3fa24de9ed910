//! Durations in buckets whose width grows with the duration: every figure is right to 1 part in 32.
//!
//! Below 16 microseconds each has a bucket of its own; above, every doubling is cut into 16. Counting is
//! one addition, joining two histograms is one pass, and a minute takes 1.5 KB.

/// Cuts of each doubling.
const CUTS: u64 = 16;
const CUT_BITS: u32 = 4;
/// Longer durations count as this, microseconds: 67 seconds, far beyond any deadline.
const LONGEST_US: u64 = (1 << 26) - 1;
const BUCKETS: usize = 368;

/// How long things took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Empty until the first duration comes, so that quiet minutes cost nothing.
    buckets: Vec<u32>,
    count: u64,
}

impl Histogram {
    /// Counts one duration, microseconds.
    pub fn record(&mut self, us: u64) {
        if self.buckets.is_empty() {
            self.buckets.resize(BUCKETS, 0);
        }
        if let Some(bucket) = self.buckets.get_mut(bucket_of(us)) {
            *bucket = bucket.saturating_add(1);
            self.count += 1;
        }
    }

    /// Takes in what another one counted.
    pub fn add(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.buckets.is_empty() {
            self.buckets.resize(BUCKETS, 0);
        }
        for (own, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *own = own.saturating_add(*more);
        }
        self.count += other.count;
    }

    /// How many durations were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The duration that `thousandths` of all do not exceed, microseconds: 990 for p99. `None` without any.
    pub fn quantile(&self, thousandths: u64) -> Option<u64> {
        let rank = (self.count * thousandths.min(1_000)).div_ceil(1_000).max(1);
        let mut passed = 0;
        let found = self.buckets.iter().position(|bucket| {
            passed += u64::from(*bucket);
            passed >= rank
        });
        found.map(middle_of)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buckets.clear();
        self.count = 0;
    }
}

fn bucket_of(us: u64) -> usize {
    let us = us.min(LONGEST_US);
    let bucket = if us < CUTS {
        us
    } else {
        let power = 63 - us.leading_zeros();
        u64::from(power - CUT_BITS + 1) * CUTS + ((us >> (power - CUT_BITS)) & (CUTS - 1))
    };
    usize::try_from(bucket).unwrap_or(BUCKETS - 1)
}

/// The middle of a bucket, microseconds.
fn middle_of(bucket: usize) -> u64 {
    let bucket = u64::try_from(bucket).unwrap_or(0);
    if bucket < CUTS {
        return bucket;
    }
    let shift = bucket / CUTS - 1;
    let low = (CUTS + bucket % CUTS) << shift;
    low + ((1 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_durations_there_is_no_figure() {
        assert_eq!(Histogram::default().quantile(500), None);
    }

    proptest! {
        #[test]
        fn figures_are_right_to_one_part_in_32(mut all in prop::collection::vec(0..60_000_000_u64, 1..300), thousandths in 1..=1_000_u64) {
            let mut histogram = Histogram::default();
            all.iter().for_each(|us| histogram.record(*us));
            all.sort_unstable();
            let rank = usize::try_from((all.len() as u64 * thousandths).div_ceil(1_000)).unwrap().max(1);
            let exact = all[rank - 1];
            let found = histogram.quantile(thousandths).unwrap();
            prop_assert!(found.abs_diff(exact) * 32 <= exact.max(32), "{found} for {exact}");
        }

        #[test]
        fn joining_is_counting_together(one in prop::collection::vec(any::<u64>(), 0..50), other in prop::collection::vec(any::<u64>(), 0..50)) {
            let count = |all: &[u64]| {
                let mut histogram = Histogram::default();
                all.iter().for_each(|us| histogram.record(*us));
                histogram
            };
            let mut joined = count(&one);
            joined.add(&count(&other));
            let together: Vec<u64> = one.iter().chain(&other).copied().collect();
            prop_assert_eq!(joined, count(&together));
        }
    }
}
