//! Sessions rise by proofs, and are opened by them.

use super::super::error::IdentityError;
use super::super::model::{Granted, Proof};
use super::super::{events, store};
use super::Identity;
use kernel::{Actor, SessionId};
use platform::access::{Caller, NewSession, Opened, Raise, Role, open_session_in_tx, raise_session_in_tx};

impl Identity {
    /// Adds a proof to the caller's session and raises it as far as the policy goes. The token is a new one, for the
    /// cookie of the answer; the old one is dead.
    ///
    /// # Errors
    /// [`IdentityError::Absent`] without a live session; or something failed.
    pub async fn prove(&self, caller: &Caller, proof: Proof) -> Result<Opened, IdentityError> {
        let session = caller.session.as_ref().ok_or(IdentityError::Absent)?;
        let risk = self.risk(caller.actor).await?;
        let mut write = self.app.db.write().await?;
        store::put_proof_in_tx(&mut write, session.id, &proof).await?;
        let proofs = store::proofs_of_in_tx(&mut write, session.id).await?;
        let granted = self.policy().assurance(&proofs, write.now(), risk);
        let raise =
            Raise { lasting: granted.lasting, to: granted.level, until: granted.until, device: proof.device };
        let Some(opened) = raise_session_in_tx(&mut write, &*self.app.random, session.id, raise).await?
        else {
            write.rollback().await?;
            return Err(IdentityError::Absent);
        };
        let detail = serde_json::json!({ "kind": proof.kind, "assurance": granted.level });
        write.commit(caller.entry(events::RAISED).subject(session.id).detail(detail)).await?;
        Ok(opened)
    }

    /// Opens a session for somebody who has proved this much; the browser's name is for the list of sessions.
    ///
    /// # Errors
    /// [`IdentityError::Absent`] for an actor who is no person, or who has proved nothing that counts.
    pub async fn open(
        &self,
        actor: Actor,
        role: Role,
        proofs: &[Proof],
        agent: Option<String>,
    ) -> Result<Opened, IdentityError> {
        let granted = self.granted(actor, proofs).await?;
        if granted.level == platform::access::Assurance::NONE {
            return Err(IdentityError::Absent);
        }
        let device = proofs.iter().find_map(|proof| proof.device);
        let new = NewSession { device, agent, ..NewSession::new(actor, role, granted.lasting) };
        let mut write = self.app.db.write().await?;
        let opened = open_session_in_tx(&mut write, &*self.app.random, new).await?;
        let Some((opened, entry)) = opened else {
            write.rollback().await?;
            return Err(IdentityError::Absent);
        };
        for proof in proofs {
            store::put_proof_in_tx(&mut write, opened.session.id, proof).await?;
        }
        let raise = Raise { lasting: granted.lasting, to: granted.level, until: granted.until, device };
        let risen = raise_session_in_tx(&mut write, &*self.app.random, opened.session.id, raise).await?;
        let risen = risen.ok_or(IdentityError::Absent)?;
        write.commit(entry).await?;
        Ok(risen)
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
