//! Card verification values (CVV, CVV2, iCVV): computed from the card's data, compared, never kept.
//!
//! The computation is the one the card schemes share: DES over card number, expiry and service code,
//! then digits before letters of the result. Three digits have a thousand values, so a caller counts
//! wrong guesses.

use super::ciphers::{DES_BLOCK, TripleDes, xor};
use super::keys::CardKeyRole;
use super::port::CardValue;
use crate::{KeyRing, Pan, VaultError};
use kernel::Secret;
use std::fmt;
use zeroize::Zeroizing;

const VALUE_DIGITS: usize = 3;

/// In which order the expiry enters the computation: a setting of the scheme and issuer prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ExpiryOrder {
    /// Year, then month.
    #[default]
    YearMonth,
    /// Month, then year.
    MonthYear,
}

/// The last month in which a card is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expiry {
    year: u8,
    month: u8,
}

/// Which verification value, which differ by the service code that enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardCode {
    /// On the magnetic stripe, with the card's own service code of three digits.
    Stripe(u16),
    /// Printed on the card, for payments from a distance.
    Printed,
    /// In the chip's copy of the stripe.
    Chip,
}

/// How verification values of a card are made: both are fixed when the card is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CvkUse {
    /// Generation of the card verification key; a card keeps its own until it expires.
    pub generation: u32,
    /// Order of the expiry.
    pub order: ExpiryOrder,
}

/// The digits of a block, then its letters minus ten: as many as are asked for (16 at most).
pub(super) fn decimalised(block: &[u8; DES_BLOCK], count: usize) -> Zeroizing<String> {
    let halves = || block.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = halves().filter(|half| *half < 10);
    let letters = halves().filter(|half| *half >= 10).map(|half| half - 10);
    let mut text = Zeroizing::new(String::with_capacity(count));
    text.extend(digits.chain(letters).take(count).map(|digit| char::from(b'0' + digit)));
    text
}

/// The three digits for these digits of card number, expiry and service code.
pub(super) fn verification_value(key: &TripleDes, digits: &str) -> Zeroizing<String> {
    let (first, second) = blocks(digits);
    let result = Zeroizing::new(key.encrypt(xor(key.encrypt_first(first), second)));
    decimalised(&result, VALUE_DIGITS)
}

/// Two blocks of 16 decimal digits each, filled with zeros on the right; digits beyond 32 don't exist
/// (19 + 4 + 3 are the most).
fn blocks(digits: &str) -> ([u8; DES_BLOCK], [u8; DES_BLOCK]) {
    let mut all = digits.bytes().map(|byte| byte & 15).chain(std::iter::repeat(0));
    let mut block = || {
        std::array::from_fn(|_| {
            let high = all.next().unwrap_or(0);
            (high << 4) | all.next().unwrap_or(0)
        })
    };
    (block(), block())
}

impl Expiry {
    /// Reads four digits, year then month: `2912` is December 2029.
    pub fn parse_yymm(text: &str) -> Result<Self, VaultError> {
        let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let part = |range| text.get(range).and_then(|part: &str| part.parse().ok());
        match (digits, part(0..2), part(2..4)) {
            (true, Some(year), Some(month)) => Self::try_new(year, month),
            _ => Err(VaultError::Expiry),
        }
    }

    /// The month `month` (1 to 12) of the year `2000 + year` (0 to 99).
    pub const fn try_new(year: u8, month: u8) -> Result<Self, VaultError> {
        if year > 99 || month < 1 || month > 12 {
            return Err(VaultError::Expiry);
        }
        Ok(Self { year, month })
    }

    /// Years since 2000.
    pub const fn year(self) -> u8 {
        self.year
    }

    /// 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Four digits, year then month, as field 14 of ISO 8583 has it.
    pub fn yymm(self) -> String {
        format!("{:02}{:02}", self.year, self.month)
    }

    pub(super) fn digits(self, order: ExpiryOrder) -> String {
        match order {
            ExpiryOrder::YearMonth => self.yymm(),
            ExpiryOrder::MonthYear => format!("{:02}{:02}", self.month, self.year),
        }
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:02}", self.month, self.year)
    }
}

impl CardCode {
    fn service_code(self) -> Result<String, VaultError> {
        match self {
            Self::Stripe(code) if code < 1_000 => Ok(format!("{code:03}")),
            Self::Stripe(_) => Err(VaultError::ServiceCode),
            Self::Printed => Ok("000".to_owned()),
            Self::Chip => Ok("999".to_owned()),
        }
    }
}

/// The value of a card that does not change.
pub(super) fn card_value(
    key: &TripleDes,
    order: ExpiryOrder,
    pan: &Pan,
    expiry: Expiry,
    code: CardCode,
) -> Result<Zeroizing<String>, VaultError> {
    let mut digits = Zeroizing::new(String::with_capacity(32));
    digits.push_str(pan.expose());
    digits.push_str(&expiry.digits(order));
    digits.push_str(&code.service_code()?);
    Ok(verification_value(key, &digits))
}

impl KeyRing {
    /// The newest generation of the card verification key: the one that new cards take.
    pub fn newest_cvk(&self) -> Option<u32> {
        self.card_keys().newest(CardKeyRole::CardVerification)
    }

    /// The printed value (CVV2).
    pub fn cvv2(&self, cvk: CvkUse, pan: &Pan, expiry: Expiry) -> Result<Secret<String>, VaultError> {
        self.card_keys().card_value(&CardValue { cvk, pan, expiry, code: CardCode::Printed })
    }
}
