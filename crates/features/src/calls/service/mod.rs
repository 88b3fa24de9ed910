//! Beginning, serving and ending calls (verbs), and what is proved in them (nouns). The only opener of transactions
//! here, with its parts: proofs that customers give, and acts that stand on them.

mod acts;
mod facts;
mod line;
mod proofs;

pub(super) use acts::{ACTS, Act};
pub(super) use facts::Asked;
pub use line::with_line;

use super::error::CallError;
use super::events;
use super::model::{Call, Proved, Talking};
use super::rules::{CALL_US, FACTS_WRONG, WAITING_US};
use super::store;
use crate::accounts::{Accounts, Done};
use crate::cards::Cards;
use crate::identity::{Identity, Risk, Subject};
use crate::matters::{self, Matter, MatterKind, live_matter_of};
use kernel::{CallId, CardId, CustomerId, MINUTE_US, MatterId, Secret};
use platform::access::{Caller, find_staff};
use platform::app::App;
use platform::audit::{self, Entry};
use platform::http::problem::Problem;
use vault::{LookupKind, Pan};

/// Calls that are listed at most.
const LISTED_MAX: i64 = 50;

/// Who is said to be on the line.
pub(super) enum Claim {
    /// Whoever holds the card with this number.
    CardNumber(Secret<String>),
    /// This customer.
    Customer(CustomerId),
}

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Calls {
    app: App,
    identity: Identity,
}

impl Calls {
    /// As the running server has them.
    ///
    /// # Errors
    /// The wiring left a service out.
    pub fn of(app: &App) -> Result<Self, Problem> {
        Ok(Self { app: app.clone(), identity: Identity::of(app)? })
    }

    /// Begins a call that the phone menu has answered. Of somebody we don't know it begins as well, so that the answer
    /// does not tell who is a customer.
    pub(super) async fn open_by_menu(&self, caller: &Caller, claim: &Claim) -> Result<Call, CallError> {
        let (subject, card) = self.subject(claim).await?;
        let call = Call { card, ..self.fresh(subject) };
        let mut write = self.app.db.write().await?;
        store::insert_in_tx(&mut write, &call).await?;
        write.commit(self.entry(caller, events::OPENED, &call)).await?;
        Ok(call)
    }

    /// Begins the call of an agent whose customer came past the menu, or finds the one that goes on. The agent has said
    /// beforehand that they serve the customer in a call: that is where its quota was counted.
    pub(super) async fn open_at_desk(
        &self,
        caller: &Caller,
        customer: CustomerId,
    ) -> Result<(Call, Done), CallError> {
        let (staff, now) = (caller.staff()?, self.app.now());
        let matter = live_matter_of(&self.app.db, staff, customer, MatterKind::Call).await?;
        let matter = matter.ok_or(CallError::NoMatter)?;
        matters::may_serve(&self.app, caller, customer).await?;
        if let Some(call) = store::live_of(&self.app.db, customer, Some(staff), now).await? {
            return Ok((call, Done::AlreadyApplied));
        }
        let call =
            Call { staff: Some(staff), matter: Some(matter.id), ..self.fresh(Subject::Customer(customer)) };
        let mut write = self.app.db.write().await?;
        store::insert_in_tx(&mut write, &call).await?;
        write.commit(self.entry(caller, events::OPENED, &call)).await?;
        Ok((call, Done::Applied))
    }

    /// Takes a call that waits; the caller is whom it is said to be about, so it opens a matter, as its form would.
    pub(super) async fn take(&self, caller: &Caller, id: CallId) -> Result<Done, CallError> {
        let (staff, now) = (caller.staff()?, self.app.now());
        let call = store::call(&self.app.db, id).await?.ok_or(CallError::Absent)?;
        match call.staff {
            Some(other) if other == staff => return Ok(Done::AlreadyApplied),
            Some(_) => return Err(CallError::Taken),
            None if !call.is_live(now) => return Err(CallError::Ended),
            None => {}
        }
        let customer = call.customer().ok_or(CallError::Absent)?;
        let standing = matters::may_serve(&self.app, caller, customer).await?;
        let matter = Matter {
            id: MatterId::mint(self.app.ids(), now),
            kind: MatterKind::Call,
            customer,
            reference: None,
            opened_by: staff,
            opened_at: now,
            ends_at: now.plus_us(i64::from(self.app.config.staff.matter_minutes) * MINUTE_US),
        };
        let mut write = self.app.db.write().await?;
        if !store::take_in_tx(&mut write, id, staff, matter.id).await? {
            write.rollback().await?;
            return Err(CallError::Taken);
        }
        if let Err(error) = matters::open_in_tx(&self.app, &mut write, &matter, standing).await {
            write.rollback().await?;
            return Err(matters::refused(&self.app, caller, customer, error).await?.into());
        }
        write.commit(self.entry(caller, events::TAKEN, &call).detail(matter.facts())).await?;
        Ok(Done::Applied)
    }

    /// Ends a call and what it opened.
    pub(super) async fn close(&self, caller: &Caller, call: &Call) -> Result<Done, CallError> {
        let now = self.app.now();
        let mut write = self.app.db.write().await?;
        if !store::close_in_tx(&mut write, call.id, now).await? {
            write.rollback().await?;
            return Ok(Done::AlreadyApplied);
        }
        if let Some(matter) = call.matter {
            matters::close_in_tx(&mut write, matter, now).await?;
        }
        write.commit(self.entry(caller, events::CLOSED, call)).await?;
        Ok(Done::Applied)
    }

    /// A call with what is proved in it, for the phone menu.
    pub(super) async fn standing(&self, id: CallId) -> Result<Proved, CallError> {
        let call = store::call(&self.app.db, id).await?.ok_or(CallError::Absent)?;
        self.standing_of(call).await
    }

    /// The same for the agent who serves it; somebody else's is absent.
    pub(super) async fn served(&self, caller: &Caller, id: CallId) -> Result<Proved, CallError> {
        let staff = caller.staff()?;
        let call = store::call(&self.app.db, id).await?.ok_or(CallError::Absent)?;
        if call.staff != Some(staff) {
            return Err(CallError::Absent);
        }
        self.standing_of(call).await
    }

    /// The same of a call that goes on and whose customer the agent may still serve: between two steps somebody can have
    /// become a relation or an important person.
    pub(super) async fn live_served(&self, caller: &Caller, id: CallId) -> Result<Proved, CallError> {
        let standing = self.served(caller, id).await?;
        if !standing.call.is_live(self.app.now()) {
            return Err(CallError::Ended);
        }
        if let Some(customer) = standing.call.customer() {
            matters::may_serve(&self.app, caller, customer).await?;
        }
        Ok(standing)
    }

    async fn standing_of(&self, call: Call) -> Result<Proved, CallError> {
        let now = self.app.now();
        // A call that is over proves nothing any more.
        let proofs = if call.is_live(now) { store::proofs(&self.app.db, call.id).await? } else { Vec::new() };
        let known = self.identity.risk_of(call.subject).await?;
        let wrong = store::wrong_facts(&self.app.db, call.id).await?;
        let risk = if wrong >= FACTS_WRONG { known.max(Risk::Raised) } else { known };
        let granted = self.identity.policy().assurance(&proofs, now, risk);
        Ok(Proved { call, proofs, granted })
    }

    /// The calls of an agent and those that wait.
    pub(super) async fn open_calls(&self, caller: &Caller) -> Result<Vec<Call>, CallError> {
        let (staff, now) = (caller.staff()?, self.app.now());
        let waiting_since = now.plus_us(-WAITING_US);
        Ok(store::open_calls(&self.app.db, staff, waiting_since, now, LISTED_MAX).await?)
    }

    /// The live call in which the caller serves `customer`.
    pub async fn live_for(&self, caller: &Caller, customer: CustomerId) -> Result<Option<CallId>, CallError> {
        let staff = caller.staff()?;
        let call = store::live_of(&self.app.db, customer, Some(staff), self.app.now()).await?;
        Ok(call.map(|call| call.id))
    }

    /// Who talks to `customer` now, by the name that is said on the telephone.
    pub(super) async fn talking(&self, customer: CustomerId) -> Result<Option<Talking>, CallError> {
        let now = self.app.now();
        let Some(call) = store::live_of(&self.app.db, customer, None, now).await? else { return Ok(None) };
        let Some(staff) = call.staff else { return Ok(None) };
        let Some(staff) = find_staff(&self.app.db, staff).await? else { return Ok(None) };
        let name = staff.name.reveal().split_whitespace().next().unwrap_or_default().to_owned();
        let ask = store::waiting_ask(&self.app.db, call.id, now).await?;
        Ok(Some(Talking { call: call.id, name, since: call.opened_at, ask }))
    }

    /// Writes down that the agent looks at the customer of a call, before they see anything; refused to whom the customer
    /// may not be shown.
    pub(super) async fn note_read(&self, caller: &Caller, call: &Call) -> Result<(), CallError> {
        if let Some(customer) = call.customer() {
            matters::may_serve(&self.app, caller, customer).await?;
        }
        Ok(audit::record(&self.app.db, self.entry(caller, events::READ, call)).await?)
    }

    /// Whom a claim is about, and by which card.
    async fn subject(&self, claim: &Claim) -> Result<(Subject, Option<CardId>), CallError> {
        let claimed = match claim {
            Claim::Customer(id) => match Accounts::of(&self.app).customer(*id).await? {
                Some(_) => return Ok((Subject::Customer(*id), None)),
                None => id.to_string(),
            },
            Claim::CardNumber(typed) => {
                if let Ok(pan) = Pan::parse(typed.expose())
                    && let Some(held) = Cards::of(&self.app)?.card_by_number(&pan).await?
                {
                    return Ok((Subject::Customer(held.card.customer), Some(held.card.id)));
                }
                typed.expose().clone()
            }
        };
        // The same claim counts as the same person, or wrong numbers would give fresh tries.
        let hash = self.app.keys.lookup(LookupKind::ApiKey, &format!("call claim v1 {claimed}"));
        let hash = hash.map_err(Problem::internal)?;
        let first = hash.as_bytes().first_chunk::<8>().copied().unwrap_or_default();
        Ok((Subject::Nobody(i64::from_be_bytes(first) & i64::MAX), None))
    }

    fn fresh(&self, subject: Subject) -> Call {
        let now = self.app.now();
        Call {
            id: CallId::mint(self.app.ids(), now),
            subject,
            card: None,
            staff: None,
            matter: None,
            opened_at: now,
            ends_at: now.plus_us(CALL_US),
            closed_at: None,
        }
    }

    fn entry(&self, caller: &Caller, act: &'static str, call: &Call) -> Entry {
        let entry = caller.entry(act).subject(call.id);
        call.customer().into_iter().fold(entry, |entry, customer| entry.concerns(customer))
    }

    /// A card of the customer on the line; anybody else's is absent.
    async fn card(&self, call: &Call, id: CardId) -> Result<(Cards, crate::cards::Card), CallError> {
        let customer = call.customer().ok_or(CallError::Unknown)?;
        let cards = Cards::of(&self.app)?;
        let held = cards.card_of(customer, id).await?.ok_or(CallError::Absent)?;
        Ok((cards, held.card))
    }
}
