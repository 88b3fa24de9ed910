//! What can go wrong here, and which kind of failure it is.

use crate::accounts::AccountError;
use crate::cards::CardError;
use crate::matters::MatterError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;

/// Why a value was not shown.
#[derive(Debug, thiserror::Error)]
pub enum RevealError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The account's part failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The card's part failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The person's key can't seal the reason.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// There is no such account or card, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
    /// Nothing is shown without words that say why.
    #[error("the reason in words is missing or too long")]
    Words,
    /// The matter's part failed.
    #[error(transparent)]
    Matter(#[from] MatterError),
    /// As many values were shown as an hour allows.
    #[error("as many values were shown as an hour allows")]
    Quota,
    /// The form was sent before; a value is shown once.
    #[error("this value was shown already; ask for it again")]
    ShownBefore,
}

impl RevealError {
    /// The word of a refusal in the log; `None` for what is a failure and no refusal.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Matter(MatterError::NoMatter) => Some("no_matter"),
            Self::Quota => Some("reveal_quota"),
            Self::ShownBefore => Some("shown_before"),
            _ => None,
        }
    }
}

impl From<RevealError> for Problem {
    fn from(error: RevealError) -> Self {
        let told = error.to_string();
        match error {
            RevealError::Db(error) => error.into(),
            RevealError::Account(error) => error.into(),
            RevealError::Card(error) => error.into(),
            RevealError::Matter(error) => error.into(),
            RevealError::Keys(KeyError::Db(error)) => error.into(),
            RevealError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            RevealError::Keys(KeyError::Absent(_)) | RevealError::Absent => Self::absent(),
            RevealError::Keys(error) => Self::internal(error),
            RevealError::Words => Self::new(Fault::Invalid, "reason_missing").at("field words").detail(told),
            RevealError::Quota => Self::new(Fault::Forbidden, "reveal_quota")
                .too_many()
                .detail(told)
                .mend("Try again in an hour, or ask your manager."),
            RevealError::ShownBefore => Self::new(Fault::Conflict, "shown_before").detail(told),
        }
    }
}
