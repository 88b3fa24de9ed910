//! Dates and times (DE7, 12, 13, 14, 15).
//!
//! Problem: message dates have no year. Design: small structs of checked parts; whoever knows the clock
//! adds the year. Why safe: a 31st of April is a bad field, not a wrapped date; the 29th of February is
//! admitted since the year is unknown. What it does not do: time zones; DE7 is UTC, DE12 and 13 are local
//! to the terminal.

use super::{BadField, Read, digits};
use crate::iso8583::message::Message;

/// A date without a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31, as the month allows.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// DE7: when the message was sent, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransmissionTime {
    /// The date.
    pub date: MonthDay,
    /// The time.
    pub time: TimeOfDay,
}

/// DE14: the last month in which a card is valid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry {
    /// The last two digits of the year.
    pub year: u8,
    /// 1 to 12.
    pub month: u8,
}

/// DE7 as `MMDDhhmmss`.
pub fn transmission_time(message: &Message) -> Read<TransmissionTime> {
    let Some(value) = message.get(7) else { return Ok(None) };
    let Some((date, time)) = value.split_at_checked(4) else { return Err(BadField { field: 7 }) };
    Ok(Some(TransmissionTime { date: month_day(7, date)?, time: time_of_day(7, time)? }))
}

/// DE12 as `hhmmss`, local to the terminal.
pub fn local_time(message: &Message) -> Read<TimeOfDay> {
    message.get(12).map(|value| time_of_day(12, value)).transpose()
}

/// DE13 as `MMDD`, local to the terminal.
pub fn local_date(message: &Message) -> Read<MonthDay> {
    message.get(13).map(|value| month_day(13, value)).transpose()
}

/// DE15 as `MMDD`: the day of settlement.
pub fn settlement_date(message: &Message) -> Read<MonthDay> {
    message.get(15).map(|value| month_day(15, value)).transpose()
}

/// DE14 as `YYMM`.
pub fn expiry(message: &Message) -> Read<Expiry> {
    message.get(14).map(|value| expiry_digits(14, value)).transpose()
}

pub(super) fn expiry_digits(field: u8, value: &[u8]) -> Result<Expiry, BadField> {
    let [year, month] = pairs::<2>(field, value)?;
    if matches!(month, 1..=12) { Ok(Expiry { year, month }) } else { Err(BadField { field }) }
}

fn month_day(field: u8, value: &[u8]) -> Result<MonthDay, BadField> {
    let [month, day] = pairs::<2>(field, value)?;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        _ => 0,
    };
    if (1..=days).contains(&day) { Ok(MonthDay { month, day }) } else { Err(BadField { field }) }
}

fn time_of_day(field: u8, value: &[u8]) -> Result<TimeOfDay, BadField> {
    let [hour, minute, second] = pairs::<3>(field, value)?;
    let holds = hour < 24 && minute < 60 && second < 60;
    if holds { Ok(TimeOfDay { hour, minute, second }) } else { Err(BadField { field }) }
}

/// Exactly so many numbers of two digits.
fn pairs<const COUNT: usize>(field: u8, value: &[u8]) -> Result<[u8; COUNT], BadField> {
    let (chunks, rest) = value.as_chunks::<2>();
    if chunks.len() != COUNT || !rest.is_empty() {
        return Err(BadField { field });
    }
    let mut numbers = [0; COUNT];
    for (number, chunk) in numbers.iter_mut().zip(chunks) {
        *number = u8::try_from(digits(field, chunk)?).map_err(|_| BadField { field })?;
    }
    Ok(numbers)
}
