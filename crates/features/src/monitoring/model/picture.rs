//! What the wall shows at one moment for one range, taken from the counters in one go.
//!
//! Every chart ends with the present: its last slot is the last stretch of time as long as a slot, up to
//! now, and the slots before it are whole ones by the clock. So the end of a line is always fresh and never a
//! half-filled minute that looks like a fall.

use super::{Family, Live, Place, Sums};
use kernel::{HOUR_US, MINUTE_US, SECOND_US, Timestamp};
use std::collections::HashMap;

/// How far back the wall looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Range {
    /// 15 minutes.
    Quarter,
    /// An hour.
    #[default]
    Hour,
    /// 24 hours.
    Day,
}

impl Range {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Quarter, Self::Hour, Self::Day];

    /// Its length, minutes.
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Quarter => 15,
            Self::Hour => 60,
            Self::Day => 1_440,
        }
    }

    /// The word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quarter => "15m",
            Self::Hour => "1h",
            Self::Day => "24h",
        }
    }

    /// The range with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.word() == word)
    }

    /// Length of a slot of the declines chart, minutes.
    const fn bar_minutes(self) -> i64 {
        match self {
            Self::Quarter => 1,
            Self::Hour => 2,
            Self::Day => 30,
        }
    }

    /// Length of a slot of the line charts, seconds.
    const fn line_seconds(self) -> i64 {
        match self {
            Self::Quarter | Self::Hour => 60,
            Self::Day => 900,
        }
    }
}

/// A level of traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Authorizations a second.
    pub per_second: f64,
    /// Share that was approved, 0 to 1; `None` without traffic.
    pub approved: Option<f64>,
}

/// What the same hour of the weeks before was like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usual {
    /// Which hour this is for, hours since the epoch.
    pub hour: i64,
    /// All authorizations; `None` when no such hour was watched.
    pub level: Option<Level>,
    /// By place, a minute.
    pub places: HashMap<Place, f64>,
}

/// Values over time: one list for each line or kind, each as long as `starts`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slots {
    /// When each slot begins; the last one is named after its end, the present.
    pub starts: Vec<Timestamp>,
    /// The values; no number where nothing is known.
    pub values: Vec<Vec<f64>>,
}

/// One line of the table of places.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceLine {
    /// Where.
    pub place: Place,
    /// Authorizations a minute.
    pub per_minute: f64,
    /// Counts in the range.
    pub sums: Sums,
    /// Difference from what it is held against, as a share of that: 0.31 is 31 % more.
    pub change: Option<f64>,
}

/// The moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The present.
    pub now: Timestamp,
    /// How far back.
    pub range: Range,
    /// Authorizations a second, over the last ten seconds.
    pub per_second: f64,
    /// Counts in the range.
    pub sums: Sums,
    /// Counts in the range before this one; `None` when not all of it was watched.
    pub before: Option<Sums>,
    /// What is usual at this hour; only for ranges up to an hour.
    pub usual: Option<Level>,
    /// p50, p95 and p99 of the last minute or two, microseconds.
    pub latency_us: Option<[u64; 3]>,
    /// Declines a minute, a list for each of [`Family::DECLINED`].
    pub declines: Slots,
    /// Authorizations a second.
    pub rate: Slots,
    /// p99, p95, p50 in microseconds.
    pub latency: Slots,
    /// Places, most authorizations first.
    pub places: Vec<PlaceLine>,
    /// Merchant classes, most authorizations first.
    pub classes: Vec<(u16, PlaceLine)>,
}

/// Lines of a table, at most.
const LINES_MAX: usize = 12;
const RATE_SECONDS: i64 = 10;

impl Picture {
    /// Takes the picture.
    pub fn take(live: &Live, now: Timestamp, range: Range) -> Self {
        let at = At { now_s: now.us().div_euclid(SECOND_US), now_min: now.us().div_euclid(MINUTE_US), range };
        let span = range.minutes();
        let sums = live.sums_of_minutes(at.now_min, span);
        let watched_before = live.first_min() <= at.now_min - 2 * span + 1 && range != Range::Day;
        let usual_here = range != Range::Day && live.usual.hour == now.us().div_euclid(HOUR_US);
        let recent = live.latency(at.now_min, 2);
        Self {
            now,
            range,
            per_second: per_second(live.sums_of_seconds(at.now_s - 1, RATE_SECONDS).total(), RATE_SECONDS),
            sums,
            before: watched_before.then(|| live.sums_of_minutes(at.now_min - span, span)),
            usual: live.usual.level.filter(|_| usual_here),
            latency_us: [500, 950, 990]
                .map(|q| recent.quantile(q))
                .iter()
                .copied()
                .collect::<Option<Vec<_>>>()
                .and_then(|found| found.try_into().ok()),
            declines: at.declines(live),
            rate: at.rate(live),
            latency: at.latency(live),
            places: at.places(live, usual_here),
            classes: at.classes(live),
        }
    }

    /// Share of declines in each slot of the range, 0 to 1, is not known here; this is the whole range's.
    pub fn declined_share(&self) -> Option<f64> {
        share(self.sums.declined(), self.sums.total())
    }

    /// Against what changes are measured.
    pub fn has_usual(&self) -> bool {
        self.usual.is_some()
    }
}

/// `part` of `whole`, 0 to 1.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole))
}

fn per_second(count: u64, seconds: i64) -> f64 {
    float(count) / float(u64::try_from(seconds.max(1)).unwrap_or(1))
}

/// Exact below 2^53; counts of a day are far below.
#[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

struct At {
    now_s: i64,
    now_min: i64,
    range: Range,
}

impl At {
    /// First minutes of whole slots of `width` minutes before the present one, oldest first.
    fn whole_slots(&self, width: i64) -> impl Iterator<Item = i64> + use<> {
        let count = self.range.minutes() / width - 1;
        let end = self.now_min.div_euclid(width);
        (end - count..end).map(move |slot| slot * width)
    }

    fn starts(&self, width: i64) -> Vec<Timestamp> {
        let mut starts: Vec<Timestamp> =
            self.whole_slots(width).map(|minute| Timestamp::from_us(minute * MINUTE_US)).collect();
        starts.push(Timestamp::from_us(self.now_s * SECOND_US));
        starts
    }

    fn declines(&self, live: &Live) -> Slots {
        let width = self.range.bar_minutes();
        let mut all: Vec<Sums> =
            self.whole_slots(width).map(|minute| live.sums_of_minutes(minute + width - 1, width)).collect();
        all.push(live.sums_of_seconds(self.now_s, width * 60));
        let per_minute = float(u64::try_from(width).unwrap_or(1));
        let of = |family| all.iter().map(|sums| float(sums.get(family)) / per_minute).collect();
        Slots { starts: self.starts(width), values: Family::DECLINED.map(of).to_vec() }
    }

    fn rate(&self, live: &Live) -> Slots {
        let width = self.range.line_seconds() / 60;
        let mut values: Vec<f64> = self
            .whole_slots(width)
            .map(|minute| {
                // A slot in which counting began says nothing about its level.
                if minute < live.first_min() || (minute == live.first_min() && live.first_s() > minute * 60) {
                    return f64::NAN;
                }
                per_second(live.sums_of_minutes(minute + width - 1, width).total(), width * 60)
            })
            .collect();
        let counted_s = (self.now_s - live.first_s()).clamp(1, 60);
        values.push(per_second(live.sums_of_seconds(self.now_s - 1, counted_s).total(), counted_s));
        Slots { starts: self.starts(width), values: vec![values] }
    }

    fn latency(&self, live: &Live) -> Slots {
        let width = self.range.line_seconds() / 60;
        let mut all: Vec<_> =
            self.whole_slots(width).map(|minute| live.latency(minute + width - 1, width)).collect();
        all.push(live.latency(self.now_min, 2));
        let of = |thousandths| {
            all.iter().map(|found| found.quantile(thousandths).map_or(f64::NAN, float)).collect()
        };
        Slots { starts: self.starts(width), values: [990, 950, 500].map(of).to_vec() }
    }

    /// Minutes of the range that were watched.
    fn watched_minutes(&self, live: &Live) -> f64 {
        let begin_s = ((self.now_min - self.range.minutes() + 1) * 60).max(live.first_min() * 60);
        let begin_s = if begin_s < live.first_s() && live.first_min() * 60 >= live.first_s() - 60 {
            live.first_s()
        } else {
            begin_s
        };
        float(u64::try_from(self.now_s + 1 - begin_s).unwrap_or(1).max(1)) / 60.0
    }

    fn places(&self, live: &Live, usual_here: bool) -> Vec<PlaceLine> {
        let minutes = self.watched_minutes(live);
        let has_usual = usual_here && live.usual.level.is_some();
        let lines = live.groups.places(self.now_min, self.range).into_iter().map(|(place, sums, before)| {
            let per_minute = float(sums.total()) / minutes;
            let change = if has_usual {
                live.usual.places.get(place).and_then(|usual| change(per_minute, *usual))
            } else {
                self.change_from_before(live, sums, before)
            };
            PlaceLine { place: place.clone(), per_minute, sums, change }
        });
        top(lines.collect())
    }

    fn classes(&self, live: &Live) -> Vec<(u16, PlaceLine)> {
        let minutes = self.watched_minutes(live);
        let mut lines: Vec<(u16, PlaceLine)> = live
            .groups
            .classes(self.now_min, self.range)
            .into_iter()
            .filter(|(_, sums, _)| sums.total() > 0)
            .map(|(class, sums, before)| {
                let per_minute = float(sums.total()) / minutes;
                let change = self.change_from_before(live, sums, before);
                (class, PlaceLine { place: Place::Other, per_minute, sums, change })
            })
            .collect();
        lines.sort_by_key(|(class, line)| (std::cmp::Reverse(line.sums.total()), *class));
        lines.truncate(LINES_MAX);
        lines
    }

    fn change_from_before(&self, live: &Live, sums: Sums, before: Sums) -> Option<f64> {
        let span = self.range.minutes();
        let watched = live.first_min() <= self.now_min - 2 * span + 1 && self.range != Range::Day;
        if !watched {
            return None;
        }
        // Both stretches end in the middle of a minute by the same part of it only on average; close enough
        // for a figure that is shown in whole per cent.
        change(float(sums.total()), float(before.total()))
    }
}

fn change(now: f64, then: f64) -> Option<f64> {
    (then > 0.0).then(|| now / then - 1.0)
}

fn top(mut lines: Vec<PlaceLine>) -> Vec<PlaceLine> {
    lines.retain(|line| line.sums.total() > 0);
    lines.sort_by(|one, other| {
        other.sums.total().cmp(&one.sums.total()).then_with(|| one.place.cmp(&other.place))
    });
    lines.truncate(LINES_MAX);
    lines
}
