//! Times as the files write them, taken as UTC.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads `YYYY-MM-DD HH:MM:SS` (or with a `T`) as UTC microseconds; `None` for anything else.
#[must_use]
pub fn utc_us(text: &str) -> Option<i64> {
    let bytes = text.trim().as_bytes();
    let shape_right = bytes.len() == 19
        && matches!(bytes.get(10), Some(b' ' | b'T'))
        && bytes.get(13) == Some(&b':')
        && bytes.get(16) == Some(&b':');
    if !shape_right {
        return None;
    }
    let date = date_of(bytes)?;
    let part = |from: usize| two_digits(bytes, from);
    let time = jiff::civil::Time::new(part(11)?, part(14)?, part(17)?, 0).ok()?;
    micros(DateTime::from_parts(date, time))
}

/// Reads `YYYY-MM-DD` as the UTC microsecond at which that day starts; `None` for anything else.
#[must_use]
pub fn date_start_us(text: &str) -> Option<i64> {
    let bytes = text.trim().as_bytes();
    if bytes.len() != 10 {
        return None;
    }
    micros(date_of(bytes)?.at(0, 0, 0, 0))
}

fn date_of(bytes: &[u8]) -> Option<Date> {
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let century = i16::from(two_digits(bytes, 0)?);
    let year = century * 100 + i16::from(two_digits(bytes, 2)?);
    Date::new(year, two_digits(bytes, 5)?, two_digits(bytes, 8)?).ok()
}

fn two_digits(bytes: &[u8], from: usize) -> Option<i8> {
    let tens = bytes.get(from).filter(|b| b.is_ascii_digit())?;
    let ones = bytes.get(from + 1).filter(|b| b.is_ascii_digit())?;
    i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()
}

fn micros(at: DateTime) -> Option<i64> {
    Some(TimeZone::UTC.to_timestamp(at).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_instants() {
        assert_eq!(utc_us("1970-01-01 00:00:01"), Some(1_000_000));
        assert_eq!(utc_us("2024-02-29T12:00:00"), Some(1_709_208_000_000_000));
        assert_eq!(date_start_us("2018-06-17"), Some(1_529_193_600_000_000));
    }

    #[test]
    fn impossible_times_are_refused() {
        for text in [
            "2023-02-29 00:00:00",
            "2024-13-01 00:00:00",
            "2024-01-01 24:00:00",
            "2024-01-01",
            "01/02/2024 00:00:0",
        ] {
            assert_eq!(utc_us(text), None, "{text}");
        }
        assert_eq!(date_start_us("2024-1-1"), None);
    }

    proptest! {
        #[test]
        fn jiff_reads_the_same(second in 0_i64..4_000_000_000) {
            let at = jiff::Timestamp::from_second(second).expect("in range");
            let text = at.strftime("%Y-%m-%d %H:%M:%S").to_string();
            prop_assert_eq!(utc_us(&text), Some(second * 1_000_000));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = utc_us(&text);
            let _ = date_start_us(&text);
        }
    }
}
