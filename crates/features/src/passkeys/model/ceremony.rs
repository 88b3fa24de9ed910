//! A question to an authenticator that waits for its answer.

use super::Person;
use kernel::{MINUTE_US, SessionId, Timestamp};

/// How long an answer may take, microseconds: time to find a key and unlock it.
pub(in super::super) const CEREMONY_LIFE_US: i64 = 5 * MINUTE_US;

/// What an answer will be used for; an answer to one question never serves for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    /// To sign in at the card app.
    SignIn,
    /// To sign in at the desk.
    DeskSignIn,
    /// To prove more in a session that is open.
    StepUp,
    /// To add a passkey in a session that is open.
    Enrolment,
    /// To make a passkey with an enrolment code.
    Activation,
}

impl Purpose {
    pub(in super::super) const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::DeskSignIn => "desk_sign_in",
            Self::StepUp => "step_up",
            Self::Enrolment => "enrolment",
            Self::Activation => "activation",
        }
    }
}

/// A ceremony that was begun.
#[derive(Clone, Debug)]
pub(in super::super) struct Ceremony {
    pub(in super::super) purpose: Purpose,
    /// Who is asked; `None` while it is not known who will answer.
    pub(in super::super) person: Option<Person>,
    /// The session in which it was begun: another one can't finish it.
    pub(in super::super) session: Option<SessionId>,
    /// The hash of the enrolment code that it was begun with.
    pub(in super::super) code_hash: Option<String>,
    /// What the library needs to check the answer, as JSON.
    pub(in super::super) state: String,
    pub(in super::super) expires_at: Timestamp,
}
