//! What is asked for under four eyes, marks of customers, alarms about staff. Pure: no SQL, no HTTP, no clock.

use kernel::{CustomerId, StaffId, Timestamp};
use platform::access::Role;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What a customer is marked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Well known, or otherwise likely to be looked at out of curiosity.
    Important,
    /// Nobody: a record that nobody has a reason to open.
    Honey,
}

impl Mark {
    /// The word in columns, forms and the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Important => "important",
            Self::Honey => "honey",
        }
    }
}

/// What somebody at the desk asks a second person to allow. It is kept as it was asked, and done as it was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Take somebody on. The name is a colleague's, kept in clear as their row has it.
    TakeOn {
        /// As colleagues know them.
        name: String,
        /// Their number as an employee: the same person has it in each of their accounts.
        employee: String,
        /// Their role.
        role: Role,
        /// The language of their screens.
        locale: String,
    },
    /// Give somebody another role.
    ChangeRole {
        /// Who.
        staff: StaffId,
        /// What they were when it was asked for.
        from: Role,
        /// What they shall be.
        to: Role,
    },
    /// Let somebody sign in as whom an outside identity provider vouches for.
    Vouch {
        /// Who.
        staff: StaffId,
        /// The provider.
        issuer: String,
        /// Their stable name there.
        subject: String,
    },
    /// Let somebody in again who was shut out.
    EnableAgain {
        /// Who.
        staff: StaffId,
    },
    /// Put a mark on a customer.
    Mark {
        /// On whom.
        customer: CustomerId,
        /// Which.
        mark: Mark,
    },
    /// Take a mark off a customer.
    Unmark {
        /// Off whom.
        customer: CustomerId,
        /// Which.
        mark: Mark,
    },
    /// Say that somebody is no relation of a customer any more.
    EndRelation {
        /// Who.
        staff: StaffId,
        /// Of whom.
        customer: CustomerId,
    },
    /// Let somebody open the record of an important person for a while.
    OpenRecord {
        /// Who.
        staff: StaffId,
        /// Whose record.
        customer: CustomerId,
    },
}

impl Command {
    /// The word of the act, as in the kept text.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::TakeOn { .. } => "take_on",
            Self::ChangeRole { .. } => "change_role",
            Self::Vouch { .. } => "vouch",
            Self::EnableAgain { .. } => "enable_again",
            Self::Mark { .. } => "mark",
            Self::Unmark { .. } => "unmark",
            Self::EndRelation { .. } => "end_relation",
            Self::OpenRecord { .. } => "open_record",
        }
    }

    /// The member of staff whom it is about.
    pub const fn staff(&self) -> Option<StaffId> {
        match self {
            Self::ChangeRole { staff, .. }
            | Self::EnableAgain { staff }
            | Self::Vouch { staff, .. }
            | Self::EndRelation { staff, .. }
            | Self::OpenRecord { staff, .. } => Some(*staff),
            Self::TakeOn { .. } | Self::Mark { .. } | Self::Unmark { .. } => None,
        }
    }

    /// The customer whom it is about.
    pub const fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Mark { customer, .. }
            | Self::Unmark { customer, .. }
            | Self::EndRelation { customer, .. }
            | Self::OpenRecord { customer, .. } => Some(*customer),
            Self::TakeOn { .. } | Self::ChangeRole { .. } | Self::Vouch { .. } | Self::EnableAgain { .. } => {
                None
            }
        }
    }

    /// The hash of the kept text, in hex: who decides says with it what they saw.
    pub fn hash_of(body: &str) -> String {
        let digest = Sha256::new_with_prefix(b"cardea staff command v1\0").chain_update(body.as_bytes());
        digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// A request for a second pair of eyes.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) id: i64,
    pub(super) command: Command,
    /// The hash of the kept text as it reads now.
    pub(super) hash: String,
    /// The hash when it was asked for.
    pub(super) hash_made: String,
    pub(super) made_by: StaffId,
    pub(super) made_at: Timestamp,
    pub(super) lapses_at: Timestamp,
    pub(super) is_decided: bool,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// More records, or more searches, than an hour allows.
    Quota,
    /// The record of nobody was opened.
    Honey,
    /// The record of an important person was opened, or asked for without the right.
    Important,
    /// The record of oneself or of a relation was asked for.
    Relation,
    /// A record was opened for an emergency.
    Emergency,
    /// Somebody tried to decide their own request.
    OwnRequest,
    /// A passkey was made for an account that had one, or a code for one, before.
    Passkey,
}

impl AlarmKind {
    const ALL: [Self; 7] = [
        Self::Quota,
        Self::Honey,
        Self::Important,
        Self::Relation,
        Self::Emergency,
        Self::OwnRequest,
        Self::Passkey,
    ];

    /// The word in columns, labels and texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Honey => "honey",
            Self::Important => "important",
            Self::Relation => "relation",
            Self::Emergency => "emergency",
            Self::OwnRequest => "own_request",
            Self::Passkey => "passkey",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// An alarm about a member of staff: the same again is counted, until somebody has seen it.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    pub(super) id: i64,
    pub(super) kind: AlarmKind,
    pub(super) staff: StaffId,
    pub(super) customer: Option<CustomerId>,
    pub(super) first_at: Timestamp,
    pub(super) last_at: Timestamp,
    pub(super) count: i64,
}

/// What stands between a member of staff and a customer's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// It is their own record, or that of a relation.
    pub related: bool,
    /// The customer is an important person.
    pub important: bool,
    /// The customer is nobody.
    pub honey: bool,
    /// Somebody else has allowed it for now.
    pub allowed: bool,
}

impl Standing {
    /// Whether somebody with this role may serve the customer without an emergency.
    pub const fn may_serve(self, role: Role) -> bool {
        let leads = matches!(role, Role::Manager | Role::Compliance);
        !self.related && (!self.important || self.allowed || leads)
    }
}

/// How somebody at the desk stands to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It is they themselves.
    Own,
    /// Family, or as near.
    Family,
}

impl Relation {
    /// The word in columns and forms.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Family => "family",
        }
    }
}
