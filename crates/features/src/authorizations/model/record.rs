//! The durable record of one message and its decision.
//!
//! A row has columns for what SQL finds and sums and for what later messages change (`hold_minor`, `state`);
//! the facts, which never change, are one encoded value. Its hash, with the row's id before it, is the
//! leaf in the audit log: an edited record no longer matches its leaf.

use super::{Reason, Trace, Where, encoding::append};
use serde::{Deserialize, Serialize};

/// What became of the money an authorization reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Nothing was reserved: declined, a check, a refund, a reversal.
    None,
    /// Reserved.
    Open,
    /// Posted.
    Captured,
    /// Given back by a reversal.
    Reversed,
    /// Given back because its time was over.
    Expired,
    /// A reversal that waits for its original.
    Waiting,
}

impl HoldState {
    /// What the database holds.
    pub const fn number(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Open => 1,
            Self::Captured => 2,
            Self::Reversed => 3,
            Self::Expired => 4,
            Self::Waiting => 5,
        }
    }

    /// The state with this number.
    pub const fn from_number(number: i16) -> Self {
        match number {
            1 => Self::Open,
            2 => Self::Captured,
            3 => Self::Reversed,
            4 => Self::Expired,
            5 => Self::Waiting,
            _ => Self::None,
        }
    }
}

/// The facts of a message and its decision that never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// See [`super::Class::number`].
    pub class: i16,
    /// What for.
    pub purpose: super::Purpose,
    /// Amount as asked, minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217 numeric of the transaction.
    pub currency: u16,
    /// Trace numbers.
    pub trace: Trace,
    /// Where.
    pub site: Where,
    /// How the card's data got there: index into [`decision::Channel::ALL`].
    pub channel: u8,
    /// Whether the card was there.
    pub card_present: bool,
    /// Whether the time is that of arrival.
    pub at_arrival: bool,
    /// Field 39 as answered.
    pub code: String,
    /// See [`Reason::number`].
    pub reason: i16,
    /// Field 38.
    pub approval_code: Option<u32>,
    /// What was approved, minor units of the account.
    pub approved_minor: i64,
    /// For a reversal: the record it undid.
    pub original: Option<i64>,
    /// Encoded [`decision::DecisionRecord`], where rules were asked.
    #[serde(with = "serde_bytes")]
    pub decision: Vec<u8>,
    /// When it was decided, microseconds on the engine's clock.
    pub decided_at: i64,
}

/// One row of `authorizations`.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizationRow {
    /// Its id.
    pub id: i64,
    /// The account; 0 where the card is unknown.
    pub account: i64,
    /// The card; 0 where unknown.
    pub card: i64,
    /// The account's record before this one; 0: none.
    pub previous: i64,
    /// The moment of the payment, microseconds.
    pub at: i64,
    /// Amount in minor units of the account.
    pub billing_minor: i64,
    /// What is still reserved.
    pub hold_minor: i64,
    /// What is posted of it.
    pub posted_minor: i64,
    /// What became of it.
    pub state: HoldState,
    /// Why.
    pub reason: Reason,
    /// See [`super::AuthorizationRequest::key`].
    pub key: i64,
    /// See [`super::AuthorizationRequest::content`].
    pub content: i64,
    /// The rest.
    pub facts: Facts,
}

/// A decision as the log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedDecision {
    /// See [`AuthorizationRow::id`].
    pub id: i64,
    /// See [`AuthorizationRow::account`].
    pub account: i64,
    /// See [`AuthorizationRow::at`].
    pub at: i64,
    /// See [`AuthorizationRow::billing_minor`].
    pub billing_minor: i64,
    /// The facts.
    pub facts: Facts,
}

impl LoggedDecision {
    /// Reads the bytes of [`AuthorizationRow::encode_record`].
    pub fn decode(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let (id, account, at, billing_minor, facts) = postcard::from_bytes(bytes)?;
        Ok(Self { id, account, at, billing_minor, facts })
    }
}

/// The id in the bytes of a record.
pub fn logged_id(bytes: &[u8]) -> Option<i64> {
    LoggedDecision::decode(bytes).ok().map(|decision| decision.id)
}

impl AuthorizationRow {
    /// Appends the bytes that the leaf in the log is taken over, and the column `record` holds: id, then facts.
    pub fn encode_record(&self, out: &mut Vec<u8>) -> Result<(), postcard::Error> {
        append(&(self.id, self.account, self.at, self.billing_minor, &self.facts), out)
    }

    /// Facts from the column `record`.
    pub fn decode_record(bytes: &[u8]) -> Result<Facts, postcard::Error> {
        let (_, _, _, _, facts): (i64, i64, i64, i64, Facts) = postcard::from_bytes(bytes)?;
        Ok(facts)
    }

    /// Whether this record is the original that a reversal means.
    pub fn is_original(&self, original: &super::Original, trace: &Trace) -> bool {
        if matches!(self.facts.class, 4 | 5) {
            return false;
        }
        match original {
            super::Original::Id(id) => self.id == *id,
            super::Original::Quoted { stan, transmitted } => {
                // A repeat may have renewed field 7, and a sender that does not know it quotes zeros: then
                // field 37 tells.
                let own = &self.facts.trace;
                own.stan == *stan
                    && (own.transmitted == *transmitted || (!own.rrn.is_empty() && own.rrn == trace.rrn))
            }
            super::Original::SameTrace => {
                self.facts.trace.stan == trace.stan && self.facts.trace.rrn == trace.rrn
            }
        }
    }
}
