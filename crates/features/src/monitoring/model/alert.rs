//! Alerts: something that a person should look at, from its opening to what it turned out to be.

use super::super::error::MonitoringError;
use super::TriedRange;
use decision::Reason;
use kernel::{AuthorizationId, StaffId, Timestamp};
use std::fmt;
use std::str::FromStr;

/// Identity of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(i64);

impl AlertId {
    const PREFIX: &'static str = "alrt";

    /// The id with this number, as a column holds it.
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    /// The number, for a column.
    pub const fn raw(self) -> i64 {
        self.0
    }
}

// Written like every other id: the prefix, then the digits that the kernel writes.
impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = AuthorizationId::from_raw(self.0).to_string();
        let digits = text.strip_prefix(AuthorizationId::PREFIX).unwrap_or(&text);
        write!(f, "{}{digits}", Self::PREFIX)
    }
}

impl FromStr for AlertId {
    type Err = MonitoringError;

    fn from_str(text: &str) -> Result<Self, MonitoringError> {
        let digits = text.strip_prefix(Self::PREFIX).ok_or(MonitoringError::Absent)?;
        let id: Result<AuthorizationId, _> = format!("{}{digits}", AuthorizationId::PREFIX).parse();
        id.map(|id| Self(id.raw())).map_err(|_| MonitoringError::Absent)
    }
}

/// What kind of thing an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertKind {
    /// Payments of one account that a rule points at.
    Account,
    /// Payments of many cards at one merchant or terminal that a rule points at: a wave.
    Merchant,
    /// Answers take longer than their budget.
    Latency,
    /// Far more declines than before.
    Declines,
    /// Card numbers of one range are tried one after the other.
    Range,
}

impl AlertKind {
    /// What the database holds.
    pub const fn number(self) -> i64 {
        match self {
            Self::Account => 1,
            Self::Merchant => 2,
            Self::Latency => 3,
            Self::Declines => 4,
            Self::Range => 5,
        }
    }

    /// The kind with this number; an unknown one reads as being about an account.
    pub const fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Merchant,
            3 => Self::Latency,
            4 => Self::Declines,
            5 => Self::Range,
            _ => Self::Account,
        }
    }

    /// Whether it has payments behind it that can be called fraud.
    pub const fn has_payments(self) -> bool {
        matches!(self, Self::Account | Self::Merchant)
    }
}

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// Nobody has it.
    Open,
    /// Somebody looks at it.
    Seen,
    /// It is known what it was.
    Closed,
}

impl AlertState {
    /// What the database holds.
    pub const fn number(self) -> i64 {
        match self {
            Self::Open => 1,
            Self::Seen => 2,
            Self::Closed => 3,
        }
    }

    /// The state with this number.
    pub const fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Open,
            2 => Self::Seen,
            _ => Self::Closed,
        }
    }

    /// Whether somebody can take it.
    pub const fn may_be_taken(self) -> bool {
        matches!(self, Self::Open | Self::Seen)
    }
}

/// What an alert turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was fraud: its payments are labelled so.
    Fraud,
    /// It was the cardholder: its payments are labelled as genuine.
    Genuine,
    /// It could not be found out, or there was nothing to find out.
    Unclear,
}

/// All outcomes, in the order in which they are offered.
pub const OUTCOMES: [Outcome; 3] = [Outcome::Fraud, Outcome::Genuine, Outcome::Unclear];

impl Outcome {
    /// What the database holds.
    pub const fn number(self) -> i64 {
        match self {
            Self::Fraud => 1,
            Self::Genuine => 2,
            Self::Unclear => 3,
        }
    }

    /// The outcome with this number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Fraud),
            2 => Some(Self::Genuine),
            3 => Some(Self::Unclear),
            _ => None,
        }
    }

    /// The word in forms and behind `monitoring-outcome-` in translations.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Genuine => "genuine",
            Self::Unclear => "unclear",
        }
    }

    /// The label that its payments get.
    pub const fn label(self) -> Option<bool> {
        match self {
            Self::Fraud => Some(true),
            Self::Genuine => Some(false),
            Self::Unclear => None,
        }
    }
}

/// An alert as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// Id of the rule; empty where no rule pointed.
    pub rule: String,
    /// Why, in the word of the rule; empty where no rule pointed.
    pub reason: String,
    /// The account, for alerts about one; 0 else.
    pub account: i64,
    /// The merchant's name, as field 43 has it; empty where there is none.
    pub merchant: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When something was last added to it.
    pub last_at: Timestamp,
    /// Payments, or minutes in which the figure was out of bounds.
    pub count: u64,
    /// How many of its payments were let through.
    pub passed: u64,
    /// Sum of its payments, minor units of the accounts.
    pub minor: i64,
    /// For figures: the worst of them (microseconds, or thousandths), and what it is held against. For a range of
    /// numbers: the failures in it, and its first eight digits.
    pub worst: i64,
    /// See `worst`.
    pub bound: i64,
    /// How far it is.
    pub state: AlertState,
    /// Who has it.
    pub assigned: Option<StaffId>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What it turned out to be.
    pub outcome: Option<Outcome>,
}

/// Something that opens an alert or joins one that is open with the same `group`.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlert {
    /// What must agree for two to be one.
    pub group: String,
    /// What it is about.
    pub kind: AlertKind,
    /// See [`Alert::rule`].
    pub rule: String,
    /// See [`Alert::reason`].
    pub reason: String,
    /// See [`Alert::account`].
    pub account: i64,
    /// See [`Alert::merchant`].
    pub merchant: String,
    /// When.
    pub at: Timestamp,
    /// The payment behind it; the same one counts once.
    pub hit: Option<Hit>,
    /// See [`Alert::worst`].
    pub worst: i64,
    /// See [`Alert::bound`].
    pub bound: i64,
}

/// A payment behind an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its record.
    pub authorization: i64,
    /// The account.
    pub account: i64,
    /// The moment of the payment.
    pub at: Timestamp,
    /// Its amount, minor units of the account.
    pub minor: i64,
    /// Whether it was let through.
    pub passed: bool,
}

/// What became of a [`NewAlert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// An alert was opened.
    Opened(AlertId),
    /// It joined one that was open.
    Joined(AlertId),
    /// Its payment had been counted before.
    AlreadyCounted,
}

/// A figure of the house that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// p99 of the last minutes and its budget, microseconds.
    Latency {
        /// p99.
        p99_us: u64,
        /// The budget.
        budget_us: u64,
    },
    /// Share of declines in the last minutes and before, thousandths.
    Declines {
        /// Now.
        now: u64,
        /// In the hour before.
        before: u64,
    },
    /// Numbers of a range are tried.
    Range(TriedRange),
}

/// What an alert of this reason is about, and what must agree for two to be one: reasons that lie in a merchant
/// or terminal gather all its cards, the others gather one account.
pub fn group_of(reason: Option<Reason>, rule: &str, merchant: &str, account: i64) -> (AlertKind, String) {
    let of_merchant =
        matches!(reason, Some(Reason::CardTesting | Reason::TerminalRisk | Reason::MerchantRisk));
    if of_merchant && !merchant.is_empty() {
        (AlertKind::Merchant, format!("merchant/{rule}/{merchant}"))
    } else {
        (AlertKind::Account, format!("account/{rule}/{account}"))
    }
}
