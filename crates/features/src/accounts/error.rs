//! What can go wrong with customers and accounts, and which kind of failure it is.

use crate::authorizations::AuthorizationError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use vault::VaultError;

/// Why something about customers or accounts did not work. No message repeats what a person told us.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The engine's part failed.
    #[error(transparent)]
    Engine(#[from] AuthorizationError),
    /// A value is not of its form.
    #[error("{rule}")]
    Field {
        /// Where, as a JSON pointer: `/phone`.
        at: &'static str,
        /// What is allowed there.
        rule: &'static str,
    },
    /// The id is already that of something else.
    #[error("this id is taken by something else")]
    Taken,
    /// The customer's key was destroyed on request; nothing of the profile can be read.
    #[error("this customer's data was erased")]
    Erased,
    /// A stored value can't be read: written by a newer program, or damaged.
    #[error("a stored {0} can't be read; it was written by another version or is damaged")]
    Unreadable(&'static str),
    /// There is none with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
}

impl AccountError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Db(error) => error.fault(),
            Self::Engine(error) => error.fault(),
            Self::Vault(_) | Self::Unreadable(_) => Fault::Internal,
            Self::Field { .. } => Fault::Invalid,
            Self::Taken | Self::Erased => Fault::Conflict,
            Self::Absent => Fault::Absent,
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Field { at, rule } => {
                Self::new(Fault::Invalid, "field_invalid").at(at).detail(rule)
            }
            AccountError::Taken => Self::new(Fault::Conflict, "id_taken").detail(error.to_string()),
            AccountError::Erased => Self::new(Fault::Conflict, "customer_erased").detail(error.to_string()),
            AccountError::Absent => Self::absent(),
            AccountError::Db(error) => error.into(),
            AccountError::Engine(error) => error.into(),
            other => match other.fault() {
                Fault::Busy => Self::new(Fault::Busy, "busy").detail(other.to_string()).retry_after_s(1),
                _ => Self::internal(other),
            },
        }
    }
}
