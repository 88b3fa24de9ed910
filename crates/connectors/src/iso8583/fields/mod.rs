//! What the fields of a message mean, read and written as typed values.
//!
//! Problem: a mapping to authorization requests must not cut strings. Design: pure functions over a
//! [`Message`]; each returns [`Read`]: `Ok(None)` when the field is absent, [`BadField`] when it is there
//! and can't mean anything, which is answered as a format error. Why safe: values that are secrets are only
//! borrowed and have no printing form. What it does not do: know currencies' exponents, card products or
//! who may send what.

use thiserror::Error;

use super::message::Message;

/// A field that is present and can't be understood. Says which, never what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("field {field} can't be understood")]
pub struct BadField {
    /// The field.
    pub field: u8,
}

/// The outcome of reading a field: absent, a value, or not to be understood.
pub type Read<T> = Result<Option<T>, BadField>;

/// The digits of a field as a number.
fn digits(field: u8, text: &[u8]) -> Result<u64, BadField> {
    let mut number = 0_u64;
    for character in text {
        if !character.is_ascii_digit() {
            return Err(BadField { field });
        }
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(u64::from(character - b'0')))
            .ok_or(BadField { field })?;
    }
    if text.is_empty() { Err(BadField { field }) } else { Ok(number) }
}

/// A text field without the spaces that fill it on the right.
fn trimmed(message: &Message, field: u8) -> Read<&str> {
    let Some(value) = message.get(field) else { return Ok(None) };
    let text = std::str::from_utf8(value).map_err(|_| BadField { field })?;
    Ok(Some(text.trim_end_matches(' ')))
}
