//! What the fields of a message mean, read and written as typed values.
//!
//! Problem: a mapping to authorization requests must not cut strings. Design: pure functions over a
//! [`Message`]; each returns [`Read`]: `Ok(None)` when the field is absent, [`BadField`] when it is there
//! and can't mean anything, which is answered as a format error. Why safe: values that are secrets are only
//! borrowed and have no printing form. What it does not do: know currencies' exponents, card products or
//! who may send what.

mod amounts;
mod card;
mod dates;
mod place;
mod private;
#[cfg(test)]
mod tests;
mod trace;

use thiserror::Error;

use super::message::Message;

pub use amounts::{
    AMOUNT_MINOR_MAX, AdditionalAmount, AmountKind, ConversionRate, CurrencyCode, Replacement,
    additional_amounts, amount_billing, amount_settlement, amount_transaction, conversion_rate,
    currency_billing, currency_settlement, currency_transaction, replacement, set_additional_amounts,
    set_amount_billing, set_amount_transaction, set_replacement,
};
pub use card::{
    EncryptedPin, Track2, card_number, card_sequence, chip_data, encrypted_pin, pin_block, track2,
};
pub use dates::{
    Expiry, MonthDay, TimeOfDay, TransmissionTime, expiry, local_date, local_time, settlement_date,
    transmission_time,
};
pub use place::{
    Condition, EntryMode, Location, PanEntry, PinCapability, acquirer_country, condition, entry_mode,
    location, merchant, merchant_class, point_of_service, set_location, terminal,
};
pub use private::{
    BALANCE_WANTED, CARD_VERIFICATION, COMMERCE_INDICATOR, PARTIAL_APPROVAL, PIN_BLOCK_16, STORED_CREDENTIAL,
    StoredCredential, card_verification, private_element, set_private, stored_credential,
    takes_partial_approval, wants_balance,
};
pub use trace::{
    Original, ProcessingCode, Transaction, acquirer, approval_code, forwarder, original, processing_code,
    reference, response_code, set_original, set_response_text, trace_number,
};

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
