//! What is counted while authorizations go by: seconds of two hours, minutes of a day.
//!
//! Design: rings whose place is the time itself, so that counting is one addition, nothing is shifted, and a
//! clock that jumps (a demo, a replay) leaves holes instead of nonsense. What must be kept longer is collected
//! in [`Pending`] as differences, which the store adds to what it has: two nodes, or a write that comes late,
//! change nothing about the sums.
//!
//! Counted are requests that were decided; advices, reversals and imported history are not.

use super::{FAMILIES, Family, Groups, Histogram, Place, Sums, Tried, Usual};
use crate::authorizations::{Class, Decided, Reason};
use decision::Channel;
use kernel::{MINUTE_US, SECOND_US, Timestamp};
use std::collections::BTreeMap;

/// Seconds that are counted one by one: two hours.
pub const SECONDS_KEPT: usize = 7_200;
/// Minutes that are counted one by one: a day.
pub const MINUTES_KEPT: usize = 1_440;
/// Reasons that are told apart.
pub const REASONS: usize = Reason::ALL.len();
/// Figures that wait to be stored, at most: more than a day of a database that does not answer.
pub const PENDING_MAX: usize = 100_000;

#[derive(Clone, Copy, Default)]
struct Second {
    at_s: i64,
    families: [u32; FAMILIES],
}

#[derive(Clone, Default)]
struct Minute {
    at_min: i64,
    reasons: [u32; REASONS],
    latency: Histogram,
}

/// Count and money of one minute and reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinuteTotal {
    /// How many.
    pub count: u64,
    /// Sum of amounts, minor units of the accounts: of use where the issuer has one currency.
    pub minor: i64,
}

/// Differences that the store must still add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// By minute and number of the reason.
    pub minutes: BTreeMap<(i64, i16), MinuteTotal>,
    /// By hour, place and family.
    pub places: BTreeMap<(i64, String, u8), u64>,
    /// By hour, merchant class and family.
    pub classes: BTreeMap<(i64, u16, u8), u64>,
}

impl Pending {
    /// How many figures wait.
    pub fn len(&self) -> usize {
        self.minutes.len() + self.places.len() + self.classes.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes up to `rows_max` figures out: what one transaction may hold.
    pub fn split(&mut self, rows_max: usize) -> Self {
        let mut part = Self::default();
        while part.len() < rows_max {
            if let Some((key, total)) = self.minutes.pop_first() {
                part.minutes.insert(key, total);
            } else if let Some((key, count)) = self.places.pop_first() {
                part.places.insert(key, count);
            } else if let Some((key, count)) = self.classes.pop_first() {
                part.classes.insert(key, count);
            } else {
                break;
            }
        }
        part
    }

    /// Takes figures back that could not be stored; returns how many found no room.
    pub fn put_back(&mut self, other: Self) -> usize {
        let mut lost = 0;
        for (key, more) in other.minutes {
            if self.len() < PENDING_MAX {
                let total = self.minutes.entry(key).or_default();
                total.count += more.count;
                total.minor = total.minor.saturating_add(more.minor);
            } else {
                lost += 1;
            }
        }
        for (key, more) in other.places {
            if self.len() < PENDING_MAX { *self.places.entry(key).or_default() += more } else { lost += 1 }
        }
        for (key, more) in other.classes {
            if self.len() < PENDING_MAX { *self.classes.entry(key).or_default() += more } else { lost += 1 }
        }
        lost
    }
}

/// Everything that is counted.
pub struct Live {
    seconds: Vec<Second>,
    minutes: Vec<Minute>,
    /// By place and merchant class.
    pub groups: Groups,
    /// What is usual at this hour of the week.
    pub usual: Usual,
    /// Ranges of numbers that are tried.
    pub tried: Tried,
    pending: Pending,
    /// The first second that this process counted.
    from_s: i64,
    /// The first minute that is known, counted or loaded.
    from_min: i64,
    /// The newest second seen.
    newest_s: i64,
}

impl Live {
    /// Nothing counted; counting begins at `now`.
    pub fn new(now: Timestamp) -> Self {
        let at_s = now.us().div_euclid(SECOND_US);
        Self {
            seconds: vec![Second::default(); SECONDS_KEPT],
            minutes: vec![Minute::default(); MINUTES_KEPT],
            groups: Groups::default(),
            usual: Usual::default(),
            tried: Tried::default(),
            pending: Pending::default(),
            from_s: at_s,
            from_min: at_s.div_euclid(60),
            newest_s: at_s,
        }
    }

    /// Counts one decided message at `now`, the time of its answer.
    pub fn take(&mut self, now: Timestamp, one: &Decided) {
        if !matches!(one.class, Class::Authorization | Class::Financial) {
            return;
        }
        let at_s = now.us().div_euclid(SECOND_US);
        let at_min = now.us().div_euclid(MINUTE_US);
        let family = Family::of(one.reason);
        self.from_s = self.from_s.min(at_s);
        self.from_min = self.from_min.min(at_min);
        self.newest_s = self.newest_s.max(at_s);
        if let Some(second) = self.second_mut(at_s)
            && let Some(count) = second.families.get_mut(family.index())
        {
            *count += 1;
        }
        self.tried.take(one.range, one.reason, at_s);
        let reason = reason_index(one.reason);
        if let Some(minute) = self.minute_mut(at_min) {
            if let Some(count) = minute.reasons.get_mut(reason) {
                *count += 1;
            }
            minute.latency.record(one.answered_us.saturating_sub(one.arrived_us));
        }
        self.groups.add_place(place_of(one), at_min, family, 1);
        let class = one.payment.map_or(0, |payment| payment.mcc);
        self.groups.add_class(class, at_min, family, 1);
        if self.pending.len() < PENDING_MAX {
            let total = self.pending.minutes.entry((at_min, one.reason.number())).or_default();
            total.count += 1;
            total.minor = total.minor.saturating_add(one.billing_minor);
        }
    }

    /// A stored minute, at the start.
    pub fn load_minute(&mut self, at_min: i64, reason: Reason, total: MinuteTotal) {
        let newest = self.newest_s.div_euclid(60);
        if !(0..i64::try_from(MINUTES_KEPT).unwrap_or(0)).contains(&(newest - at_min)) {
            return;
        }
        self.from_min = self.from_min.min(at_min);
        let index = reason_index(reason);
        if let Some(minute) = self.minute_mut(at_min)
            && let Some(count) = minute.reasons.get_mut(index)
        {
            *count = count.saturating_add(u32::try_from(total.count).unwrap_or(u32::MAX));
        }
    }

    /// Marks the minute of `now` as watched, so that a quiet minute is known from one that was missed.
    pub fn mark_watched(&mut self, now: Timestamp) {
        let at_min = now.us().div_euclid(MINUTE_US);
        self.pending.minutes.entry((at_min, Reason::Approved.number())).or_default();
    }

    /// Takes the figures that must be stored.
    pub fn take_pending(&mut self) -> Pending {
        let mut pending = std::mem::take(&mut self.pending);
        self.groups.take_pending(&mut pending);
        pending
    }

    /// Gives figures back that could not be stored; returns how many were lost for lack of room.
    pub fn put_back(&mut self, pending: Pending) -> usize {
        self.pending.put_back(pending)
    }

    /// Counts of the `width_s` seconds that end with `last_s` (included).
    pub fn sums_of_seconds(&self, last_s: i64, width_s: i64) -> Sums {
        let mut sums = Sums::default();
        for at_s in last_s - width_s + 1..=last_s {
            if let Some(second) = self.second(at_s) {
                sums.0.iter_mut().zip(second.families).for_each(|(sum, count)| *sum += u64::from(count));
            }
        }
        sums
    }

    /// Counts of the `width` minutes that end with `last` (included).
    pub fn sums_of_minutes(&self, last: i64, width: i64) -> Sums {
        let mut sums = Sums::default();
        for reason in Reason::ALL {
            sums.add(Family::of(*reason), self.count(*reason, last, width));
        }
        sums
    }

    /// How many answers with this reason the `width` minutes that end with `last` (included) had.
    pub fn count(&self, reason: Reason, last: i64, width: i64) -> u64 {
        let index = reason_index(reason);
        let counts = (last - width + 1..=last).filter_map(|at_min| self.minute(at_min));
        counts.map(|minute| u64::from(minute.reasons.get(index).copied().unwrap_or(0))).sum()
    }

    /// Durations of the `width` minutes that end with `last` (included).
    pub fn latency(&self, last: i64, width: i64) -> Histogram {
        let mut joined = Histogram::default();
        (last - width + 1..=last)
            .filter_map(|at_min| self.minute(at_min))
            .for_each(|minute| joined.add(&minute.latency));
        joined
    }

    /// The first second that this process counted.
    pub const fn first_s(&self) -> i64 {
        self.from_s
    }

    /// The first minute that is known.
    pub const fn first_min(&self) -> i64 {
        self.from_min
    }

    fn second(&self, at_s: i64) -> Option<&Second> {
        self.seconds.get(place_in_ring(at_s, SECONDS_KEPT)).filter(|second| second.at_s == at_s)
    }

    /// The ring's place for this second, emptied if it held another; `None` for one that is too old.
    fn second_mut(&mut self, at_s: i64) -> Option<&mut Second> {
        let second = self.seconds.get_mut(place_in_ring(at_s, SECONDS_KEPT))?;
        if second.at_s > at_s {
            return None;
        }
        if second.at_s != at_s {
            *second = Second { at_s, ..Second::default() };
        }
        Some(second)
    }

    fn minute(&self, at_min: i64) -> Option<&Minute> {
        self.minutes.get(place_in_ring(at_min, MINUTES_KEPT)).filter(|minute| minute.at_min == at_min)
    }

    fn minute_mut(&mut self, at_min: i64) -> Option<&mut Minute> {
        let minute = self.minutes.get_mut(place_in_ring(at_min, MINUTES_KEPT))?;
        if minute.at_min > at_min {
            return None;
        }
        if minute.at_min != at_min {
            minute.at_min = at_min;
            minute.reasons = [0; REASONS];
            minute.latency.clear();
        }
        Some(minute)
    }
}

/// The place of a decided message.
fn place_of(one: &Decided) -> Place {
    let Some(payment) = &one.payment else { return Place::city(one.country, &one.city) };
    let online = matches!(
        payment.channel,
        Channel::Ecommerce | Channel::Manual | Channel::Recurring | Channel::CardOnFile
    ) && !payment.card_present;
    let home = payment.home_country == 0 || one.country == 0 || payment.home_country == one.country;
    match (online, home) {
        (true, true) => Place::OnlineHome,
        (true, false) => Place::OnlineAbroad,
        (false, _) => Place::city(one.country, &one.city),
    }
}

fn reason_index(reason: Reason) -> usize {
    usize::try_from(reason.number()).unwrap_or(REASONS)
}

fn place_in_ring(at: i64, room: usize) -> usize {
    let room = i64::try_from(room).unwrap_or(1);
    usize::try_from(at.rem_euclid(room)).unwrap_or(0)
}
