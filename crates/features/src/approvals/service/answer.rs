//! Answering what was asked from elsewhere: with the number of the other screen, with no, or with "this was not me"; and
//! what the asking side gets.

use super::super::error::ApprovalError;
use super::super::model::{Approval, State};
use super::super::{PUSH, events, messages, store};
use super::sign::decided;
use super::{Approvals, take_approved_in_tx};
use crate::identity::{Identity, Proof, ProofKind};
use crate::messages::{Message, Messages, Way, send_in_tx};
use crate::passkeys;
use kernel::{Actor, ApprovalId, Channel};
use platform::access::{Caller, Opened, end_session_of_in_tx};
use platform::approval::Details;
use platform::http::problem::Problem;
use serde_json::json;

impl Approvals {
    /// Compares the number that the caller chose with the one at the other screen. One try: whatever comes, the waiting
    /// ends. Only a device that is bound to its owner can say yes.
    pub(in super::super) async fn match_number(
        &self,
        caller: &Caller,
        id: ApprovalId,
        number: Option<i64>,
    ) -> Result<(), Problem> {
        let approval = self.approval_of(caller.customer()?, id).await?;
        if !approval.is_push() || approval.state_at(self.app.now()) != State::Waiting {
            return Err(ApprovalError::NotWaiting.into());
        }
        let device = caller.device();
        let bound = match device {
            Some(device) => passkeys::is_bound_device(&self.app, caller.actor, device).await?,
            None => false,
        };
        let own = caller.session.as_ref().map(|session| session.id);
        if !bound || own == approval.asker.session {
            return Err(ApprovalError::NoMatch.into());
        }
        let identity = Identity::of(&self.app)?;
        let mut write = self.app.db.write().await?;
        // Counted where every other try of this kind is, and refused with them, in the transaction that answers.
        let held = identity
            .begin_try_in_tx(&mut write, approval.owner, ProofKind::PushMatch, Channel::App)
            .await?
            .from_bound_device();
        let right = number.is_some() && number == approval.number;
        let right = identity.end_try_in_tx(&mut write, held, right).await?;
        let (state, act) =
            if right { (State::Approved, events::MATCHED) } else { (State::Refused, events::REFUSED) };
        if !store::decide_in_tx(&mut write, id, state, device, None).await? {
            write.rollback().await?;
            return Err(ApprovalError::NotWaiting.into());
        }
        write.emit(decided(&approval, state)).await?;
        let entry = caller.entry(act).subject(id).concerns(approval.owner);
        write.commit(if right { entry } else { entry.refused() }).await?;
        if right { Ok(()) } else { Err(ApprovalError::NoMatch.into()) }
    }

    /// Says no to what waits.
    pub(in super::super) async fn refuse(&self, caller: &Caller, id: ApprovalId) -> Result<(), Problem> {
        let approval = self.approval_of(caller.customer()?, id).await?;
        let mut write = self.app.db.write().await?;
        if !store::decide_in_tx(&mut write, id, State::Refused, caller.device(), None).await? {
            write.rollback().await?;
            return Err(ApprovalError::NotWaiting.into());
        }
        write.emit(decided(&approval, State::Refused)).await?;
        write.commit(caller.entry(events::REFUSED).subject(id).concerns(approval.owner)).await?;
        Ok(())
    }

    /// "This was not me": says no, also to what is approved and not used yet, ends the session that asked, tells the owner
    /// what to do, and raises an alarm. It works for what has ended, too.
    pub(in super::super) async fn disown(&self, caller: &Caller, id: ApprovalId) -> Result<(), Problem> {
        let approval = self.approval_of(caller.customer()?, id).await?;
        let message = Message::new(approval.owner, &messages::DISOWNED, &[Way::Push, Way::Mail]);
        let notice = Messages::of(&self.app).prepare(&message).await?;
        let mut write = self.app.db.write().await?;
        let revoked = store::revoke_in_tx(&mut write, id, caller.device()).await?;
        if revoked {
            write.emit(decided(&approval, State::Refused)).await?;
        }
        let owner = Actor::Cardholder(approval.owner);
        let ended = match approval.asker.session {
            Some(session) if approval.asker.actor == owner => {
                end_session_of_in_tx(&mut write, owner, session).await?
            }
            _ => false,
        };
        send_in_tx(&mut write, &notice).await?;
        let detail = json!({ "act": approval.act, "asked_by": approval.asker.actor, "session_ended": ended, "revoked": revoked });
        write
            .commit(caller.entry(events::DISOWNED).subject(id).concerns(approval.owner).detail(detail))
            .await?;
        metrics::counter!("cardea_approvals_disowned_total").increment(1);
        tracing::warn!(approval = %id, "a customer says that it was not they who asked");
        Ok(())
    }

    /// Where a request stands that this caller's session made.
    pub(in super::super) async fn asked_here(
        &self,
        caller: &Caller,
        id: ApprovalId,
    ) -> Result<Approval, Problem> {
        let approval = self.approval(id).await?;
        let session = caller.session.as_ref().map(|session| session.id);
        let here = approval.asker.session == session && session.is_some() && approval.is_push();
        let own = caller.actor == Actor::Cardholder(approval.owner);
        if here && own { Ok(approval) } else { Err(Problem::absent()) }
    }

    /// Turns the right number into a proof of the session that asked; `None` while it waits. Once.
    pub(in super::super) async fn finish_push(
        &self,
        caller: &Caller,
        id: ApprovalId,
    ) -> Result<Option<Opened>, Problem> {
        let approval = self.asked_here(caller, id).await?;
        match approval.state_at(self.app.now()) {
            State::Waiting => return Ok(None),
            State::Approved => {}
            _ => return Err(ApprovalError::NotWaiting.into()),
        }
        let proof = self.take_push(&approval).await?;
        Ok(Some(Identity::of(&self.app)?.prove(caller, proof).await?))
    }

    /// Uses up what was approved, for an act outside: once, with exactly these details.
    ///
    /// # Errors
    /// See [`take_approved_in_tx`].
    pub async fn take(&self, approval: &Approval, act: &str, details: &Details) -> Result<(), ApprovalError> {
        let mut write = self.app.db.write().await?;
        match take_approved_in_tx(&mut write, approval, act, details).await {
            Ok(entry) => Ok(write.commit(entry).await?),
            Err(error) => {
                write.rollback().await?;
                Err(error)
            }
        }
    }

    async fn take_push(&self, approval: &Approval) -> Result<Proof, ApprovalError> {
        self.take(approval, PUSH, &approval.details).await?;
        let at = approval.decided_at.unwrap_or(approval.at);
        // The device took part, but the session that rises is in another browser, and must not count as the device.
        Ok(Proof { kind: ProofKind::PushMatch, at, channel: approval.asker.channel, device: None })
    }
}
