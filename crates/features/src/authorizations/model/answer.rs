//! What the engine answers.

use super::{ChipTurn, Reason};
use kernel::{AccountId, AuthorizationId, Currency};

/// What is left on the account after the answer, minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balances {
    /// The account's currency.
    pub currency: Currency,
    /// Credit still to be used.
    pub available_minor: i64,
    /// What is owed and posted.
    pub posted_minor: i64,
}

/// The answer to one message. It leaves only after the decision is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The record of the decision; `None` where nothing was recorded (queue full, our own fault).
    pub authorization: Option<AuthorizationId>,
    /// The account, where the card is known.
    pub account: Option<AccountId>,
    /// Why.
    pub reason: Reason,
    /// Field 39. Differs from the reason's own code for messages that are never declined.
    pub code: &'static str,
    /// Field 38: six digits, for approvals.
    pub approval_code: Option<u32>,
    /// What was approved, minor units of the account's currency.
    pub approved_minor: i64,
    /// The account after the answer.
    pub balances: Option<Balances>,
    /// Whether this repeats the answer to an earlier, equal message.
    pub duplicate: bool,
    /// What the message meant for commands that wait for the chip.
    pub chip: ChipTurn,
}

impl Answer {
    /// An answer that records nothing.
    pub const fn unrecorded(reason: Reason) -> Self {
        Self {
            authorization: None,
            account: None,
            reason,
            code: reason.code(),
            approval_code: None,
            approved_minor: 0,
            balances: None,
            duplicate: false,
            chip: ChipTurn::NotHeard,
        }
    }

    /// Whether the payment may go on.
    pub const fn is_approved(&self) -> bool {
        self.reason.is_approval()
    }
}
