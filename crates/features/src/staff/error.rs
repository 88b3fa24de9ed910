//! What can go wrong with colleagues and requests, and which kind of failure it is.

use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;

/// Why something about staff was not done.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// There is no such colleague, request or alarm.
    #[error("there is nothing with this id")]
    Absent,
    /// A field is not of its form.
    #[error("a field of the request is not of its form")]
    Field,
    /// This role may not ask for it.
    #[error("this role can't ask for this")]
    NotYoursToAsk,
    /// This role may not decide it.
    #[error("this role can't decide this")]
    NotYoursToDecide,
    /// Who asked, or whom it is about, decides nothing about it, with none of their accounts.
    #[error("nobody decides what they asked for or what is about them")]
    OwnRequest,
    /// It was decided before.
    #[error("this was decided already")]
    Decided,
    /// It waited too long.
    #[error("this request has lapsed; ask for it again")]
    Lapsed,
    /// What stands in the database is not what was asked for, or not what was shown.
    #[error("the request is not the one that was shown")]
    Changed,
    /// Who asked for it could not ask for it now.
    #[error("who asked for this could not ask for it any more")]
    MakerGone,
    /// Things have changed since it was asked for.
    #[error("it does not fit any more; ask for it again")]
    Stale,
    /// The provider's answer opens no session; which part of it, only the log knows.
    #[error("this sign-in does not hold; begin again")]
    SignIn,
    /// The provider does not answer. The text is for the log.
    #[error("the identity provider does not answer")]
    Provider(String),
    /// As many sign-ins begin at the provider as may at once.
    #[error("many sign-ins begin at this moment; try again in a few seconds")]
    Starts,
    /// The account is said to be of another employee.
    #[error("this account has another employee number already")]
    Person,
    /// As many searches were made as an hour allows.
    #[error("as many searches were made as an hour allows")]
    Searches,
}

impl StaffError {
    /// The word of a refusal in the log; `None` for what is a failure and no refusal.
    pub(super) const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::NotYoursToAsk => Some("not_yours_to_ask"),
            Self::NotYoursToDecide => Some("not_yours_to_decide"),
            Self::OwnRequest => Some("own_request"),
            Self::Changed => Some("request_changed"),
            Self::MakerGone => Some("maker_gone"),
            Self::Lapsed => Some("request_lapsed"),
            _ => None,
        }
    }
}

impl From<StaffError> for Problem {
    fn from(error: StaffError) -> Self {
        let told = error.to_string();
        let of = |fault, code| Self::new(fault, code).detail(told.clone());
        match error {
            StaffError::Db(error) => error.into(),
            StaffError::Absent => Self::absent(),
            StaffError::Field => of(Fault::Invalid, "field_invalid"),
            StaffError::NotYoursToAsk => of(Fault::Forbidden, "not_yours_to_ask"),
            StaffError::NotYoursToDecide => of(Fault::Forbidden, "not_yours_to_decide"),
            StaffError::OwnRequest => of(Fault::Forbidden, "own_request"),
            StaffError::Decided => of(Fault::Conflict, "request_decided"),
            StaffError::Lapsed => of(Fault::Conflict, "request_lapsed"),
            StaffError::Changed => of(Fault::Conflict, "request_changed"),
            StaffError::MakerGone => of(Fault::Conflict, "maker_gone"),
            StaffError::Stale => of(Fault::Conflict, "request_stale"),
            StaffError::SignIn => of(Fault::Unproved, "sign_in_refused"),
            StaffError::Provider(cause) => of(Fault::Busy, "provider_unreachable").cause(cause),
            StaffError::Starts => of(Fault::Busy, "sign_ins_busy"),
            StaffError::Person => of(Fault::Conflict, "employee_known"),
            StaffError::Searches => of(Fault::Forbidden, "search_quota")
                .too_many()
                .mend("Try again in an hour, or ask your manager."),
        }
    }
}
