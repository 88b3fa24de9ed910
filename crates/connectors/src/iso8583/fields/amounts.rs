//! Amounts, currencies and balances (DE4, 5, 6, 10, 49, 50, 51, 54, 95).
//!
//! Problem: amounts are digits in minor units of a currency that stands in another field. Design: 64-bit
//! integers of minor units and three-digit ISO 4217 codes, kept apart; no floats. Source: ISO 8583:1987,
//! with ISO 4217 numeric codes. What it does not do: know exponents or convert.

use zeroize::Zeroize;

use super::{BadField, Read, digits};
use crate::iso8583::error::SetError;
use crate::iso8583::limits::ADDITIONAL_AMOUNTS_MAX;
use crate::iso8583::message::Message;

/// The largest amount that twelve digits can say, in minor units.
pub const AMOUNT_MINOR_MAX: i64 = 999_999_999_999;

/// Digits of an amount field.
const AMOUNT_DIGITS: usize = 12;

/// Characters of one entry of DE54.
const ADDITIONAL_BYTES: usize = 20;

/// Characters of DE95.
const REPLACEMENT_BYTES: usize = 42;

/// A three-digit ISO 4217 code, for example 840.
pub type CurrencyCode = u16;

/// DE4: the amount of the transaction, in minor units of DE49.
pub fn amount_transaction(message: &Message) -> Read<i64> {
    amount(message, 4)
}

/// DE5: the amount of settlement, in minor units of DE50.
pub fn amount_settlement(message: &Message) -> Read<i64> {
    amount(message, 5)
}

/// DE6: the amount billed to the cardholder, in minor units of DE51.
pub fn amount_billing(message: &Message) -> Read<i64> {
    amount(message, 6)
}

/// DE49: the currency of the transaction.
pub fn currency_transaction(message: &Message) -> Read<CurrencyCode> {
    currency(message, 49)
}

/// DE50: the currency of settlement.
pub fn currency_settlement(message: &Message) -> Read<CurrencyCode> {
    currency(message, 50)
}

/// DE51: the currency of the cardholder's account.
pub fn currency_billing(message: &Message) -> Read<CurrencyCode> {
    currency(message, 51)
}

/// Sets DE4 and DE49.
///
/// # Errors
/// The amount is negative or has more than twelve digits, or the currency more than three.
pub fn set_amount_transaction(
    message: &mut Message,
    minor: i64,
    currency: CurrencyCode,
) -> Result<(), SetError> {
    set_amount(message, (4, 49), minor, currency)
}

/// Sets DE6 and DE51.
///
/// # Errors
/// As [`set_amount_transaction`].
pub fn set_amount_billing(message: &mut Message, minor: i64, currency: CurrencyCode) -> Result<(), SetError> {
    set_amount(message, (6, 51), minor, currency)
}

fn set_amount(
    message: &mut Message,
    (amount, currency): (u8, u8),
    minor: i64,
    code: CurrencyCode,
) -> Result<(), SetError> {
    let minor = u64::try_from(minor).map_err(|_| SetError::TooWide { field: amount })?;
    message.set_number(amount, minor, AMOUNT_DIGITS)?;
    message.set_number(currency, u64::from(code), 3)
}

fn amount(message: &Message, field: u8) -> Read<i64> {
    let Some(value) = message.get(field) else { return Ok(None) };
    amount_digits(field, value).map(Some)
}

fn amount_digits(field: u8, value: &[u8]) -> Result<i64, BadField> {
    if value.len() != AMOUNT_DIGITS {
        return Err(BadField { field });
    }
    i64::try_from(digits(field, value)?).map_err(|_| BadField { field })
}

fn currency(message: &Message, field: u8) -> Read<CurrencyCode> {
    let Some(value) = message.get(field) else { return Ok(None) };
    currency_digits(field, value).map(Some)
}

fn currency_digits(field: u8, value: &[u8]) -> Result<CurrencyCode, BadField> {
    if value.len() != 3 {
        return Err(BadField { field });
    }
    u16::try_from(digits(field, value)?).map_err(|_| BadField { field })
}

/// DE10: how many units of billing currency one unit of transaction currency is:
/// `significand / 10^decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversionRate {
    /// Seven digits.
    pub significand: u32,
    /// How many of them stand behind the point, 0 to 9.
    pub decimals: u8,
}

/// DE10: the rate from transaction to billing currency. The first digit says how many of the other seven
/// stand behind the point.
pub fn conversion_rate(message: &Message) -> Read<ConversionRate> {
    let bad = BadField { field: 10 };
    let Some(value) = message.get(10) else { return Ok(None) };
    let Some((decimals, rest)) = value.split_first().filter(|(_, rest)| rest.len() == 7) else {
        return Err(bad);
    };
    let decimals = u8::try_from(digits(10, &[*decimals])?).map_err(|_| bad)?;
    let significand = u32::try_from(digits(10, rest)?).map_err(|_| bad)?;
    Ok(Some(ConversionRate { significand, decimals }))
}

/// What an entry of DE54 counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountKind {
    /// `01`: the balance of the account.
    Ledger,
    /// `02`: what may still be spent.
    Available,
    /// Any other two digits.
    Other(u8),
}

impl AmountKind {
    fn code(self) -> u8 {
        match self {
            Self::Ledger => 1,
            Self::Available => 2,
            Self::Other(code) => code,
        }
    }
}

/// One entry of DE54.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdditionalAmount {
    /// Account type as in DE3: 00 default, 30 credit account.
    pub account_type: u8,
    /// What is counted.
    pub kind: AmountKind,
    /// The currency of the amount.
    pub currency: CurrencyCode,
    /// Minor units; negative is sent as a debit (`D`).
    pub minor: i64,
}

/// DE54: up to twelve amounts of 20 characters: account type 2, amount type 2, currency 3, sign `C` or
/// `D`, amount 12. Empty when absent.
///
/// # Errors
/// The field is no row of such entries.
pub fn additional_amounts(message: &Message) -> Result<Vec<AdditionalAmount>, BadField> {
    let value = message.get(54).unwrap_or_default();
    let (entries, rest) = value.as_chunks::<ADDITIONAL_BYTES>();
    if !rest.is_empty() || entries.len() > ADDITIONAL_AMOUNTS_MAX {
        return Err(BadField { field: 54 });
    }
    entries.iter().map(additional_amount).collect()
}

fn additional_amount(entry: &[u8; ADDITIONAL_BYTES]) -> Result<AdditionalAmount, BadField> {
    let bad = BadField { field: 54 };
    let part = |from: usize, to: usize| entry.get(from..to).ok_or(bad);
    let two = |from: usize| u8::try_from(digits(54, part(from, from + 2)?)?).map_err(|_| bad);
    let unsigned = amount_digits(54, part(8, 20)?)?;
    let minor = match part(7, 8)? {
        b"C" => unsigned,
        b"D" => -unsigned,
        _ => return Err(bad),
    };
    let kind = match two(2)? {
        1 => AmountKind::Ledger,
        2 => AmountKind::Available,
        other => AmountKind::Other(other),
    };
    Ok(AdditionalAmount { account_type: two(0)?, kind, currency: currency_digits(54, part(4, 7)?)?, minor })
}

/// Sets DE54.
///
/// # Errors
/// More than twelve entries, or a number that does not fit its digits.
pub fn set_additional_amounts(message: &mut Message, amounts: &[AdditionalAmount]) -> Result<(), SetError> {
    let mut text = String::with_capacity(amounts.len() * ADDITIONAL_BYTES);
    for amount in amounts {
        let (sign, minor) =
            if amount.minor < 0 { ('D', amount.minor.checked_neg()) } else { ('C', Some(amount.minor)) };
        let minor =
            minor.filter(|minor| *minor <= AMOUNT_MINOR_MAX).ok_or(SetError::TooWide { field: 54 })?;
        let (account, kind, currency) = (amount.account_type, amount.kind.code(), amount.currency);
        if account > 99 || kind > 99 || currency > 999 {
            return Err(SetError::TooWide { field: 54 });
        }
        text.push_str(&format!("{account:02}{kind:02}{currency:03}{sign}{minor:012}"));
    }
    let set = if amounts.len() > ADDITIONAL_AMOUNTS_MAX {
        Err(SetError::TooLong { field: 54 })
    } else {
        message.set(54, &text)
    };
    text.zeroize();
    set
}

/// DE95 of a reversal: what remains of the original after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The actual amount in minor units of DE49; zero cancels the original wholly.
    pub transaction_minor: i64,
    /// The actual amount in settlement currency; zero when the sender does not settle in another.
    pub settlement_minor: i64,
}

/// DE95: the first twelve digits are the actual amount, the next twelve the same in settlement currency;
/// the fees behind them are not used.
pub fn replacement(message: &Message) -> Read<Replacement> {
    let Some(value) = message.get(95) else { return Ok(None) };
    if value.len() != REPLACEMENT_BYTES {
        return Err(BadField { field: 95 });
    }
    let (transaction, rest) = value.split_at(AMOUNT_DIGITS);
    let (settlement, _fees) = rest.split_at(AMOUNT_DIGITS);
    let transaction_minor = amount_digits(95, transaction)?;
    Ok(Some(Replacement { transaction_minor, settlement_minor: amount_digits(95, settlement)? }))
}

/// Sets DE95 to an actual amount in minor units of DE49.
///
/// # Errors
/// The amount is negative or has more than twelve digits.
pub fn set_replacement(message: &mut Message, transaction_minor: i64) -> Result<(), SetError> {
    if !(0..=AMOUNT_MINOR_MAX).contains(&transaction_minor) {
        return Err(SetError::TooWide { field: 95 });
    }
    message.set(95, format!("{transaction_minor:012}{:012}C{:08}C{:08}", 0, 0, 0))
}
