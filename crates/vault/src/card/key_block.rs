//! Key blocks (TR-31, ANSI X9.143) of versions B and D: a key on its journey, with what it may be used for.
//!
//! The MAC covers header and key, and is the first vector of the encryption; nothing of the content is looked at
//! before it is found right, in constant time. Version A and C, whose keys are variants of the protection key, are
//! refused. The length of the key is hidden: every block is as long as one of the longest key of its cipher.

use super::ciphers::{AES_BLOCK, AesKey, DES_BLOCK, TripleDes, cbc_decrypt, cbc_encrypt};
use super::keys::{CardKey, CardKeyUse, KeyBlockVersion};
use crate::VaultError;
use kernel::Random;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const HEADER: usize = 16;
/// The longest key block that is read, characters.
const CHARACTERS_MAX: usize = 1_024;

const MALFORMED: VaultError = VaultError::CardRequest("this is not a key block of this version");
const CHANGED: VaultError =
    VaultError::CardRequest("the key block does not open: it was changed, or another key protects it");
const NOT_FOR_THIS: VaultError =
    VaultError::CardRequest("the key block says that its key is for something else");

/// A key that came in a key block. It shows nothing but its check value.
#[derive(Clone)]
pub struct ImportedKey(pub(super) CardKey);

impl ImportedKey {
    /// What it is for.
    pub const fn usage(&self) -> CardKeyUse {
        self.0.usage()
    }

    /// The check value of the trade, three bytes.
    pub fn check_value(&self) -> [u8; 3] {
        self.0.check_value()
    }
}

impl std::fmt::Debug for ImportedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[imported {} key]", self.usage().role())
    }
}

/// Header characters 5 to 8 that a use is written with: usage (two), algorithm, mode of use.
fn written_as(usage: CardKeyUse) -> [u8; 4] {
    *match usage {
        CardKeyUse::CardVerification => b"C0TC",
        CardKeyUse::PinVerification { .. } => b"V0TC",
        CardKeyUse::Cryptogram => b"E0TX",
        CardKeyUse::ScriptConfidentiality => b"E1TX",
        CardKeyUse::ScriptIntegrity => b"E2TX",
        CardKeyUse::DynamicValue => b"E6TX",
        CardKeyUse::ZonePin(_) if usage.is_aes() => b"P0AB",
        CardKeyUse::ZonePin(_) => b"P0TB",
        CardKeyUse::KeyBlock(KeyBlockVersion::B) => b"K1TB",
        CardKeyUse::KeyBlock(KeyBlockVersion::D) => b"K1AB",
    }
}

/// Whether a key whose block says so may be used for `usage`. A mode of `N` sets no limit; a PIN verification key
/// may be one for IBM 3624 (V1) or for verification values (V2).
fn allows(said: [u8; 4], usage: CardKeyUse) -> bool {
    let [kind, number, algorithm, mode] = said;
    let written = written_as(usage);
    let pin =
        matches!(usage, CardKeyUse::PinVerification { .. }) && kind == b'V' && matches!(number, b'0'..=b'2');
    (pin || written.starts_with(&[kind, number]))
        && written[2] == algorithm
        && (mode == b'N' || mode == written[3])
}

/// The keys that protect one kind of block, derived from the protection key.
enum Protection {
    B { encrypt: Box<TripleDes>, mac: Box<TripleDes> },
    D { encrypt: AesKey, mac: AesKey },
}

impl Protection {
    fn of(protection: &CardKey) -> Result<Self, VaultError> {
        let derive = |mac: bool, kdf: &dyn Fn(&[u8; 8]) -> Vec<u8>, algorithm: u8, length: usize| {
            let bits = u16::try_from(length * 8).unwrap_or(0).to_be_bytes();
            let mut bytes = Zeroizing::new(Vec::with_capacity(48));
            for counter in 1..=3 {
                if bytes.len() < length {
                    let input = [counter, 0, u8::from(mac), 0, 0, algorithm, bits[0], bits[1]];
                    bytes.extend_from_slice(&Zeroizing::new(kdf(&input)));
                }
            }
            bytes.truncate(length);
            bytes
        };
        let length = protection.bytes().len();
        match protection.usage() {
            CardKeyUse::KeyBlock(KeyBlockVersion::B) => {
                let key = protection.triple_des().ok_or(VaultError::Cipher)?;
                let kdf = |input: &[u8; 8]| key.cmac(&[input]).to_vec();
                let algorithm = if length == 16 { 0 } else { 1 };
                let derived = |mac| TripleDes::try_new(&derive(mac, &kdf, algorithm, length)).map(Box::new);
                let (encrypt, mac) = derived(false).zip(derived(true)).ok_or(VaultError::Cipher)?;
                Ok(Self::B { encrypt, mac })
            }
            CardKeyUse::KeyBlock(KeyBlockVersion::D) => {
                let key = protection.aes().ok_or(VaultError::Cipher)?;
                let kdf = |input: &[u8; 8]| key.cmac(&[input]).to_vec();
                let algorithm = match length {
                    16 => 2,
                    24 => 3,
                    _ => 4,
                };
                let derived = |mac| AesKey::try_new(&derive(mac, &kdf, algorithm, length));
                let (encrypt, mac) = derived(false).zip(derived(true)).ok_or(VaultError::Cipher)?;
                Ok(Self::D { encrypt, mac })
            }
            _ => Err(VaultError::Cipher),
        }
    }

    const fn letter(&self) -> u8 {
        match self {
            Self::B { .. } => b'B',
            Self::D { .. } => b'D',
        }
    }

    const fn block(&self) -> usize {
        match self {
            Self::B { .. } => DES_BLOCK,
            Self::D { .. } => AES_BLOCK,
        }
    }

    fn mac(&self, header: &[u8], clear: &[u8]) -> Vec<u8> {
        match self {
            Self::B { mac, .. } => mac.cmac(&[header, clear]).to_vec(),
            Self::D { mac, .. } => mac.cmac(&[header, clear]).to_vec(),
        }
    }

    /// In place; `mac` is the first vector.
    fn encrypt(&self, data: &mut [u8], mac: &[u8]) -> Result<(), VaultError> {
        let first = || VaultError::Cipher;
        match self {
            Self::B { encrypt, .. } => {
                let mac = mac.try_into().map_err(|_| first())?;
                cbc_encrypt(data.as_chunks_mut().0, mac, |block| encrypt.encrypt(block));
            }
            Self::D { encrypt, .. } => {
                let mac = mac.try_into().map_err(|_| first())?;
                cbc_encrypt(data.as_chunks_mut().0, mac, |block| encrypt.encrypt(block));
            }
        }
        Ok(())
    }

    fn decrypt(&self, data: &mut [u8], mac: &[u8]) -> Result<(), VaultError> {
        match self {
            Self::B { encrypt, .. } => {
                let mac = mac.try_into().map_err(|_| MALFORMED)?;
                cbc_decrypt(data.as_chunks_mut().0, mac, |block| encrypt.decrypt(block));
            }
            Self::D { encrypt, .. } => {
                let mac = mac.try_into().map_err(|_| MALFORMED)?;
                cbc_decrypt(data.as_chunks_mut().0, mac, |block| encrypt.decrypt(block));
            }
        }
        Ok(())
    }
}

/// Wraps `key` under `protection`. The receiver may not pass it on.
pub(super) fn wrap(protection: &CardKey, key: &CardKey, random: &dyn Random) -> Result<String, VaultError> {
    let protection = Protection::of(protection)?;
    let size = protection.block();
    let longest = if key.usage().is_aes() { 32 } else { 24 };
    let mut clear = Zeroizing::new(vec![0; (2 + longest + 1_usize).div_ceil(size) * size]);
    random.fill(&mut clear);
    let bits = u16::try_from(key.bytes().len() * 8).unwrap_or(0).to_be_bytes();
    let content = bits.iter().chain(key.bytes());
    clear.iter_mut().zip(content).for_each(|(to, from)| *to = *from);

    let characters = HEADER + 2 * (clear.len() + size);
    let [a, b, c, d] = written_as(key.usage()).map(char::from);
    let header = format!("{}{characters:04}{a}{b}{c}{d}00N0000", char::from(protection.letter()));
    let mac = protection.mac(header.as_bytes(), &clear);
    protection.encrypt(&mut clear, &mac)?;
    let hex = clear.iter().chain(&mac).map(|byte| format!("{byte:02X}"));
    Ok(hex.fold(header, |text, byte| text + &byte))
}

/// Unwraps a key for `usage`.
pub(super) fn unwrap(protection: &CardKey, block: &str, usage: CardKeyUse) -> Result<CardKey, VaultError> {
    let (said, bytes) = opened(protection, block)?;
    if !allows(said, usage) {
        return Err(NOT_FOR_THIS);
    }
    CardKey::try_new(usage, &bytes)
}

/// What the header says a key is for, and the key.
pub(super) fn opened(protection: &CardKey, block: &str) -> Result<([u8; 4], Zeroizing<Vec<u8>>), VaultError> {
    let protection = Protection::of(protection)?;
    let size = protection.block();
    let text = block.as_bytes();
    let long = text.len() <= CHARACTERS_MAX && text.len().is_multiple_of(size);
    let [letter, l1, l2, l3, l4, said @ ..] = text else { return Err(MALFORMED) };
    let digits = [*l1, *l2, *l3, *l4];
    let length = std::str::from_utf8(&digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit));
    let length = length.and_then(|text| text.parse::<usize>().ok());
    if !long || *letter != protection.letter() || length != Some(text.len()) {
        return Err(MALFORMED);
    }
    let said: [u8; 4] = said.first_chunk().copied().ok_or(MALFORMED)?;
    let start = header_length(text).ok_or(MALFORMED)?;
    let (header, sealed) = text.split_at_checked(start).ok_or(MALFORMED)?;
    let mut sealed = Zeroizing::new(bytes_of(sealed).ok_or(MALFORMED)?);
    let cut = sealed.len().checked_sub(size).filter(|cut| *cut > 0 && cut.is_multiple_of(size));
    let mac = sealed.split_off(cut.ok_or(MALFORMED)?);
    protection.decrypt(&mut sealed, &mac)?;
    if !bool::from(protection.mac(header, &sealed).ct_eq(&mac)) {
        return Err(CHANGED);
    }
    let (bits, rest) = sealed.split_first_chunk().ok_or(MALFORMED)?;
    let bits = usize::from(u16::from_be_bytes(*bits));
    let key = rest.get(..bits / 8).filter(|_| bits.is_multiple_of(8)).ok_or(MALFORMED)?;
    Ok((said, Zeroizing::new(key.to_vec())))
}

/// Characters of the header with its optional blocks; `None` where they make no sense.
fn header_length(text: &[u8]) -> Option<usize> {
    if !text.get(..HEADER)?.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let number = |at: usize, digits: usize, radix| {
        let part = text.get(at..at + digits).filter(|part| part.iter().all(u8::is_ascii_hexdigit))?;
        usize::from_str_radix(std::str::from_utf8(part).ok()?, radix).ok()
    };
    let mut at = HEADER;
    for _ in 0..number(12, 2, 10)? {
        // Two characters of name, two of length that counts all four; longer ones say how long their length is.
        let length = match number(at + 2, 2, 16)? {
            0 => number(at + 6, number(at + 4, 2, 16).filter(|bytes| (1..=2).contains(bytes))? * 2, 16)?,
            short => short,
        };
        let inside = text.get(at..at + length).filter(|_| length >= 4)?;
        if !inside.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        at += length;
    }
    Some(at)
}

fn bytes_of(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
