//! Values that must not be shown, and the masks that may.
//!
//! `Secret` and `Masked` have no `Debug`, `Display` or `Serialize` that tells their content, and are
//! overwritten when dropped: what is no secret any more must be asked for by name, and the compiler refuses the
//! rest.
//!
//! ```compile_fail
//! println!("{}", kernel::Secret::new(String::from("never")));
//! ```
//! ```compile_fail
//! println!("{}", kernel::Masked::new("never"));
//! ```
//! ```compile_fail
//! fn told<T: serde::Serialize>(_: T) {}
//! told(kernel::Secret::new(String::from("never")));
//! ```
//! ```compile_fail
//! fn told<T: serde::Serialize>(_: T) {}
//! told(kernel::Masked::new("never"));
//! ```
//!
//! `MaskedPan` is the only form of a card number outside the vault: issuer prefix and the
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

/// Personal text whose `Debug` shows nothing; `Display` and `Serialize` are absent so that a page or a seal must ask
/// for it. Overwritten when dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Masked(Zeroizing<String>);

impl Masked {
    /// Wraps personal text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for a screen whose reader may see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Masked {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
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

    /// What a value held is gone from memory once it is dropped. Reading freed memory is no business of safe code, so
    /// the proof is by type: the buffer is held by the type that overwrites it.
    #[test]
    fn what_held_a_secret_overwrites_itself() {
        fn wipes<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let (secret, masked) = (Secret::new("9000".to_owned()), Masked::new("Zhou"));
        wipes(&secret.0);
        wipes(&masked.0);
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
