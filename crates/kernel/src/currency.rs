//! Currencies of ISO 4217, with the exponent that says how many minor units make a major one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// A code that ISO 4217 does not list, or a currency without minor units (such as gold).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a currency of ISO 4217 with minor units; use a code such as CNY, USD or 156")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// Renminbi, the currency of the sample issuer.
    pub const CNY: Self = Self(iso_currency::Currency::CNY);
    /// United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// Japanese yen: no minor unit.
    pub const JPY: Self = Self(iso_currency::Currency::JPY);
    /// Kuwaiti dinar: a thousand minor units.
    pub const KWD: Self = Self(iso_currency::Currency::KWD);

    /// The currency with this three-digit numeric code, as in field 49 of ISO 8583.
    pub fn from_numeric(code: u16) -> Result<Self, UnknownCurrency> {
        iso_currency::Currency::from_numeric(code)
            .filter(|found| found.exponent().is_some())
            .map(Self)
            .ok_or_else(|| UnknownCurrency(format!("{code:03}")))
    }

    /// The three-digit numeric code of ISO 4217.
    pub fn numeric(self) -> u16 {
        self.0.numeric()
    }

    /// The three-letter code of ISO 4217.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimal places: 2 for CNY, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u8 {
        // The constructors admit only currencies that have one.
        self.0.exponent().map_or(0, |places| u8::try_from(places).unwrap_or(0))
    }

    /// How many minor units make one major unit: 100 for CNY, 1 for JPY, 1000 for KWD.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(u32::from(self.exponent()))
    }

    /// The sign people write before an amount, such as `¥`, `$` or `€`.
    pub fn symbol(self) -> String {
        match self {
            Self::CNY | Self::JPY => "¥".to_owned(),
            other => other.0.symbol().to_string(),
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        iso_currency::Currency::from_code(code)
            .filter(|found| found.exponent().is_some())
            .map(Self)
            .ok_or_else(|| UnknownCurrency(code.chars().take(8).collect()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}
