//! What can go wrong here, and which kind of failure it is.

use super::model::ProofKind;
use super::rules::Weakness;
use crate::accounts::AccountError;
use crate::cards::CardError;
use crate::messages::MessageError;
use kernel::Fault;
use platform::db::DbError;
use platform::http::problem::Problem;
use platform::keys::KeyError;
use vault::VaultError;

/// Why something about proofs did not work. A wrong proof is none of these: it is an answer.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The key module failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The person's key can't seal or open.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The account's part failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The card's part failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The message could not be put on its way.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The payment module or the engine is not there.
    #[error("card values can't be compared here")]
    NoIntake,
    /// Others refuse it.
    #[error("{}", .0.code())]
    Problem(Problem),
    /// There is nobody who takes letters.
    #[error("no letters are taken over here")]
    NoLetterBox,
    /// Too many say something at once.
    #[error("too many at once; try again in a minute")]
    TooMany,
    /// As many codes by letter were asked for as are allowed.
    #[error(
        "as many codes by letter were asked for as are allowed; the last one still works, or the customer comes to a branch"
    )]
    TooManyLetters,
    /// There is no such person, or the session has ended.
    #[error("there is nobody here with this id")]
    Absent,
    /// The query password is too easy to guess.
    #[error("the query password is too easy to guess: {}", .0.word())]
    Weak(Weakness),
    /// This kind of proof is checked elsewhere, or is not taken on this channel.
    #[error("a proof of the kind {0} is not taken here")]
    NotHere(ProofKind),
    /// Something stored is not what this program writes.
    #[error("{0} in the database can't be read")]
    Unreadable(&'static str),
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let told = error.to_string();
        match error {
            IdentityError::Db(error) => error.into(),
            IdentityError::Account(error) => error.into(),
            IdentityError::Card(error) => error.into(),
            IdentityError::Keys(KeyError::Db(error)) => error.into(),
            IdentityError::Keys(KeyError::Erased(_)) => {
                Self::new(Fault::Conflict, "customer_erased").detail(told)
            }
            IdentityError::Keys(KeyError::Absent(_)) | IdentityError::Absent => Self::absent(),
            IdentityError::Weak(_) => {
                Self::new(Fault::Invalid, "query_password_weak").at("field password").detail(told)
            }
            IdentityError::NotHere(_) => {
                Self::new(Fault::Invalid, "proof_not_taken_here").at("field kind").detail(told)
            }
            IdentityError::Keys(error) => Self::internal(error),
            IdentityError::TooMany => Self::new(Fault::Busy, "too_many_at_once").too_many().detail(told),
            IdentityError::Problem(problem) => problem,
            IdentityError::TooManyLetters => Self::new(Fault::Conflict, "too_many_letters").detail(told),
            IdentityError::Message(error) => error.into(),
            IdentityError::NoLetterBox => Self::new(Fault::Conflict, "no_letter_box")
                .detail(told)
                .mend("Ask the administrator to set up where letters are printed."),
            IdentityError::Vault(_) | IdentityError::Unreadable(_) | IdentityError::NoIntake => {
                Self::internal(told)
            }
        }
    }
}
