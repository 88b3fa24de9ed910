//! A person's passkeys and sessions, as they see and end them.
//!
//! Ending a passkey changes a factor: every other session of its owner ends with it, and the browser in which it was done
//! gets a new token.

use super::super::error::PasskeyError;
use super::super::messages::{self, notice};
use super::super::model::{EndReason, NAME_CHARS_MAX, Passkey, Person};
use super::super::store::Held;
use super::super::{events, rules, store};
use super::enrolment::{place, seal_name};
use super::sign_in::{concerning, own_session};
use crate::messages::send_in_tx;
use kernel::{Actor, CustomerId, DeviceId, Masked, SessionId, Timestamp};
use platform::access::{
    AccessLost, Caller, Opened, SessionSeen, end_access_in_tx, end_session_of_in_tx, end_sessions_of_in_tx,
    renew_session_in_tx, sessions_of,
};
use platform::app::App;
use platform::audit::{self, Entry};
use platform::db::{DbError, Write};
use platform::keys::PersonKeys;
use platform::text::FreeText;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;

/// What a person has: passkeys and live sessions.
pub(in super::super) struct Own {
    pub(in super::super) passkeys: Vec<Passkey>,
    pub(in super::super) sessions: Vec<SessionSeen>,
}

/// The passkeys of somebody that work, first made first, with their names.
pub async fn passkeys_of(app: &App, whose: Actor) -> Result<Vec<Passkey>, PasskeyError> {
    let Some(person) = Person::of(whose) else { return Ok(Vec::new()) };
    let held = store::passkeys_of(&app.db, person).await?;
    let key = match person.customer().filter(|_| held.iter().any(|held| held.sealed_name.is_some())) {
        Some(customer) => Some(PersonKeys::of(app).key(customer).await?),
        None => None,
    };
    let named = |held: Held| {
        let opened = held.sealed_name.as_deref().zip(key.as_ref());
        // A name that can't be opened is a name less, not a passkey less.
        let name = opened.and_then(|(sealed, key)| key.open(place(held.passkey.id), sealed).ok());
        let name = name.and_then(|name| String::from_utf8(name.expose().clone()).ok()).map(Masked::new);
        Passkey { name, ..held.passkey }
    };
    Ok(held.into_iter().map(named).collect())
}

/// The passkey with this id, while it works and is this person's; without its name.
pub async fn passkey(app: &App, whose: Actor, id: DeviceId) -> Result<Option<Passkey>, PasskeyError> {
    let held = store::passkey(&app.db, id).await?;
    let owner = Person::of(whose);
    Ok(held.map(|held| held.passkey).filter(|passkey| Some(passkey.person) == owner))
}

/// Whether this device stands for its owner now: see [`rules::is_bound`].
pub async fn is_bound_device(app: &App, whose: Actor, id: DeviceId) -> Result<bool, PasskeyError> {
    Ok(passkey(app, whose, id).await?.is_some_and(|passkey| rules::is_bound(&passkey, app.now())))
}

/// Ends all passkeys of somebody who has lost their access, and their codes, in a transaction that does more: recovery, a
/// phone that is gone, a colleague who is shut out. Each has an entry of its own, by which a restore ends it again.
pub(in super::super) fn end_lost<'w>(
    write: &'w mut Write,
    lost: AccessLost,
) -> Pin<Box<dyn Future<Output = Result<(), DbError>> + Send + 'w>> {
    Box::pin(async move {
        let Some(person) = Person::of(lost.whose) else { return Ok(()) };
        let (now, why) = (write.now(), EndReason::Recovered);
        if store::withdraw_codes_in_tx(write, person, now).await? > 0 {
            let entry = Entry::new(lost.by, lost.channel, events::CODE_WITHDRAWN).subject(person.actor());
            write.also(concerning(entry, person)).await?;
        }
        for id in store::end_all_in_tx(write, person, why, now).await? {
            let entry = Entry::new(lost.by, lost.channel, events::ENDED).subject(id);
            write.also(concerning(entry.detail(json!({ "why": why.word() })), person)).await?;
        }
        Ok(())
    })
}

/// How many passkeys a customer has, for the desk; that somebody looked is in the log before they see it.
pub(in super::super) async fn count_of_customer(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
) -> Result<usize, PasskeyError> {
    let entry = caller.entry(events::COUNTED).subject(customer).concerns(customer);
    audit::record(&app.db, entry).await?;
    Ok(store::passkeys_of(&app.db, Person::Cardholder(customer)).await?.len())
}

/// Ends every passkey and session of a customer, for somebody at the desk who has them on the line: a phone that is gone
/// takes its keys with it, and whatever else was asked for with them. How many passkeys there were.
pub(in super::super) async fn end_all_of_customer(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
) -> Result<usize, PasskeyError> {
    let person = Person::Cardholder(customer);
    let notice = notice(app, person, &messages::ALL_ENDED, "").await?;
    let ended = store::passkeys_of(&app.db, person).await?.len();
    let mut write = app.db.write().await?;
    let lost = AccessLost { whose: person.actor(), by: caller.actor, channel: caller.channel };
    end_access_in_tx(app, &mut write, lost).await?;
    let sessions = end_sessions_of_in_tx(&mut write, person.actor(), None).await?;
    if let Some(notice) = notice.as_ref().filter(|_| ended > 0 || sessions > 0) {
        send_in_tx(&mut write, notice).await?;
    }
    let entry = caller.entry(events::ALL_ENDED).subject(customer).concerns(customer);
    write.commit(entry.detail(json!({ "passkeys": ended, "sessions": sessions }))).await?;
    Ok(ended)
}

/// Ends the passkeys of somebody that were made at `since` or later, but for `kept`, each with its entry, in a transaction
/// that takes back what let them in; how many there were.
///
/// # Errors
/// The database failed.
pub async fn end_made_since_in_tx(
    write: &mut Write,
    whose: Actor,
    since: Timestamp,
    kept: Option<DeviceId>,
) -> Result<usize, DbError> {
    let Some(person) = Person::of(whose) else { return Ok(0) };
    let now = write.now();
    if store::withdraw_codes_in_tx(write, person, now).await? > 0 {
        let entry = Entry::new(whose, person.channel(), events::CODE_WITHDRAWN).subject(whose);
        write.also(concerning(entry, person)).await?;
    }
    let why = EndReason::Recovered;
    let ended = store::end_made_since_in_tx(write, person, (since, kept), why).await?;
    for device in &ended {
        let entry = Entry::new(whose, person.channel(), events::ENDED).subject(device);
        write.also(concerning(entry.detail(json!({ "why": why.word() })), person)).await?;
    }
    Ok(ended.len())
}

/// Does again the act of an entry that ended a passkey, for a restore: what was ended after the backup must not open
/// anything. Says whether it changed anything; other acts never do.
pub async fn end_again_in_tx(write: &mut Write, act: &str, subject: Option<&str>) -> Result<bool, DbError> {
    let id = subject.filter(|_| act == events::ENDED).and_then(|subject| subject.parse::<DeviceId>().ok());
    let Some(id) = id else { return Ok(false) };
    let now = write.now();
    store::end_passkey_in_tx(write, id, EndReason::Owner, now).await
}

/// The caller's own.
pub(in super::super) async fn own(app: &App, caller: &Caller) -> Result<Own, PasskeyError> {
    let passkeys = passkeys_of(app, caller.actor).await?;
    let sessions = sessions_of(&app.db, caller.actor).await?;
    Ok(Own { passkeys, sessions })
}

/// Gives a passkey of the caller's another name; an empty one takes its name away.
pub(in super::super) async fn rename(
    app: &App,
    caller: &Caller,
    id: DeviceId,
    name: &FreeText,
) -> Result<(), PasskeyError> {
    let (person, _) = own_session(caller)?;
    let passkey = passkey(app, caller.actor, id).await?.ok_or(PasskeyError::Absent)?;
    if name.chars() > NAME_CHARS_MAX {
        return Err(PasskeyError::Name);
    }
    let sealed = seal_name(app, person, id, name).await?;
    let mut write = app.db.write().await?;
    store::rename_in_tx(&mut write, id, sealed.as_deref()).await?;
    let entry = caller.entry(events::RENAMED).subject(passkey.id);
    Ok(write.commit(concerning(entry, person)).await?)
}

/// Ends a passkey of the caller's with every session but this one, which gets a new token.
pub(in super::super) async fn end_passkey(
    app: &App,
    caller: &Caller,
    id: DeviceId,
) -> Result<Opened, PasskeyError> {
    let (person, session) = own_session(caller)?;
    let passkey = passkey(app, caller.actor, id).await?.ok_or(PasskeyError::Absent)?;
    let notice = notice(app, person, &messages::ENDED, "").await?;
    let mut write = app.db.write().await?;
    store::end_passkey_in_tx(&mut write, id, EndReason::Owner, app.now()).await?;
    end_sessions_of_in_tx(&mut write, caller.actor, Some(session)).await?;
    if let Some(notice) = &notice {
        send_in_tx(&mut write, notice).await?;
    }
    let Some(renewed) = renew_session_in_tx(&mut write, &*app.random, session).await? else {
        // What is answered as refused is not done.
        write.rollback().await?;
        return Err(PasskeyError::Refused("session_ended"));
    };
    let entry = caller.entry(events::ENDED).subject(passkey.id);
    let entry = entry.detail(json!({ "why": EndReason::Owner.word() }));
    write.commit(concerning(entry, person)).await?;
    Ok(renewed)
}

/// Ends one session of the caller's.
pub(in super::super) async fn end_session(
    app: &App,
    caller: &Caller,
    id: SessionId,
) -> Result<(), PasskeyError> {
    let (person, _) = own_session(caller)?;
    let mut write = app.db.write().await?;
    if !end_session_of_in_tx(&mut write, caller.actor, id).await? {
        write.rollback().await?;
        return Err(PasskeyError::Absent);
    }
    let entry = caller.entry(events::SESSIONS_ENDED).subject(id);
    Ok(write.commit(concerning(entry, person)).await?)
}

/// Ends every session of the caller's but this one.
pub(in super::super) async fn end_sessions(app: &App, caller: &Caller) -> Result<(), PasskeyError> {
    let (person, session) = own_session(caller)?;
    let mut write = app.db.write().await?;
    let ended = end_sessions_of_in_tx(&mut write, caller.actor, Some(session)).await?;
    let entry =
        caller.entry(events::SESSIONS_ENDED).subject(caller.actor).detail(json!({ "sessions": ended }));
    Ok(write.commit(concerning(entry, person)).await?)
}
