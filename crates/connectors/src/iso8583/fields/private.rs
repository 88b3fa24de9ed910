//! DE48, the private field: subelements of tag, length and value.
//!
//! Problem: networks put what the 1987 fields have no place for into DE48, each in its own form. Design:
//! one form for this issuer: two characters of tag, two digits of length, the value; the tags that are used
//! are constants here and described in the reference. Why safe: a tag that comes twice, a value that ends
//! early and too many subelements are a bad field, never a guess; unknown tags are passed over; values are
//! only borrowed. What it does not do: verify anything.

use zeroize::Zeroize;

use super::{BadField, Read};
use crate::iso8583::error::SetError;
use crate::iso8583::limits::PRIVATE_ELEMENTS_MAX;
use crate::iso8583::message::Message;

/// `20`: who started a payment with a stored card; one letter, see [`StoredCredential`].
pub const STORED_CREDENTIAL: &str = "20";
/// `42`: electronic commerce indicator, two digits (05 authenticated, 06 attempted, 07 not).
pub const COMMERCE_INDICATOR: &str = "42";
/// `61`: `1` when the sender takes an approval of a part of the amount (DE39 10).
pub const PARTIAL_APPROVAL: &str = "61";
/// `71`: `1` when the sender wants the balance (DE54) in the answer.
pub const BALANCE_WANTED: &str = "71";
/// `92`: the verification value printed on the card (CVV2), three or four digits.
pub const CARD_VERIFICATION: &str = "92";

/// `93`: a PIN block of format 4, which has no room in DE52; 32 hexadecimal digits.
pub const PIN_BLOCK_16: &str = "93";

/// Who started a payment with a stored card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoredCredential {
    /// `F`: the card is stored with this payment.
    First,
    /// `C`: the cardholder pays with the stored card.
    ByCardholder,
    /// `M`: the merchant charges it, not on a schedule.
    ByMerchant,
    /// `R`: the merchant charges it on a schedule.
    Recurring,
    /// `I`: one instalment of an agreed number.
    Instalment,
}

/// The value of a subelement of DE48.
///
/// # Errors
/// DE48 is no row of subelements, or a tag stands twice.
pub fn private_element<'a>(message: &'a Message, tag: &str) -> Read<&'a str> {
    let mut found = None;
    for_each_element(message, |element_tag, value| {
        if element_tag == tag {
            found = Some(value);
        }
    })?;
    Ok(found)
}

/// `20` of DE48.
pub fn stored_credential(message: &Message) -> Read<StoredCredential> {
    let Some(value) = private_element(message, STORED_CREDENTIAL)? else { return Ok(None) };
    Ok(Some(match value {
        "F" => StoredCredential::First,
        "C" => StoredCredential::ByCardholder,
        "M" => StoredCredential::ByMerchant,
        "R" => StoredCredential::Recurring,
        "I" => StoredCredential::Instalment,
        _ => return Err(BadField { field: 48 }),
    }))
}

/// `92` of DE48: three or four digits.
pub fn card_verification(message: &Message) -> Read<&str> {
    let Some(value) = private_element(message, CARD_VERIFICATION)? else { return Ok(None) };
    let holds = matches!(value.len(), 3 | 4) && value.bytes().all(|byte| byte.is_ascii_digit());
    if holds { Ok(Some(value)) } else { Err(BadField { field: 48 }) }
}

/// `61` of DE48: whether an approval of a part is taken.
///
/// # Errors
/// As [`private_element`].
pub fn takes_partial_approval(message: &Message) -> Result<bool, BadField> {
    Ok(private_element(message, PARTIAL_APPROVAL)? == Some("1"))
}

/// `71` of DE48: whether the balance is wanted in the answer.
///
/// # Errors
/// As [`private_element`].
pub fn wants_balance(message: &Message) -> Result<bool, BadField> {
    Ok(private_element(message, BALANCE_WANTED)? == Some("1"))
}

/// Sets DE48 to these subelements.
///
/// # Errors
/// A tag that is not two characters, a value of more than 99, or too much for the field.
pub fn set_private(message: &mut Message, elements: &[(&str, &str)]) -> Result<(), SetError> {
    let too_wide = SetError::TooWide { field: 48 };
    if elements.len() > PRIVATE_ELEMENTS_MAX {
        return Err(too_wide);
    }
    let bytes: usize = elements.iter().map(|(tag, value)| tag.len() + 2 + value.len()).sum();
    let mut text = Vec::with_capacity(bytes);
    for (tag, value) in elements {
        if tag.len() != 2 || value.len() > 99 {
            text.zeroize();
            return Err(too_wide);
        }
        text.extend(tag.bytes());
        text.extend(format!("{:02}", value.len()).bytes());
        text.extend(value.bytes());
    }
    let set = if bytes > 999 { Err(too_wide) } else { message.set(48, &text) };
    text.zeroize();
    set
}

fn for_each_element<'a>(
    message: &'a Message,
    mut take: impl FnMut(&'a str, &'a str),
) -> Result<(), BadField> {
    let bad = BadField { field: 48 };
    let mut rest = std::str::from_utf8(message.get(48).unwrap_or_default()).map_err(|_| bad)?;
    let mut tags: Vec<&str> = Vec::new();
    while !rest.is_empty() {
        let (tag, after) = rest.split_at_checked(2).ok_or(bad)?;
        let (length, after) = after.split_at_checked(2).ok_or(bad)?;
        let length = super::digits(48, length.as_bytes())?;
        let length = usize::try_from(length).map_err(|_| bad)?;
        let (value, after) = after.split_at_checked(length).ok_or(bad)?;
        if tags.contains(&tag) || tags.len() == PRIVATE_ELEMENTS_MAX {
            return Err(bad);
        }
        tags.push(tag);
        take(tag, value);
        rest = after;
    }
    Ok(())
}
