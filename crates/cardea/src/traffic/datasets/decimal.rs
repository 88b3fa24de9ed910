//! Amounts as text to minor units, without floats.

/// Greatest amount that DE4 can carry: twelve digits.
const MINOR_MAX: i64 = 999_999_999_999;
/// Longest text that is looked at.
const TEXT_MAX: usize = 40;

/// Reads a plain decimal (`85.65`, `12`, `.5`) into minor units of a currency with `exponent` decimal places.
///
/// More places than the currency has are rounded half up on the decimal digits as written, so that the dust of
/// a float (`85.64999` for 85.65, `0.30000000000000004` for 0.30) goes back to the amount that was meant.
///
/// # Errors
/// A reason in words for anything else: empty, a sign, an exponent, thousands separators, or more than DE4 can
/// carry. The text itself is not repeated.
pub fn minor_units(text: &str, exponent: u8) -> Result<i64, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("amount is empty");
    }
    if text.len() > TEXT_MAX {
        return Err("amount is too long");
    }
    if text.starts_with('-') {
        return Err("amount is negative");
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    if !digits_only || (whole.is_empty() && fraction.is_empty()) {
        return Err("amount is not a plain decimal number");
    }
    let places = usize::from(exponent);
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
    let mut minor: i64 = 0;
    for byte in whole.bytes().chain(kept) {
        minor = minor
            .checked_mul(10)
            .and_then(|m| m.checked_add(i64::from(byte - b'0')))
            .ok_or("amount is too large")?;
    }
    let rounds_up = fraction.as_bytes().get(places).is_some_and(|next| *next >= b'5');
    let minor = minor.checked_add(i64::from(rounds_up)).ok_or("amount is too large")?;
    if minor > MINOR_MAX { Err("amount is too large") } else { Ok(minor) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dust_of_floats_goes_back_to_the_amount() {
        assert_eq!(minor_units("85.64999", 2), Ok(8565));
        assert_eq!(minor_units("0.30000000000000004", 2), Ok(30));
        assert_eq!(minor_units("81.58", 2), Ok(8158));
        assert_eq!(minor_units("7", 2), Ok(700));
        assert_eq!(minor_units(".5", 2), Ok(50));
        assert_eq!(minor_units("1234.5", 0), Ok(1235));
        assert_eq!(minor_units("1.234", 3), Ok(1234));
        assert_eq!(minor_units("0.005", 2), Ok(1));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", ".", "-1.00", "1e3", "1,000.00", "NaN", "12.3.4", "１２", "0x10"] {
            assert!(minor_units(text, 2).is_err(), "{text} was read");
        }
        assert!(minor_units("10000000000.00", 2).is_err());
        assert!(minor_units(&"9".repeat(39), 2).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(minor in 0..=MINOR_MAX) {
            let text = format!("{}.{:02}", minor / 100, minor % 100);
            prop_assert_eq!(minor_units(&text, 2), Ok(minor));
        }

        #[test]
        fn a_float_printed_in_full_is_the_same_amount(minor in 0_i32..100_000_000) {
            let text = format!("{:.20}", f64::from(minor) / 100.0);
            prop_assert_eq!(minor_units(&text, 2), Ok(i64::from(minor)));
        }

        #[test]
        fn no_text_panics(text in ".{0,60}", exponent in 0_u8..8) {
            let _ = minor_units(&text, exponent);
        }
    }
}
