//! The card's events in order of their own time, and the windows over them.
//!
//! Design: a sorted vector with a bound. The windows are nested and end at the payment's own time, so each is a
//! search for its start and a pass over what the smaller one left out. Events later than the payment are left
//! aside, so a late payment sees what it would have seen.
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
    fn add_all(&mut self, events: &[Event]) {
        for event in events.iter().filter(|event| !event.declined && !event.check) {
            let size = u128::from(event.minor.unsigned_abs());
            self.count += 1;
            self.minor += event.minor;
            self.max_minor = self.max_minor.max(event.minor);
            self.squares += size * size;
        }
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

    fn close(&mut self, window: usize, spent: &Spent) {
        if let (Some(count), Some(minor)) = (self.counts.get_mut(window), self.minors.get_mut(window)) {
            *count = spent.count;
            *minor = spent.minor;
        }
    }

    /// Attempts of the last hour.
    fn add_hour(&mut self, events: &[Event]) {
        self.attempts_1h = count(events.iter());
        self.declines_1h = count(events.iter().filter(|event| event.declined));
        self.small_1h = count(events.iter().filter(|event| event.is_small()));
        self.attempts_24h = self.attempts_1h;
        self.declines_24h = self.declines_1h;
        self.checks_24h = count(events.iter().filter(|event| event.check));
    }

    /// Attempts of the day before that hour.
    fn add_day(&mut self, events: &[Event]) {
        self.attempts_24h += count(events.iter());
        self.declines_24h += count(events.iter().filter(|event| event.declined));
        self.checks_24h += count(events.iter().filter(|event| event.check));
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

    /// All windows as of `at_us`. They are nested, so each adds only what the one before it left out.
    pub(super) fn sums(&self, at_us: i64) -> Sums {
        let mut past = self.up_to(at_us);
        let mut sums = Sums {
            last_attempt_us: past.last().map(|event| event.at_us),
            declines_row: count(past.iter().rev().take_while(|event| event.declined)),
            ..Sums::default()
        };
        let mut spent = Spent::default();
        for (window, width_us) in WINDOWS_US.into_iter().enumerate() {
            let start = past.partition_point(|event| event.at_us <= at_us.saturating_sub(width_us));
            let (older, inside) = past.split_at(start);
            spent.add_all(inside);
            sums.close(window, &spent);
            match window {
                0 => sums.add_hour(inside),
                1 => sums.add_day(inside),
                _ => {}
            }
            past = older;
        }
        sums.before = spent;
        sums
    }

    /// Events at or before `at_us`.
    fn up_to(&self, at_us: i64) -> &[Event] {
        let end = match self.list.last() {
            Some(last) if last.at_us > at_us => self.list.partition_point(|event| event.at_us <= at_us),
            _ => self.list.len(),
        };
        self.list.get(..end).unwrap_or_default()
    }
}

/// How many there are; never more than [`EVENTS_MAX`].
fn count<'a>(events: impl Iterator<Item = &'a Event>) -> u32 {
    events.fold(0, |count, _| count + 1)
}
