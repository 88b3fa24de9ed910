//! Acts for a customer on the line. Each asks what the call has proved, writes down that it was let pass or refused, and
//! is then done by the feature whose act it is, with the call as its origin.

use super::super::access;
use super::super::error::CallError;
use super::super::events;
use super::super::model::Proved;
use super::Calls;
use crate::accounts::Done;
use crate::authorizations::CountedProof;
use crate::identity::ProofKind;
use kernel::{CallId, CardId};
use platform::access::{Assurance, Caller, Permission, Refusal, Standing, decide};
use platform::audit::{self, Origin};

/// One thing that an agent can do for a customer on the line.
pub(in super::super) struct Act {
    /// The last part of its address and of the keys of its words.
    pub(in super::super) word: &'static str,
    /// What it needs, of the agent's session and of the call.
    pub(in super::super) permission: &'static Permission,
}

/// All of them, easiest first.
pub(in super::super) static ACTS: [Act; 2] = [
    Act { word: "unfreeze", permission: &access::UNFREEZE },
    Act { word: "unblock", permission: &access::UNBLOCK },
];

impl Calls {
    /// Lets a frozen card of the customer on the line pay again.
    pub(in super::super) async fn unfreeze(
        &self,
        caller: &Caller,
        id: CallId,
        card: CardId,
    ) -> Result<Done, CallError> {
        let standing = self.permit(caller, id, &access::UNFREEZE, card).await?;
        let (cards, card) = self.card(&standing.call, card).await?;
        let work = cards.unfreeze(&card, caller.actor, caller.channel);
        Ok(Origin::around(Some(Origin::Call(id)), work).await?)
    }

    /// Lets a blocked proof of a card of the customer on the line be tried again.
    pub(in super::super) async fn unblock(
        &self,
        caller: &Caller,
        id: CallId,
        card: CardId,
        proof: CountedProof,
    ) -> Result<Done, CallError> {
        let standing = self.permit(caller, id, &access::UNBLOCK, card).await?;
        let (cards, card) = self.card(&standing.call, card).await?;
        let work = cards.unblock(&card, proof, caller.actor, caller.channel);
        Ok(Origin::around(Some(Origin::Call(id)), work).await?)
    }

    /// Whether the call has proved enough; durable in the log before the act, and before the refusal is told.
    async fn permit(
        &self,
        caller: &Caller,
        id: CallId,
        permission: &'static Permission,
        card: CardId,
    ) -> Result<Proved, CallError> {
        let standing = self.live_served(caller, id).await?;
        self.permit_of(caller, standing, permission, serde_json::json!(card)).await
    }

    /// The same of what was worked out already; `what` the act is about.
    pub(super) async fn permit_of(
        &self,
        caller: &Caller,
        standing: Proved,
        permission: &'static Permission,
        what: serde_json::Value,
    ) -> Result<Proved, CallError> {
        let refusal = self.refusal(caller, &standing, permission);
        let act = if refusal.is_none() { events::PERMITTED } else { events::REFUSED };
        let kinds: Vec<&str> = standing.proofs.iter().map(|proof| proof.kind.word()).collect();
        let detail = serde_json::json!({
            "permission": permission.name, "card": what, "assurance": standing.granted.level.level(), "proofs": kinds,
        });
        let entry = self.entry(caller, act, &standing.call).detail(detail);
        let entry = if refusal.is_none() { entry } else { entry.refused() };
        audit::record(&self.app.db, entry).await?;
        refusal.map_or(Ok(standing), Err)
    }

    /// Why the call is not enough for an act; `None` where it is.
    pub(in super::super) fn refusal(
        &self,
        caller: &Caller,
        standing: &Proved,
        permission: &Permission,
    ) -> Option<CallError> {
        let who = Standing::new(caller.role, standing.granted.level);
        match decide(permission, who).err()? {
            Refusal::Assurance { has, needs } => {
                Some(CallError::TooLittle { has, needs, next: self.next_best(standing, needs) })
            }
            other => Some(CallError::Refused(other)),
        }
    }

    /// The shortest way from what is proved to `needs` by proofs that the telephone has.
    fn next_best(&self, standing: &Proved, needs: Assurance) -> Vec<ProofKind> {
        let on_the_phone = [
            ProofKind::PushMatch,
            ProofKind::AuthenticatorCode,
            ProofKind::QueryPassword,
            ProofKind::CardValue,
        ];
        let proved: Vec<ProofKind> = standing.proofs.iter().map(|proof| proof.kind).collect();
        let ways = self.identity.policy().missing(&proved, needs);
        let offered = |way: &Vec<ProofKind>| way.iter().all(|kind| on_the_phone.contains(kind));
        let known = ways.into_iter().find(|way| !way.is_empty() && offered(way));
        // All is proved and yet too old, or something is held against the customer: begin with the strongest.
        known.unwrap_or_else(|| vec![ProofKind::PushMatch])
    }
}
