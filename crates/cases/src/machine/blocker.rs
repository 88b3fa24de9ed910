//! What is in the way of an act: a code, and what a sentence about it needs.

use crate::registry::FieldKind;
use kernel::{Actor, Timestamp};
use serde::Serialize;

/// Why somebody may not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// They asked for it.
    Maker,
    /// They wrote some of what it applies to.
    Editor,
    /// The case is theirs, or was while it waited.
    Assignee,
    /// A program, the customer or the system.
    NoPerson,
}

/// Something in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Blocker {
    /// There is nothing here for this actor: no such case, or none that they may know of. The two are one answer.
    NotHere,
    /// No transition of this name.
    UnknownAction {
        /// The name.
        action: String,
    },
    /// Not from this state.
    WrongState {
        /// The state.
        state: String,
    },
    /// None of these roles.
    RoleMissing {
        /// Of which one is needed.
        roles: Vec<String>,
    },
    /// The version seen is not given, or the case has changed since.
    VersionChanged {
        /// The version now.
        version: u64,
    },
    /// A field has to be set.
    FieldMissing {
        /// Which; `reason` is the command's own.
        field: String,
    },
    /// A field of another kind, or a word that isn't listed.
    FieldWrong {
        /// Which.
        field: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// No such field in this kind.
    FieldUnknown {
        /// Which.
        field: String,
    },
    /// A guard.
    Guard {
        /// Which.
        guard: String,
    },
    /// A clock has to run out first.
    TooEarly {
        /// Which.
        clock: String,
        /// When that is; absent: it hasn't started, or stands still.
        due_at: Option<Timestamp>,
    },
    /// A clock has no further extension.
    NoExtension {
        /// Which.
        clock: String,
    },
    /// The same transition waits for approval already.
    AlreadyPending {
        /// The request.
        pending: u64,
    },
    /// No such request, or not any more.
    NotPending,
    /// The request has waited too long.
    Expired,
    /// This person may not agree.
    Excluded {
        /// Why.
        why: Exclusion,
    },
    /// The content isn't what was seen.
    ContentChanged,
    /// They agreed already.
    AlreadyAgreed,
    /// Nobody asks for approval here, so there is no glass to break.
    NoGlass,
    /// No such break-glass act, or it was reviewed.
    NoReview,
    /// Somebody else has it.
    ClaimedBy {
        /// Who.
        by: Actor,
        /// Until when; absent: it was given to them.
        until: Option<Timestamp>,
    },
    /// Too much of something.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many may be.
        max: usize,
    },
    /// No such timer, it isn't time, or it was fired.
    NoTimer,
}

impl Blocker {
    /// The code, stable for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHere => "not_here",
            Self::UnknownAction { .. } => "unknown_action",
            Self::WrongState { .. } => "wrong_state",
            Self::RoleMissing { .. } => "role_missing",
            Self::VersionChanged { .. } => "version_changed",
            Self::FieldMissing { .. } => "field_missing",
            Self::FieldWrong { .. } => "field_wrong",
            Self::FieldUnknown { .. } => "field_unknown",
            Self::Guard { .. } => "guard",
            Self::TooEarly { .. } => "too_early",
            Self::NoExtension { .. } => "no_extension",
            Self::AlreadyPending { .. } => "already_pending",
            Self::NotPending => "not_pending",
            Self::Expired => "expired",
            Self::Excluded { .. } => "excluded",
            Self::ContentChanged => "content_changed",
            Self::AlreadyAgreed => "already_agreed",
            Self::NoGlass => "no_glass",
            Self::NoReview => "no_review",
            Self::ClaimedBy { .. } => "claimed_by",
            Self::TooMany { .. } => "too_many",
            Self::NoTimer => "no_timer",
        }
    }

    pub(crate) fn wrong(field: &str, kind: FieldKind) -> Self {
        Self::FieldWrong { field: field.to_owned(), expected: kind.says() }
    }
}
