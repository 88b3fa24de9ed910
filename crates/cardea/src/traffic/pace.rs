//! When each payment is to be sent.
//!
//! At a fixed rate the i-th payment has an intended time that depends on nothing but i: when the sender falls
//! behind, later ones keep their time, and latency counts from it. Otherwise a stalled server would slow the
//! very sender that measures it and look fast (coordinated omission). At full speed there is no intended time
//! and latency counts from the sending itself.
//!
//! What it does not do: set the clock of the payments. An event keeps its own time (DE7); a server started with
//! `serve --clock driven` takes that as the time, so a year of history can be replayed in minutes and every
//! window of hours and days still means what it says.

use std::num::NonZeroU32;

/// Microseconds in a second.
const SECOND_US: u128 = 1_000_000;

/// A sending plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as answers come.
    FullSpeed,
    /// So many payments a second, evenly spread.
    PerSecond(NonZeroU32),
}

impl Pace {
    /// The plan of a `--rate`: 0 is full speed.
    #[must_use]
    pub fn of_rate(rate: u32) -> Self {
        NonZeroU32::new(rate).map_or(Self::FullSpeed, Self::PerSecond)
    }

    /// The rate as it was asked for, payments a second; 0 at full speed.
    #[must_use]
    pub fn rate(self) -> u32 {
        match self {
            Self::FullSpeed => 0,
            Self::PerSecond(rate) => rate.get(),
        }
    }

    /// When payment `i` (from 0) is to leave, in microseconds after the start; `None` at full speed.
    #[must_use]
    pub fn intended_send_us(self, i: u64) -> Option<u64> {
        match self {
            Self::FullSpeed => None,
            Self::PerSecond(rate) => {
                let at = u128::from(i) * SECOND_US / u128::from(rate.get());
                Some(u64::try_from(at).unwrap_or(u64::MAX))
            }
        }
    }

    /// Latency of payment `i` in microseconds, from its intended time where it has one.
    #[must_use]
    pub fn latency_us(self, i: u64, sent_us: u64, answered_us: u64) -> u64 {
        let from = self.intended_send_us(i).map_or(sent_us, |intended| intended.min(sent_us));
        answered_us.saturating_sub(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_is_full_speed() {
        assert_eq!(Pace::of_rate(0).intended_send_us(7), None);
        assert_eq!(Pace::of_rate(0).latency_us(7, 100, 350), 250);
    }

    #[test]
    fn a_stall_counts_against_every_payment_that_should_have_left() {
        let pace = Pace::of_rate(1_000);
        // The server stalls for 50 ms at the start; the sender catches up afterwards.
        let late: Vec<u64> = (0..50).map(|i| pace.latency_us(i, 50_000, 50_100)).collect();
        assert_eq!(late.first(), Some(&50_100));
        assert_eq!(late.get(49), Some(&1_100));
    }

    proptest! {
        #[test]
        fn any_second_holds_exactly_the_rate(rate in 1_u32..200_000, second in 0_u64..100) {
            let pace = Pace::of_rate(rate);
            let first = second * u64::from(rate);
            prop_assert_eq!(pace.intended_send_us(first), Some(second * 1_000_000));
            let last = pace.intended_send_us(first + u64::from(rate) - 1).expect("paced");
            prop_assert!(last < (second + 1) * 1_000_000);
        }

        #[test]
        fn intended_times_never_go_back(rate in 1_u32..2_000_000, i in 0_u64..u64::MAX - 1) {
            let pace = Pace::of_rate(rate);
            prop_assert!(pace.intended_send_us(i) <= pace.intended_send_us(i + 1));
        }
    }
}
