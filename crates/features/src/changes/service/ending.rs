//! Stopping whatever of a customer's waits, where something takes their access away or back, and telling of it.
//!
//! It joins the transaction of whoever does that, in which nothing can be put into words: the notices follow as jobs of the
//! same commit, at least once each.

use super::super::error::ChangeError;
use super::super::model::State;
use super::super::{events, messages, store};
use super::Changes;
use crate::messages::{MessageError, Messages};
use kernel::{Actor, ChangeId, Channel, CustomerId};
use platform::access::AccessLost;
use platform::app::App;
use platform::audit::Entry;
use platform::db::{DbError, Write};
use platform::jobs::put_in_tx;
use platform::keys::KeyError;
use platform::outbox::Event;
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;

/// The job that tells of a change that has ended.
pub(in super::super) const TELL_ENDED: &str = "changes.tell_ended";

#[derive(Deserialize)]
struct Ended {
    change: ChangeId,
}

/// Has those told whom a change is about that it has ended, after the commit.
pub(super) async fn tell_in_tx(write: &mut Write, id: ChangeId) -> Result<(), DbError> {
    let now = write.now();
    put_in_tx(write, TELL_ENDED, &id.to_string(), now, &json!({ "change": id })).await.map(drop)
}

/// Stops every change of a customer's that waits, each with its event, a copy of `entry`, and a notice that follows. How many
/// there were.
pub(super) async fn stop_waiting_in_tx(
    write: &mut Write,
    owner: CustomerId,
    entry: &Entry,
    why: &Value,
) -> Result<usize, DbError> {
    let stopped = store::stop_waiting_in_tx(write, owner).await?;
    for id in &stopped {
        let id = ChangeId::from_raw(*id);
        let body = json!({ "change": id, "customer": owner });
        write.emit(Event { topic: events::STOPPED, object: id.to_string(), body }).await?;
        tell_in_tx(write, id).await?;
        write.also(entry.clone().subject(id).concerns(owner).detail(why.clone())).await?;
        metrics::counter!("cardea_changes_stopped_total").increment(1);
    }
    Ok(stopped.len())
}

/// Stops what waits of somebody who has lost their access: it may have been asked for by whoever has it now.
pub(in super::super) fn stop_lost<'w>(
    write: &'w mut Write,
    lost: AccessLost,
) -> Pin<Box<dyn Future<Output = Result<(), DbError>> + Send + 'w>> {
    Box::pin(async move {
        let Actor::Cardholder(owner) = lost.whose else { return Ok(()) };
        let entry = Entry::new(lost.by, lost.channel, events::STOPPED);
        stop_waiting_in_tx(write, owner, &entry, &json!({ "access_lost": true })).await.map(drop)
    })
}

/// Tells of a change that was stopped beside something else, or overtaken.
pub(in super::super) async fn tell_ended(app: &App, body: Value) -> Result<(), DbError> {
    let Ok(Ended { change }) = serde_json::from_value(body) else { return Ok(()) };
    let Ok(changes) = Changes::of(app) else { return Ok(()) };
    match changes.tell(change).await {
        Ok(()) => Ok(()),
        Err(ChangeError::Db(error) | ChangeError::Keys(KeyError::Db(error))) => Err(error),
        Err(ChangeError::Message(MessageError::Db(error))) => Err(error),
        Err(error) => {
            // Somebody whose data was erased is told nothing.
            tracing::warn!(%change, %error, "a notice about a change that has ended could not be put into words");
            Ok(())
        }
    }
}

impl Changes {
    async fn tell(&self, id: ChangeId) -> Result<(), ChangeError> {
        let row = store::change(&self.app.db, id).await?.ok_or(ChangeError::Absent)?;
        let change = self.open(row).await?;
        let kind = match change.state {
            State::Stopped => &messages::STOPPED,
            State::Overtaken => &messages::OVERTAKEN,
            _ => return Ok(()),
        };
        let person = self.person(change.customer).await?;
        let message = self.about(&change, &person, kind);
        Messages::of(&self.app).send(&message, (Actor::System, Channel::Job)).await?;
        Ok(())
    }
}
