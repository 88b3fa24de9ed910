//! How long a delivery waits for its next try, and when it is given up.

use super::model::Failure;
use kernel::{MINUTE_US, SECOND_US, Timestamp};

/// Tries before a delivery is given up; with the pauses, a carrier may be away for about six hours.
pub(super) const ATTEMPTS_MAX: i64 = 32;
/// The longest pause between two tries, microseconds.
const PAUSE_MAX_US: i64 = 15 * MINUTE_US;

/// What follows from a try that failed for now: the moment of the next one, or that there is none.
pub(super) fn after_failure(
    attempts: i64,
    now: Timestamp,
    ends_at: Option<Timestamp>,
) -> Result<Timestamp, Failure> {
    if attempts >= ATTEMPTS_MAX {
        return Err(Failure::Exhausted);
    }
    let doubled = SECOND_US << attempts.clamp(0, 20);
    let next = now.plus_us(doubled.min(PAUSE_MAX_US));
    match ends_at {
        Some(end) if end <= now => Err(Failure::Ended),
        Some(end) => Ok(next.min(end)),
        None => Ok(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pauses_grow_to_their_bound_and_every_delivery_comes_to_an_end(life_s in proptest::option::of(0_i64..20_000)) {
            let start = Timestamp::from_us(1_000_000);
            let ends_at = life_s.map(|seconds| start.plus_us(seconds * SECOND_US));
            let (mut now, mut attempts, mut pause) = (start, 0, 0);
            let failure = loop {
                attempts += 1;
                prop_assert!(attempts <= ATTEMPTS_MAX);
                match after_failure(attempts, now, ends_at) {
                    Err(failure) => break failure,
                    Ok(next) => {
                        let longer = next.since_us(now);
                        prop_assert!(longer > 0 && longer <= PAUSE_MAX_US);
                        prop_assert!(longer >= pause || ends_at == Some(next));
                        (now, pause) = (next, longer);
                    }
                }
            };
            prop_assert!(ends_at.is_none_or(|end| now <= end), "nothing is tried after its end");
            prop_assert_eq!(failure == Failure::Exhausted, attempts == ATTEMPTS_MAX);
        }
    }
}
