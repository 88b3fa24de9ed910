//! Signing in, and proving more in an open session.
//!
//! The browser says which passkey answers; we say nothing about who has one. The signature is checked before the
//! transaction begins, so that nobody waits for it; the transaction then uses the question up, moves the counter and
//! opens the session together, or does nothing. Unknown passkeys are checked against a key that nobody has, so that they
//! take the same work.

use super::super::error::PasskeyError;
use super::super::messages::{self, notice};
use super::super::model::{EndReason, Passkey, Person, Purpose, crosses_origins};
use super::super::{events, rules, store};
use super::questions::{ask_anybody, asked_of_anybody, use_up_in_tx};
use super::{Asked, For, Site, ask, credential_hash, missed_in_tx, note_refusal};
use crate::identity::{Coming, Identity};
use crate::messages::{Prepared, send_in_tx};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Actor, SessionId};
use platform::access::{
    Caller, Opened, Role, Token, end_session_of_in_tx, end_sessions_of_in_tx, find_staff, knows_browser,
};
use platform::app::App;
use platform::audit::Entry;
use platform::db::Write;
use platform::i18n::Locale;
use platform::keys::{KeyError, PersonKeys};
use serde_json::json;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey as Credential, PublicKeyCredential,
    WebauthnError,
};

/// An authenticator's answer as it came.
pub(in super::super) struct Came {
    /// The ceremony that it answers.
    pub(in super::super) ceremony: Token,
    /// The assertion.
    pub(in super::super) credential: PublicKeyCredential,
    /// The browser, in words.
    pub(in super::super) agent: Option<String>,
    /// The session that the browser had until now.
    pub(in super::super) replaces: Option<(Actor, SessionId)>,
}

/// Begins a sign-in: whoever has a passkey for this site may answer.
pub(in super::super) fn begin_sign_in(
    app: &App,
    purpose: Purpose,
    locale: Locale,
) -> Result<Asked, PasskeyError> {
    ask_anybody(app, &Site::of(app, locale)?, purpose)
}

/// Begins a proof in the caller's session, with one of their own passkeys.
pub(in super::super) async fn begin_step_up(app: &App, caller: &Caller) -> Result<Asked, PasskeyError> {
    let (person, session) = own_session(caller)?;
    let site = Site::of(app, caller.locale)?;
    let (mut options, state) = site.webauthn.start_discoverable_authentication().map_err(library)?;
    options.mediation = None;
    let mut options = plain(&options)?;
    let held = store::passkeys_of(&app.db, person).await?;
    let allowed =
        held.iter().map(|held| json!({ "type": "public-key", "id": held.passkey.credential.cred_id() }));
    options["publicKey"]["allowCredentials"] = allowed.collect();
    let whom = For { person: Some(person), session: Some(session), code_hash: None };
    ask(app, Purpose::StepUp, whom, options, text(&state)?).await
}

/// Opens a session for whoever answered.
pub(in super::super) async fn finish_sign_in(
    app: &App,
    purpose: Purpose,
    locale: Locale,
    came: &Came,
) -> Result<Opened, PasskeyError> {
    let used = checked(app, purpose, locale, came).await?;
    let person = used.passkey.person;
    let Some(role) = role_of(app, purpose, person).await? else {
        return Err(refuse(app, came, Some(&used.passkey), "not_here").await?);
    };
    let identity = identity(app)?;
    let proof = rules::proof_by(&used.passkey, app.now());
    let coming = Coming {
        actor: person.actor(),
        role,
        proofs: &[proof],
        agent: came.agent.clone(),
        risk: identity.risk(person.actor()).await?,
    };
    let notice = new_browser(app, person, came.agent.as_deref()).await?;
    let mut write = app.db.write().await?;
    if !take(app, &mut write, came, &used).await? {
        write.rollback().await?;
        return Err(refuse(app, came, Some(&used.passkey), "used_before").await?);
    }
    identity.hit_in_tx(&mut write, person.actor(), &proof).await?;
    if let Some((actor, session)) = came.replaces {
        end_session_of_in_tx(&mut write, actor, session).await?;
    }
    let opened = identity.open_in_tx(&mut write, &*app.random, &coming).await?;
    let (opened, entry) = opened.ok_or(PasskeyError::Refused("session_ended"))?;
    if let Some(notice) = &notice {
        send_in_tx(&mut write, notice).await?;
    }
    write.commit(concerning(entry, person)).await?;
    Ok(opened)
}

/// The notice for a browser in which its owner was not seen before.
async fn new_browser(
    app: &App,
    person: Person,
    agent: Option<&str>,
) -> Result<Option<Prepared>, PasskeyError> {
    if knows_browser(&app.db, person.actor(), agent).await? {
        return Ok(None);
    }
    Ok(notice(app, person, &messages::NEW_BROWSER, agent.unwrap_or_default()).await?)
}

pub(super) fn identity(app: &App) -> Result<Identity, PasskeyError> {
    Identity::of(app).map_err(|problem| PasskeyError::Library(problem.code().to_owned()))
}

/// Raises the caller's session and gives it a new token.
pub(in super::super) async fn finish_step_up(
    app: &App,
    caller: &Caller,
    came: &Came,
) -> Result<Opened, PasskeyError> {
    let (person, session) = own_session(caller)?;
    let used = checked(app, Purpose::StepUp, caller.locale, came).await?;
    if used.passkey.person != person || used.session != Some(session) {
        return Err(refuse(app, came, Some(&used.passkey), "another_person").await?);
    }
    let identity = identity(app)?;
    let proof = rules::proof_by(&used.passkey, app.now());
    let risk = identity.risk(caller.actor).await?;
    let mut write = app.db.write().await?;
    if !take(app, &mut write, came, &used).await? {
        write.rollback().await?;
        return Err(refuse(app, came, Some(&used.passkey), "used_before").await?);
    }
    identity.hit_in_tx(&mut write, person.actor(), &proof).await?;
    let raised = identity.prove_in_tx(&mut write, &*app.random, caller, (&proof, risk)).await?;
    let (raised, entry) = raised.ok_or(PasskeyError::Refused("session_ended"))?;
    write.commit(concerning(entry, person)).await?;
    Ok(raised)
}

/// A passkey whose answer was right.
struct Used {
    passkey: Passkey,
    result: AuthenticationResult,
    session: Option<SessionId>,
}

/// The passkey that answered, when everything about its answer is right.
async fn checked(app: &App, purpose: Purpose, locale: Locale, came: &Came) -> Result<Used, PasskeyError> {
    let site = Site::of(app, locale)?;
    let begun = begun(app, &site, purpose, came).await?;
    let Some((state, session)) = begun else { return Err(refuse(app, came, None, "ceremony").await?) };
    let hash = credential_hash(came.credential.get_credential_id());
    let known = store::passkey_by_credential(&app.db, &hash).await?;
    match verify(&site, &came.credential, state, known.as_ref()) {
        Ok(result) => {
            let passkey = known.ok_or(PasskeyError::Refused("unknown"))?;
            Ok(Used { passkey, result, session })
        }
        Err(Why::Copied) => {
            let passkey = known.ok_or(PasskeyError::Refused("unknown"))?;
            Err(end_copied(app, came, &passkey).await?)
        }
        Err(Why::Word(word)) => Err(refuse(app, came, known.as_ref(), word).await?),
    }
}

/// The question that is answered, and the session in which it was asked.
async fn begun(
    app: &App,
    site: &Site,
    purpose: Purpose,
    came: &Came,
) -> Result<Option<(DiscoverableAuthentication, Option<SessionId>)>, PasskeyError> {
    if matches!(purpose, Purpose::SignIn | Purpose::DeskSignIn) {
        let state = asked_of_anybody(app, site, purpose, &came.ceremony)?;
        return Ok(state.map(|state| (state, None)));
    }
    let ceremony = store::ceremony(&app.db, came.ceremony.hash().as_str(), purpose, app.now()).await?;
    let Some(ceremony) = ceremony else { return Ok(None) };
    let state = serde_json::from_str(&ceremony.state).map_err(unreadable)?;
    Ok(Some((state, ceremony.session)))
}

/// Why an answer is refused.
enum Why {
    /// A right signature with a counter that went back: there are two of this passkey.
    Copied,
    /// For the log.
    Word(&'static str),
}

fn verify(
    site: &Site,
    answer: &PublicKeyCredential,
    state: DiscoverableAuthentication,
    known: Option<&Passkey>,
) -> Result<AuthenticationResult, Why> {
    let decoy;
    let credential = match known {
        Some(passkey) => &passkey.credential,
        None => {
            decoy = decoy_for(answer).ok_or(Why::Word("unknown"))?;
            &decoy
        }
    };
    let checked = site.webauthn.finish_discoverable_authentication_v2(answer, state, credential);
    let passkey = known.ok_or(Why::Word("unknown"))?;
    let result = checked.map_err(|error| match error {
        WebauthnError::CredentialPossibleCompromise => Why::Copied,
        other => Why::Word(word_of(&other)),
    })?;
    if !result.user_verified() {
        return Err(Why::Word("user_not_verified"));
    }
    if crosses_origins(&answer.response.client_data_json) != Some(false) {
        return Err(Why::Word("cross_origin"));
    }
    if answer.get_user_unique_id() != Some(passkey.person.handle().as_bytes().as_slice()) {
        return Err(Why::Word("another_person"));
    }
    Ok(result)
}

/// A passkey that nobody can have, with the id that was presented: its public key is the base point of the curve.
pub(in super::super) fn decoy_for(answer: &PublicKeyCredential) -> Option<Credential> {
    const X: &str = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
    const Y: &str = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
    // What the answer says of itself, so that the check goes as far as the signature.
    let can_sync = answer.response.authenticator_data.get(32).is_some_and(|flags| flags & 0x08 != 0);
    let key = json!({ "type_": "ES256", "key": { "EC_EC2": { "curve": "SECP256R1", "x": X, "y": Y } } });
    let credential = json!({ "cred": {
        "cred_id": URL_SAFE_NO_PAD.encode(&answer.raw_id), "cred": key, "counter": 0, "transports": null, "user_verified": true,
        "backup_eligible": can_sync, "backup_state": false, "registration_policy": "required",
        "extensions": {}, "attestation": { "data": "None", "metadata": "None" }, "attestation_format": "none",
    } });
    serde_json::from_value(credential).ok()
}

/// The word of a refusal in the log.
fn word_of(error: &WebauthnError) -> &'static str {
    match error {
        WebauthnError::InvalidClientDataType => "type",
        WebauthnError::MismatchedChallenge => "challenge",
        WebauthnError::InvalidRPOrigin => "origin",
        WebauthnError::InvalidRPIDHash => "relying_party",
        WebauthnError::UserNotPresent => "user_not_present",
        WebauthnError::UserNotVerified => "user_not_verified",
        WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => "signature",
        WebauthnError::CredentialBackupEligibilityInconsistent => "can_sync_changed",
        _ => "unreadable",
    }
}

/// What the person is when they sign in here; `None` for cardholders at the desk, colleagues at the app, people who were
/// erased, and colleagues whose access was closed.
async fn role_of(app: &App, purpose: Purpose, person: Person) -> Result<Option<Role>, PasskeyError> {
    match (purpose, person) {
        (Purpose::SignIn, Person::Cardholder(id)) => match PersonKeys::of(app).key(id).await {
            Ok(_) => Ok(Some(Role::Cardholder)),
            Err(KeyError::Erased(_) | KeyError::Absent(_)) => Ok(None),
            Err(error) => Err(error.into()),
        },
        (Purpose::DeskSignIn, Person::Staff(id)) => {
            let staff = find_staff(&app.db, id).await?;
            Ok(staff.filter(|staff| staff.active).map(|staff| staff.role))
        }
        _ => Ok(None),
    }
}

/// Uses up the ceremony and moves the counter; says whether both could be done.
async fn take(app: &App, write: &mut Write, came: &Came, used: &Used) -> Result<bool, PasskeyError> {
    if !use_up_in_tx(write, &came.ceremony).await? {
        return Ok(false);
    }
    let mut credential = used.passkey.credential.clone();
    let changed = credential.update_credential(&used.result).unwrap_or(false);
    let kept = if changed { Some(text(&credential)?) } else { None };
    let (id, counter) = (used.passkey.id, used.result.counter());
    Ok(store::use_passkey_in_tx(write, id, counter, kept.as_deref(), app.now()).await?)
}

/// Ends a passkey whose counter went back. The same answer that came a moment before has moved the counter too: it has used
/// the question up, and whoever sends it again ends nothing.
async fn end_copied(app: &App, came: &Came, passkey: &Passkey) -> Result<PasskeyError, PasskeyError> {
    let notice = notice(app, passkey.person, &messages::COPIED, "").await?;
    let mut write = app.db.write().await?;
    if !use_up_in_tx(&mut write, &came.ceremony).await? {
        write.rollback().await?;
        return refuse(app, came, Some(passkey), "used_before").await;
    }
    let entry = end_copied_in_tx(app, &mut write, passkey, notice.as_ref()).await?;
    write.commit(entry).await?;
    Ok(PasskeyError::Refused("counter"))
}

/// Ends a passkey that there are two of, with the sessions that it opened.
pub(super) async fn end_copied_in_tx(
    app: &App,
    write: &mut Write,
    passkey: &Passkey,
    notice: Option<&Prepared>,
) -> Result<Entry, PasskeyError> {
    let person = passkey.person;
    store::end_passkey_in_tx(write, passkey.id, EndReason::Copied, app.now()).await?;
    end_sessions_of_in_tx(write, person.actor(), None).await?;
    missed_in_tx(app, write, passkey).await?;
    if let Some(notice) = notice {
        send_in_tx(write, notice).await?;
    }
    let entry = Entry::new(Actor::System, person.channel(), events::ENDED).subject(passkey.id);
    Ok(concerning(entry.detail(json!({ "why": EndReason::Copied.word() })), person))
}

/// Writes a refusal down and gives the error for its caller. The one who tried is nobody yet; whose passkey it claims
/// to be is what the entry concerns.
async fn refuse(
    app: &App,
    came: &Came,
    passkey: Option<&Passkey>,
    word: &'static str,
) -> Result<PasskeyError, PasskeyError> {
    let channel = passkey.map_or(kernel::Channel::App, |passkey| passkey.person.channel());
    let mut entry =
        Entry::new(Actor::Nobody, channel, events::REFUSED).detail(json!({ "why": word })).refused();
    if let Some(passkey) = passkey {
        entry = concerning(entry.subject(passkey.id), passkey.person);
    }
    note_refusal(app, &came.ceremony, entry, passkey).await?;
    Ok(PasskeyError::Refused(word))
}

pub(super) fn concerning(entry: Entry, person: Person) -> Entry {
    match person.customer() {
        Some(customer) => entry.concerns(customer),
        None => entry,
    }
}

/// The person behind the caller, and their session.
pub(super) fn own_session(caller: &Caller) -> Result<(Person, SessionId), PasskeyError> {
    let person = Person::of(caller.actor).ok_or(PasskeyError::Absent)?;
    let session = caller.session.as_ref().ok_or(PasskeyError::Absent)?;
    Ok((person, session.id))
}

pub(super) fn plain<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, PasskeyError> {
    serde_json::to_value(value).map_err(unreadable)
}

pub(super) fn text<T: serde::Serialize>(value: &T) -> Result<String, PasskeyError> {
    serde_json::to_string(value).map_err(unreadable)
}

pub(super) fn library(error: WebauthnError) -> PasskeyError {
    PasskeyError::Library(error.to_string())
}

pub(super) fn unreadable(error: serde_json::Error) -> PasskeyError {
    PasskeyError::Library(error.to_string())
}
