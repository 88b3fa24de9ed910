//! Money as whole minor units of one currency. Never a float; every operation that could overflow or
//! mix currencies says so.

use crate::Currency;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in minor units (fen, cents, yen) of a currency. May be negative.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount could not be made or combined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit into 64 bits of minor units.
    #[error("the amount is too large: the limit is 9,223,372,036,854,775,807 minor units")]
    Overflow,
    /// Two amounts of different currencies were combined.
    #[error("{left} and {right} can't be combined without a rate")]
    Mixed {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
    /// A text that is not a decimal amount of the currency.
    #[error("not an amount of {currency}: write digits with at most {places} decimal places, such as 12.5")]
    Malformed {
        /// The currency that was asked for.
        currency: Currency,
        /// Its decimal places.
        places: u8,
    },
}

impl Money {
    /// `minor` minor units of `currency`: `new(1250, CNY)` is ¥12.50.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Reads `12.5`, `-3` or `1000.00`. No grouping signs; at most the currency's own decimal places.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let places = currency.exponent();
        let malformed = || MoneyError::Malformed { currency, places };
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let too_fine = fraction.len() > usize::from(places) || digits.ends_with('.');
        if whole.is_empty() || too_fine || !all_digits(whole) || !all_digits(fraction) {
            return Err(malformed());
        }
        let padded = format!("{whole}{fraction:0<width$}", width = usize::from(places));
        let minor: i64 = padded.parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// Minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum, when both are of one currency and it fits.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference, when both are of one currency and it fits.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The amount as a plain decimal, `-1234.50`: for APIs and files, the same in every language.
    pub fn to_decimal(self) -> String {
        let per_major = self.currency.minor_per_major().unsigned_abs();
        let magnitude = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let places = usize::from(self.currency.exponent());
        if places == 0 {
            return format!("{sign}{magnitude}");
        }
        format!("{sign}{}.{:0places$}", magnitude / per_major, magnitude % per_major)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed { left: self.currency, right: other.currency })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.to_decimal())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_currency_has_its_own_exponent() {
        for (currency, minor, decimal) in [
            (Currency::CNY, 123_450, "1234.50"),
            (Currency::JPY, 48_000, "48000"),
            (Currency::KWD, 1_234_567, "1234.567"),
            (Currency::CNY, -5, "-0.05"),
        ] {
            assert_eq!(Money::new(minor, currency).to_decimal(), decimal);
        }
    }

    #[test]
    fn amounts_that_are_not_are_refused() {
        for text in ["", "-", ".", "1.", ".5", "1.234", "1,000", "１", "+1", "1e3", " 1"] {
            assert!(Money::parse(text, Currency::CNY).is_err(), "{text:?} was taken for an amount");
        }
        assert_eq!(Money::parse("1.5", Currency::JPY).map_err(|_| ()), Err(()));
        assert_eq!(Money::parse("9223372036854775808", Currency::JPY), Err(MoneyError::Overflow));
    }

    #[test]
    fn gold_and_unlisted_codes_are_no_currency() {
        assert!("XAU".parse::<Currency>().is_err());
        assert!("ZZZ".parse::<Currency>().is_err());
        assert!(Currency::from_numeric(0).is_err());
        assert_eq!(Currency::from_numeric(392).map(Currency::code), Ok("JPY"));
    }

    proptest! {
        #[test]
        fn decimal_text_reads_back(minor in any::<i64>().prop_filter("no mirror", |m| *m != i64::MIN), pick in 0..3_usize) {
            let currency = [Currency::CNY, Currency::JPY, Currency::KWD][pick];
            let money = Money::new(minor, currency);
            prop_assert_eq!(Money::parse(&money.to_decimal(), currency), Ok(money));
        }

        #[test]
        fn sums_overflow_loudly_or_are_exact(a in any::<i64>(), b in any::<i64>()) {
            let sum = Money::new(a, Currency::CNY).plus(Money::new(b, Currency::CNY));
            match i128::from(a) + i128::from(b) {
                exact if i64::try_from(exact).is_ok() => prop_assert_eq!(i128::from(sum.unwrap().minor()), exact),
                _ => prop_assert_eq!(sum, Err(MoneyError::Overflow)),
            }
        }
    }
}
