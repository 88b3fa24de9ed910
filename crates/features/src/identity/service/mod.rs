//! Checking proofs, counting misses, raising sessions (verbs), and what is known about proofs (nouns). The only opener of
//! transactions here; keys work before one begins.

mod activation;
mod again;
mod authenticators;
mod check;
mod joining;
mod lost;
mod passwords;
mod sessions;
mod text_codes;
mod upkeep;

pub use activation::{CodeMark, WaitingCode};
pub(super) use activation::{SEND_LETTER, send_letter};
pub use again::end_again_in_tx;
pub use authenticators::Enrolment;
pub use check::HeldTry;
pub use joining::Coming;
pub(super) use lost::{FREEZE, LOSE_PHONE, freeze_lost_now, lose_phone_now};
pub use passwords::{PASSWORDS_AT_ONCE_MAX, take_over_passwords};
pub use text_codes::Sent;
pub(super) use upkeep::{TELL_BLOCKED, forget, tell_blocked, watch};

use super::error::IdentityError;
use super::model::{ProofKind, Risk, Subject};
use super::rules::Policy;
use super::store;
use crate::accounts::Accounts;
use crate::authorizations::Engine;
use crate::cards::Cards;
use kernel::{Actor, CardId, CustomerId};
use platform::access::{ProofAdvice, person_columns};
use platform::app::{App, Services};
use platform::http::problem::Problem;
use std::sync::Arc;

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    app: App,
    policy: Arc<Policy>,
    accounts: Accounts,
    cards: Cards,
}

/// Puts a policy among the services: for [`Identity`] and for the gate.
#[must_use]
pub fn with_policy(services: Services, policy: Policy) -> Services {
    let policy = Arc::new(policy);
    services.with(Arc::clone(&policy)).with(policy as Arc<dyn ProofAdvice>)
}

impl Identity {
    /// As the running server has it.
    ///
    /// # Errors
    /// The wiring left the policy or the engine out.
    pub fn of(app: &App) -> Result<Self, Problem> {
        let engine = app.service::<Engine>()?;
        let accounts = Accounts::of(app);
        Ok(Self {
            app: app.clone(),
            policy: app.service::<Arc<Policy>>()?,
            cards: Cards::new(accounts.clone(), engine),
            accounts,
        })
    }

    /// The policy that holds.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is known against a person now: raised while one of their proofs is refused after wrong tries.
    ///
    /// # Errors
    /// The database failed.
    pub async fn risk(&self, actor: Actor) -> Result<Risk, IdentityError> {
        let Some(person) = person_columns(actor) else { return Ok(Risk::High) };
        let refused = store::refused_kinds(&self.app.db, person).await?;
        Ok(if refused.is_empty() { Risk::Usual } else { Risk::Raised })
    }

    /// What is known against a customer beside that `kind` is refused: what is to end is not held against them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn risk_but_for(&self, customer: CustomerId, kind: ProofKind) -> Result<Risk, IdentityError> {
        let refused = self.refused_kinds(customer).await?;
        Ok(if refused.iter().all(|one| *one == kind) { Risk::Usual } else { Risk::Raised })
    }

    /// The kinds of proof that are refused to a customer now, after wrong tries.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refused_kinds(&self, customer: CustomerId) -> Result<Vec<ProofKind>, IdentityError> {
        Ok(store::refused_kinds(&self.app.db, Subject::Customer(customer).columns()).await?)
    }

    /// A customer's cards that can be used, with what is shown of their numbers: to choose from.
    pub(super) async fn cards_to_name(
        &self,
        customer: CustomerId,
    ) -> Result<Vec<(CardId, String)>, IdentityError> {
        let held = self.cards.cards_of(customer).await?;
        Ok(held.into_iter().map(|held| (held.card.id, held.card.masked.to_string())).collect())
    }

    /// The same about whom something is to be proved.
    ///
    /// # Errors
    /// The database failed.
    pub async fn risk_of(&self, subject: Subject) -> Result<Risk, IdentityError> {
        let refused = store::refused_kinds(&self.app.db, subject.columns()).await?;
        Ok(if refused.is_empty() { Risk::Usual } else { Risk::Raised })
    }
}
