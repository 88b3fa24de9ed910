//! Passkeys that are added and ended by a signature of one that their owner has: the act says which, down to its key.
//!
//! A thief in an open session can so neither add a key of their own nor take the owner's away.

use super::super::access::{ADD, END_OWN};
use super::super::error::PasskeyError;
use super::super::messages::{self, notice};
use super::super::model::{EndReason, Passkey, Person};
use super::super::{events, store};
use super::devices::passkeys_of;
use super::sign_in::concerning;
use crate::messages::{Prepared, send_in_tx};
use kernel::{Actor, Channel, DeviceId, HOUR_US};
use platform::access::{Caller, end_sessions_of_in_tx, renew_session_in_tx};
use platform::app::App;
use platform::approval::{Applied, Applying, Asked, Details, Signed, ask};
use platform::audit::Entry;
use platform::db::Write;
use platform::http::problem::Problem;
use serde_json::json;

/// How long a new passkey waits for its signature, microseconds; the approval ends long before.
pub(super) const WAITS_US: i64 = HOUR_US;

/// Asks the owner to sign that a passkey of theirs is ended.
pub(in super::super) async fn ask_to_end(app: &App, caller: &Caller, id: DeviceId) -> Result<Asked, Problem> {
    let own = passkeys_of(app, caller.actor).await?;
    let passkey = own.iter().find(|passkey| passkey.id == id).ok_or(PasskeyError::Absent)?;
    let hash = super::credential_hash(passkey.credential.cred_id());
    let name = passkey.name.as_ref().map_or("", |name| name.reveal());
    ask(app, caller, &END_OWN, details(passkey, name, &hash)).await
}

/// Asks the owner to sign that a new passkey is theirs.
pub(super) async fn ask_to_add(
    app: &App,
    caller: &Caller,
    passkey: &Passkey,
    (name, hash): (&str, &str),
) -> Result<Asked, Problem> {
    ask(app, caller, &ADD, details(passkey, name, hash)).await
}

fn details(passkey: &Passkey, name: &str, credential_hash: &str) -> Details {
    Details::new()
        .text("device", passkey.id)
        .text("name", if name.is_empty() { "–" } else { name })
        .text("made_with", &passkey.made_with)
        .switch("can_sync", passkey.can_sync)
        .text("credential_sha256", credential_hash)
}

/// Lets the new passkey work that was signed for.
pub(in super::super) fn add_signed(app: App, signed: Signed) -> Applying {
    Box::pin(async move {
        let made_with: String = signed.details.parse("made_with").unwrap_or_default();
        let notice = notice(&app, Person::Cardholder(signed.owner), &messages::ADDED, &made_with).await?;
        let mut write = app.db.write().await?;
        let added = match signed_device(&signed) {
            Some((device, hash)) => store::settle_in_tx(&mut write, device, &hash).await?,
            None => false,
        };
        finish(&app, write, &signed, (added, events::ENROLLED, notice.as_ref())).await
    })
}

/// Ends the passkey that was signed for.
pub(in super::super) fn end_signed(app: App, signed: Signed) -> Applying {
    Box::pin(async move {
        let notice = notice(&app, Person::Cardholder(signed.owner), &messages::ENDED, "").await?;
        let held = passkeys_of(&app, Actor::Cardholder(signed.owner)).await?;
        let device = signed_device(&signed).map(|(device, _)| device);
        let own = device.filter(|device| held.iter().any(|passkey| passkey.id == *device));
        let mut write = app.db.write().await?;
        if let Some(device) = own {
            store::end_passkey_in_tx(&mut write, device, EndReason::Owner, app.now()).await?;
        }
        finish(&app, write, &signed, (own.is_some(), events::ENDED, notice.as_ref())).await
    })
}

fn signed_device(signed: &Signed) -> Option<(DeviceId, String)> {
    Some((signed.details.parse("device")?, signed.details.parse("credential_sha256")?))
}

/// A changed factor: every other session ends, this one gets a new token, and its owner is told.
async fn finish(
    app: &App,
    mut write: Write,
    signed: &Signed,
    (changed, act, notice): (bool, &'static str, Option<&Prepared>),
) -> Result<Applied, Problem> {
    if !changed || !signed.use_up_in_tx(&mut write).await? {
        write.rollback().await?;
        return Ok(Applied::Changed);
    }
    let owner = Person::Cardholder(signed.owner);
    end_sessions_of_in_tx(&mut write, owner.actor(), signed.session).await?;
    if let Some(notice) = notice {
        send_in_tx(&mut write, notice).await?;
    }
    let renewed = match signed.session {
        Some(session) => {
            let renewed = renew_session_in_tx(&mut write, &*app.random, session).await?;
            if renewed.is_none() {
                // The session in which it was signed has ended meanwhile: what it signed is not done.
                write.rollback().await?;
                return Ok(Applied::Changed);
            }
            renewed
        }
        None => None,
    };
    let device: Option<DeviceId> = signed.details.parse("device");
    let entry = Entry::new(owner.actor(), Channel::App, act)
        .subject(device.map_or_else(String::new, |id| id.to_string()));
    let detail = json!({ "approval": signed.approval, "why": EndReason::Owner.word() });
    write.commit(concerning(entry.detail(detail), owner)).await?;
    Ok(renewed.map_or(Applied::Done, |opened| Applied::Renewed(Box::new(opened))))
}
