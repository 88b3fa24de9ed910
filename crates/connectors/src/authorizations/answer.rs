//! How an answer is put into a message.

use crate::iso8583::{
    Message, SetError, answer_of,
    fields::{self, AdditionalAmount, AmountKind, Transaction},
};
use features::authorizations::{Answer, Balances, Reason};

/// The account type of field 54 for a credit account (ISO 8583:1987, processing codes).
const CREDIT_ACCOUNT: u8 = 30;

/// The message that answers `request`, with field 55 where there is something to tell the chip; `None` when its type
/// has no answer.
pub fn put(request: &Message, answer: &Answer, chip: Option<&[u8]>) -> Option<Message> {
    let code = answer.code.as_bytes().try_into().ok()?;
    let mut message = answer_of(request, code)?;
    // A field that does not fit is left out: the code is what the sender acts on.
    let chip = chip.map_or(Ok(()), |data| message.set(55, data));
    if let Err(error) = chip.and_then(|()| fill(request, answer, &mut message)) {
        tracing::warn!(%error, "a field of an answer was left out");
    }
    Some(message)
}

fn fill(request: &Message, answer: &Answer, message: &mut Message) -> Result<(), SetError> {
    if let Some(code) = answer.approval_code {
        message.set_number(38, u64::from(code), 6)?;
    }
    if answer.reason == Reason::Partial {
        message.set_number(4, answer.approved_minor.unsigned_abs(), 12)?;
    }
    match answer.balances {
        Some(balances) if wants_balance(request) => {
            fields::set_additional_amounts(message, &amounts(balances))
        }
        _ => Ok(()),
    }
}

fn wants_balance(request: &Message) -> bool {
    let inquiry = matches!(fields::processing_code(request), Ok(Some(code)) if code.transaction == Transaction::BalanceInquiry);
    inquiry || fields::wants_balance(request).unwrap_or(false)
}

fn amounts(balances: Balances) -> [AdditionalAmount; 2] {
    let amount = |kind, minor| AdditionalAmount {
        account_type: CREDIT_ACCOUNT,
        kind,
        currency: balances.currency.numeric(),
        minor,
    };
    // What is owed is a debit; credit that can still be used is a credit.
    [
        amount(AmountKind::Ledger, balances.posted_minor.saturating_neg()),
        amount(AmountKind::Available, balances.available_minor),
    ]
}
