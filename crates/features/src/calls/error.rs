//! What can go wrong with calls, and which kind of failure it is.

use crate::accounts::AccountError;
use crate::cards::CardError;
use crate::identity::{IdentityError, ProofKind};
use crate::matters::MatterError;
use crate::messages::MessageError;
use kernel::Fault;
use platform::access::{Assurance, Refusal};
use platform::db::DbError;
use platform::http::problem::Problem;

/// Why something about a call was not done.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The customer could not be read.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The card's part failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// What is proved could not be checked.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The matter could not be opened.
    #[error(transparent)]
    Matter(#[from] MatterError),
    /// The message could not be sent.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Platform refused.
    #[error("{}", .0.code())]
    Problem(Box<Problem>),
    /// There is no such call, or not for this caller.
    #[error("there is no such call")]
    Absent,
    /// The call is over.
    #[error("the call is over")]
    Ended,
    /// Somebody else serves it.
    #[error("somebody else has taken this call")]
    Taken,
    /// There is no live call matter of the agent for this customer.
    #[error("say first that the customer is on the line")]
    NoMatter,
    /// Who is on the line is not known.
    #[error("nobody knows yet who is on the line")]
    Unknown,
    /// As many confirmations were asked for as are allowed.
    #[error("a confirmation waits already, or as many were asked for as ten minutes allow")]
    TooManyAsks,
    /// There is no such question in the call that waits for its answer.
    #[error("this question was answered already, or was not asked in this call")]
    FactAnswered,
    /// Too little is proved in the call.
    #[error("this needs assurance {}; the call has {}", needs.level(), has.level())]
    TooLittle {
        /// What is proved.
        has: Assurance,
        /// What is needed.
        needs: Assurance,
        /// The proofs that would reach it, the best way first.
        next: Vec<ProofKind>,
    },
    /// The act is not the agent's.
    #[error("{}", .0.code())]
    Refused(Refusal),
}

impl From<Problem> for CallError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        let told = error.to_string();
        let conflict = |code| Self::new(Fault::Conflict, code).detail(told.clone());
        match error {
            CallError::Db(error) => error.into(),
            CallError::Account(error) => error.into(),
            CallError::Card(error) => error.into(),
            CallError::Identity(error) => error.into(),
            CallError::Matter(error) => error.into(),
            CallError::Message(error) => error.into(),
            CallError::Problem(problem) => *problem,
            CallError::Absent => Self::absent(),
            CallError::Ended => conflict("call_ended"),
            CallError::Taken => conflict("call_taken"),
            CallError::NoMatter => Self::new(Fault::Forbidden, "no_matter").detail(told),
            CallError::Unknown => conflict("caller_unknown"),
            CallError::FactAnswered => conflict("fact_answered"),
            CallError::TooManyAsks => {
                Self::new(Fault::Forbidden, "confirmations_exhausted").too_many().detail(told)
            }
            CallError::TooLittle { ref next, .. } => {
                let names: Vec<&str> = next.iter().map(|kind| kind.word()).collect();
                Self::new(Fault::Forbidden, "call_assurance_too_low")
                    .detail(told)
                    .mend(format!("Let the caller prove: {}.", names.join(" with ")))
            }
            CallError::Refused(refusal) => Self::new(Fault::Forbidden, refusal.code()),
        }
    }
}
