//! What differs between one run and the next: time, chance and waiting. Parameters, never globals,
//! so that a test can be repeated exactly and a demo can move its clock.

use crate::Timestamp;
use std::{future::Future, pin::Pin, time::Duration};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The wall clock. It can be moved (by an operator of a demo, by a replay); never measure with it.
    fn now(&self) -> Timestamp;

    /// Microseconds on a clock that only goes forward; for measuring and for deadlines.
    fn monotonic_us(&self) -> u64;
}

/// Gives unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` from a source fit for keys.
    fn fill(&self, bytes: &mut [u8]);

    /// An unpredictable 64-bit number.
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// Waits without blocking a thread.
pub trait Sleep: Send + Sync {
    /// Completes after `duration` of real time.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
