//! What kind of message it is and which transaction it belongs to (DE3, 11, 32, 33, 37, 38, 39, 90).
//!
//! Problem: repeats, advices and reversals must find the transaction that they speak of. Design: typed
//! readings of the tracing fields; DE90 both read and written. What it does not do: decide which fields make
//! two messages the same, which is the engine's.

use super::{BadField, Read, digits, trimmed};
use crate::iso8583::error::SetError;
use crate::iso8583::message::Message;
use crate::iso8583::mti::Mti;

/// What is asked for: the first two digits of DE3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transaction {
    /// `00`: goods and services; with amount zero, a check of the card.
    Purchase,
    /// `01`: cash.
    Cash,
    /// `09`: goods with cash.
    PurchaseWithCash,
    /// `20`: money back.
    Refund,
    /// `31`: what may still be spent?
    BalanceInquiry,
    /// Any other two digits.
    Other(u8),
}

/// DE3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessingCode {
    /// What is asked for.
    pub transaction: Transaction,
    /// Account type on the debit side: 00 default, 30 credit account.
    pub from_account: u8,
    /// Account type on the credit side.
    pub to_account: u8,
}

/// DE3: what is asked for and on which accounts.
pub fn processing_code(message: &Message) -> Read<ProcessingCode> {
    let Some(value) = message.get(3) else { return Ok(None) };
    let bad = BadField { field: 3 };
    if value.len() != 6 {
        return Err(bad);
    }
    let number = digits(3, value)?;
    let two = |number: u64| u8::try_from(number % 100).map_err(|_| bad);
    let transaction = match two(number / 10_000)? {
        0 => Transaction::Purchase,
        1 => Transaction::Cash,
        9 => Transaction::PurchaseWithCash,
        20 => Transaction::Refund,
        31 => Transaction::BalanceInquiry,
        other => Transaction::Other(other),
    };
    Ok(Some(ProcessingCode { transaction, from_account: two(number / 100)?, to_account: two(number)? }))
}

/// DE11: the sender's trace number, up to six digits.
pub fn trace_number(message: &Message) -> Read<u32> {
    let Some(value) = message.get(11) else { return Ok(None) };
    u32::try_from(digits(11, value)?).map(Some).map_err(|_| BadField { field: 11 })
}

/// DE32: the acquirer.
pub fn acquirer(message: &Message) -> Read<&str> {
    trimmed(message, 32)
}

/// DE33: who forwarded the message.
pub fn forwarder(message: &Message) -> Read<&str> {
    trimmed(message, 33)
}

/// DE37: the retrieval reference number.
pub fn reference(message: &Message) -> Read<&str> {
    trimmed(message, 37)
}

/// DE38: the code of the approval.
pub fn approval_code(message: &Message) -> Read<&str> {
    trimmed(message, 38)
}

/// DE39: the response code, two characters.
pub fn response_code(message: &Message) -> Read<[u8; 2]> {
    let Some(value) = message.get(39) else { return Ok(None) };
    value.try_into().map(Some).map_err(|_| BadField { field: 39 })
}

/// Sets DE44 to text for the sender, cut to 25 printable characters.
///
/// # Errors
/// As [`Message::set`].
pub fn set_response_text(message: &mut Message, text: &str) -> Result<(), SetError> {
    let printable = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' });
    message.set(44, printable.take(25).collect::<String>())
}

/// DE90: what the original message was. Zeros mean that the sender does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original<'a> {
    /// Its type, with the repeat mark taken away.
    pub mti: Mti,
    /// Its DE11.
    pub trace_number: u32,
    /// Its DE7, ten digits as they stand.
    pub transmission_time: &'a str,
    /// Its DE32 without leading zeros; empty when unknown.
    pub acquirer: &'a str,
    /// Its DE33 without leading zeros; empty when unknown.
    pub forwarder: &'a str,
}

/// DE90: message type 4, trace number 6, time 10, acquirer 11, forwarder 11.
pub fn original(message: &Message) -> Read<Original<'_>> {
    let bad = BadField { field: 90 };
    let Some(value) = message.get(90) else { return Ok(None) };
    if value.len() != 42 || !value.iter().all(u8::is_ascii_digit) {
        return Err(bad);
    }
    let text = std::str::from_utf8(value).map_err(|_| bad)?;
    let part = |from: usize, to: usize| text.get(from..to).ok_or(bad);
    let mti = part(0, 4)?.as_bytes().try_into().ok().and_then(Mti::from_digits).ok_or(bad)?;
    Ok(Some(Original {
        mti: mti.without_repeat(),
        trace_number: u32::try_from(digits(90, part(4, 10)?.as_bytes())?).map_err(|_| bad)?,
        transmission_time: part(10, 20)?,
        acquirer: part(20, 31)?.trim_start_matches('0'),
        forwarder: part(31, 42)?.trim_start_matches('0'),
    }))
}

/// Sets DE90 of a reversal to point at its original.
///
/// # Errors
/// As [`Message::set`]; also when the original's tracing fields are too wide.
pub fn set_original(reversal: &mut Message, original: &Message) -> Result<(), SetError> {
    let mut value = Vec::with_capacity(42);
    value.extend(original.mti().without_repeat().digits());
    for (field, width) in [(11_u8, 6_usize), (7, 10), (32, 11), (33, 11)] {
        let part = original.get(field).unwrap_or_default();
        let filling = width.checked_sub(part.len()).ok_or(SetError::TooWide { field: 90 })?;
        value.extend(std::iter::repeat_n(b'0', filling));
        value.extend_from_slice(part);
    }
    reversal.set(90, &value)
}
