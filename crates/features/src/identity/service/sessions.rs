//! Sessions rise by proofs, and get a new token when proofs change.

use super::super::error::IdentityError;
use super::super::model::{Granted, Proof};
use super::super::store;
use super::Identity;
use kernel::{Actor, SessionId};
use platform::access::{Caller, Opened, end_sessions_of_in_tx, renew_session_in_tx};
use platform::db::Write;

impl Identity {
    /// Adds a proof to the caller's session and raises it as far as the policy goes. The token is a new one, for the
    /// cookie of the answer; the old one is dead.
    ///
    /// # Errors
    /// [`IdentityError::Absent`] without a live session; or something failed.
    pub async fn prove(&self, caller: &Caller, proof: Proof) -> Result<Opened, IdentityError> {
        let risk = self.risk(caller.actor).await?;
        let mut write = self.app.db.write().await?;
        let risen = self.prove_in_tx(&mut write, &*self.app.random, caller, (&proof, risk)).await?;
        let Some((opened, entry)) = risen else {
            write.rollback().await?;
            return Err(IdentityError::Absent);
        };
        write.commit(entry).await?;
        Ok(opened)
    }

    /// Ends every other session of somebody whose proofs have changed, and gives the one that is kept a new token: the old
    /// one may have been seen by whoever the change is against. `None` where none is kept.
    ///
    /// # Errors
    /// [`IdentityError::Absent`] where the session that is to be kept has ended; the caller rolls back.
    pub(super) async fn keep_only_in_tx(
        &self,
        write: &mut Write,
        person: Actor,
        keep: Option<SessionId>,
    ) -> Result<Option<Opened>, IdentityError> {
        end_sessions_of_in_tx(write, person, keep).await?;
        let Some(keep) = keep else { return Ok(None) };
        let renewed = renew_session_in_tx(write, &*self.app.random, keep).await?;
        Ok(Some(renewed.ok_or(IdentityError::Absent)?))
    }

    /// What these proofs of a person come to now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn granted(&self, actor: Actor, proofs: &[Proof]) -> Result<Granted, IdentityError> {
        let risk = self.risk(actor).await?;
        Ok(self.policy().assurance(proofs, self.app.db.clock().now(), risk))
    }

    /// The newest proof of each kind that was given in a session.
    ///
    /// # Errors
    /// The database failed.
    pub async fn proofs_of(&self, session: SessionId) -> Result<Vec<Proof>, IdentityError> {
        Ok(store::proofs_of(&self.app.db, session).await?)
    }
}
