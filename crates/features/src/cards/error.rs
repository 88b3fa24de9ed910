//! What can go wrong with cards, and which kind of failure it is.

use crate::accounts::AccountError;
use crate::authorizations::AuthorizationError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use vault::VaultError;

/// Why something about cards did not work. No message holds any part of a number.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The account's part failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The engine's part failed.
    #[error(transparent)]
    Engine(#[from] AuthorizationError),
    /// A value is not of its form.
    #[error("{rule}")]
    Field {
        /// Where, as a JSON pointer.
        at: &'static str,
        /// What is allowed there.
        rule: &'static str,
    },
    /// There is a card with this number already.
    #[error("a card with this number was issued before")]
    Taken,
    /// The card's state does not allow it: what was reported lost stays lost.
    #[error("the state of the card does not allow this")]
    Refused,
    /// A stored value can't be read.
    #[error("a stored {0} can't be read; it was written by another version or is damaged")]
    Unreadable(&'static str),
    /// There is none with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
}

impl CardError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Db(error) => error.fault(),
            Self::Account(error) => error.fault(),
            Self::Engine(error) => error.fault(),
            Self::Vault(error) => error.fault(),
            Self::Unreadable(_) => Fault::Internal,
            Self::Field { .. } => Fault::Invalid,
            Self::Taken | Self::Refused => Fault::Conflict,
            Self::Absent => Fault::Absent,
        }
    }
}

impl From<CardError> for Problem {
    fn from(error: CardError) -> Self {
        match error {
            CardError::Field { at, rule } => Self::new(Fault::Invalid, "field_invalid").at(at).detail(rule),
            CardError::Account(error) => error.into(),
            CardError::Taken => Self::new(Fault::Conflict, "card_number_taken").detail(error.to_string()),
            CardError::Refused => Self::new(Fault::Conflict, "card_state").detail(error.to_string()),
            CardError::Absent => Self::absent(),
            CardError::Db(error) => error.into(),
            CardError::Engine(error) => error.into(),
            other => match other.fault() {
                Fault::Busy => Self::new(Fault::Busy, "busy").detail(other.to_string()).retry_after_s(1),
                _ => Self::internal(other),
            },
        }
    }
}
