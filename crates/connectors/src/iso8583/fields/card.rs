//! What a message says about the card (DE2, 23, 35, 52, 55).
//!
//! Problem: the card number may come in DE2, in track 2, or in both, and all of it is secret. Design:
//! borrowed values without a printing form. Why safe: two numbers that disagree are a bad field, never a
//! choice. Source: ISO/IEC 7813 for track 2. What it does not do: check digits, decrypt, or verify.

use std::fmt;

use super::dates::{Expiry, expiry_digits};
use super::private::{PIN_BLOCK_16, private_element};
use super::{BadField, Read, digits};
use crate::iso8583::message::Message;

/// Fewest and most digits of a card number.
const CARD_NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// Track 2: number, separator, expiry, service code, discretionary data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Track2<'a> {
    /// The card number's digits.
    pub card_number: &'a str,
    /// The expiry, where it is coded.
    pub expiry: Option<Expiry>,
    /// The three digits of the service code, where they are coded.
    pub service_code: Option<&'a str>,
    /// What the issuer put behind (verification values among it).
    pub discretionary: &'a str,
}

impl<'a> Track2<'a> {
    /// The verification value in the discretionary data, where it stands on cards of this issuer: behind one
    /// digit for the key of the PIN reference and four of the reference. `None`: the data end before.
    pub fn verification_value(&self) -> Option<&'a str> {
        self.discretionary.get(5..8)
    }
}

impl fmt::Debug for Track2<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Track2([hidden])")
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Expiry([hidden])")
    }
}

/// The digits of the card number: DE2, or else track 2.
///
/// # Errors
/// Neither 12 to 19 digits, or DE2 and track 2 disagree.
pub fn card_number(message: &Message) -> Read<&str> {
    let from_track = track2(message)?.map(|track| track.card_number);
    let Some(value) = message.get(2) else { return Ok(from_track) };
    let number = card_digits(2, value)?;
    match from_track {
        Some(other) if other != number => Err(BadField { field: 35 }),
        _ => Ok(Some(number)),
    }
}

/// DE35, cut into its parts. A part that is not coded is a separator in its place.
pub fn track2(message: &Message) -> Read<Track2<'_>> {
    let bad = BadField { field: 35 };
    let Some(value) = message.get(35) else { return Ok(None) };
    let text = std::str::from_utf8(value).map_err(|_| bad)?;
    let (number, rest) = text.split_once('=').ok_or(bad)?;
    let card_number = card_digits(35, number.as_bytes())?;
    let (expiry, rest) = coded_part(rest, 4).ok_or(bad)?;
    let (service_code, discretionary) = coded_part(rest, 3).ok_or(bad)?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !service_code.is_none_or(all_digits) || !all_digits(discretionary) {
        return Err(bad);
    }
    let expiry = expiry.map(|digits| expiry_digits(35, digits.as_bytes())).transpose()?;
    Ok(Some(Track2 { card_number, expiry, service_code, discretionary }))
}

/// Takes so many characters, or the separator that stands for them.
fn coded_part(text: &str, characters: usize) -> Option<(Option<&str>, &str)> {
    if let Some(rest) = text.strip_prefix('=') {
        return Some((None, rest));
    }
    text.split_at_checked(characters).map(|(part, rest)| (Some(part), rest))
}

fn card_digits(field: u8, value: &[u8]) -> Result<&str, BadField> {
    let holds = CARD_NUMBER_DIGITS.contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok().filter(|_| holds);
    text.ok_or(BadField { field })
}

/// DE23: tells cards with the same number apart.
pub fn card_sequence(message: &Message) -> Read<u16> {
    let Some(value) = message.get(23) else { return Ok(None) };
    u16::try_from(digits(23, value)?).map(Some).map_err(|_| BadField { field: 23 })
}

/// DE52: the encrypted PIN block, eight bytes.
pub fn pin_block(message: &Message) -> Read<[u8; 8]> {
    let Some(value) = message.get(52) else { return Ok(None) };
    value.try_into().map(Some).map_err(|_| BadField { field: 52 })
}

/// An encrypted PIN with what DE53 says of it.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedPin {
    /// Number of the format in ISO 9564.
    pub format: u8,
    /// Generation of the zone key; `None`: the newest one of the format.
    pub zone: Option<u32>,
    /// The block, 8 bytes, or 16 for format 4.
    pub block: Vec<u8>,
}

impl fmt::Debug for EncryptedPin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptedPin([hidden])")
    }
}

/// The PIN: DE52, or for format 4 the subelement of DE48 that has room for it, as DE53 says: two digits of the
/// format, four of the zone key's generation (0000: the newest of the format), ten zeros. Without DE53: format 0.
///
/// # Errors
/// DE53 is none of this, or both places hold a block.
pub fn encrypted_pin(message: &Message) -> Read<EncryptedPin> {
    let bad = BadField { field: 53 };
    let long = private_element(message, PIN_BLOCK_16)?;
    let block = match (pin_block(message)?, long) {
        (None, None) => return Ok(None),
        (Some(block), None) => block.to_vec(),
        (None, Some(digits)) => hex(digits).ok_or(BadField { field: 48 })?,
        (Some(_), Some(_)) => return Err(bad),
    };
    let (format, zone) = match message.get(53) {
        None if long.is_some() => (4, 0),
        None => (0, 0),
        Some(control) => {
            let (format, rest) = control.split_at_checked(2).ok_or(bad)?;
            let (zone, rest) = rest.split_at_checked(4).ok_or(bad)?;
            if rest.iter().any(|digit| *digit != b'0') {
                return Err(bad);
            }
            (digits(53, format)?, digits(53, zone)?)
        }
    };
    let format = u8::try_from(format).map_err(|_| bad)?;
    let zone = u32::try_from(zone).ok().filter(|zone| *zone != 0);
    Ok(Some(EncryptedPin { format, zone, block }))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

/// DE55: the chip's data objects as bytes (BER-TLV), not yet cut.
pub fn chip_data(message: &Message) -> Option<&[u8]> {
    message.get(55)
}
