//! Making changes whose time has come, once, on whichever node looks first.
//!
//! Each change is a transaction of its own: its step from waiting to made, the person's row, the end of sessions, the notice,
//! the event and the entry are all there or none. A change that fails is left for the next look, and holds none of the others
//! up. A change is stopped instead where the passkey that signed it has been ended since: a phone that is gone takes along what
//! was asked for with it.

use super::super::error::ChangeError;
use super::super::model::{Change, Field, State};
use super::super::store::{self, Row};
use super::super::{events, messages};
use super::ending::tell_in_tx;
use super::request::facts;
use super::{Changes, event};
use crate::accounts::{AccountError, revise_in_tx};
use crate::passkeys;
use kernel::{Actor, ChangeId, Channel, CustomerId, DAY_US, DeviceId};
use platform::access::end_sessions_of_in_tx;
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, DbError, Housekeeping};
use platform::keys::KeyError;
use platform::outbox::Event;

/// Changes that are read at once.
const ROUND_CHANGES_MAX: i64 = 100;
/// Rounds of one look, so that it ends before its lease does.
const ROUNDS_MAX: usize = 20;
/// Requests without a signature are kept this long, microseconds.
const UNSIGNED_KEPT_US: i64 = DAY_US;
/// What was signed is kept this long after it was due, microseconds: ten years.
const SIGNED_KEPT_US: i64 = 10 * 365 * DAY_US;
/// Changes that are forgotten in one transaction at most; the rest goes the next day.
const FORGOTTEN_MAX: i64 = 10_000;

/// Makes what is due, and ends the time of what can't be undone any more.
pub(in super::super) async fn make_due(app: &App) -> Result<(), DbError> {
    let Ok(changes) = Changes::of(app) else { return Ok(()) };
    let mut after = (i64::MIN, 0);
    for _ in 0..ROUNDS_MAX {
        let rows = store::due(&app.db, app.now(), after, ROUND_CHANGES_MAX).await?;
        let Some(last) = rows.last() else { break };
        after = (last.due_at, last.id);
        for row in rows {
            let id = ChangeId::from_raw(row.id);
            if let Err(error) = changes.make(row).await {
                metrics::counter!("cardea_changes_failed_total").increment(1);
                tracing::error!(change = %id, %error, "a change that is due could not be made; it is tried again");
            }
        }
    }
    changes.settle().await
}

/// Forgets requests that nobody signed, codes that have ended, and what was signed long ago.
pub(in super::super) async fn forget(db: &Db) -> Result<(), DbError> {
    let mut write = db.write().await?;
    let before = |us: i64| write.now().plus_us(-us);
    let before = (before(UNSIGNED_KEPT_US), before(SIGNED_KEPT_US));
    store::forget_in_tx(&mut write, before, FORGOTTEN_MAX).await?;
    write.housekeeping(Housekeeping::Ceremony).await
}

impl Changes {
    async fn make(&self, row: Row) -> Result<(), ChangeError> {
        let (customer, id) = (CustomerId::from_raw(row.customer), ChangeId::from_raw(row.id));
        let (undo_us, device) = (row.undo_us, row.device.map(DeviceId::from_raw));
        let change = match self.open(row).await {
            // Whoever was erased has nothing to change; the sealed value is gone with their key.
            Err(ChangeError::Keys(KeyError::Erased(_) | KeyError::Absent(_))) => {
                return self.overtake(id, customer).await;
            }
            opened => opened?,
        };
        if !self.is_held(customer, device).await? {
            return self.stop_with_its_device(&change).await;
        }
        let revised = match self.accounts.prepare_revision(customer, &change.from, &change.to).await {
            Ok(Some(revised)) => revised,
            Ok(None) | Err(AccountError::Erased | AccountError::Absent) => {
                return self.overtake(id, customer).await;
            }
            Err(error) => return Err(error.into()),
        };
        let told = Change { undo_until: self.app.now().plus_us(undo_us), ..change.clone() };
        let person = self.person(customer).await?;
        let notice = self.notice(&told, &person, &messages::MADE).await?;
        let mut write = self.app.db.write().await?;
        store::lock_in_tx(&mut write, customer).await?;
        if !store::make_in_tx(&mut write, id).await? {
            // Another node was faster, or it was stopped in this moment.
            return Ok(write.rollback().await?);
        }
        if !revise_in_tx(&mut write, &revised).await? {
            write.rollback().await?;
            return Err(DbError::Stale.into());
        }
        // Who signs in from now on is reached at the new contact; whoever is in must prove it again.
        let contact = matches!(change.field, Field::Phone | Field::Email);
        let ended = match contact {
            true => end_sessions_of_in_tx(&mut write, Actor::Cardholder(customer), None).await?,
            false => 0,
        };
        crate::messages::send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::MADE, &change)).await?;
        let entry = Entry::new(Actor::System, Channel::Job, events::MADE).subject(id).concerns(customer);
        let mut detail = facts(&change);
        detail["sessions_ended"] = serde_json::json!(ended);
        write.commit(entry.detail(detail)).await?;
        metrics::counter!("cardea_changes_made_total", "field" => change.field.word()).increment(1);
        Ok(())
    }

    /// Whether the passkey that signed is still its owner's.
    async fn is_held(&self, owner: CustomerId, device: Option<DeviceId>) -> Result<bool, ChangeError> {
        let Some(device) = device else { return Ok(false) };
        Ok(passkeys::passkey(&self.app, Actor::Cardholder(owner), device).await?.is_some())
    }

    /// Stops a change whose passkey was ended after it had signed.
    async fn stop_with_its_device(&self, change: &Change) -> Result<(), ChangeError> {
        let person = self.person(change.customer).await?;
        let notice = self.notice(change, &person, &messages::STOPPED).await?;
        let mut write = self.app.db.write().await?;
        store::lock_in_tx(&mut write, change.customer).await?;
        if !store::end_in_tx(&mut write, change.id, State::Stopped).await? {
            return Ok(write.rollback().await?);
        }
        crate::messages::send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::STOPPED, change)).await?;
        let entry = Entry::new(Actor::System, Channel::Job, events::STOPPED);
        let mut detail = facts(change);
        detail["passkey_ended"] = serde_json::json!(true);
        write.commit(entry.subject(change.id).concerns(change.customer).detail(detail)).await?;
        metrics::counter!("cardea_changes_stopped_total").increment(1);
        Ok(())
    }

    /// Ends a change that has nothing to start from any more; its owner is told, unless they were erased.
    async fn overtake(&self, id: ChangeId, customer: CustomerId) -> Result<(), ChangeError> {
        let mut write = self.app.db.write().await?;
        if !store::end_in_tx(&mut write, id, State::Overtaken).await? {
            return Ok(write.rollback().await?);
        }
        let body = serde_json::json!({ "change": id, "customer": customer });
        let object = id.to_string();
        write.emit(Event { topic: events::OVERTAKEN, object, body }).await?;
        tell_in_tx(&mut write, id).await?;
        let entry = Entry::new(Actor::System, Channel::Job, events::OVERTAKEN).subject(id).concerns(customer);
        Ok(write.commit(entry.refused()).await?)
    }

    /// Ends the time to undo of what was made long enough ago.
    async fn settle(&self) -> Result<(), DbError> {
        let mut write = self.app.db.write().await?;
        let settled = store::settle_in_tx(&mut write, ROUND_CHANGES_MAX).await?;
        let Some((last, others)) = settled.split_last() else { return write.rollback().await };
        for (id, customer) in &settled {
            let (id, customer) = (ChangeId::from_raw(*id), CustomerId::from_raw(*customer));
            let body = serde_json::json!({ "change": id, "customer": customer });
            write.emit(Event { topic: events::SETTLED, object: id.to_string(), body }).await?;
        }
        let entry = |(id, customer): &(i64, i64)| {
            Entry::new(Actor::System, Channel::Job, events::SETTLED)
                .subject(ChangeId::from_raw(*id))
                .concerns(CustomerId::from_raw(*customer))
        };
        for one in others {
            write.also(entry(one)).await?;
        }
        write.commit(entry(last)).await
    }
}
