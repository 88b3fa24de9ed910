//! What can go wrong with changes, and which kind of failure it is.

use super::model::Field;
use super::rules::{Finding, PolicyError};
use crate::accounts::AccountError;
use crate::identity::IdentityError;
use crate::messages::MessageError;
use crate::passkeys::PasskeyError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::i18n::{Locale, t};
use platform::keys::KeyError;

/// Why nothing was asked for or changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The person's key can't seal or open it.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// What is known of the person can't be read or written.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The proofs failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The passkeys failed.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// A notice failed.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The table can't be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The value can't be one.
    #[error("the new value can't be taken: {}", .0.remedy.word())]
    Value(Finding),
    /// The texts are not those of the field: too few, or not one of those there are.
    #[error("these are not the texts of {}", .0.word())]
    Unread(Field),
    /// It is changed with evidence only.
    #[error("this is changed at a branch or on video, with the document")]
    Evidence,
    /// Its owner has no bound device to sign with.
    #[error("this is signed with a passkey that has been yours for a day")]
    NoDevice,
    /// The session has no bound device that was its owner's before the change.
    #[error("this is undone with a passkey that was yours before the change")]
    NoOlderDevice,
    /// As many new values as a day allows were looked at.
    #[error("as many new numbers and addresses as a day allows were looked at")]
    TooMany,
    /// One of the same field waits already.
    #[error("a change of this waits already; stop it first")]
    Waits,
    /// Of a change that was made somebody said that it was not they; until it is undone or final nothing else is changed.
    #[error("a change is disputed; undo it, or wait until it can't be undone any more")]
    Disputed,
    /// It can't be stopped or undone any more, or what it would restore has changed.
    #[error("this change can't be stopped or undone any more")]
    TooLate,
    /// A stored value can't be read: written by another version, or damaged.
    #[error("a stored change can't be read; it was written by another version or is damaged")]
    Unreadable,
    /// There is none with this id, or not for this caller.
    #[error("there is nothing with this id")]
    Absent,
}

impl ChangeError {
    /// What its reader can do about it, in their language; `None` where nothing is theirs to do.
    pub(super) fn remedy(&self, locale: Locale) -> Option<String> {
        let key = match self {
            Self::Value(finding) => finding.remedy.key(),
            Self::Evidence => "changes-evidence".to_owned(),
            Self::NoDevice => "changes-no-device".to_owned(),
            Self::NoOlderDevice => "changes-undo-device".to_owned(),
            Self::TooMany => "changes-too-many".to_owned(),
            Self::Waits => "changes-waits".to_owned(),
            Self::Disputed => "changes-disputed".to_owned(),
            _ => return None,
        };
        Some(t(locale, &key, &[]))
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let told = error.to_string();
        match error {
            ChangeError::Db(error) | ChangeError::Keys(KeyError::Db(error)) => error.into(),
            ChangeError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            ChangeError::Keys(KeyError::Absent(_)) | ChangeError::Absent => Self::absent(),
            ChangeError::Keys(error) => Self::internal(error),
            ChangeError::Account(error) => error.into(),
            ChangeError::Identity(error) => error.into(),
            ChangeError::Passkey(error) => error.into(),
            ChangeError::Message(error) => error.into(),
            ChangeError::Policy(error) => Self::internal(error),
            ChangeError::Unreadable => Self::internal(told),
            ChangeError::Value(finding) => Self::new(Fault::Invalid, "change_value")
                .at(format!("/{}", finding.field.word()))
                .detail(told)
                .mend(t(Locale::En, &finding.remedy.key(), &[])),
            ChangeError::Unread(_) => Self::new(Fault::Invalid, "field_invalid").at("/texts").detail(told),
            ChangeError::Evidence => Self::new(Fault::Forbidden, "change_evidence")
                .detail(told)
                .mend("Bring or show the document; a colleague looks at it, and another one approves."),
            ChangeError::NoDevice => Self::new(Fault::Unproved, "change_no_device")
                .detail(told)
                .mend("Set up a passkey and wait a day, or come to a branch with your document."),
            ChangeError::NoOlderDevice => Self::new(Fault::Unproved, "change_no_older_device")
                .detail(told)
                .mend("Sign in with a passkey that you had before the change, and undo it then."),
            ChangeError::TooMany => {
                Self::new(Fault::Conflict, "change_too_many").detail(told).mend("Try again tomorrow.")
            }
            ChangeError::Waits => Self::new(Fault::Conflict, "change_waits").detail(told),
            ChangeError::Disputed => Self::new(Fault::Conflict, "change_disputed").detail(told),
            ChangeError::TooLate => Self::new(Fault::Conflict, "change_too_late").detail(told),
        }
    }
}
