//! PIN blocks of ISO 9564: formats 0 and 3 under triple DES, format 4 under AES, each bound to the card number.
//!
//! Formats 1 and 2 carry no card number, so a block could be moved to another card; they can't even be named here.
//! Whoever may try blocks may learn a PIN from the answers, so an unreadable block and a wrong PIN are one answer to
//! the outside: a caller may count them apart and must not tell them apart.

use super::ciphers::{AES_BLOCK, DES_BLOCK, packed, xor};
use super::keys::CardKey;
use crate::{Pan, VaultError};
use kernel::Random;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// Fewest and most digits of a PIN.
pub(crate) const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
const PIN_DIGITS_MAX: usize = 12;
/// Digits of a block after its format and length.
const ROOM: usize = 14;

/// A format of ISO 9564 that binds the card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFormat {
    /// Format 0: triple DES, filled with F.
    Iso0,
    /// Format 3: triple DES, filled with random letters A to F.
    Iso3,
    /// Format 4: AES twice.
    Iso4,
}

impl PinFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Iso0, Self::Iso3, Self::Iso4];

    /// The format of this number; `None` for those that are refused (1, 2) or don't exist.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.number() == number)
    }

    /// The number in the standard.
    pub const fn number(self) -> u8 {
        match self {
            Self::Iso0 => 0,
            Self::Iso3 => 3,
            Self::Iso4 => 4,
        }
    }

    /// Bytes of a block.
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::Iso0 | Self::Iso3 => DES_BLOCK,
            Self::Iso4 => AES_BLOCK,
        }
    }
}

/// A PIN in clear: 4 to 12 digits. It never leaves this folder.
pub(crate) struct Pin {
    digits: Zeroizing<[u8; PIN_DIGITS_MAX]>,
    length: usize,
}

impl Pin {
    /// The PIN of these digits (values 0 to 9).
    pub(crate) fn try_new(digits: impl Iterator<Item = u8>) -> Option<Self> {
        let mut pin = Self { digits: Zeroizing::new([0; PIN_DIGITS_MAX]), length: 0 };
        for digit in digits {
            *pin.digits.get_mut(pin.length).filter(|_| digit < 10)? = digit;
            pin.length += 1;
        }
        PIN_DIGITS.contains(&pin.length).then_some(pin)
    }

    /// The PIN of this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // What is no digit becomes a value above 9 and is refused.
        Self::try_new(text.bytes().map(|byte| byte.wrapping_sub(b'0')))
    }

    /// A PIN of this length by chance.
    pub(crate) fn create(length: usize, random: &dyn Random) -> Option<Self> {
        // Bytes of 250 and above would make the digits 0 to 5 a little more likely.
        let one = || std::iter::repeat_with(|| byte_of(random)).find(|byte| *byte < 250).unwrap_or(0);
        Self::try_new((0..length).map(|_| one() % 10))
    }

    pub(crate) fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    /// Length, digits, F to the end.
    pub(super) fn clear_block(&self) -> Zeroizing<[u8; DES_BLOCK]> {
        self.field(0, || 0xF)
    }

    /// A block of format 2, which goes to chips only, encrypted for them.
    pub(super) fn format_2(&self) -> Zeroizing<[u8; DES_BLOCK]> {
        self.field(2, || 0xF)
    }

    /// Whether both are the same; takes the same time for all PINs of a length.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.digits().ct_eq(other.digits()).into()
    }

    /// The half-bytes of a block: control, length, digits, then what `fill` gives.
    fn field(&self, control: u8, fill: impl FnMut() -> u8) -> Zeroizing<[u8; DES_BLOCK]> {
        let length = u8::try_from(self.length).unwrap_or(0);
        let all = [control, length].into_iter().chain(self.digits().iter().copied());
        Zeroizing::new(packed(all.chain(std::iter::repeat_with(fill))))
    }
}

fn byte_of(random: &dyn Random) -> u8 {
    let mut byte = [0];
    random.fill(&mut byte);
    byte[0]
}

fn digit_values(pan: &Pan) -> impl DoubleEndedIterator<Item = u8> + ExactSizeIterator {
    pan.expose().as_bytes().iter().map(|byte| byte - b'0')
}

/// Formats 0 and 3: zeros, then the twelve digits left of the check digit.
fn short_pan_field(pan: &Pan) -> [u8; DES_BLOCK] {
    let length = pan.expose().len();
    let missing = 16_usize.saturating_sub(length - 1).max(4);
    let digits = digit_values(pan).take(length - 1).skip((length - 1).saturating_sub(12));
    packed(std::iter::repeat_n(0, missing).chain(digits))
}

/// Format 4: how many digits there are above twelve, then all of them.
fn long_pan_field(pan: &Pan) -> [u8; AES_BLOCK] {
    let above = u8::try_from(pan.expose().len().saturating_sub(12)).unwrap_or(0);
    packed(std::iter::once(above).chain(digit_values(pan)))
}

/// A block of format 0 before it is encrypted.
#[cfg(test)]
pub(crate) fn clear_format_0(pan: &Pan, pin: &Pin) -> [u8; DES_BLOCK] {
    xor(*pin.clear_block(), short_pan_field(pan))
}

/// Seals `pin` for the card `pan` under a zone key of `format`.
pub(crate) fn seal(
    key: &CardKey,
    format: PinFormat,
    pan: &Pan,
    pin: &Pin,
    random: &dyn Random,
) -> Result<Vec<u8>, VaultError> {
    if format == PinFormat::Iso4 {
        let key = key.aes().ok_or(VaultError::Cipher)?;
        let mut field = Zeroizing::new([0; AES_BLOCK]);
        let (left, right) = field.split_at_mut(DES_BLOCK);
        left.copy_from_slice(&*pin.field(4, || 0xA));
        random.fill(right);
        return Ok(key.encrypt(xor(key.encrypt(*field), long_pan_field(pan))).to_vec());
    }
    let key = key.triple_des().ok_or(VaultError::Cipher)?;
    let field = match format {
        PinFormat::Iso3 => {
            let letter =
                || std::iter::repeat_with(|| byte_of(random)).find(|byte| *byte < 252).unwrap_or(0) % 6 + 0xA;
            pin.field(3, letter)
        }
        _ => pin.clear_block(),
    };
    Ok(key.encrypt(xor(*field, short_pan_field(pan))).to_vec())
}

/// Opens a block; `None` where no PIN of this format for this card is in it.
pub(crate) fn open(
    key: &CardKey,
    format: PinFormat,
    pan: &Pan,
    block: &[u8],
) -> Result<Option<Pin>, VaultError> {
    let field = if format == PinFormat::Iso4 {
        let key = key.aes().ok_or(VaultError::Cipher)?;
        let Ok(block) = <[u8; AES_BLOCK]>::try_from(block) else { return Ok(None) };
        let opened = Zeroizing::new(key.decrypt(xor(key.decrypt(block), long_pan_field(pan))));
        Zeroizing::new(std::array::from_fn(|at| opened.get(at).copied().unwrap_or(0)))
    } else {
        let key = key.triple_des().ok_or(VaultError::Cipher)?;
        let Ok(block) = <[u8; DES_BLOCK]>::try_from(block) else { return Ok(None) };
        Zeroizing::new(xor(key.decrypt(block), short_pan_field(pan)))
    };
    Ok(read(&field, format))
}

/// Reads a field in clear. Every half-byte is looked at, whatever those before it were.
fn read(field: &[u8; DES_BLOCK], format: PinFormat) -> Option<Pin> {
    let halves: Zeroizing<[u8; 2 * DES_BLOCK]> = Zeroizing::new(std::array::from_fn(|at| {
        let byte = field.get(at / 2).copied().unwrap_or(0);
        if at % 2 == 0 { byte >> 4 } else { byte & 15 }
    }));
    let [control, length, rest @ ..] = &*halves;
    let length = usize::from(*length);
    let filled = |half: u8| match format {
        PinFormat::Iso0 => half.ct_eq(&0xF),
        PinFormat::Iso3 => Choice::from(u8::from(half >= 0xA)),
        PinFormat::Iso4 => half.ct_eq(&0xA),
    };
    let mut good = control.ct_eq(&format.number()) & Choice::from(u8::from(PIN_DIGITS.contains(&length)));
    for (at, half) in rest.iter().enumerate().take(ROOM) {
        good &= if at < length { Choice::from(u8::from(*half < 10)) } else { filled(*half) };
    }
    if bool::from(good) { Pin::try_new(rest.iter().copied().take(length)) } else { None }
}
