//! Values that must not be shown, and the masks that may.
//!
//! `Secret` has no `Debug`, `Display` or `Serialize` that tells its content and is overwritten when
//! dropped. `MaskedPan` is the only form of a card number outside the vault: issuer prefix and the
//! last four digits (PCI DSS 4.0.1, requirement 3.4.1).

use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A value that is never shown. Reading it is a visible act: [`Secret::expose`].
#[derive(Clone)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Wraps `value`; wrap as early as possible, at the edge where it is read.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself. Never log, format or keep what this returns.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Personal text whose `Debug` shows nothing; `Display` is absent so that a page must ask for it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Masked(String);

impl Masked {
    /// Wraps personal text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for a screen whose reader may see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[masked]")
    }
}

/// A card number as it may be shown: the first six digits and the last four.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskedPan {
    bin: String,
    last4: String,
}

impl MaskedPan {
    /// Masks `digits`; shorter than 13 digits shows only the last four at most.
    pub fn of(digits: &str) -> Self {
        let tail = digits.len().saturating_sub(4);
        let bin = if digits.len() >= 13 { digits.get(..6).unwrap_or("") } else { "" };
        Self { bin: bin.to_owned(), last4: digits.get(tail..).unwrap_or("").to_owned() }
    }

    /// From its stored parts.
    pub fn from_parts(bin: impl Into<String>, last4: impl Into<String>) -> Self {
        Self { bin: bin.into(), last4: last4.into() }
    }

    /// The issuer prefix: six digits.
    pub fn bin(&self) -> &str {
        &self.bin
    }

    /// The last four digits.
    pub fn last4(&self) -> &str {
        &self.last4
    }
}

impl fmt::Display for MaskedPan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "•••• {}", self.last4)
    }
}

impl fmt::Debug for MaskedPan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let secret = Secret::new("9000123412341234".to_owned());
        let masked = Masked::new("Zhou Minghui");
        let shown = format!("{secret:?} {masked:?}");
        assert_eq!(shown, "[secret] [masked]");
        assert_eq!(secret.expose(), "9000123412341234");
    }

    #[test]
    fn a_masked_pan_keeps_at_most_ten_digits() {
        let masked = MaskedPan::of("9000123412341234");
        assert_eq!((masked.bin(), masked.last4()), ("900012", "1234"));
        assert_eq!(format!("{masked:?}"), "•••• 1234");
        assert_eq!(MaskedPan::of("12").last4(), "12");
        assert_eq!(MaskedPan::of("123456789").bin(), "");
    }
}
