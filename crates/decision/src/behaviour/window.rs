//! The card's events in order of their own time, and the windows over them.
//!
//! Design: a sorted vector with a bound. All windows come from one pass backwards from the payment's time,
//! which stops at 30 days. Events later than the payment are skipped, so a late payment sees what it would
//! have seen.
//!
//! Why safe: what was dropped is remembered as a time (`complete_since_us`), so a window that reaches behind
//! it says so instead of counting silently too little.

use crate::payment::{Kind, Outcome, Payment, SMALL_MINOR_MAX};
use crate::{DAY_US, HOUR_US};

/// Events kept per card. Windows are exact as long as they hold no more than these.
pub const EVENTS_MAX: usize = 256;
/// How late a payment may arrive, in microseconds, and still get exact windows of 30 days.
pub const LATE_US_MAX: i64 = 3 * DAY_US;
/// How long an event is kept, in microseconds before the newest one.
pub const KEEP_US: i64 = 30 * DAY_US + LATE_US_MAX;
/// The windows (t - w, t], in microseconds.
const WINDOWS_US: [i64; 4] = [HOUR_US, DAY_US, 7 * DAY_US, 30 * DAY_US];

/// One thing that happened to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) at_us: i64,
    pub(super) minor: i64,
    pub(super) declined: bool,
    pub(super) check: bool,
}

impl Event {
    /// The event of a payment; refunds are none.
    pub(super) fn of(payment: &Payment, outcome: Outcome) -> Option<Self> {
        if payment.kind == Kind::Refund {
            return None;
        }
        let check = payment.kind == Kind::Check;
        let minor = if check { 0 } else { payment.spent_minor() };
        Some(Self { at_us: payment.at_us, minor, declined: outcome == Outcome::Declined, check })
    }

    pub(super) fn is_small(&self) -> bool {
        self.minor <= SMALL_MINOR_MAX
    }

    pub(super) fn is_check(&self) -> bool {
        self.check
    }
}

/// Events in time order, oldest first; equal times keep the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Events {
    pub(super) list: Vec<Event>,
    /// Newest time of an event that was dropped. Windows that reach to it or before may lack events.
    pub(super) dropped_us: Option<i64>,
}

/// Counts and sums over approved spending.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) count: u32,
    pub(super) minor: i64,
    pub(super) max_minor: i64,
    squares: u128,
}

impl Spent {
    /// Cannot overflow: amounts are at most 2^44, events at most 2^8.
    fn add(&mut self, minor: i64) {
        let size = u128::from(minor.unsigned_abs());
        self.count += 1;
        self.minor += minor;
        self.max_minor = self.max_minor.max(minor);
        self.squares += size * size;
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.minor as f64 / f64::from(self.count))
    }

    /// Sample deviation. The difference n Σx² - (Σx)² is taken in integers, so nothing cancels.
    pub(super) fn deviation(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let count = u128::from(self.count);
        let sum = u128::from(self.minor.unsigned_abs());
        let spread = (self.squares * count).saturating_sub(sum * sum);
        Some((spread as f64 / (f64::from(self.count) * f64::from(self.count - 1))).sqrt())
    }
}

/// What the events say as of one moment, without the payment being judged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    counts: [u32; 4],
    minors: [i64; 4],
    before: Spent,
    pub(super) attempts_1h: u32,
    pub(super) attempts_24h: u32,
    pub(super) declines_1h: u32,
    pub(super) declines_24h: u32,
    pub(super) declines_row: u32,
    pub(super) small_1h: u32,
    pub(super) checks_24h: u32,
    pub(super) last_attempt_us: Option<i64>,
}

impl Sums {
    /// Approved spending in window 0 (1 h) to 3 (30 d).
    pub(super) fn spent_count(&self, window: usize) -> u32 {
        self.counts.get(window).copied().unwrap_or_default()
    }

    /// Its amounts, in minor units.
    pub(super) fn spent_minor(&self, window: usize) -> i64 {
        self.minors.get(window).copied().unwrap_or_default()
    }

    /// The approved spending of 30 days.
    pub(super) fn before(&self) -> &Spent {
        &self.before
    }

    fn add_attempt(&mut self, event: &Event, age_us: i64) {
        if age_us >= DAY_US {
            return;
        }
        self.attempts_24h += 1;
        self.declines_24h += u32::from(event.declined);
        self.checks_24h += u32::from(event.check);
        if age_us < HOUR_US {
            self.attempts_1h += 1;
            self.declines_1h += u32::from(event.declined);
            self.small_1h += u32::from(event.is_small());
        }
    }
}

impl Events {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Puts the event in its place and drops what is too old or too much.
    pub(super) fn insert(&mut self, event: Event) {
        let place = match self.list.last() {
            Some(last) if last.at_us > event.at_us => {
                self.list.partition_point(|kept| kept.at_us <= event.at_us)
            }
            _ => self.list.len(),
        };
        self.list.insert(place, event);
        let newest_us = self.list.last().map_or(event.at_us, |last| last.at_us);
        let too_old = self.list.partition_point(|kept| kept.at_us <= newest_us.saturating_sub(KEEP_US));
        let too_many = self.list.len().saturating_sub(EVENTS_MAX);
        let drop = too_old.max(too_many);
        if let Some(last) = drop.checked_sub(1).and_then(|index| self.list.get(index)) {
            self.dropped_us = Some(self.dropped_us.map_or(last.at_us, |known| known.max(last.at_us)));
            self.list.drain(..drop);
        }
    }

    /// Whether the window of 30 days before `at_us` may lack events.
    pub(super) fn truncated(&self, at_us: i64) -> bool {
        self.dropped_us.is_some_and(|dropped| dropped > at_us.saturating_sub(30 * DAY_US))
    }

    /// All windows as of `at_us`, in one pass from the newest event back.
    pub(super) fn sums(&self, at_us: i64) -> Sums {
        let mut sums = Sums::default();
        let mut spent = Spent::default();
        let mut window = 0;
        let mut only_declines = true;
        for event in self.list.iter().rev() {
            let age_us = at_us.saturating_sub(event.at_us);
            if age_us < 0 {
                continue;
            }
            // The windows are nested: leaving one closes it with what was counted so far.
            while WINDOWS_US.get(window).is_some_and(|width_us| age_us >= *width_us) {
                sums.close(window, &spent);
                window += 1;
            }
            sums.last_attempt_us = sums.last_attempt_us.or(Some(event.at_us));
            only_declines &= event.declined;
            sums.declines_row += u32::from(only_declines);
            if window == WINDOWS_US.len() {
                // Beyond 30 days only the run of declines can still grow.
                if !only_declines {
                    break;
                }
                continue;
            }
            sums.add_attempt(event, age_us);
            if !event.declined && !event.check {
                spent.add(event.minor);
            }
        }
        for open in window..WINDOWS_US.len() {
            sums.close(open, &spent);
        }
        sums.before = spent;
        sums
    }
}

impl Sums {
    fn close(&mut self, window: usize, spent: &Spent) {
        if let (Some(count), Some(minor)) = (self.counts.get_mut(window), self.minors.get_mut(window)) {
            *count = spent.count;
            *minor = spent.minor;
        }
    }
}
