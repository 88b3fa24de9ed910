//! What can go wrong with messages, and which kind of failure it is.

use crate::accounts::AccountError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;

/// Why a message was not put on its way or not shown.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The customer could not be read.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The customer's key can't seal or open it.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A code goes by SMS or push, never by mail, and only with a kind that has words for it.
    #[error("a code goes by SMS or push, with a kind of message that has words for it")]
    CodeWay,
    /// A stored value can't be read: written by another version, or damaged.
    #[error("a stored {0} can't be read; it was written by another version or is damaged")]
    Unreadable(&'static str),
    /// There is none with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
}

impl MessageError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Db(error) => error.fault(),
            Self::Account(error) => error.fault(),
            Self::Keys(error) => error.fault(),
            Self::CodeWay | Self::Unreadable(_) => Fault::Internal,
            Self::Absent => Fault::Absent,
        }
    }
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::Db(error) => error.into(),
            MessageError::Account(error) => error.into(),
            MessageError::Keys(KeyError::Db(error)) => error.into(),
            MessageError::Absent => Self::absent(),
            other => Self::internal(other),
        }
    }
}
