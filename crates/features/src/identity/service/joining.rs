//! Opening and raising a session in the transaction of somebody whose own check ended well, so that the check, its mark
//! and the session are one.

use super::super::error::IdentityError;
use super::super::events;
use super::super::model::{Proof, Risk};
use super::super::store;
use super::Identity;
use kernel::{Actor, Random};
use platform::access::{
    Assurance, Caller, NewSession, Opened, Raise, Role, open_session_in_tx, raise_session_in_tx,
};
use platform::audit::Entry;
use platform::db::Write;

/// Somebody who comes in.
#[derive(Clone, Debug)]
pub struct Coming<'a> {
    /// Who.
    pub actor: Actor,
    /// What they are.
    pub role: Role,
    /// What they have proved.
    pub proofs: &'a [Proof],
    /// The browser, in words.
    pub agent: Option<String>,
    /// What is known against them: [`Identity::risk`].
    pub risk: Risk,
}

impl Identity {
    /// Opens a session as far as the policy goes, and gives the entry to commit it with; `None` for an actor who is no
    /// person, or who has proved nothing that counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_in_tx(
        &self,
        write: &mut Write,
        random: &dyn Random,
        coming: &Coming<'_>,
    ) -> Result<Option<(Opened, Entry)>, IdentityError> {
        let counted = self.policy().assurance(coming.proofs, write.now(), Risk::Usual);
        if counted.level == Assurance::NONE {
            return Ok(None);
        }
        let granted = self.policy().assurance(coming.proofs, write.now(), coming.risk);
        let device = coming.proofs.iter().find_map(|proof| proof.device);
        let new = NewSession {
            device,
            agent: coming.agent.clone(),
            ..NewSession::new(coming.actor, coming.role, granted.lasting)
        };
        let Some((opened, entry)) = open_session_in_tx(write, random, new).await? else { return Ok(None) };
        for proof in coming.proofs {
            store::put_proof_in_tx(write, opened.session.id, proof).await?;
        }
        let raise = Raise { lasting: granted.lasting, to: granted.level, until: granted.until, device };
        let risen = raise_session_in_tx(write, random, opened.session.id, raise).await?;
        Ok(risen.map(|opened| (opened, entry)))
    }

    /// Adds a proof to the caller's session and raises it, as [`Identity::prove`] does, and gives the entry to commit it
    /// with; `None` without a live session.
    ///
    /// # Errors
    /// The database failed.
    pub async fn prove_in_tx(
        &self,
        write: &mut Write,
        random: &dyn Random,
        caller: &Caller,
        (proof, risk): (&Proof, Risk),
    ) -> Result<Option<(Opened, Entry)>, IdentityError> {
        let Some(session) = &caller.session else { return Ok(None) };
        store::put_proof_in_tx(write, session.id, proof).await?;
        let proofs = store::proofs_of_in_tx(write, session.id).await?;
        let granted = self.policy().assurance(&proofs, write.now(), risk);
        let raise =
            Raise { lasting: granted.lasting, to: granted.level, until: granted.until, device: proof.device };
        let Some(opened) = raise_session_in_tx(write, random, session.id, raise).await? else {
            return Ok(None);
        };
        let detail = serde_json::json!({ "kind": proof.kind, "assurance": granted.level });
        Ok(Some((opened, caller.entry(events::RAISED).subject(session.id).detail(detail))))
    }
}
