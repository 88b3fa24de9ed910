//! Proofs that customers give in a call, past the agent.

use super::super::error::CallError;
use super::super::events;
use super::super::messages;
use super::super::model::{Ask, Call};
use super::super::rules::{ASK_US, ASKS_MAX, ASKS_WITHIN_US, CODE_DIGITS, CODE_US, code, number};
use super::super::store;
use super::Calls;
use crate::identity::{Attempt, Proof, ProofKind};
use crate::messages::{Message, Messages, Way, send_in_tx};
use kernel::{CallId, Channel, CustomerId, Secret};
use platform::access::{Caller, find_staff};
use platform::app::App;
use platform::audit;
use platform::db::Write;
use platform::http::problem::Problem;
use vault::LookupKind;

impl Calls {
    /// Compares digits of the keypad. The answer is match or no match and nothing else; misses are counted with those
    /// of every other channel.
    pub(in super::super) async fn digits(
        &self,
        caller: &Caller,
        id: CallId,
        kind: ProofKind,
        digits: Secret<String>,
    ) -> Result<bool, CallError> {
        let standing = self.standing(id).await?;
        if !standing.call.is_live(self.app.now()) {
            return Err(CallError::Ended);
        }
        let attempt = Attempt::new(kind, digits, Channel::Phone, caller.actor).at(standing.granted.level);
        let attempt = Attempt { card: standing.call.card, ..attempt };
        let verdict = self.identity.check(standing.call.subject, attempt).await?;
        let write = self.app.db.write().await?;
        self.keep(write, caller, &standing.call, kind, verdict.proof()).await
    }

    /// Asks in the customer's app whether it is them; returns the number that the agent reads out.
    pub(in super::super) async fn ask(&self, caller: &Caller, id: CallId) -> Result<Ask, CallError> {
        let call = self.live_served(caller, id).await?.call;
        let customer = call.customer().ok_or(CallError::Unknown)?;
        let staff = find_staff(&self.app.db, caller.staff()?).await?.ok_or(CallError::Absent)?;
        let now = self.app.now();
        let ask = Ask {
            id: self.app.ids().next(now),
            call: id,
            number: number(&*self.app.random),
            ends_at: now.plus_us(ASK_US),
        };
        let name = staff.name.reveal().split_whitespace().next().unwrap_or_default().to_owned();
        let told = Message {
            ends_at: Some(ask.ends_at),
            ..Message::new(customer, &messages::CONFIRM, &[Way::Push])
        };
        let prepared = Messages::of(&self.app).prepare(&told.with("name", name)).await?;
        let mut write = self.app.db.write().await?;
        // Two calls of one customer ask one after the other: the number of asks is the customer's, and so is this count.
        self.identity.begin_try_in_tx(&mut write, customer, ProofKind::PushMatch, Channel::Phone).await?;
        if !store::take_turn_in_tx(&mut write, id).await? {
            write.rollback().await?;
            return Err(CallError::Ended);
        }
        let since = now.plus_us(-ASKS_WITHIN_US);
        let (recent, waiting) = store::asks_in_tx(&mut write, customer, since, now).await?;
        if recent >= ASKS_MAX || waiting > 0 {
            write.rollback().await?;
            let entry = self.entry(caller, events::ASKED, &call).refused();
            audit::record(&self.app.db, entry).await?;
            return Err(CallError::TooManyAsks);
        }
        store::insert_ask_in_tx(&mut write, customer, &ask, now).await?;
        send_in_tx(&mut write, &prepared).await?;
        write.commit(self.entry(caller, events::ASKED, &call)).await?;
        Ok(ask)
    }

    /// The confirmation that waits in a call of the agent's, to be read out again.
    pub(in super::super) async fn waiting_ask(&self, id: CallId) -> Result<Option<Ask>, CallError> {
        Ok(store::waiting_ask(&self.app.db, id, self.app.now()).await?)
    }

    /// The customer answers in the app with the number that they were told. Each confirmation is answered once; `false`
    /// for a wrong number, for one that came too late, and while answers are refused after wrong ones.
    pub(in super::super) async fn answer(&self, caller: &Caller, typed: &str) -> Result<bool, CallError> {
        let customer = caller.customer()?;
        let talking = self.talking(customer).await?.ok_or(CallError::Absent)?;
        let Some(ask) = talking.ask else { return Ok(false) };
        let call = store::call(&self.app.db, talking.call).await?.ok_or(CallError::Absent)?;
        let mut write = self.app.db.write().await?;
        let (kind, channel) = (ProofKind::PushMatch, caller.channel);
        let held = self.identity.begin_try_in_tx(&mut write, customer, kind, channel).await?;
        // The answer is used up before anything is made of it: a second one finds nothing.
        if !store::answer_in_tx(&mut write, &ask, self.app.now()).await? {
            write.rollback().await?;
            return Ok(false);
        }
        let right = typed.trim() == ask.number.to_string();
        let right = self.identity.end_try_in_tx(&mut write, held, right).await?;
        self.keep(write, caller, &call, kind, right.then(|| proof(kind, &self.app, channel))).await
    }

    /// Has the app show a code for the customer's live call: it ends the one before and lives for a minute.
    pub(in super::super) async fn show_code(&self, caller: &Caller) -> Result<Secret<String>, CallError> {
        let customer = caller.customer()?;
        let talking = self.talking(customer).await?.ok_or(CallError::Absent)?;
        let call = store::call(&self.app.db, talking.call).await?.ok_or(CallError::Absent)?;
        let shown = Secret::new(code(&*self.app.random));
        let hash = self.code_hash(customer, call.id, shown.expose())?;
        let until = self.app.now().plus_us(CODE_US);
        let mut write = self.app.db.write().await?;
        store::put_code_in_tx(&mut write, call.id, &hash, until).await?;
        write.commit(self.entry(caller, events::CODE_SHOWN, &call)).await?;
        Ok(shown)
    }

    /// Compares the code that the customer reads out. It serves once; a wrong one is counted as a miss of theirs.
    pub(in super::super) async fn read_out(
        &self,
        caller: &Caller,
        id: CallId,
        typed: &str,
    ) -> Result<bool, CallError> {
        let call = self.live_served(caller, id).await?.call;
        let customer = call.customer().ok_or(CallError::Unknown)?;
        let digits: String = typed.chars().filter(char::is_ascii_digit).take(CODE_DIGITS + 1).collect();
        let hash = self.code_hash(customer, id, &digits)?;
        let mut write = self.app.db.write().await?;
        let (kind, channel) = (ProofKind::PushMatch, Channel::Phone);
        let held = self.identity.begin_try_in_tx(&mut write, customer, kind, channel).await?;
        let right = store::use_code_in_tx(&mut write, id, &hash, self.app.now()).await?;
        let right = self.identity.end_try_in_tx(&mut write, held, right).await?;
        self.keep(write, caller, &call, kind, right.then(|| proof(kind, &self.app, channel))).await
    }

    /// Keeps what was proved, or writes down that nothing was; whether it was.
    async fn keep(
        &self,
        mut write: Write,
        caller: &Caller,
        call: &Call,
        kind: ProofKind,
        proof: Option<Proof>,
    ) -> Result<bool, CallError> {
        let detail = serde_json::json!({ "kind": kind });
        if let Some(proof) = &proof {
            store::put_proof_in_tx(&mut write, call.id, proof).await?;
        }
        let act = if proof.is_some() { events::PROVED } else { events::UNPROVED };
        let entry = self.entry(caller, act, call).detail(detail);
        write.commit(if proof.is_some() { entry } else { entry.refused() }).await?;
        Ok(proof.is_some())
    }

    /// What a code is kept as: keyed, since a plain hash of a million codes tells the code.
    fn code_hash(&self, customer: CustomerId, call: CallId, digits: &str) -> Result<Vec<u8>, CallError> {
        let text = format!("call code v1 {customer} {call} {digits}");
        let hash = self.app.keys.lookup(LookupKind::ApiKey, &text).map_err(Problem::internal)?;
        Ok(hash.as_bytes().to_vec())
    }
}

/// What was proved now.
fn proof(kind: ProofKind, app: &App, channel: Channel) -> Proof {
    Proof { kind, at: app.now(), channel, device: None }
}
