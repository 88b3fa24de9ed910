//! Latency in microseconds, three significant digits, up to ten minutes.

use hdrhistogram::Histogram;

/// Longest latency that is told apart, microseconds; longer ones count as this one.
const LATENCY_US_MAX: u64 = 600_000_000;
/// Significant decimal digits that the histogram keeps.
const DIGITS: u8 = 3;

/// A histogram of latencies.
#[derive(Debug, Clone)]
pub struct Latency {
    /// `None` only if the two constants above were wrong; then nothing is counted and every figure is 0.
    histogram: Option<Histogram<u64>>,
}

impl Default for Latency {
    fn default() -> Self {
        Self { histogram: Histogram::new_with_max(LATENCY_US_MAX, DIGITS).ok() }
    }
}

impl Latency {
    /// Counts one latency. Take it from [`super::super::pace::Pace::latency_us`], so that it is counted from
    /// the intended send time.
    pub fn record(&mut self, us: u64) {
        if let Some(histogram) = self.histogram.as_mut() {
            histogram.saturating_record(us.max(1));
        }
    }

    /// Adds what another connection has counted.
    pub fn merge(&mut self, other: &Self) {
        if let (Some(mine), Some(theirs)) = (self.histogram.as_mut(), other.histogram.as_ref()) {
            // Both have the same bounds, so the addition can't be refused.
            let _same_bounds = mine.add(theirs);
        }
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The latency that `per_mille` of a thousand payments did not exceed, microseconds; 0 when none was
    /// counted.
    #[must_use]
    pub fn at_per_mille(&self, per_mille: u16) -> u64 {
        match self.histogram.as_ref() {
            Some(histogram) if !histogram.is_empty() => {
                histogram.value_at_quantile(f64::from(per_mille) / 1_000.0)
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_agree_with_sorting(mut values in prop::collection::vec(1_u64..10_000_000, 1..400)) {
            let mut latency = Latency::default();
            for value in &values {
                latency.record(*value);
            }
            values.sort_unstable();
            for per_mille in [500_u16, 990, 999] {
                let rank = (usize::from(per_mille) * values.len()).div_ceil(1_000).max(1);
                let exact = values[rank - 1];
                let shown = latency.at_per_mille(per_mille);
                prop_assert!(shown.abs_diff(exact) <= exact / 1_000 + 1, "{shown} for {exact}");
            }
        }

        #[test]
        fn merging_is_counting_together(a in prop::collection::vec(1_u64..1_000_000, 0..50),
                                        b in prop::collection::vec(1_u64..1_000_000, 0..50)) {
            let (mut left, mut right, mut both) = (Latency::default(), Latency::default(), Latency::default());
            for v in &a { left.record(*v); both.record(*v); }
            for v in &b { right.record(*v); both.record(*v); }
            left.merge(&right);
            prop_assert_eq!(left.count(), both.count());
            prop_assert_eq!(left.at_per_mille(990), both.at_per_mille(990));
        }
    }

    #[test]
    fn nothing_counted_is_zero_and_too_long_is_the_longest() {
        let mut latency = Latency::default();
        assert_eq!(latency.at_per_mille(990), 0);
        latency.record(u64::MAX);
        assert!(latency.at_per_mille(990) >= LATENCY_US_MAX);
    }
}
