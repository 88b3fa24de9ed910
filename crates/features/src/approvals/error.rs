//! What can go wrong with approvals, and which kind of failure it is.

use crate::messages::MessageError;
use crate::passkeys::PasskeyError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;
use vault::VaultError;

/// Why nothing was approved or done.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The customer's key can't seal or open it.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The key module can't sign a receipt.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The passkeys failed.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// The notice of it failed.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It was answered before, expired, or was used: nothing can be done with it any more.
    #[error("this can't be approved any more")]
    NotWaiting,
    /// What is to be done is not what was approved.
    #[error("this is not what was approved")]
    Different,
    /// The number is not the one at the other screen, or this device is not known well enough to say so.
    #[error("this did not match; ask again at the other screen")]
    NoMatch,
    /// As many acts of one's own as can wait.
    #[error("too many acts wait for your approval")]
    TooMany,
    /// A stored value can't be read: written by another version, or damaged.
    #[error("a stored approval can't be read; it was written by another version or is damaged")]
    Unreadable,
    /// There is none with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        let told = error.to_string();
        match error {
            ApprovalError::Db(error) | ApprovalError::Keys(KeyError::Db(error)) => error.into(),
            ApprovalError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            ApprovalError::Keys(KeyError::Absent(_)) | ApprovalError::Absent => Self::absent(),
            ApprovalError::Keys(error) => Self::internal(error),
            ApprovalError::Vault(error) => Self::internal(error),
            ApprovalError::Passkey(error) => error.into(),
            ApprovalError::Message(error) => error.into(),
            ApprovalError::Unreadable => Self::internal(told),
            ApprovalError::NotWaiting => Self::new(Fault::Conflict, "approval_not_waiting")
                .detail(told)
                .mend("Ask again for what you wanted to do."),
            ApprovalError::Different => Self::new(Fault::Conflict, "approval_different").detail(told),
            ApprovalError::NoMatch => Self::new(Fault::Unproved, "approval_no_match").detail(told),
            ApprovalError::TooMany => Self::new(Fault::Conflict, "approvals_too_many")
                .detail(told)
                .mend("Approve or refuse one of them, or wait ten minutes."),
        }
    }
}
