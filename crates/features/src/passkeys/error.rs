//! What can go wrong here, and which kind of failure it is.

use crate::identity::IdentityError;
use crate::messages::MessageError;
use crate::staff::StaffError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;

/// Why nobody was let in or nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// What was proved could not be written down.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Its owner could not be told.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The person's key can't seal or open a name.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// One answer for everything that makes an answer of an authenticator unfit. The word goes to the log only.
    #[error("the passkey was not accepted")]
    Refused(&'static str),
    /// The same while enrolling.
    #[error("the passkey could not be added")]
    NotAdded(&'static str),
    /// The enrolment code is unknown, used, withdrawn, too old or too young: one answer for all.
    #[error("this code is unknown, used already, too old, or does not work yet")]
    Code,
    /// There is nothing with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
    /// A passkey at the desk needs a signature of one that is there, just given in this session, or a code.
    #[error(
        "a passkey needs a signature of one of yours, given in the last five minutes, or an activation code"
    )]
    ProveFirst,
    /// The alarm about it could not be raised.
    #[error(transparent)]
    Staff(#[from] StaffError),
    /// As many passkeys as one person can have.
    #[error("as many passkeys as one person can have")]
    TooMany,
    /// The name is too long.
    #[error("the name is too long")]
    Name,
    /// The address of the server has no name, and passkeys belong to names.
    #[error("passkeys need an address with a name; this server is reached by a number")]
    NoName,
    /// The library failed where nothing of the caller's is to blame.
    #[error("the passkey library failed: {0}")]
    Library(String),
}

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        let told = error.to_string();
        match error {
            PasskeyError::Db(error) | PasskeyError::Keys(KeyError::Db(error)) => error.into(),
            PasskeyError::Identity(error) => error.into(),
            PasskeyError::Message(error) => error.into(),
            PasskeyError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            PasskeyError::Keys(KeyError::Absent(_)) | PasskeyError::Absent => Self::absent(),
            PasskeyError::Keys(error) => Self::internal(error),
            PasskeyError::Refused(_) => Self::new(Fault::Unproved, "passkey_refused")
                .detail(told)
                .mend("Try again, or use another passkey."),
            PasskeyError::NotAdded(_) => Self::new(Fault::Invalid, "passkey_not_added")
                .detail(told)
                .mend("Try again, or use another device."),
            PasskeyError::Code => Self::new(Fault::Absent, "code_not_valid")
                .detail(told)
                .mend("Check the code, or ask for a new one."),
            PasskeyError::ProveFirst => Self::new(Fault::Unproved, "passkey_proof_needed")
                .detail(told)
                .mend("Prove with a passkey that it is you, and add the new one then; if you have none, ask an administrator for a code."),
            PasskeyError::Staff(error) => error.into(),
            PasskeyError::TooMany => Self::new(Fault::Conflict, "too_many_passkeys")
                .detail(told)
                .mend("End one that you do not use any more."),
            PasskeyError::Name => Self::new(Fault::Invalid, "name_too_long").at("field name").detail(told),
            PasskeyError::NoName => Self::new(Fault::Conflict, "no_domain_name")
                .detail(told)
                .mend("Set http.public_url to an address with a name."),
            PasskeyError::Library(cause) => Self::internal(cause),
        }
    }
}
