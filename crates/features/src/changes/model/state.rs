//! The states of a change, and when each act is possible.
//!
//! requested, then signed and waiting, then made, then final. A change that waits can be stopped; one that was made can be
//! undone until its time is over. Nothing else leads anywhere, and each step happens once.

use super::super::rules::Sign;
use super::{Field, Value};
use kernel::{ApprovalId, ChangeId, CustomerId, Timestamp};
use serde::Serialize;

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Asked for, and not signed.
    Requested,
    /// Signed; it waits for its time.
    Waiting,
    /// Made; it can be undone.
    Made,
    /// Made, and its time to be undone is over.
    Final,
    /// Stopped before it was made: nothing changed.
    Stopped,
    /// Made and undone: all is as it was.
    Undone,
    /// What it started from had changed meanwhile: nothing changed.
    Overtaken,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Waiting,
        Self::Made,
        Self::Final,
        Self::Stopped,
        Self::Undone,
        Self::Overtaken,
    ];

    /// The word in columns, answers and keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Waiting => "waiting",
            Self::Made => "made",
            Self::Final => "final",
            Self::Stopped => "stopped",
            Self::Undone => "undone",
            Self::Overtaken => "overtaken",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether a change can go from here to `next`. The store's statements name the same pairs, so that two nodes can't
    /// take the same step. Only a restore gives a final one its time to be undone back.
    pub const fn leads_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Requested, Self::Waiting)
                | (Self::Waiting, Self::Made | Self::Stopped | Self::Overtaken)
                | (Self::Made, Self::Final | Self::Undone)
        )
    }

    /// Whether it can still be stopped or undone.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Made)
    }
}

/// A change with its values, for those who may see them.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// Whose.
    pub customer: CustomerId,
    /// Of what.
    pub field: Field,
    /// What it was.
    pub from: Value,
    /// What it becomes.
    pub to: Value,
    /// Where it stands.
    pub state: State,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
    /// The approval with the signature and its receipt.
    pub approval: Option<ApprovalId>,
    /// Not made before.
    pub due_at: Timestamp,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// Until when it can be undone.
    pub undo_until: Timestamp,
    /// When it was stopped, undone or overtaken.
    pub ended_at: Option<Timestamp>,
    /// What made the wait longer.
    pub signs: Vec<Sign>,
    /// Somebody with a code of a notice said that it was not they.
    pub disowned_at: Option<Timestamp>,
}

impl Change {
    /// Whether it can be stopped at `now`.
    pub fn can_be_stopped(&self) -> bool {
        self.state == State::Waiting
    }

    /// Whether it can be undone at `now`.
    pub fn can_be_undone(&self, now: Timestamp) -> bool {
        self.state == State::Made && now < self.undo_until
    }

    /// Whether it was made after a device that was enrolled at `since`: only such a device undoes it, since another may have
    /// come in by it.
    pub fn is_younger_than(&self, since: Option<Timestamp>) -> bool {
        self.made_at.zip(since).is_some_and(|(made_at, since)| since < made_at)
    }
}
