//! What the loops for witnesses and for copies share: how often they look, and whom they leave alone for how long.

use std::time::Duration;

/// How long a checkpoint may lack its witnesses or its copies before the log counts as degraded, microseconds.
pub const OUTSIDE_US_MAX: u64 = 300_000_000;
/// Pause between two looks.
pub(super) const PAUSE: Duration = Duration::from_secs(1);
/// Who failed once is asked again after this long, microseconds; after each further failure, after twice as long.
const FIRST_US: u64 = 1_000_000;
/// More would be longer than [`LAST_US`] anyway.
const DOUBLINGS_MAX: u32 = 6;
/// Nobody is left alone for longer, microseconds.
const LAST_US: u64 = 60_000_000;

/// When somebody outside is asked again.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: u32,
    not_before_us: u64,
}

impl Patience {
    /// Whether they may be asked now.
    pub(super) fn is_over(&self, now_us: u64) -> bool {
        now_us >= self.not_before_us
    }

    /// They failed: longer than before.
    pub(super) fn failed(&mut self, now_us: u64) {
        let doubled = FIRST_US << self.failures.min(DOUBLINGS_MAX);
        self.failures = self.failures.saturating_add(1);
        self.not_before_us = now_us.saturating_add(doubled.min(LAST_US));
    }

    /// They did what they should.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_is_asked_less_and_less_but_at_least_once_a_minute() {
        let mut patience = Patience::default();
        let mut waits = Vec::new();
        for _ in 0..200 {
            patience.failed(7);
            waits.push((patience.not_before_us - 7) / 1_000_000);
        }
        assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits.last(), Some(&60));
        assert!(!patience.is_over(60_000_006) && patience.is_over(60_000_007));
        patience.succeeded();
        assert!(patience.is_over(0));
    }
}
