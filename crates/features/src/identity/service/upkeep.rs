//! What is done behind the answers: telling people that a proof of theirs is refused, and forgetting.

use super::super::error::IdentityError;
use super::super::model::ProofKind;
use super::super::{events, messages, store};
use super::Identity;
use crate::messages::{Message, MessageError, Messages, Way};
use kernel::{Actor, Channel, CustomerId, DAY_US, HOUR_US, Timestamp};
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, DbError, Housekeeping, Write};
use platform::jobs::put_in_tx;
use platform::keys::KeyError;
use serde::Deserialize;

/// The job that tells somebody that a proof is refused.
pub(in super::super) const TELL_BLOCKED: &str = "identity.tell_blocked";
/// Counts and lists are kept this long after the last miss.
const KEPT_US: i64 = 31 * DAY_US;
/// That codes by letter were asked for is kept for two years.
const CODES_KEPT_US: i64 = 2 * 365 * DAY_US;

#[derive(Deserialize)]
struct Blocked {
    customer: CustomerId,
    kind: ProofKind,
}

/// Has the owner told, once for each refusal; part of the transaction that began it, so that it can't be lost.
pub(super) async fn tell_blocked_in_tx(
    write: &mut Write,
    customer: CustomerId,
    kind: ProofKind,
    now: Timestamp,
) -> Result<(), DbError> {
    let body = serde_json::json!({ "customer": customer, "kind": kind });
    let key = format!("{customer} {kind} {}", now.us());
    put_in_tx(write, TELL_BLOCKED, &key, now, &body).await.map(drop)
}

/// Tells somebody that a proof of theirs is refused after wrong tries.
pub(in super::super) async fn tell_blocked(app: &App, body: serde_json::Value) -> Result<(), DbError> {
    let Ok(Blocked { customer, kind }) = serde_json::from_value(body) else { return Ok(()) };
    let Ok(identity) = Identity::of(app) else { return Ok(()) };
    let told = async {
        let what = identity.name_for(customer, kind).await?;
        let message = Message::new(customer, &messages::BLOCKED, &[Way::Push, Way::Sms, Way::Mail]);
        let by = (Actor::System, Channel::Job);
        Messages::of(app).send(&message.with("what", what), by).await?;
        Ok::<(), IdentityError>(())
    };
    match told.await {
        Err(IdentityError::Db(error) | IdentityError::Keys(KeyError::Db(error))) => Err(error),
        Err(IdentityError::Message(MessageError::Db(error))) => Err(error),
        Err(error) => {
            // Somebody whose data was erased is told nothing.
            tracing::warn!(%error, "a notice about a refused proof could not be put into words");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Forgets codes that have ended and stops letters that have, so that no clock that is set back revives one; and what
/// strangers may make grow: misses of more than a day, and words that came to nothing, after an hour.
pub(in super::super) async fn forget(db: &Db, all: bool) -> Result<(), DbError> {
    let now = db.clock().now();
    let (misses, words) = (now.plus_us(-DAY_US), now.plus_us(-HOUR_US));
    let due = all
        || store::has_ended_code(db).await?
        || store::has_activation_that_is_over(db).await?
        || store::has_miss_before(db, misses).await?
        || store::has_loss_of_nobody_before(db, words).await?;
    if !due {
        return Ok(());
    }
    let mut write = db.write().await?;
    store::forget_codes_in_tx(&mut write).await?;
    store::stop_activations_that_are_over_in_tx(&mut write).await?;
    store::forget_misses_in_tx(&mut write, misses).await?;
    store::forget_losses_of_nobody_in_tx(&mut write, words).await?;
    if all {
        let (before, codes_before) = (now.plus_us(-KEPT_US), now.plus_us(-CODES_KEPT_US));
        store::forget_old_in_tx(&mut write, before, codes_before).await?;
    }
    write.housekeeping(Housekeeping::Jobs).await
}

/// Looks for one value that was tried on many people, and for many people with misses; raises each alarm once a day.
pub(in super::super) async fn watch(app: &App) -> Result<(), DbError> {
    let Ok(identity) = Identity::of(app) else { return Ok(()) };
    let alarms = identity.policy().alarms;
    let now = app.now();
    let since = now.plus_us(-DAY_US);
    let (widest, missed) = store::sprays(&app.db, since).await?;
    metrics::gauge!("cardea_identity_people_per_value").set(figure(widest));
    metrics::gauge!("cardea_identity_people_with_misses").set(figure(missed));
    let found =
        [("one_value", widest, alarms.people_per_value), ("many_people", missed, alarms.people_with_misses)];
    for (kind, people, _) in found.into_iter().filter(|(_, people, from)| *people >= i64::from(*from)) {
        let mut write = app.db.write().await?;
        if !store::put_alarm_in_tx(&mut write, kind, now.us().div_euclid(DAY_US)).await? {
            write.rollback().await?;
            continue;
        }
        let entry = Entry::new(Actor::System, Channel::Job, events::ALARM_RAISED);
        write.commit(entry.detail(serde_json::json!({ "kind": kind, "people": people }))).await?;
        metrics::counter!("cardea_identity_alarms_total", "kind" => kind).increment(1);
        tracing::warn!(kind, people, "wrong tries over many people look like an attack");
    }
    Ok(())
}

fn figure(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
