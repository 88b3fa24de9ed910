//! Ranges of card numbers that somebody tries one after the other.
//!
//! Problem: who looks for cards that exist sends each number once, so that the count of no card rises. Design: a
//! one-sided cumulative sum (E. S. Page, Biometrika 41, 1954) for each range, of the log-likelihood of a range under
//! attack (every second request is a guess that fails) against one in use (one in twenty is). It never falls below
//! nothing, so a long quiet time does not hide the first minute of an attack, and it is forgotten by half in ten
//! minutes, so wrong numbers of a month never add up. Ten failures in a row are enough; in a range whose cards are in
//! use, some fifteen within the good ones.
//!
//! Safe because a range is the first eight digits (the issuer identification number of ISO/IEC 7812), which PCI DSS
//! does not count as cardholder data, and because what is kept is bounded. It does not see a guess every two minutes
//! or slower, and each node judges what it answers itself.

use crate::authorizations::Reason;
use std::collections::HashMap;

/// Share of requests that fail as a guess would, in a range in use.
const USUAL: f64 = 0.05;
/// The same in a range under attack.
const ATTACKED: f64 = 0.5;
/// Sum at which a range counts as tried: by chance some ten thousand million requests apart (`e^23`).
const ALARM: f64 = 23.0;
/// The sum is held here, so that an attack that ended is over within half an hour.
const HELD: f64 = 4.0 * ALARM;
/// Seconds in which half of the sum is forgotten.
const HALF_S: f64 = 600.0;
/// Ranges watched at once, at most. An issuer has a handful; requests for others come by mistake or by malice.
const RANGES_MAX: usize = 4_096;
/// A sum that says nothing any more.
const FORGOTTEN: f64 = 0.5;
/// Seconds between two times that the same attack is told.
const TOLD_EVERY_S: i64 = 60;

/// One range that is being tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TriedRange {
    /// Its first eight digits.
    pub range: u32,
    /// Failures since the sum left nothing.
    pub failures: u64,
}

#[derive(Clone, Copy)]
struct Sum {
    value: f64,
    at_s: i64,
    failures: u64,
    told_s: i64,
}

impl Sum {
    /// Its value at `at_s`; time that goes back forgets nothing.
    fn at(&self, at_s: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds between two requests are far below 2^53")]
        let passed = at_s.saturating_sub(self.at_s).max(0) as f64;
        self.value * (-passed / HALF_S).exp2()
    }
}

/// The sums of all ranges.
#[derive(Default)]
pub struct Tried {
    sums: HashMap<u32, Sum>,
    /// When what is forgotten was last taken out, seconds.
    pruned_s: i64,
}

impl Tried {
    /// Takes one decided request; `range` is 0 where the number is not known.
    pub fn take(&mut self, range: u32, reason: Reason, at_s: i64) {
        if range == 0 {
            return;
        }
        let failed = is_guess(reason);
        if !failed && !self.sums.contains_key(&range) {
            return;
        }
        if !self.sums.contains_key(&range) && !self.has_room(at_s) {
            return;
        }
        let new = Sum { value: 0.0, at_s, failures: 0, told_s: i64::MIN };
        let sum = self.sums.entry(range).or_insert(new);
        let step = if failed { (ATTACKED / USUAL).ln() } else { ((1.0 - ATTACKED) / (1.0 - USUAL)).ln() };
        sum.value = (sum.at(at_s) + step).clamp(0.0, HELD);
        sum.at_s = sum.at_s.max(at_s);
        sum.failures += u64::from(failed);
        if sum.value <= 0.0 {
            self.sums.remove(&range);
        }
    }

    /// Whether another range can be watched. Visits all of them once a second at most.
    fn has_room(&mut self, at_s: i64) -> bool {
        if self.sums.len() >= RANGES_MAX && self.pruned_s != at_s {
            self.pruned_s = at_s;
            self.sums.retain(|_, sum| sum.at(at_s) >= FORGOTTEN);
        }
        self.sums.len() < RANGES_MAX
    }

    /// The ranges that are tried now and were not told of in the last minute, lowest first.
    pub fn tell(&mut self, at_s: i64) -> Vec<TriedRange> {
        let mut found = Vec::new();
        for (range, sum) in &mut self.sums {
            if sum.at(at_s) >= ALARM && at_s.saturating_sub(sum.told_s) >= TOLD_EVERY_S {
                sum.told_s = at_s;
                found.push(TriedRange { range: *range, failures: sum.failures });
            }
        }
        found.sort_unstable_by_key(|tried| tried.range);
        found
    }
}

/// Whether an answer is one that guesses get: no such card, or not with this value or expiry.
const fn is_guess(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::UnknownCard
            | Reason::Expired
            | Reason::CardValue
            | Reason::CardValueTries
            | Reason::TrackValue
    )
}
