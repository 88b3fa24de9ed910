//! Time, chance and waiting as the running server has them. The only place that touches the globals.
//!
//! Everything else takes [`kernel::Clock`], [`kernel::Random`] and [`kernel::Sleep`] as parameters, so
//! a test can be repeated exactly. Two clocks: [`SystemClock`] follows the machine and can be moved
//! forward by an offset (a demo's clock); [`DrivenClock`] stands still until a replay moves it. Both
//! measure durations on the machine's monotonic clock, which nobody can move.
//!
//! Neither goes back: sessions, holds and delays would be paid out twice. What this does not do:
//! remember an offset over a restart; who advances the clock stores the sum.

use kernel::{Clock, Random, Sleep, Timestamp};
use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The machine's wall clock plus an offset.
#[derive(Debug)]
pub struct SystemClock {
    offset_us: AtomicI64,
    started: Instant,
}

/// A clock that stands still until it is driven, as a replay of old data does.
#[derive(Debug)]
pub struct DrivenClock {
    now_us: AtomicI64,
    started: Instant,
}

/// Bytes from the operating system's source for keys.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandom;

/// Waits on tokio's timer.
#[derive(Debug, Default, Clone, Copy)]
pub struct TokioSleep;

#[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
fn machine_instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
fn machine_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

fn elapsed_us(started: Instant) -> u64 {
    u64::try_from(machine_instant().duration_since(started).as_micros()).unwrap_or(u64::MAX)
}

impl SystemClock {
    /// The machine's time, `offset_us` microseconds ahead (an offset kept from an earlier run, or 0;
    /// a negative one counts as 0).
    pub fn new(offset_us: i64) -> Self {
        Self { offset_us: AtomicI64::new(offset_us.max(0)), started: machine_instant() }
    }

    /// Moves the clock forward by `by` and returns the whole offset in microseconds.
    pub fn advance(&self, by: Duration) -> i64 {
        let by_us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let add = |offset: i64| Some(offset.saturating_add(by_us));
        self.offset_us
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, add)
            .unwrap_or_else(|offset| offset)
            .saturating_add(by_us)
    }

    /// How far the clock is ahead of the machine, in microseconds; 0 when it was never moved.
    pub fn offset_us(&self) -> i64 {
        self.offset_us.load(Ordering::SeqCst)
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_us(machine_us()).plus_us(self.offset_us())
    }

    fn monotonic_us(&self) -> u64 {
        elapsed_us(self.started)
    }
}

impl DrivenClock {
    /// Stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { now_us: AtomicI64::new(start.us()), started: machine_instant() }
    }

    /// Stands at the machine's present time.
    pub fn at_machine_time() -> Self {
        Self::new(Timestamp::from_us(machine_us()))
    }

    /// Moves to `to`; an instant that has passed already moves nothing. Returns the time after that.
    pub fn drive_to(&self, to: Timestamp) -> Timestamp {
        let before = self.now_us.fetch_max(to.us(), Ordering::SeqCst);
        Timestamp::from_us(before.max(to.us()))
    }

    /// Puts the clock at `to`, also backward: only before a replay of older data begins.
    pub fn rewind_to(&self, to: Timestamp) {
        self.now_us.store(to.us(), Ordering::SeqCst);
    }

    /// Moves forward by `by` and returns the time after that.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let by_us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let add = |now: i64| Some(now.saturating_add(by_us));
        let before =
            self.now_us.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add).unwrap_or_else(|now| now);
        Timestamp::from_us(before).plus_us(by_us)
    }
}

impl Clock for DrivenClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_us(self.now_us.load(Ordering::SeqCst))
    }

    fn monotonic_us(&self) -> u64 {
        elapsed_us(self.started)
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's chance is read")]
        let filled = getrandom::fill(bytes);
        if filled.is_err() {
            // Without chance there are no keys, tokens or nonces: going on would be worse than ending.
            std::process::abort();
        }
    }
}

impl Sleep for TokioSleep {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        #[expect(clippy::disallowed_methods, reason = "the one place where the machine's timer is used")]
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advanced_clock_is_ahead_by_the_sum() {
        let clock = SystemClock::new(-5);
        assert_eq!(clock.offset_us(), 0);
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.advance(Duration::from_secs(1)), 61_000_000);
        let behind = Timestamp::from_us(machine_us());
        assert!(clock.now().since_us(behind) >= 61_000_000);
    }

    #[test]
    fn a_driven_clock_moves_only_forward() {
        let clock = DrivenClock::new(Timestamp::from_us(1_000));
        assert_eq!(clock.drive_to(Timestamp::from_us(3_000)).us(), 3_000);
        assert_eq!(clock.drive_to(Timestamp::from_us(2_000)).us(), 3_000);
        assert_eq!(clock.advance(Duration::from_micros(5)).us(), 3_005);
        assert_eq!(clock.now().us(), 3_005);
        clock.rewind_to(Timestamp::from_us(7));
        assert_eq!(clock.now().us(), 7);
    }

    #[test]
    fn chance_differs_from_call_to_call() {
        assert_ne!(SystemRandom.next_u64(), SystemRandom.next_u64());
    }

    #[tokio::test]
    async fn sleep_lasts_at_least_as_long_as_asked() {
        let clock = SystemClock::default();
        let before = clock.monotonic_us();
        TokioSleep.sleep(Duration::from_millis(2)).await;
        assert!(clock.monotonic_us() - before >= 2_000);
    }
}
