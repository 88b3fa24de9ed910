//! Stopping what waits, undoing what was made, and "this was not me" with the code of a notice.
//!
//! A code can be in anybody's hand: of the owner, of whoever has the old telephone now, of a stranger whose number was named.
//! So it stops a change that waits and signs everybody out; what was made it does not put back, since an old contact that is
//! lost would come back by it. That is done by the owner, in a session of a bound device that was theirs before the change: a
//! thief who came in by it has none. Where a made change is undone or disputed, everything else that waits is stopped with
//! it, and a code by letter for a new beginning too: who asked for them is in doubt.

use super::super::error::ChangeError;
use super::super::model::{Change, State, hash_of_typed};
use super::super::store;
use super::super::{events, messages};
use super::ending::stop_waiting_in_tx;
use super::request::facts;
use super::{Changes, event};
use crate::accounts::revise_in_tx;
use crate::messages::send_in_tx;
use crate::passkeys;
use kernel::{Actor, ChangeId, Channel, CustomerId, Timestamp};
use platform::access::{Caller, end_sessions_of_in_tx};
use platform::audit::Entry;
use platform::db::{DbError, Write};
use platform::keys::KeyError;
use serde::Deserialize;
use serde_json::json;

/// What the page says after a code was typed, or something was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Told {
    /// Nothing was typed.
    #[default]
    Nothing,
    /// The change was stopped, now or before.
    Stopped,
    /// It had been made: everybody was signed out, and the owner can undo it.
    Made,
    /// It can't be undone any more, or was never to be.
    Over,
    /// It is no code of ours, or its time is over.
    Wrong,
    /// A change was signed.
    Signed,
    /// A change was made at once.
    Done,
    /// A change was undone.
    Undone,
}

/// Does again the act of an entry that stopped, undid or disputed a change, for a restore: what waited in the backup must not
/// be made after it. Says whether it changed anything; other acts never do. The value of a change that was made before the
/// backup and undone after it is in no log: it stays made, is marked as not wanted, and its owner has its whole time anew to
/// undo it.
///
/// # Errors
/// The database failed.
pub async fn stop_again_in_tx(write: &mut Write, act: &str, subject: Option<&str>) -> Result<bool, DbError> {
    let again = [events::STOPPED, events::OVERTAKEN, events::UNDONE, events::DISOWNED].contains(&act);
    let id = subject.filter(|_| again).and_then(|subject| subject.parse::<ChangeId>().ok());
    let Some(id) = id else { return Ok(false) };
    if store::end_in_tx(write, id, State::Stopped).await? {
        return Ok(true);
    }
    match act {
        events::UNDONE => store::reopen_in_tx(write, id).await,
        events::DISOWNED => store::disown_in_tx(write, id).await,
        _ => Ok(false),
    }
}

impl Changes {
    /// Stops a change that waits. The same again changes nothing.
    ///
    /// # Errors
    /// [`ChangeError::TooLate`] where it was made, or something failed.
    pub async fn stop(&self, caller: &Caller, owner: CustomerId, id: ChangeId) -> Result<(), ChangeError> {
        let change = self.change_of(owner, id).await?;
        let entry = caller.entry(events::STOPPED);
        // Who stops it in their own app keeps their session; everybody else's word ends all.
        let own = caller.actor == Actor::Cardholder(owner);
        let kept = caller.session.as_ref().filter(|_| own).map(|session| session.id);
        match change.state {
            State::Stopped => Ok(()),
            State::Waiting => self.stop_now(&change, entry, kept, None).await.map(drop),
            _ => Err(ChangeError::TooLate),
        }
    }

    /// Stops the change whose notice had this code, or says of a made one that it was not wanted.
    pub(in super::super) async fn disown(&self, typed: &str) -> Result<Told, ChangeError> {
        let Some(hash) = hash_of_typed(typed) else { return Ok(Told::Wrong) };
        let found = store::stop_of(&self.app.db, &hash, self.app.now()).await?;
        let Some((id, contact)) = found else {
            metrics::counter!("cardea_changes_codes_refused_total").increment(1);
            return Ok(Told::Wrong);
        };
        match self.disown_by(id, (&hash, &contact)).await {
            // Whoever was erased has nothing to stop; the sealed value is gone with their key.
            Err(ChangeError::Absent | ChangeError::Keys(KeyError::Erased(_) | KeyError::Absent(_))) => {
                Ok(Told::Over)
            }
            told => told,
        }
    }

    async fn disown_by(&self, id: ChangeId, code: (&str, &str)) -> Result<Told, ChangeError> {
        let row = store::change(&self.app.db, id).await?.ok_or(ChangeError::Absent)?;
        let change = self.open(row).await?;
        match change.state {
            State::Waiting => {
                let stopped = self.stop_now(&change, by_code(events::STOPPED), None, Some(code)).await?;
                // It may have been made in this very moment: then that is what must be told.
                if stopped { Ok(Told::Stopped) } else { self.disown_made(&change, code).await }
            }
            State::Stopped => Ok(Told::Stopped),
            State::Made => self.disown_made(&change, code).await,
            State::Requested | State::Final | State::Undone | State::Overtaken => Ok(Told::Over),
        }
    }

    async fn stop_now(
        &self,
        change: &Change,
        entry: Entry,
        kept: Option<kernel::SessionId>,
        code: Option<(&str, &str)>,
    ) -> Result<bool, ChangeError> {
        let person = self.person(change.customer).await?;
        let notice = self.notice(change, &person, &messages::STOPPED).await?;
        let mut write = self.app.db.write().await?;
        store::lock_in_tx(&mut write, change.customer).await?;
        if !store::end_in_tx(&mut write, change.id, State::Stopped).await? {
            write.rollback().await?;
            return if code.is_some() { Ok(false) } else { Err(ChangeError::TooLate) };
        }
        if let Some((hash, _)) = code {
            store::note_stop_used_in_tx(&mut write, hash).await?;
        }
        let ended = end_sessions_of_in_tx(&mut write, Actor::Cardholder(change.customer), kept).await?;
        send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::STOPPED, change)).await?;
        let mut detail = facts(change);
        detail["sessions_ended"] = json!(ended);
        detail["by_contact"] = json!(code.map(|(_, contact)| contact));
        write.commit(entry.subject(change.id).concerns(change.customer).detail(detail)).await?;
        metrics::counter!("cardea_changes_stopped_total").increment(1);
        Ok(true)
    }

    async fn disown_made(&self, change: &Change, (hash, contact): (&str, &str)) -> Result<Told, ChangeError> {
        let owner = change.customer;
        let person = self.person(owner).await?;
        let notice = self.notice(change, &person, &messages::DISOWNED).await?;
        let mut write = self.app.db.write().await?;
        store::lock_in_tx(&mut write, owner).await?;
        if !store::disown_in_tx(&mut write, change.id).await? {
            write.rollback().await?;
            return Ok(Told::Made);
        }
        store::note_stop_used_in_tx(&mut write, hash).await?;
        let why = json!({ "disowned_with": change.id });
        let stopped = stop_waiting_in_tx(&mut write, owner, &by_code(events::STOPPED), &why).await?;
        self.identity.stop_activation_in_tx(&mut write, owner, (Actor::Nobody, Channel::App)).await?;
        let ended = end_sessions_of_in_tx(&mut write, Actor::Cardholder(owner), None).await?;
        send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::DISOWNED, change)).await?;
        self.alarm_in_tx(&mut write, change).await?;
        let mut detail = facts(change);
        detail["sessions_ended"] = json!(ended);
        detail["changes_stopped"] = json!(stopped);
        detail["by_contact"] = json!(contact);
        let entry = by_code(events::DISOWNED).subject(change.id).concerns(owner);
        write.commit(entry.detail(detail)).await?;
        Ok(Told::Made)
    }

    /// When the bound device was enrolled with which this session was opened; `None` where it has none.
    pub(in super::super) async fn device_since(
        &self,
        caller: &Caller,
    ) -> Result<Option<Timestamp>, ChangeError> {
        let Some(device) = caller.device() else { return Ok(None) };
        let passkey = passkeys::passkey(&self.app, caller.actor, device).await?;
        let bound = passkey.filter(|passkey| passkeys::is_bound(passkey, self.app.now()));
        Ok(bound.map(|passkey| passkey.made_at))
    }

    /// Undoes a change that was made: what it replaced is put back exactly; the passkeys that were made since are ended, and so
    /// is every other session; whatever else waits is stopped, also a code by letter.
    ///
    /// # Errors
    /// [`ChangeError::NoOlderDevice`] where the session has no bound device that was its owner's before the change;
    /// [`ChangeError::TooLate`] where its time is over or the value has been changed again; or something failed.
    pub async fn undo(&self, caller: &Caller, id: ChangeId) -> Result<(), ChangeError> {
        let owner = caller.customer().map_err(|_| ChangeError::Absent)?;
        let change = self.change_of(owner, id).await?;
        if change.state == State::Undone {
            return Ok(());
        }
        if !change.can_be_undone(self.app.now()) {
            return Err(ChangeError::TooLate);
        }
        if !change.is_younger_than(self.device_since(caller).await?) {
            return Err(ChangeError::NoOlderDevice);
        }
        let revised = self.accounts.prepare_revision(owner, &change.to, &change.from).await?;
        let revised = revised.ok_or(ChangeError::TooLate)?;
        let person = self.person(owner).await?;
        let notice = self.notice(&change, &person, &messages::UNDONE).await?;
        let since = change.made_at.unwrap_or(change.requested_at);
        let kept = caller.session.as_ref().map(|session| session.id);
        let mut write = self.app.db.write().await?;
        store::lock_in_tx(&mut write, owner).await?;
        if !store::undo_in_tx(&mut write, id).await? {
            write.rollback().await?;
            return Err(ChangeError::TooLate);
        }
        if !revise_in_tx(&mut write, &revised).await? {
            write.rollback().await?;
            return Err(DbError::Stale.into());
        }
        // What waits may be of whoever came in by the change, or made it; the owner asks for theirs again.
        let (by, why) = (caller.entry(events::STOPPED), json!({ "undone_with": id }));
        let stopped = stop_waiting_in_tx(&mut write, owner, &by, &why).await?;
        self.identity.stop_activation_in_tx(&mut write, owner, (caller.actor, caller.channel)).await?;
        let passkeys =
            passkeys::end_made_since_in_tx(&mut write, caller.actor, since, caller.device()).await?;
        let sessions = end_sessions_of_in_tx(&mut write, caller.actor, kept).await?;
        send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::UNDONE, &change)).await?;
        let mut detail = facts(&change);
        detail["sessions_ended"] = json!(sessions);
        detail["passkeys_ended"] = json!(passkeys);
        detail["changes_stopped"] = json!(stopped);
        write.commit(caller.entry(events::UNDONE).subject(id).concerns(owner).detail(detail)).await?;
        metrics::counter!("cardea_changes_undone_total").increment(1);
        Ok(())
    }
}

/// An act of whoever typed a code.
fn by_code(act: &'static str) -> Entry {
    Entry::new(Actor::Nobody, Channel::App, act)
}
