//! How long calls, asks and codes live, and which numbers they have.

use kernel::{MINUTE_US, Random, SECOND_US};

/// The longest that one call can go on.
pub(super) const CALL_US: i64 = 60 * MINUTE_US;
/// How long a call of the menu waits for an agent.
pub(super) const WAITING_US: i64 = 30 * MINUTE_US;
/// How long the app may answer.
pub(super) const ASK_US: i64 = 2 * MINUTE_US;
/// Confirmations that may be asked of one customer within [`ASKS_WITHIN_US`].
pub(super) const ASKS_MAX: i64 = 3;
/// See [`ASKS_MAX`].
pub(super) const ASKS_WITHIN_US: i64 = 10 * MINUTE_US;
/// How long a code of the app can be read out.
pub(super) const CODE_US: i64 = 60 * SECOND_US;
/// Digits of a code of the app.
pub(super) const CODE_DIGITS: usize = 6;
/// Numbers of two digits: 10 to 99.
const NUMBERS: u64 = 90;
const CODES: u64 = 1_000_000;

/// A number of two digits, each as likely as any other.
pub(super) fn number(random: &dyn Random) -> i64 {
    10 + i64::try_from(below(random, NUMBERS)).unwrap_or(0)
}

/// A code of six digits, each as likely as any other.
pub(super) fn code(random: &dyn Random) -> String {
    format!("{:06}", below(random, CODES))
}

/// A number below `bound`, without the bias of a remainder: what lies beyond the last whole multiple is drawn again.
fn below(random: &dyn Random, bound: u64) -> u64 {
    let whole = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = random.next_u64();
        if drawn < whole {
            return drawn % bound;
        }
    }
}
