//! A card number: 12 to 19 digits with a right check digit (ISO/IEC 7812), overwritten when dropped.
//!
//! It does not print, not even in part; [`Pan::masked`] is what may be shown.

use kernel::MaskedPan;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const DIGITS_MIN: usize = 12;
const DIGITS_MAX: usize = 19;

/// A card number in clear. Keep it as briefly as possible.
#[derive(Clone)]
pub struct Pan(Zeroizing<String>);

/// A text that is no card number. It does not say the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PanError {
    /// Too short, too long, or something else than digits.
    #[error("a card number is 12 to 19 digits")]
    Shape,
    /// The last digit does not fit the others.
    #[error("the check digit of the card number is wrong")]
    CheckDigit,
}

impl Pan {
    /// Reads a card number; spaces and hyphens between digits are ignored.
    pub fn parse(text: &str) -> Result<Self, PanError> {
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS_MAX));
        for letter in text.chars().filter(|letter| !matches!(letter, ' ' | '-')) {
            if !letter.is_ascii_digit() || digits.len() == DIGITS_MAX {
                return Err(PanError::Shape);
            }
            digits.push(letter);
        }
        if digits.len() < DIGITS_MIN {
            return Err(PanError::Shape);
        }
        let body = digits.get(..digits.len() - 1).unwrap_or_default();
        match luhn_check_digit(body) {
            Some(check) if digits.ends_with(check) => Ok(Self(digits)),
            _ => Err(PanError::CheckDigit),
        }
    }

    /// The card number that begins with `body` (11 to 18 digits) and ends with its check digit.
    pub fn with_check_digit(body: &str) -> Result<Self, PanError> {
        let check = luhn_check_digit(body).ok_or(PanError::Shape)?;
        let mut digits = Zeroizing::new(String::with_capacity(DIGITS_MAX));
        digits.push_str(body.get(..DIGITS_MAX - 1).unwrap_or(body));
        digits.push(check);
        Self::parse(&digits)
    }

    /// A number whose check digit is not looked at, for published test vectors that have none.
    #[cfg(test)]
    pub(crate) fn unchecked(digits: &str) -> Self {
        Self(Zeroizing::new(digits.to_owned()))
    }

    /// The digits in clear. Never log, format or keep what this returns.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be shown: issuer prefix and last four digits.
    pub fn masked(&self) -> MaskedPan {
        MaskedPan::of(&self.0)
    }
}

impl PartialEq for Pan {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Pan {}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[card number]")
    }
}

/// The digit that makes `body` pass the Luhn check when it is appended; `None` if `body` is empty or
/// holds anything but ASCII digits.
pub fn luhn_check_digit(body: &str) -> Option<char> {
    if body.is_empty() {
        return None;
    }
    let mut sum = 0_u32;
    for (place, letter) in body.chars().rev().enumerate() {
        let digit = letter.to_digit(10)?;
        // From the right, the digit beside the check digit is the first of those that are doubled.
        let weighed = if place.is_multiple_of(2) { digit * 2 } else { digit };
        sum += if weighed > 9 { weighed - 9 } else { weighed };
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}
