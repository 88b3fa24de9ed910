//! Ranges of card numbers that somebody tries one after the other.
//!
//! Problem: who looks for cards that exist sends each number once, so that the count of no card rises. Design: one-sided
//! cumulative sums (E. S. Page, Biometrika 41, 1954) for each range, of the log-likelihood of a range under attack against
//! one in use. The first is of all that fails as a guess would: every second request under attack, one in twenty in use.
//! The second is of numbers that nobody has, which hardly come by mistake (a mistyped number fails its check digit): one in
//! fifty under attack, one in five hundred in use; so an attack is seen among many good payments too. A sum never falls
//! below nothing, so a long quiet time does not hide the first minute of an attack, and it is forgotten by half in ten
//! minutes, so wrong numbers of a month never add up. Ten failures in a row are enough.
//!
//! Safe because a range is the first eight digits (the issuer identification number of ISO/IEC 7812), which PCI DSS
//! does not count as cardholder data, and because what is kept is bounded: when it is full, the range that says least makes
//! room. It does not see a guess every two minutes or slower, nor fewer than one unknown number to a hundred good payments,
//! and each node judges what it answers itself.

use crate::authorizations::Reason;
use std::collections::HashMap;

/// Shares of requests that fail.
struct Odds {
    /// In a range in use.
    usual: f64,
    /// In a range under attack.
    attacked: f64,
}

impl Odds {
    /// What one request adds to a sum.
    fn step(&self, failed: bool) -> f64 {
        if failed {
            (self.attacked / self.usual).ln()
        } else {
            ((1.0 - self.attacked) / (1.0 - self.usual)).ln()
        }
    }
}

/// Of all that fails as a guess would.
const GUESSES: Odds = Odds { usual: 0.05, attacked: 0.5 };
/// Of numbers that nobody has.
const UNKNOWN: Odds = Odds { usual: 0.002, attacked: 0.02 };
/// Sum at which a range counts as tried: by chance some ten thousand million requests apart (`e^23`).
const ALARM: f64 = 23.0;
/// A sum is held here, so that an attack that ended is over within half an hour.
const HELD: f64 = 4.0 * ALARM;
/// Seconds in which half of a sum is forgotten.
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
    /// Failures since both sums left nothing.
    pub failures: u64,
}

#[derive(Clone, Copy)]
struct Sums {
    guesses: f64,
    unknown: f64,
    at_s: i64,
    failures: u64,
    told_s: i64,
}

impl Sums {
    /// The part of them that is left at `at_s`; time that goes back forgets nothing.
    fn left(&self, at_s: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds between two requests are far below 2^53")]
        let passed = at_s.saturating_sub(self.at_s).max(0) as f64;
        (-passed / HALF_S).exp2()
    }

    /// The higher of both at `at_s`.
    fn at(&self, at_s: i64) -> f64 {
        self.guesses.max(self.unknown) * self.left(at_s)
    }

    /// Takes one request.
    fn take(&mut self, reason: Reason, at_s: i64) {
        let (left, failed) = (self.left(at_s), is_guess(reason));
        let next = |sum: f64, step: f64| (sum * left + step).clamp(0.0, HELD);
        self.guesses = next(self.guesses, GUESSES.step(failed));
        self.unknown = next(self.unknown, UNKNOWN.step(reason == Reason::UnknownCard));
        self.at_s = self.at_s.max(at_s);
        self.failures += u64::from(failed);
    }
}

/// The sums of all ranges; a range is there only while one of its sums is above nothing.
#[derive(Default)]
pub struct Tried {
    sums: HashMap<u32, Sums>,
    /// When room was last made, seconds.
    pruned_s: i64,
}

impl Tried {
    /// Takes one decided request; `range` is 0 where the number is not known.
    pub fn take(&mut self, range: u32, reason: Reason, at_s: i64) {
        if range == 0 {
            return;
        }
        if !self.sums.contains_key(&range) {
            let enters = is_guess(reason) && self.has_room(at_s);
            if !enters {
                return;
            }
        }
        let new = Sums { guesses: 0.0, unknown: 0.0, at_s, failures: 0, told_s: i64::MIN };
        let sums = self.sums.entry(range).or_insert(new);
        sums.take(reason, at_s);
        if sums.guesses <= 0.0 && sums.unknown <= 0.0 {
            self.sums.remove(&range);
        }
    }

    /// Whether another range can be watched. Once a second at most, all are visited: what is forgotten goes, else the one
    /// that says least, so that no crowd of ranges shuts an attack out.
    fn has_room(&mut self, at_s: i64) -> bool {
        if self.sums.len() >= RANGES_MAX && self.pruned_s != at_s {
            self.pruned_s = at_s;
            self.sums.retain(|_, sums| sums.at(at_s) >= FORGOTTEN);
            let least = self.sums.iter().min_by(|one, other| one.1.at(at_s).total_cmp(&other.1.at(at_s)));
            if let Some(range) = least.map(|(range, _)| *range)
                && self.sums.len() >= RANGES_MAX
            {
                self.sums.remove(&range);
            }
        }
        self.sums.len() < RANGES_MAX
    }

    /// The ranges that are tried now and were not told of in the last minute, lowest first.
    pub fn tell(&mut self, at_s: i64) -> Vec<TriedRange> {
        let mut found = Vec::new();
        for (range, sums) in &mut self.sums {
            if sums.at(at_s) >= ALARM && at_s.saturating_sub(sums.told_s) >= TOLD_EVERY_S {
                sums.told_s = at_s;
                found.push(TriedRange { range: *range, failures: sums.failures });
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
