//! Calls, what was proved in them, and asks for a confirmation. Pure: no SQL, no HTTP, no clock.

use crate::identity::{Granted, Proof, Subject};
use kernel::{CallId, CardId, Currency, CustomerId, MatterId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) id: CallId,
    /// Who it is said to be: a customer, or a number that stands for nobody we know.
    pub(super) subject: Subject,
    /// The card whose number was given; its value is what the keypad can prove.
    pub(super) card: Option<CardId>,
    /// Who serves it.
    pub(super) staff: Option<StaffId>,
    /// The matter that it opened or belongs to.
    pub(super) matter: Option<MatterId>,
    pub(super) opened_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) closed_at: Option<Timestamp>,
}

impl Call {
    /// Whether it goes on at `now`.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.closed_at.is_none() && now >= self.opened_at && now < self.ends_at
    }

    /// The customer; `None` for nobody we know.
    pub(super) fn customer(&self) -> Option<CustomerId> {
        self.subject.customer()
    }
}

/// A call with what is proved in it.
#[derive(Clone, Debug)]
pub(super) struct Proved {
    pub(super) call: Call,
    pub(super) proofs: Vec<Proof>,
    pub(super) granted: Granted,
}

/// A confirmation that waits for its answer in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) id: i64,
    pub(super) call: CallId,
    /// What the agent reads out and the customer types.
    pub(super) number: i64,
    pub(super) ends_at: Timestamp,
}

/// What the customer's app says about calls.
#[derive(Clone, Debug)]
pub(super) struct Talking {
    pub(super) call: CallId,
    /// What the agent is called on the telephone.
    pub(super) name: String,
    pub(super) since: Timestamp,
    /// A confirmation that is asked for now.
    pub(super) ask: Option<Ask>,
}

/// What can be asked about the customer's last payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// Where it was; options are records.
    Place,
    /// How much it was; options are minor units.
    Amount,
    /// On which day it was; options are moments.
    Day,
}

impl Question {
    pub(super) const ALL: [Self; 3] = [Self::Place, Self::Amount, Self::Day];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Amount => "amount",
            Self::Day => "day",
        }
    }
}

/// A question that was asked in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) question: Question,
    pub(super) options: Vec<i64>,
    pub(super) currency: Currency,
    /// Whether the answer fits; `None`: not answered yet.
    pub(super) fits: Option<bool>,
}
