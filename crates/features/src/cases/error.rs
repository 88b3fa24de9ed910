//! What can go wrong with a case, and which kind of failure it is.

use cases::Blocker;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;

/// Why nothing was done to a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The customer's key can't seal or open what was written.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// What is in the way; at least one.
    #[error("something is in the way: {}", codes(.0))]
    Blocked(Vec<Blocker>),
    /// A stored case can't be read: its definition is gone, or somebody else has changed it.
    #[error("the events of case {0} can't be read; its definition is gone or they are damaged")]
    Unreadable(i64),
    /// The customer was erased, so that no text about them can be sealed any more.
    #[error("the customer was erased; nothing that people typed is written any more")]
    Erased,
    /// The number of the request was used for something else.
    #[error("this request was used for something else")]
    Reused,
    /// The cursor leads to no case of the list.
    #[error("the cursor leads to no open case of this list")]
    Cursor,
    /// There is none with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
}

fn codes(blockers: &[Blocker]) -> String {
    blockers.iter().map(Blocker::code).collect::<Vec<_>>().join(", ")
}

impl CaseError {
    /// Whether the database failed, so that the next case would fail as well.
    pub(super) const fn is_of_database(&self) -> bool {
        matches!(self, Self::Db(_) | Self::Keys(KeyError::Db(_)))
    }

    pub(super) fn blocked(blockers: Vec<Blocker>) -> Self {
        if blockers.contains(&Blocker::NotHere) { Self::Absent } else { Self::Blocked(blockers) }
    }
}

fn fault(blocker: &Blocker) -> Fault {
    match blocker {
        Blocker::RoleMissing { .. } | Blocker::Excluded { .. } => Fault::Forbidden,
        Blocker::UnknownAction { .. }
        | Blocker::FieldMissing { .. }
        | Blocker::FieldWrong { .. }
        | Blocker::FieldUnknown { .. } => Fault::Invalid,
        Blocker::NotHere => Fault::Absent,
        _ => Fault::Conflict,
    }
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::Db(error) => error.into(),
            CaseError::Keys(KeyError::Db(error)) => error.into(),
            CaseError::Keys(KeyError::Absent(_)) | CaseError::Absent => Self::absent(),
            CaseError::Erased | CaseError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased")
                    .detail("The customer was erased; nothing that people typed is written about them.")
            }
            CaseError::Reused => Self::new(Fault::Conflict, "request_reused")
                .detail("This request was used for something else, which was done.")
                .mend("Load the page again."),
            CaseError::Cursor => Self::new(Fault::Invalid, "cursor_invalid")
                .at("query cursor")
                .detail("The cursor leads to no open case of this list; its case may have ended meanwhile.")
                .mend("Begin again without a cursor."),
            CaseError::Keys(error) => Self::internal(error),
            CaseError::Blocked(blockers) => match blockers.first() {
                Some(first) => {
                    let detail = serde_json::to_string(&blockers).unwrap_or_default();
                    Self::new(fault(first), first.code()).detail(detail)
                }
                None => Self::internal("nothing was in the way"),
            },
            unreadable @ CaseError::Unreadable(_) => Self::internal(unreadable),
        }
    }
}
