//! A span of a clock: `15 bd`, `8 w`, `4 bh`, `12 h`.

use super::calendar::Calendar;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{HOUR_US, MINUTE_US, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// No clock runs longer: some ten years in days.
const COUNT_MAX: u32 = 5_000;

/// What a span counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Elapsed minutes.
    Minutes,
    /// Elapsed hours.
    Hours,
    /// Opening hours of the calendar.
    BusinessHours,
    /// Days of the calendar's zone; due at the end of the last one.
    Days,
    /// Days on which the calendar is open.
    BusinessDays,
    /// Weeks of seven days.
    Weeks,
    /// Months; the end of a shorter month where the day is missing.
    Months,
}

impl Unit {
    const ALL: [(&'static str, Self); 7] = [
        ("min", Self::Minutes),
        ("h", Self::Hours),
        ("bh", Self::BusinessHours),
        ("d", Self::Days),
        ("bd", Self::BusinessDays),
        ("w", Self::Weeks),
        ("mo", Self::Months),
    ];

    /// Whether opening hours and holidays matter.
    pub const fn needs_calendar(self) -> bool {
        matches!(self, Self::BusinessHours | Self::BusinessDays)
    }

    /// Whether it depends on a time zone, so on a calendar.
    pub const fn needs_zone(self) -> bool {
        !matches!(self, Self::Minutes | Self::Hours)
    }

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, unit)| *unit == self).map_or("", |(word, _)| word)
    }
}

/// A number of units, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Span {
    /// The moment that lies this span after another one.
    ///
    /// Days, weeks and months end with their last day; the day of the start isn't one of them. Business days end
    /// with the last opening period of the last one. `None` beyond the calendar, or without one where it is needed.
    pub fn after(self, start: Timestamp, calendar: Option<&Calendar>) -> Option<Timestamp> {
        let count = i64::from(self.count);
        match self.unit {
            Unit::Minutes => return Some(start.plus_us(count * MINUTE_US)),
            Unit::Hours => return Some(start.plus_us(count * HOUR_US)),
            _ => {}
        }
        let calendar = calendar?;
        let date = calendar.date(start)?;
        let end_of = |date: Date| Some(calendar.midnight(date.tomorrow().ok()?));
        match self.unit {
            Unit::BusinessHours => calendar.after_open_us(start, count * HOUR_US),
            Unit::Days => end_of(date.checked_add(count.days()).ok()?),
            Unit::Weeks => end_of(date.checked_add(count.weeks()).ok()?),
            Unit::Months => end_of(date.checked_add(count.months()).ok()?),
            _ => calendar.closing_of_business_day(date, self.count),
        }
    }
}

/// A text is no span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanError(String);

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no span: write a number from 1 to {COUNT_MAX}, a space, and min, h, bh, d, bd, w or mo",
            self.0
        )
    }
}

impl std::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let wrong = || SpanError(text.chars().take(40).collect());
        let (count, word) = text.split_once(' ').ok_or_else(wrong)?;
        let count = count.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count)).ok_or_else(wrong)?;
        let (_, unit) = Unit::ALL.into_iter().find(|(name, _)| *name == word).ok_or_else(wrong)?;
        Ok(Self { count, unit })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.unit.word())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
