//! Opening hours of a place: several periods a day, holidays, working days that were moved, one time zone.
//!
//! A moment is open when the clock on the wall of the zone shows a time within a period, its end not included.
//! That one sentence settles daylight saving: an hour that is shown twice is open twice, one that is skipped is
//! not open at all. `24:00` ends a period with its day.
//!
//! Design: the file is put into a sorted list of intervals once, so that a clock asks by binary search. Beyond
//! the years whose holidays are known the weekly hours go on; `known_until` tells where that begins.

use crate::definition::Words;
use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone};
use kernel::{DAY_US, MINUTE_US, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Calendars by name.
pub type Calendars = BTreeMap<String, Calendar>;

/// Periods of one day at most.
const PERIODS_MAX: usize = 12;
/// Years of holidays in one file at most.
const YEARS_MAX: i16 = 20;
/// The weekly hours go on for so many years after the last one whose holidays are known.
const YEARS_BEYOND: i16 = 6;
const DAY_MINUTES: u32 = 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Words,
    zone: String,
    /// First and last year whose holidays are listed.
    years: (i16, i16),
    week: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    day: Vec<DayRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayRow {
    date: String,
    name: Words,
    /// Absent or empty: closed.
    #[serde(default)]
    hours: Vec<String>,
}

/// One period of a day in minutes from midnight, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    from: u32,
    to: u32,
}

/// A day with hours of its own.
#[derive(Clone, Debug)]
struct Exception {
    name: Words,
    periods: Vec<Period>,
}

/// An open interval in µs, the end not included, with the open time before it.
#[derive(Clone, Copy, Debug)]
struct Open {
    from: i64,
    to: i64,
    before: i64,
}

/// The opening hours of a place.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// What people call it.
    pub name: Words,
    zone: TimeZone,
    zone_name: String,
    years: (i16, i16),
    week: [Vec<Period>; 7],
    exceptions: BTreeMap<Date, Exception>,
    open: Vec<Open>,
}

/// Why a text is no calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError {
    /// What is wrong, where.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.mend)
    }
}

impl std::error::Error for CalendarError {}

fn wrong(what: impl Into<String>, mend: impl Into<String>) -> CalendarError {
    CalendarError { what: what.into(), mend: mend.into() }
}

impl Calendar {
    /// Reads a calendar file.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let file: File = toml::from_str(text).map_err(|error| {
            wrong(error.to_string().trim_end().replace('\n', " "), "see docs/reference/cases.md")
        })?;
        let zone = TimeZone::get(&file.zone).map_err(|_| {
            wrong(format!("`{}` is no time zone", file.zone), "write one such as Asia/Shanghai")
        })?;
        let (first, last) = file.years;
        if !(1970..=2200).contains(&first) || last < first || last - first >= YEARS_MAX {
            let what = format!("years {first} to {last}");
            return Err(wrong(
                what,
                format!("name the first and last year with holidays, {YEARS_MAX} at most"),
            ));
        }
        let mut calendar = Self {
            name: file.name,
            zone,
            zone_name: file.zone,
            years: file.years,
            week: week(&file.week)?,
            exceptions: exceptions(file.day, file.years)?,
            open: Vec::new(),
        };
        calendar.open = calendar.intervals();
        if calendar.open.is_empty() {
            return Err(wrong("it is never open", "give at least one day hours"));
        }
        Ok(calendar)
    }

    /// The zone's name in the tz database.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The zone.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// From this moment holidays are not known, and dates may still change.
    pub fn known_until(&self) -> Timestamp {
        Date::new(self.years.1 + 1, 1, 1).map_or(Timestamp::from_us(i64::MAX), |date| self.midnight(date))
    }

    /// Whether a moment is within the opening hours.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.upto(at.us()).is_some_and(|open| at.us() < open.to)
    }

    /// The name of the day, when it has hours of its own.
    pub(crate) fn day_name(&self, at: Timestamp) -> Option<&Words> {
        self.exceptions.get(&self.date(at)?).map(|day| &day.name)
    }

    /// Open time between two moments, in µs; 0 when they are the wrong way round.
    pub fn open_us(&self, from: Timestamp, to: Timestamp) -> i64 {
        (self.total(to.us()) - self.total(from.us())).max(0)
    }

    /// The first moment at which `us` of open time have passed since `from`; `None` beyond the calendar's years.
    pub fn after_open_us(&self, from: Timestamp, us: i64) -> Option<Timestamp> {
        if us <= 0 {
            return Some(from);
        }
        let wanted = self.total(from.us()) + us;
        let at = self.open.partition_point(|open| open.before + (open.to - open.from) < wanted);
        let open = self.open.get(at)?;
        Some(Timestamp::from_us(open.from + (wanted - open.before)))
    }

    /// Open intervals that touch `[from, to)`, cut to it.
    pub(crate) fn within(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        let first = self.open.partition_point(|open| open.to <= from);
        let rest = self.open.get(first..).unwrap_or_default();
        rest.iter()
            .take_while(move |open| open.from < to)
            .map(move |open| (open.from.max(from), open.to.min(to)))
    }

    /// The civil date of a moment in the zone.
    pub(crate) fn date(&self, at: Timestamp) -> Option<Date> {
        at.to_jiff().map(|at| self.zone.to_datetime(at).date())
    }

    /// The end of the last opening period of the nth business day after a date; `None` beyond the calendar.
    pub(crate) fn closing_of_business_day(&self, after: Date, count: u32) -> Option<Timestamp> {
        let (_, last) = self.covers()?;
        let mut date = after;
        let mut left = count;
        while left > 0 {
            date = date.tomorrow().ok().filter(|date| *date <= last)?;
            left -= u32::from(!self.periods(date).is_empty());
        }
        let (from, to) = (self.midnight(date).us(), self.midnight(date.tomorrow().ok()?).us());
        self.within(from, to).last().map(|(_, to)| Timestamp::from_us(to))
    }

    /// The first and last date of the list of intervals.
    fn covers(&self) -> Option<(Date, Date)> {
        let first = Date::new(self.years.0 - 1, 1, 1).ok()?;
        Some((first, Date::new(self.years.1 + YEARS_BEYOND, 12, 31).ok()?))
    }

    /// The first moment of a date in the zone.
    pub(crate) fn midnight(&self, date: Date) -> Timestamp {
        midnight(&self.zone, date)
    }

    fn upto(&self, at: i64) -> Option<&Open> {
        let next = self.open.partition_point(|open| open.from <= at);
        self.open.get(next.checked_sub(1)?)
    }

    /// Open time before a moment.
    fn total(&self, at: i64) -> i64 {
        self.upto(at).map_or(0, |open| open.before + at.min(open.to) - open.from)
    }

    fn periods(&self, date: Date) -> &[Period] {
        match self.exceptions.get(&date) {
            Some(day) => &day.periods,
            None => {
                let place = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
                self.week.get(place).map_or(&[], Vec::as_slice)
            }
        }
    }

    fn intervals(&self) -> Vec<Open> {
        let mut raw = Vec::new();
        let Some((mut date, last)) = self.covers() else { return Vec::new() };
        while date <= last {
            for period in self.periods(date) {
                self.instants(date, *period, &mut raw);
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        raw.sort_unstable();
        let mut joined: Vec<Open> = Vec::with_capacity(raw.len());
        for (from, to) in raw {
            match joined.last_mut() {
                Some(open) if open.to >= from => open.to = open.to.max(to),
                _ => joined.push(Open { from, to, before: 0 }),
            }
        }
        let mut before = 0;
        for open in &mut joined {
            open.before = before;
            before += open.to - open.from;
        }
        joined
    }

    /// The moments at which the wall clock shows a time of this period: one interval, or where the offset
    /// changes around that day, one for each offset, cut to where that offset holds.
    fn instants(&self, date: Date, period: Period, into: &mut Vec<(i64, i64)>) {
        let Ok(start) = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)) else { return };
        let from = start.as_microsecond() + i64::from(period.from) * MINUTE_US;
        let to = start.as_microsecond() + i64::from(period.to) * MINUTE_US;
        // Offsets are less than 26 hours, so the moments lie within these bounds.
        let (low, high) = (from - 26 * DAY_US / 24, to + 26 * DAY_US / 24);
        let Ok(first) = jiff::Timestamp::from_microsecond(low) else { return };
        let mut since = low;
        let mut offset = self.zone.to_offset(first);
        for change in self.zone.following(first) {
            let at = change.timestamp().as_microsecond();
            if at >= high {
                break;
            }
            shown(from, to, offset, (since, at), into);
            (since, offset) = (at, change.offset());
        }
        shown(from, to, offset, (since, high), into);
    }
}

/// Where an offset holds in `holds`, the moments that show `[from, to)`.
fn shown(from: i64, to: i64, offset: Offset, holds: (i64, i64), into: &mut Vec<(i64, i64)>) {
    let shift = i64::from(offset.seconds()) * 1_000_000;
    let (from, to) = ((from - shift).max(holds.0), (to - shift).min(holds.1));
    if from < to {
        into.push((from, to));
    }
}

/// The first moment of a date.
pub(crate) fn midnight(zone: &TimeZone, date: Date) -> Timestamp {
    let ambiguous = zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
    // Where midnight is skipped, the day begins with the first moment after the gap.
    ambiguous.compatible().map_or(Timestamp::from_us(i64::MAX), Timestamp::from)
}

fn week(rows: &BTreeMap<String, Vec<String>>) -> Result<[Vec<Period>; 7], CalendarError> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let mut week: [Vec<Period>; 7] = Default::default();
    for (name, hours) in rows {
        let day = DAYS.iter().position(|(day, _)| day == name);
        let Some(place) = day.and_then(|place| week.get_mut(place)) else {
            return Err(wrong(format!("`{name}` is no day of the week"), "write monday to sunday"));
        };
        *place = periods(hours, name)?;
    }
    Ok(week)
}

fn exceptions(rows: Vec<DayRow>, years: (i16, i16)) -> Result<BTreeMap<Date, Exception>, CalendarError> {
    let mut days = BTreeMap::new();
    for row in rows {
        let date: Date = row
            .date
            .parse()
            .map_err(|_| wrong(format!("`{}` is no date", row.date), "write it as 2026-10-01"))?;
        if !(years.0..=years.1).contains(&date.year()) {
            return Err(wrong(format!("{date} is outside `years`"), "widen `years` or remove the day"));
        }
        let periods = periods(&row.hours, &row.date)?;
        if days.insert(date, Exception { name: row.name, periods }).is_some() {
            return Err(wrong(format!("{date} stands twice"), "keep one"));
        }
    }
    Ok(days)
}

fn periods(texts: &[String], day: &str) -> Result<Vec<Period>, CalendarError> {
    if texts.len() > PERIODS_MAX {
        return Err(wrong(format!("{day} has {} periods", texts.len()), format!("{PERIODS_MAX} at most")));
    }
    let mut periods: Vec<Period> = Vec::with_capacity(texts.len());
    for text in texts {
        let period = text
            .split_once('-')
            .and_then(|(from, to)| Some(Period { from: minute(from)?, to: minute(to)? }))
            .filter(|period| period.from < period.to)
            .ok_or_else(|| {
                wrong(format!("{day}: `{text}` is no period"), "write 09:00-12:30, at most to 24:00")
            })?;
        if periods.last().is_some_and(|before| before.to > period.from) {
            return Err(wrong(
                format!("{day}: `{text}` begins before the last one ends"),
                "put them in order",
            ));
        }
        periods.push(period);
    }
    Ok(periods)
}

/// Minutes from midnight of `HH:MM`; 24:00 is the end of the day.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60).then_some(hour * 60 + minute).filter(|at| *at <= DAY_MINUTES)
}
