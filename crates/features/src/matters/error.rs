//! What can go wrong here, and which kind of failure it is.

use crate::accounts::AccountError;
use crate::cards::CardError;
use crate::cases::CaseError;
use crate::monitoring::MonitoringError;
use crate::staff::{AlarmKind, StaffError};
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;

/// Why a matter was not opened or a record stayed closed.
#[derive(Debug, thiserror::Error)]
pub enum MatterError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The account's part failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The card's part failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The case's part failed.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The alert's part failed.
    #[error(transparent)]
    Alert(#[from] MonitoringError),
    /// The person's key can't seal the reason.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// There is no such customer, account, card or authorization.
    #[error("there is nothing with this id")]
    Absent,
    /// Somebody with this role opens no matter of this kind.
    #[error("this role opens no matter of this kind")]
    Kind,
    /// A case needs a reference that is one.
    #[error("a case has a reference of letters, digits and hyphens, or is a case of this customer")]
    Reference,
    /// The reason in words is missing.
    #[error("the reason in words is missing or too long")]
    Words,
    /// No open alert about the customer is theirs.
    #[error("no open alert about this customer is yours")]
    NoAlert,
    /// The records of as many customers were opened as an hour allows.
    #[error("the records of as many customers were opened as an hour allows")]
    Quota,
    /// It is their own record, or that of a relation.
    #[error("nobody opens their own record or that of a relation")]
    Related,
    /// Only managers open this record, or whom one has allowed it.
    #[error("only managers open this record")]
    Important,
    /// There is no emergency that waits for a review, or it is the reviewer's own.
    #[error("there is no such emergency to review")]
    NoReview,
    /// The part of staff failed.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// No live matter of this member of staff is open for the customer.
    #[error("no call, case or alert of yours is open for this customer")]
    NoMatter,
}

impl MatterError {
    /// The word of a refusal in the log; `None` for what is a failure and no refusal.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::NoMatter => Some("no_matter"),
            Self::NoAlert => Some("no_alert"),
            Self::Quota => Some("record_quota"),
            Self::Related => Some("relation_blocked"),
            Self::Important => Some("important_person"),
            Self::Kind => Some("matter_kind"),
            _ => None,
        }
    }
}

impl MatterError {
    /// The alarm that a refusal raises about the one who asked.
    pub(super) const fn alarm(&self) -> Option<AlarmKind> {
        match self {
            Self::Quota => Some(AlarmKind::Quota),
            Self::Related => Some(AlarmKind::Relation),
            Self::Important => Some(AlarmKind::Important),
            _ => None,
        }
    }
}

impl From<MatterError> for Problem {
    fn from(error: MatterError) -> Self {
        let told = error.to_string();
        match error {
            MatterError::Db(error) => error.into(),
            MatterError::Account(error) => error.into(),
            MatterError::Card(error) => error.into(),
            MatterError::Case(error) => error.into(),
            MatterError::Alert(error) => error.into(),
            MatterError::Keys(KeyError::Db(error)) => error.into(),
            MatterError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            MatterError::Keys(KeyError::Absent(_)) | MatterError::Absent => Self::absent(),
            MatterError::Keys(error) => Self::internal(error),
            MatterError::Kind => Self::new(Fault::Forbidden, "matter_kind").at("field kind").detail(told),
            MatterError::Reference => {
                Self::new(Fault::Invalid, "reference_invalid").at("field reference").detail(told)
            }
            MatterError::Words => Self::new(Fault::Invalid, "reason_missing").at("field words").detail(told),
            MatterError::NoAlert => Self::new(Fault::Forbidden, "no_alert")
                .detail(told)
                .mend("Take the alert at its page, then try again."),
            MatterError::Staff(error) => error.into(),
            MatterError::NoReview => Self::absent(),
            MatterError::Related => Self::new(Fault::Forbidden, "relation_blocked")
                .detail(told)
                .mend("Let a colleague serve this customer."),
            MatterError::Important => Self::new(Fault::Forbidden, "important_person")
                .detail(told)
                .mend("Ask for leave (POST /desk/staff/requests), or let a manager serve this customer."),
            MatterError::Quota => Self::new(Fault::Forbidden, "record_quota")
                .too_many()
                .detail(told)
                .mend("Try again in an hour, or ask your manager."),
            MatterError::NoMatter => Self::new(Fault::Forbidden, "no_matter")
                .detail(told)
                .mend("Say what you serve the customer for (POST /desk/customers/{customer}/matters), then try again."),
        }
    }
}
