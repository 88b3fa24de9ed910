//! What is kept of a PIN, and how a presented one is compared with it: PVV, and the offset of IBM 3624.
//!
//! Neither is the PIN, and neither tells it without the key. A PVV covers four digits, so a longer PIN would be
//! right with any end; here it goes with PINs of four digits only. An offset covers every digit. The decimalisation
//! table is a setting of the issuer and never part of a request: who may choose it learns the PIN from the answers.

use super::ciphers::{TripleDes, packed};
use super::pin_block::{PIN_DIGITS, Pin};
use super::values::decimalised;
use crate::{Pan, VaultError};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const PVV_DIGITS: usize = 4;
/// Digits of the card number, left of the check digit, that enter a PVV.
const PVV_PAN_DIGITS: usize = 11;

/// How what is kept of a PIN is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinMethod {
    /// PIN verification value; PINs of four digits.
    Pvv,
    /// Digit-wise difference from the PIN that the card number gives; PINs of 4 to 12 digits.
    Ibm3624,
}

/// What is kept of a PIN. It is not the PIN, and does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct PinReference {
    method: PinMethod,
    generation: u32,
    digits: Zeroizing<String>,
}

/// The issuer's settings of IBM 3624.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ibm3624 {
    table: [u8; 16],
    from: usize,
    digits: usize,
    pad: u8,
}

impl PinMethod {
    /// As columns hold it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pvv => "pvv",
            Self::Ibm3624 => "ibm3624",
        }
    }

    /// The method that columns name so.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pvv, Self::Ibm3624].into_iter().find(|method| method.name() == name)
    }
}

impl PinReference {
    /// From its stored parts.
    ///
    /// # Errors
    /// The digits do not fit the method.
    pub fn from_parts(method: PinMethod, generation: u32, digits: &str) -> Result<Self, VaultError> {
        let length = match method {
            PinMethod::Pvv => digits.len() == PVV_DIGITS,
            PinMethod::Ibm3624 => PIN_DIGITS.contains(&digits.len()),
        };
        if !length || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VaultError::CardRequest("a PIN reference has the digits that its method makes"));
        }
        Ok(Self { method, generation, digits: Zeroizing::new(digits.to_owned()) })
    }

    /// How it was made.
    pub const fn method(&self) -> PinMethod {
        self.method
    }

    /// Generation of the PIN verification key that made it.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The digits, to be stored sealed. Never log or format them.
    pub fn expose(&self) -> &str {
        &self.digits
    }
}

impl fmt::Debug for PinReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[PIN reference, {}, key {}]", self.method.name(), self.generation)
    }
}

impl Default for Ibm3624 {
    /// Table 0123456789012345 over the card number without its check digit, filled with zeros.
    fn default() -> Self {
        Self {
            table: std::array::from_fn(|at| u8::try_from(at % 10).unwrap_or(0)),
            from: 0,
            digits: 15,
            pad: 0,
        }
    }
}

impl Ibm3624 {
    /// Settings of an issuer: `table` of 16 decimal digits; `digits` (1 to 16) of the card number from `from` on
    /// enter, filled on the right with the half-byte `pad`.
    ///
    /// # Errors
    /// The table is no such table, or gives some digits so often that PINs could be guessed; a range that no card
    /// number has.
    pub fn try_new(table: &str, from: usize, digits: usize, pad: u8) -> Result<Self, VaultError> {
        let wrong = |reason| Err(VaultError::CardRequest(reason));
        let Ok(letters) = <[u8; 16]>::try_from(table.as_bytes()) else {
            return wrong("a decimalisation table has 16 digits");
        };
        if !letters.iter().all(u8::is_ascii_digit) {
            return wrong("a decimalisation table has 16 digits");
        }
        let table = letters.map(|letter| letter - b'0');
        let counts = (0..10).map(|digit| table.iter().filter(|entry| **entry == digit).count());
        // As payment modules ask: eight different digits at least, none more than four times.
        if counts.clone().filter(|count| *count > 0).count() < 8 || counts.max().unwrap_or(0) > 4 {
            return wrong("this decimalisation table gives some digits too often");
        }
        if !(1..=16).contains(&digits) || from + digits > 19 || pad > 15 {
            return wrong("IBM 3624 takes 1 to 16 digits of a card number, and a half-byte to fill with");
        }
        Ok(Self { table, from, digits, pad })
    }

    /// The digits that the card number gives: 16, of which a PIN takes the first.
    fn natural(&self, key: &TripleDes, pan: &Pan) -> Zeroizing<[u8; 16]> {
        let taken = pan.expose().bytes().skip(self.from).take(self.digits).map(|byte| byte - b'0');
        let sealed = Zeroizing::new(key.encrypt(packed(taken.chain(std::iter::repeat(self.pad)))));
        let halves = sealed.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let mut natural = Zeroizing::new([0; 16]);
        // Every entry is looked at, so that the time does not tell which one it was.
        natural.iter_mut().zip(halves).for_each(|(to, half)| {
            for (at, digit) in (0_u8..).zip(self.table) {
                *to |= digit & 0_u8.wrapping_sub(at.ct_eq(&half).unwrap_u8());
            }
        });
        natural
    }
}

/// Makes what is kept of `pin`.
pub(crate) fn reference(
    (key, index, generation): (&TripleDes, u8, u32),
    method: PinMethod,
    settings: &Ibm3624,
    pan: &Pan,
    pin: &Pin,
) -> Result<PinReference, VaultError> {
    let digits = match method {
        PinMethod::Pvv => pvv(key, index, pan, pin).ok_or(VaultError::CardRequest(
            "a PIN verification value needs a PIN of four digits; take IBM 3624 for longer ones",
        ))?,
        PinMethod::Ibm3624 => {
            let natural = settings.natural(key, pan);
            let offset =
                pin.digits().iter().zip(natural.iter()).map(|(digit, from)| (10 + digit - from) % 10);
            Zeroizing::new(offset.map(|digit| char::from(b'0' + digit)).collect())
        }
    };
    Ok(PinReference { method, generation, digits })
}

/// Whether `pin` is the one that `kept` was made of.
pub(crate) fn matches(
    (key, index): (&TripleDes, u8),
    kept: &PinReference,
    settings: &Ibm3624,
    pan: &Pan,
    pin: &Pin,
) -> bool {
    match kept.method {
        PinMethod::Pvv => pvv(key, index, pan, pin)
            .is_some_and(|value| value.as_bytes().ct_eq(kept.digits.as_bytes()).into()),
        PinMethod::Ibm3624 => {
            let natural = settings.natural(key, pan);
            let offset = kept.digits.bytes().map(|byte| byte - b'0');
            let right = offset.zip(natural.iter()).map(|(offset, digit)| (offset + digit) % 10);
            Pin::try_new(right).is_some_and(|right| right.same(pin))
        }
    }
}

/// The PIN that the card number alone gives.
pub(crate) fn natural_pin(key: &TripleDes, settings: &Ibm3624, pan: &Pan, length: usize) -> Option<Pin> {
    Pin::try_new(settings.natural(key, pan).iter().copied().take(length))
}

fn pvv(key: &TripleDes, index: u8, pan: &Pan, pin: &Pin) -> Option<Zeroizing<String>> {
    if pin.digits().len() != PVV_DIGITS {
        return None;
    }
    let before_check = pan.expose().len() - 1;
    let pan = pan.expose().bytes().take(before_check).skip(before_check.saturating_sub(PVV_PAN_DIGITS));
    let halves = pan.map(|byte| byte - b'0').chain([index]).chain(pin.digits().iter().copied());
    let block = Zeroizing::new(packed(halves));
    Some(decimalised(&key.encrypt(*block), PVV_DIGITS))
}
