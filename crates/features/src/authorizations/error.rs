//! What can go wrong here, and which kind of failure it is.

use kernel::Fault;
use platform::db::DbError;

/// Why something about authorizations did not work.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A stored value can't be read: written by a newer program, or damaged.
    #[error("a stored {0} can't be read; it was written by another version or is damaged")]
    Unreadable(&'static str),
    /// The engine has stopped and takes no more work.
    #[error("the authorization engine has stopped; see health")]
    Stopped,
    /// The engine's queue is full.
    #[error("too many requests at once; try again shortly")]
    Busy,
    /// There is no such account, card or authorization for this caller.
    #[error("there is nothing with this id")]
    Absent,
    /// The state does not allow the command.
    #[error("the state of the card, account or hold does not allow this")]
    Refused,
    /// A rule file has a mistake.
    #[error("the rules can't be used: {0}")]
    Rules(#[from] decision::RuleError),
}

impl AuthorizationError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Db(error) => error.fault(),
            Self::Unreadable(_) | Self::Rules(_) => Fault::Internal,
            Self::Busy | Self::Stopped => Fault::Busy,
            Self::Absent => Fault::Absent,
            Self::Refused => Fault::Conflict,
        }
    }
}

impl From<postcard::Error> for AuthorizationError {
    fn from(_: postcard::Error) -> Self {
        Self::Unreadable("record")
    }
}

impl From<rusqlite::Error> for AuthorizationError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<sqlx::Error> for AuthorizationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}
