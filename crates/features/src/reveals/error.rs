//! What can go wrong here, and which kind of failure it is.

use crate::accounts::AccountError;
use crate::cards::CardError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;

/// Why a matter was not opened or a value not shown.
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
    /// There is no such account, card or matter, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
    /// A case needs a reference that is one.
    #[error("a case has a reference of letters, digits and hyphens")]
    Reference,
    /// Nothing is shown without words that say why.
    #[error("the reason in words is missing or too long")]
    Words,
    /// No call or case of this member of staff is open for the customer.
    #[error("no call or case of yours is open for this customer")]
    NoMatter,
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
            Self::NoMatter => Some("matter_needed"),
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
            RevealError::Keys(KeyError::Db(error)) => error.into(),
            RevealError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            RevealError::Keys(KeyError::Absent(_)) | RevealError::Absent => Self::absent(),
            RevealError::Keys(error) => Self::internal(error),
            RevealError::Reference => {
                Self::new(Fault::Invalid, "reference_invalid").at("field reference").detail(told)
            }
            RevealError::Words => Self::new(Fault::Invalid, "reason_missing").at("field words").detail(told),
            RevealError::NoMatter => Self::new(Fault::Forbidden, "matter_needed")
                .detail(told)
                .mend("Say at the account what you serve the customer for, then try again."),
            RevealError::Quota => Self::new(Fault::Forbidden, "reveal_quota")
                .too_many()
                .detail(told)
                .mend("Try again in an hour, or ask your manager."),
            RevealError::ShownBefore => Self::new(Fault::Conflict, "shown_before").detail(told),
        }
    }
}
