//! Signing an act with a passkey, and doing it.
//!
//! The signature, the passkey's counter, the receipt and the end of the waiting are one transaction; the act follows it.
//! So an act that needs a signature is done once at most, whatever fails in between: it is never done later by itself,
//! because what its owner saw may not hold any more. They ask again. It counts as done only when it was.

use super::super::error::ApprovalError;
use super::super::model::{Answer, Approval, State, challenge, encode, thumbprint};
use super::super::{events, messages, store};
use super::Approvals;
use super::receipts::Receipt;
use crate::messages::{Message, Messages, Prepared, Way, send_in_tx};
use crate::passkeys::{self, ActSigned, Passkey, PasskeyError, SignedResponse, Site};
use kernel::ApprovalId;
use platform::access::{Caller, Opened};
use platform::approval::{Applied, Signed, SignedAct, act_called};
use platform::audit::{self, Entry};
use platform::http::problem::Problem;
use platform::outbox::Event;
use serde_json::{Value, json};

/// How long a browser waits for its authenticator, milliseconds.
const ANSWER_MS: u64 = 120_000;

/// Where its owner goes, with their renewed session.
type Went = (String, Option<Opened>);

impl Approvals {
    /// What the caller's browser asks their authenticator for this act.
    pub(in super::super) async fn question(&self, caller: &Caller, id: ApprovalId) -> Result<Value, Problem> {
        let approval = self.signable(caller, id).await?;
        let text = approval.text().ok_or(ApprovalError::Unreadable)?;
        let site = Site::of(&self.app, caller.locale)?;
        let known = self.signers(caller, &approval).await?;
        let allowed: Vec<Value> = known
            .iter()
            .map(|passkey| json!({ "type": "public-key", "id": encode(passkey.credential().cred_id()) }))
            .collect();
        Ok(json!({
            "ceremony": approval.id.to_string(),
            "publicKey": {
                "challenge": encode(&challenge(&approval.nonce, &text)),
                "rpId": site.rp_id,
                "allowCredentials": allowed,
                "userVerification": "required",
                "timeout": ANSWER_MS,
            },
        }))
    }

    /// Takes the signature of the caller's passkey, and does the act. Where to go now, and the session where the act gave
    /// it a new token.
    pub(in super::super) async fn sign(
        &self,
        caller: &Caller,
        id: ApprovalId,
        answer: &Answer,
    ) -> Result<Went, Problem> {
        let approval = self.signable(caller, id).await?;
        let text = approval.text().ok_or(ApprovalError::Unreadable)?;
        let challenge = challenge(&approval.nonce, &text);
        let signed = self.checked(caller, &approval, &challenge, answer).await?;
        let receipt = self.receipt(&approval, &text, &challenge, (answer, &signed), self.app.now()).await?;
        let act = act_called(&self.app, &approval.act);
        let message = Message::new(approval.owner, &messages::SIGNED, &[Way::Push]);
        let notice = Messages::of(&self.app).prepare(&message).await.map_err(ApprovalError::from)?;
        self.keep(caller, &approval, (&signed, &receipt, &notice)).await?;
        match act {
            Some(act) => self.apply(caller, act, approval, &signed).await,
            None => Ok((format!("/approvals/{id}"), None)),
        }
    }

    async fn signable(&self, caller: &Caller, id: ApprovalId) -> Result<Approval, Problem> {
        let approval = self.approval_of(caller.customer()?, id).await?;
        if approval.is_push() || approval.state_at(self.app.now()) != State::Waiting {
            return Err(ApprovalError::NotWaiting.into());
        }
        Ok(approval)
    }

    /// The passkeys that can sign this act now.
    async fn signers(&self, caller: &Caller, approval: &Approval) -> Result<Vec<Passkey>, PasskeyError> {
        let bound_first = act_called(&self.app, &approval.act).is_some_and(|act| act.bound_first);
        passkeys::signers_of(&self.app, caller.actor, bound_first).await
    }

    async fn checked(
        &self,
        caller: &Caller,
        approval: &Approval,
        challenge: &[u8; 32],
        answer: &Answer,
    ) -> Result<ActSigned, ApprovalError> {
        let response = SignedResponse {
            client_data: &answer.client_data,
            authenticator_data: &answer.authenticator_data,
            signature: &answer.signature,
        };
        let checked =
            passkeys::check_signed_act(&self.app, caller.actor, &answer.credential, challenge, &response)
                .await;
        let signers = self.signers(caller, approval).await?;
        let checked = checked.and_then(|signed| {
            let may = signers.iter().any(|passkey| passkey.id == signed.device);
            if may { Ok(signed) } else { Err(PasskeyError::Refused("not_bound")) }
        });
        if let Err(PasskeyError::Refused(why)) = &checked {
            let entry = caller.entry(events::NOT_SIGNED).subject(approval.id).concerns(approval.owner);
            audit::record(&self.app.db, entry.detail(json!({ "why": why })).refused()).await?;
        }
        Ok(checked?)
    }

    /// Signature, counter, receipt and notice at once, or nothing.
    async fn keep(
        &self,
        caller: &Caller,
        approval: &Approval,
        (signed, receipt, notice): (&ActSigned, &Receipt, &Prepared),
    ) -> Result<(), ApprovalError> {
        let state = State::Approved;
        let mut write = self.app.db.write().await?;
        let kept = signed.keep_in_tx(&self.app, &mut write).await?
            && store::decide_in_tx(
                &mut write,
                approval.id,
                state,
                Some(signed.device),
                Some(&receipt.sealed),
            )
            .await?;
        if !kept {
            write.rollback().await?;
            return Err(ApprovalError::NotWaiting);
        }
        let kid = thumbprint(&receipt.public);
        store::keep_key_in_tx(&mut write, &kid, &receipt.public).await?;
        send_in_tx(&mut write, notice).await?;
        write.emit(decided(approval, state)).await?;
        let entry = caller.entry(events::SIGNED).subject(approval.id).concerns(approval.owner);
        let detail = json!({ "act": approval.act, "device": signed.device, "receipt_key": kid });
        Ok(write.commit(entry.detail(detail)).await?)
    }

    /// Does the act. What becomes of the approval is noted in the act's own transaction, or, where it has none (the engine
    /// does it), once it is known.
    async fn apply(
        &self,
        caller: &Caller,
        act: &SignedAct,
        approval: Approval,
        signed: &ActSigned,
    ) -> Result<Went, Problem> {
        let (id, owner) = (approval.id, approval.owner);
        let session = caller.session.as_ref().map(|session| session.id);
        let signed = Signed {
            approval: id,
            owner,
            device: signed.device,
            session,
            details: approval.details,
            using_up: |write, id| Box::pin(store::use_in_tx(write, id)),
        };
        let applied = (act.apply)(self.app.clone(), signed).await;
        let (word, went) = match applied {
            Ok(Applied::Done) => (events::USED, Ok((act.next.to_owned(), None))),
            Ok(Applied::Renewed(opened)) => (events::USED, Ok((act.next.to_owned(), Some(*opened)))),
            Ok(Applied::Changed) => (events::CHANGED, Ok((format!("/approvals/{id}"), None))),
            Err(problem) => (events::CHANGED, Err(problem)),
        };
        let detail = json!({ "act": act.name, "failed": went.is_err() });
        let entry = caller.entry(word).subject(id).concerns(owner).detail(detail);
        self.note(id, word == events::USED, entry).await?;
        went
    }

    async fn note(&self, id: ApprovalId, is_done: bool, entry: Entry) -> Result<(), ApprovalError> {
        let mut write = self.app.db.write().await?;
        if !is_done {
            store::note_changed_in_tx(&mut write, id).await?;
            return Ok(write.commit(entry.refused()).await?);
        }
        if store::note_done_in_tx(&mut write, id).await? {
            return Ok(write.commit(entry).await?);
        }
        // The act's own transaction and entry said so.
        Ok(write.rollback().await?)
    }
}

/// The event for whoever asked.
pub(super) fn decided(approval: &Approval, state: State) -> Event {
    Event {
        topic: events::DECIDED,
        object: approval.id.to_string(),
        body: json!({ "approval": approval.id, "act": approval.act, "state": state.word() }),
    }
}
