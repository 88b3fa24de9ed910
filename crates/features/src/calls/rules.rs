//! How long calls, asks and codes live, which numbers they have, and the options of questions about payments.

use kernel::{Currency, DAY_US, MINUTE_US, Random, SECOND_US, Timestamp};

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

/// The oldest payment that people are asked about.
pub(super) const FACT_AGE_US: i64 = 60 * DAY_US;
/// Options of a question.
const OPTIONS: usize = 4;
/// Wrong answers about payments from which on weak proofs count for less in the call: one can be forgotten.
pub(super) const FACTS_WRONG: i64 = 2;
/// Days after the payment's and before it that are offered.
const DAYS_BEFORE: i64 = 6;

/// The options of a question, and which is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) values: Vec<i64>,
    pub(super) truth: usize,
    pub(super) currency: Currency,
}

/// `truth` among three of `others`, in an order that tells nothing; `None` with fewer of them.
pub(super) fn among(
    random: &dyn Random,
    truth: i64,
    mut others: Vec<i64>,
    currency: Currency,
) -> Option<Options> {
    others.retain(|other| *other != truth);
    if others.len() < OPTIONS - 1 {
        return None;
    }
    let mut values = Vec::with_capacity(OPTIONS);
    while values.len() < OPTIONS - 1 {
        values.push(others.swap_remove(place_below(random, others.len())));
    }
    let place = place_below(random, OPTIONS);
    values.insert(place, truth);
    Some(Options { values, truth: place, currency })
}

/// An amount among three others of its size and roundness. It is as often the smallest as the largest, so that going for
/// the middle wins nothing.
pub(super) fn amounts(random: &dyn Random, truth: i64, currency: Currency) -> Option<Options> {
    let unit = [10_000, 1_000, 100, 10].into_iter().find(|unit| truth % unit == 0 && truth / unit >= 10);
    let unit = unit.unwrap_or(1);
    let smaller = place_below(random, OPTIONS);
    let mut others = Vec::with_capacity(OPTIONS - 1);
    let (mut low, mut high) = (truth, truth);
    for at in 0..OPTIONS - 1 {
        let drawn = i64::try_from(place_below(random, 26)).ok()?;
        if at < smaller {
            low = (low.checked_mul(55 + drawn)? / 100 / unit * unit).min(low - unit);
            others.push(low);
        } else {
            high = (high.checked_mul(130 + 2 * drawn)? / 100 / unit * unit).max(high + unit);
            others.push(high);
        }
    }
    if low <= 0 {
        return None;
    }
    among(random, truth, others, currency)
}

/// Moments on days around `last` and before `now`, on which nothing was paid, in whatever zone they are read.
pub(super) fn other_days(last: i64, paid: &[i64], now: Timestamp) -> Vec<i64> {
    let around = (-DAYS_BEFORE..=DAYS_BEFORE).map(|day| last + day * DAY_US);
    around.filter(|day| *day <= now.us() && paid.iter().all(|at| (at - day).abs() >= DAY_US)).collect()
}

fn place_below(random: &dyn Random, bound: usize) -> usize {
    usize::try_from(below(random, u64::try_from(bound).unwrap_or(1).max(1))).unwrap_or(0)
}
