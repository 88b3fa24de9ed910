//! Card verification values (CVV, CVV2, iCVV): computed from the card's data, compared, never kept.
//!
//! The computation is the one the card schemes share: DES over card number, expiry and service code,
//! then digits before letters of the result. Three digits have a thousand values, so a caller counts
//! wrong guesses; here the comparison takes the same time whatever the guess. The software module is
//! not meant for the PINs of a production issuer; a payment module takes its place behind this face.

use crate::{KeyRing, Pan, VaultError};
use des::{
    Des, TdesEde2,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use kernel::Secret;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(crate) const CARD_KEY_BYTES: usize = 16;
pub(crate) const CARD_CHECK_BYTES: usize = 3;

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

/// A double-length DES key.
#[derive(Clone)]
pub(crate) struct CardKey(Zeroizing<[u8; CARD_KEY_BYTES]>);

impl CardKey {
    pub(crate) fn try_new(bytes: &[u8]) -> Option<Self> {
        <[u8; CARD_KEY_BYTES]>::try_from(bytes).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8; CARD_KEY_BYTES] {
        &self.0
    }

    /// Equal halves make triple DES single DES.
    pub(crate) fn is_weak(&self) -> bool {
        let (left, right) = self.0.split_at(CARD_KEY_BYTES / 2);
        left.ct_eq(right).into()
    }

    /// The check value of the trade: the first bytes of eight zero bytes encrypted.
    pub(crate) fn check_value(&self) -> [u8; CARD_CHECK_BYTES] {
        let [a, b, c, ..] = self.encrypt_triple([0; 8]);
        [a, b, c]
    }

    fn encrypt_triple(&self, block: [u8; 8]) -> [u8; 8] {
        let mut block = block.into();
        TdesEde2::new((&*self.0).into()).encrypt_block(&mut block);
        block.into()
    }

    fn encrypt_left(&self, block: [u8; 8]) -> [u8; 8] {
        let mut left = Zeroizing::new([0; 8]);
        left.iter_mut().zip(self.0.iter()).for_each(|(to, from)| *to = *from);
        let mut block = block.into();
        Des::new((&*left).into()).encrypt_block(&mut block);
        block.into()
    }

    /// The three digits for these digits of card number, expiry and service code.
    pub(crate) fn verification_value(&self, digits: &str) -> Secret<String> {
        let (first, second) = blocks(digits);
        let mut mixed = self.encrypt_left(first);
        mixed.iter_mut().zip(second).for_each(|(to, from)| *to ^= from);
        let result = Zeroizing::new(self.encrypt_triple(mixed));
        let nibbles = || result.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = nibbles().filter(|nibble| *nibble < 10);
        let letters = nibbles().filter(|nibble| *nibble >= 10).map(|nibble| nibble - 10);
        let value = digits.chain(letters).take(3).map(|digit| char::from(b'0' + digit));
        Secret::new(value.collect())
    }
}

/// Two blocks of 16 decimal digits each, filled with zeros on the right; digits beyond 32 don't exist
/// (19 + 4 + 3 are the most).
fn blocks(digits: &str) -> ([u8; 8], [u8; 8]) {
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

    fn digits(self, order: ExpiryOrder) -> String {
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

impl KeyRing {
    /// The verification value of a card, three digits. For issuing and for a demo's card list; to check
    /// what somebody presents, use [`KeyRing::verify_card_code`].
    pub fn card_code(
        &self,
        cvk: CvkUse,
        pan: &Pan,
        expiry: Expiry,
        code: CardCode,
    ) -> Result<Secret<String>, VaultError> {
        let key = self.cvk(cvk.generation).ok_or(VaultError::NoCardKey { generation: cvk.generation })?;
        let mut digits = Zeroizing::new(String::with_capacity(32));
        digits.push_str(pan.expose());
        digits.push_str(&expiry.digits(cvk.order));
        digits.push_str(&code.service_code()?);
        Ok(key.verification_value(&digits))
    }

    /// Whether `presented` is the card's verification value; the time taken does not tell how much of it
    /// was right.
    pub fn verify_card_code(
        &self,
        cvk: CvkUse,
        pan: &Pan,
        expiry: Expiry,
        code: CardCode,
        presented: &str,
    ) -> Result<bool, VaultError> {
        let right = self.card_code(cvk, pan, expiry, code)?;
        Ok(right.expose().as_bytes().ct_eq(presented.as_bytes()).into())
    }

    /// The printed value (CVV2).
    pub fn cvv2(&self, cvk: CvkUse, pan: &Pan, expiry: Expiry) -> Result<Secret<String>, VaultError> {
        self.card_code(cvk, pan, expiry, CardCode::Printed)
    }

    /// Whether `presented` is the printed value (CVV2).
    pub fn verify_cvv2(
        &self,
        cvk: CvkUse,
        pan: &Pan,
        expiry: Expiry,
        presented: &str,
    ) -> Result<bool, VaultError> {
        self.verify_card_code(cvk, pan, expiry, CardCode::Printed, presented)
    }
}
