//! Stopping what waits, undoing what was made, and "this was not me" with the code of a notice.
//!
//! A code can be in anybody's hand: of the owner, of whoever has the old telephone now, of a stranger whose number was named.
//! So it stops a change that waits and signs everybody out; what was made it does not put back, since an old contact that is
//! lost would come back by it. That is done by the owner, with the proofs that a change needs.

use super::super::error::ChangeError;
use super::super::model::{Change, State, hash_of_typed};
use super::super::store;
use super::super::{events, messages};
use super::request::facts;
use super::{Changes, event};
use crate::accounts::revise_in_tx;
use crate::messages::send_in_tx;
use crate::passkeys;
use kernel::{Actor, ChangeId, Channel, CustomerId};
use platform::access::{Caller, end_sessions_of_in_tx};
use platform::audit::Entry;
use platform::db::{DbError, Write};
use platform::outbox::Event;
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

/// Does again the act of an entry that stopped or undid a change, for a restore: what waited in the backup must not be made
/// after it. Says whether it changed anything; other acts never do. The value of a change that was made before the backup
/// and undone after it is in no log: it stays made, and can be undone.
///
/// # Errors
/// The database failed.
pub async fn stop_again_in_tx(write: &mut Write, act: &str, subject: Option<&str>) -> Result<bool, DbError> {
    let stops = [events::STOPPED, events::UNDONE, events::OVERTAKEN].contains(&act);
    let id = subject.filter(|_| stops).and_then(|subject| subject.parse::<ChangeId>().ok());
    match id {
        Some(id) => store::end_in_tx(write, id, State::Stopped).await,
        None => Ok(false),
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
        let row = store::change(&self.app.db, id).await?.ok_or(ChangeError::Absent)?;
        let change = self.open(row).await?;
        let entry = |act| Entry::new(Actor::Nobody, Channel::App, act);
        match change.state {
            State::Waiting => {
                let code = Some((hash.as_str(), contact.as_str()));
                let stopped = self.stop_now(&change, entry(events::STOPPED), None, code).await?;
                // It may have been made in this very moment: then that is what must be told.
                if stopped { Ok(Told::Stopped) } else { self.disown_made(&change, &hash, &contact).await }
            }
            State::Stopped => Ok(Told::Stopped),
            State::Made => self.disown_made(&change, &hash, &contact).await,
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

    async fn disown_made(&self, change: &Change, hash: &str, contact: &str) -> Result<Told, ChangeError> {
        let person = self.person(change.customer).await?;
        let notice = self.notice(change, &person, &messages::DISOWNED).await?;
        let mut write = self.app.db.write().await?;
        if !store::disown_in_tx(&mut write, change.id).await? {
            write.rollback().await?;
            return Ok(Told::Made);
        }
        store::note_stop_used_in_tx(&mut write, hash).await?;
        let ended = end_sessions_of_in_tx(&mut write, Actor::Cardholder(change.customer), None).await?;
        send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::DISOWNED, change)).await?;
        self.alarm_in_tx(&mut write, change).await?;
        let entry = Entry::new(Actor::Nobody, Channel::App, events::DISOWNED);
        let mut detail = facts(change);
        detail["sessions_ended"] = json!(ended);
        detail["by_contact"] = json!(contact);
        write.commit(entry.subject(change.id).concerns(change.customer).detail(detail)).await?;
        Ok(Told::Made)
    }

    /// Undoes a change that was made: what it replaced is put back exactly; the sessions and passkeys that began since are
    /// ended, but for the ones with which this is done; changes that were signed since and wait are stopped.
    ///
    /// # Errors
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
        let revised = self.accounts.prepare_revision(owner, &change.to, &change.from).await?;
        let revised = revised.ok_or(ChangeError::TooLate)?;
        let person = self.person(owner).await?;
        let notice = self.notice(&change, &person, &messages::UNDONE).await?;
        let since = change.made_at.unwrap_or(change.requested_at);
        let kept = caller.session.as_ref().map(|session| session.id);
        let mut write = self.app.db.write().await?;
        if !(store::undo_in_tx(&mut write, id).await? && revise_in_tx(&mut write, &revised).await?) {
            write.rollback().await?;
            return Err(ChangeError::TooLate);
        }
        let sessions = end_sessions_of_in_tx(&mut write, caller.actor, kept).await?;
        let passkeys =
            passkeys::end_made_since_in_tx(&mut write, caller.actor, since, caller.device()).await?;
        // What was signed since may be of whoever came in by it; the owner asks for theirs again.
        for stopped in store::stop_signed_since_in_tx(&mut write, owner, since).await? {
            let stopped = ChangeId::from_raw(stopped);
            let body = json!({ "change": stopped, "customer": owner });
            write.emit(Event { topic: events::STOPPED, object: stopped.to_string(), body }).await?;
            let entry = caller.entry(events::STOPPED).subject(stopped).concerns(owner);
            write.also(entry.detail(json!({ "undone_with": id }))).await?;
        }
        send_in_tx(&mut write, &notice).await?;
        write.emit(event(events::UNDONE, &change)).await?;
        let mut detail = facts(&change);
        detail["sessions_ended"] = json!(sessions);
        detail["passkeys_ended"] = json!(passkeys);
        write.commit(caller.entry(events::UNDONE).subject(id).concerns(owner).detail(detail)).await?;
        metrics::counter!("cardea_changes_undone_total").increment(1);
        Ok(())
    }
}
