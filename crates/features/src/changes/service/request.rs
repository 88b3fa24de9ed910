//! Showing what a change would do, asking for its signature, and taking it.
//!
//! How long a change waits is fixed when it is shown, and begins with the signature: the date that is signed is the first on
//! which it can be made. If anything has come up between showing and signing that would make it longer, nothing is done and
//! the customer sees the new one. The answer depends on whether somebody else has the new number or address, so a day allows
//! so many, and each is in the log.

use super::super::error::ChangeError;
use super::super::model::{Change, Field, Kept, State, Value, in_full};
use super::super::rules::{Direction, Path, Plan, Sign, check};
use super::super::store::{self, Row};
use super::super::{access, events, messages};
use super::{Changes, event, place, present};
use crate::accounts::{Detail, revise_in_tx};
use crate::identity::{Risk, Subject};
use crate::messages::send_in_tx;
use crate::passkeys;
use kernel::{Actor, ChangeId, Channel, CustomerId, DAY_US, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::approval::{Applied, Applying, Asked, Details, Signed, ask};
use platform::audit::{Entry, Origin};
use platform::db::{DbError, Housekeeping, Write};
use platform::http::problem::Problem;
use platform::i18n::t;
use platform::keys::PersonKeys;
use serde_json::json;

/// New numbers and addresses of which one owner is told within a day what they would do: ten, each shown and asked for.
const LOOKS_MAX: i64 = 20;

/// What a change would do, before anybody asks for it.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Of what.
    pub field: Field,
    /// What it is.
    pub from: Value,
    /// What it would be.
    pub to: Value,
    /// How long it waits, and why.
    pub plan: Plan,
    /// When it would be made, if it were signed now.
    pub due_at: Timestamp,
    /// Until when it could be undone.
    pub undo_until: Timestamp,
}

impl Changes {
    /// What a change would do; refused with its reason where it can't be asked for.
    ///
    /// # Errors
    /// The value can't be one, a change of the field waits, it needs evidence, or there is nothing to sign it with.
    pub async fn preview(&self, owner: CustomerId, field: Field, to: Value) -> Result<Preview, ChangeError> {
        if self.policy.path(field) == Path::Evidence {
            return Err(ChangeError::Evidence);
        }
        let person = self.person(owner).await?;
        let from = present(field, &person).ok_or(ChangeError::Evidence)?;
        if let Some(finding) = check(field, &from, &to) {
            return Err(ChangeError::Value(finding));
        }
        if self.policy.direction(field) == Direction::Exposing && !self.has_bound_device(owner).await? {
            return Err(ChangeError::NoDevice);
        }
        if store::disowned_stands(&self.app.db, owner).await? {
            return Err(ChangeError::Disputed);
        }
        if store::waits(&self.app.db, owner, field).await? {
            return Err(ChangeError::Waits);
        }
        let plan = self.plan(owner, field, &to).await?;
        let due_at = self.app.now().plus_us(plan.delay_us);
        let undo_until = due_at.plus_us(plan.undo_us);
        Ok(Preview { field, from, to, plan, due_at, undo_until })
    }

    /// What a change of the caller's own would do; of a number or an address only so often a day, and in the log before they
    /// see it.
    pub(in super::super) async fn preview_own(
        &self,
        caller: &Caller,
        field: Field,
        to: Value,
    ) -> Result<Preview, ChangeError> {
        let owner = caller.customer().map_err(|_| ChangeError::Absent)?;
        let preview = self.preview(owner, field, to).await?;
        if tells_who_is_known(field) {
            let mut write = self.app.db.write().await?;
            if !look_in_tx(&mut write, owner).await? {
                write.rollback().await?;
                return Err(ChangeError::TooMany);
            }
            let entry = caller.entry(events::PREVIEWED).subject(owner).concerns(owner);
            write.commit(entry.detail(json!({ "field": field }))).await?;
        }
        Ok(preview)
    }

    /// Asks the owner to sign a change, and gives the address where they do; one that exposes nothing is made at once.
    pub(in super::super) async fn request(
        &self,
        caller: &Caller,
        field: Field,
        to: Value,
    ) -> Result<Option<String>, Problem> {
        let owner = caller.customer()?;
        let preview = self.preview(owner, field, to).await?;
        let change = self.fresh(owner, &preview);
        let row = self.sealed(&change, &preview).await?;
        if self.policy.direction(field) == Direction::Neutral {
            self.make_at_once(caller, &change, row).await?;
            return Ok(None);
        }
        let mut write = self.app.db.write().await?;
        if tells_who_is_known(field) && !look_in_tx(&mut write, owner).await? {
            write.rollback().await?;
            return Err(ChangeError::TooMany.into());
        }
        store::insert_in_tx(&mut write, &row).await?;
        let entry = caller.entry(events::REQUESTED).subject(change.id).concerns(owner);
        write.commit(entry.detail(facts(&change))).await?;
        let asked = ask(&self.app, caller, &access::CHANGE, self.details(caller, &change)).await;
        match asked {
            Ok(asked @ Asked::Waits(_)) => Ok(asked.address()),
            not_asked => {
                self.forget_request(change.id).await?;
                not_asked.and(Err(ChangeError::NoDevice.into()))
            }
        }
    }

    /// Forgets a request for which there is nothing to sign.
    async fn forget_request(&self, id: ChangeId) -> Result<(), ChangeError> {
        let mut write = self.app.db.write().await?;
        store::forget_request_in_tx(&mut write, id).await?;
        Ok(write.housekeeping(Housekeeping::Ceremony).await?)
    }

    fn details(&self, caller: &Caller, change: &Change) -> Details {
        let calendar = self.app.calendar(caller.locale);
        Details::new()
            .text("change", change.id)
            .text("field", change.field.word())
            .text("what", t(caller.locale, &change.field.name_key(), &[]))
            .text("from", change.from.masked())
            .text("to", in_full(&change.to))
            .text("not_before", calendar.date_time(change.due_at))
            .text("undo_until", calendar.date_time(change.undo_until))
    }

    fn fresh(&self, owner: CustomerId, preview: &Preview) -> Change {
        let now = self.app.now();
        Change {
            id: ChangeId::mint(self.app.ids(), now),
            customer: owner,
            field: preview.field,
            from: preview.from.clone(),
            to: preview.to.clone(),
            state: State::Requested,
            requested_at: now,
            signed_at: None,
            approval: None,
            due_at: preview.due_at,
            made_at: None,
            undo_until: preview.undo_until,
            ended_at: None,
            signs: preview.plan.signs.clone(),
            disowned_at: None,
        }
    }

    async fn sealed(&self, change: &Change, preview: &Preview) -> Result<Row, ChangeError> {
        let kept = serde_json::to_vec(&Kept::of(&change.from, &change.to));
        let kept = kernel::Secret::new(kept.map_err(|_| ChangeError::Unreadable)?);
        let id = change.id.raw();
        let exposing = self.policy.direction(change.field) == Direction::Exposing;
        Ok(Row {
            id,
            customer: change.customer.raw(),
            field: change.field.word().to_owned(),
            value: PersonKeys::of(&self.app).seal(change.customer, place(id), kept.expose()).await?,
            signs: serde_json::to_string(&change.signs).map_err(|_| ChangeError::Unreadable)?,
            state: change.state.word().to_owned(),
            exposing: i64::from(exposing),
            requested_at: change.requested_at.us(),
            delay_us: preview.plan.delay_us,
            undo_us: preview.plan.undo_us,
            due_at: change.due_at.us(),
            undo_until: change.undo_until.us(),
            approval: None,
            device: None,
            signed_at: None,
            made_at: None,
            ended_at: None,
            disowned_at: None,
        })
    }

    /// What exposes nothing: one transaction, done, and told in the language before it.
    async fn make_at_once(&self, caller: &Caller, change: &Change, row: Row) -> Result<(), ChangeError> {
        let revised = self.accounts.prepare_revision(change.customer, &change.from, &change.to).await?;
        let revised = revised.ok_or(ChangeError::TooLate)?;
        let person = self.person(change.customer).await?;
        let notice = self.notice(change, &person, &messages::CHANGED).await?;
        let now = Some(self.app.now().us());
        let row = Row { state: State::Final.word().to_owned(), signed_at: None, made_at: now, ..row };
        let mut write = self.app.db.write().await?;
        store::insert_in_tx(&mut write, &row).await?;
        if !revise_in_tx(&mut write, &revised).await? {
            write.rollback().await?;
            return Err(DbError::Stale.into());
        }
        send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::MADE, change)).await?;
        let entry = caller.entry(events::MADE).subject(change.id).concerns(change.customer);
        write.commit(entry.detail(facts(change))).await?;
        metrics::counter!("cardea_changes_made_total", "field" => change.field.word()).increment(1);
        Ok(())
    }

    async fn has_bound_device(&self, owner: CustomerId) -> Result<bool, ChangeError> {
        let (now, held) = (self.app.now(), passkeys::passkeys_of(&self.app, Actor::Cardholder(owner)).await?);
        Ok(held.iter().any(|passkey| passkeys::is_bound(passkey, now)))
    }

    /// How long a change waits, from what is known at this moment.
    async fn plan(&self, owner: CustomerId, field: Field, to: &Value) -> Result<Plan, ChangeError> {
        let (now, mut signs) = (self.app.now(), Vec::new());
        let held = passkeys::passkeys_of(&self.app, Actor::Cardholder(owner)).await?;
        if held.iter().any(|passkey| now.since_us(passkey.made_at) < self.policy.new_device_us()) {
            signs.push(Sign::NewDevice);
        }
        if self.identity.waiting_activation(owner).await?.is_some() {
            signs.push(Sign::Recovery);
        }
        if self.identity.risk_of(Subject::Customer(owner)).await? != Risk::Usual {
            signs.push(Sign::WrongTries);
        }
        let known = match to {
            Detail::Phone(phone) => self.accounts.customers_by_phone(phone.reveal()).await?,
            Detail::Email(email) => self.accounts.customers_by_email(email.reveal()).await?,
            Detail::Address { .. } | Detail::Language(_) => Vec::new(),
        };
        if known.iter().any(|customer| customer.id != owner) {
            signs.push(Sign::KnownValue);
        }
        let since = now.plus_us(-self.policy.together_us());
        let others = store::others(&self.app.db, owner, field, since).await?;
        Ok(self.policy.plan(field, &signs, others))
    }

    /// Lets a signed change wait for its time. Says whether it does: not where it was signed on a device that is not bound,
    /// where it is not what was shown, or where it would have to wait longer now.
    async fn take_signed(&self, signed: &Signed) -> Result<bool, ChangeError> {
        let Some(id) = signed.details.parse::<ChangeId>("change") else { return Ok(false) };
        let row = store::change(&self.app.db, id).await?;
        let Some(row) = row.filter(|row| row.customer == signed.owner.raw()) else { return Ok(false) };
        let (shown_us, undo_us) = (row.delay_us, row.undo_us);
        let change = self.open(row).await?;
        let text = |name: &str| signed.details.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let same = text("field").as_deref() == Some(change.field.word())
            && text("to") == Some(in_full(&change.to))
            && text("from") == Some(change.from.masked());
        let bound =
            passkeys::is_bound_device(&self.app, Actor::Cardholder(signed.owner), signed.device).await?;
        let person = self.person(signed.owner).await?;
        let starts = present(change.field, &person).as_ref() == Some(&change.from);
        if !(same && bound && starts && change.state == State::Requested) {
            return Ok(false);
        }
        let plan = self.plan(signed.owner, change.field, &change.to).await?;
        if plan.delay_us > shown_us {
            return Ok(false);
        }
        // What was shown is how long it waits; that begins now.
        let now = self.app.now();
        let due_at = now.plus_us(shown_us);
        let change = Change { signed_at: Some(now), due_at, undo_until: due_at.plus_us(undo_us), ..change };
        let notices = self.waiting_notices(&change, &person).await?;
        let mut write = self.app.db.write().await?;
        store::lock_in_tx(&mut write, signed.owner).await?;
        if store::disowned_stands_in_tx(&mut write, signed.owner).await?
            || !self.still_fits_in_tx(&mut write, &change, shown_us).await?
            || !store::sign_in_tx(&mut write, &change, (signed.approval, signed.device)).await?
            || !signed.use_up_in_tx(&mut write).await?
        {
            write.rollback().await?;
            return Ok(false);
        }
        notices.send_in_tx(&mut write, &change).await?;
        write.emit(event(events::SIGNED, &change)).await?;
        if change.signs.contains(&Sign::OtherChange) {
            self.alarm_in_tx(&mut write, &change).await?;
        }
        let entry = Entry::new(Actor::Cardholder(signed.owner), Channel::App, events::SIGNED)
            .origin(signed.session.map(Origin::Session))
            .subject(id)
            .concerns(signed.owner);
        let mut detail = facts(&change);
        detail["approval"] = json!(signed.approval);
        detail["device"] = json!(signed.device);
        write.commit(entry.detail(detail)).await?;
        metrics::counter!("cardea_changes_signed_total", "field" => change.field.word()).increment(1);
        Ok(true)
    }

    /// Whether the other changes around it still let it wait no longer than was shown, under the customer's lock: two that
    /// are signed at one moment both count.
    async fn still_fits_in_tx(
        &self,
        write: &mut Write,
        change: &Change,
        shown_us: i64,
    ) -> Result<bool, ChangeError> {
        let since = write.now().plus_us(-self.policy.together_us());
        let others = store::others_in_tx(write, change.customer, change.field, since).await?;
        let signs: Vec<Sign> =
            change.signs.iter().copied().filter(|sign| *sign != Sign::OtherChange).collect();
        Ok(self.policy.plan(change.field, &signs, others).delay_us <= shown_us)
    }

    /// Several exposing changes together are what a takeover looks like: somebody should look at it.
    pub(super) async fn alarm_in_tx(&self, write: &mut Write, change: &Change) -> Result<(), ChangeError> {
        write.emit(event(events::ALARMED, change)).await?;
        let entry = Entry::new(Actor::System, Channel::App, events::ALARMED)
            .subject(change.id)
            .concerns(change.customer);
        write.also(entry.detail(facts(change))).await?;
        metrics::counter!("cardea_changes_alarms_total").increment(1);
        tracing::warn!(change = %change.id, "exposing changes of one customer stand together, or one was disowned");
        Ok(())
    }
}

/// Whether the answer to a new value depends on who else has it.
const fn tells_who_is_known(field: Field) -> bool {
    matches!(field, Field::Phone | Field::Email)
}

/// Counts that an owner is told what a new number or address would do; says whether the day allows it. Of many at one moment
/// each is counted.
async fn look_in_tx(write: &mut Write, owner: CustomerId) -> Result<bool, DbError> {
    store::lock_in_tx(write, owner).await?;
    let since = write.now().plus_us(-DAY_US);
    if store::looks_since_in_tx(write, owner, since).await? >= LOOKS_MAX {
        return Ok(false);
    }
    store::add_look_in_tx(write, owner).await?;
    Ok(true)
}

/// What the log is told of a change; no value.
pub(super) fn facts(change: &Change) -> serde_json::Value {
    let signs: Vec<&str> = change.signs.iter().map(|sign| sign.word()).collect();
    json!({ "field": change.field, "signs": signs, "due_at": change.due_at.us() })
}

/// Takes the signature of a change: the answer of this feature to its signed act.
pub(in super::super) fn sign(app: App, signed: Signed) -> Applying {
    Box::pin(async move {
        let taken = Changes::of(&app)?.take_signed(&signed).await?;
        Ok(if taken { Applied::Done } else { Applied::Changed })
    })
}
