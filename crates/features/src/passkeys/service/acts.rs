//! Signatures under acts, for the features that have acts signed: with which passkeys, whether it is one, and what is
//! kept of it. What was signed is the caller's business: it gives the challenge.

use super::super::error::PasskeyError;
use super::super::messages::{self, notice};
use super::super::model::{ActRefusal, Passkey, Person, SignedAct, SignedResponse, verify_signed_act};
use super::super::{events, rules, store};
use super::sign_in::{concerning, end_copied_in_tx, identity};
use super::{Site, credential_hash, missed_in_tx};
use crate::identity::Proof;
use kernel::{Actor, DeviceId, Timestamp};
use platform::app::App;
use platform::audit::Entry;
use platform::db::Write;
use platform::i18n::Locale;
use serde_json::{Value, json};
use webauthn_rs::prelude::COSEKey;

/// A signature that is right.
#[derive(Clone, Debug)]
pub struct ActSigned {
    /// With which passkey.
    pub device: DeviceId,
    /// When that was enrolled.
    pub made_at: Timestamp,
    /// Whether it stands for one device.
    pub bound: bool,
    /// Its public key, as the library writes it.
    pub key: Value,
    counter: u32,
    person: Actor,
    proof: Proof,
}

impl ActSigned {
    /// Keeps the counter, in the transaction that does the act, and tells identity. Says whether it did: not when the passkey was ended
    /// meanwhile, nor when another answer with this counter was first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep_in_tx(&self, app: &App, write: &mut Write) -> Result<bool, PasskeyError> {
        let now = write.now();
        identity(app)?.hit_in_tx(write, self.person, &self.proof).await?;
        Ok(store::use_passkey_in_tx(write, self.device, self.counter, None, now).await?)
    }
}

/// The passkeys with which somebody can sign; none where the server has no name to sign for. With `bound_first` those that
/// stand for a device, where there is one: a thief's new key signs nothing that changes who can sign.
///
/// # Errors
/// The database failed.
pub async fn signers_of(app: &App, whose: Actor, bound_first: bool) -> Result<Vec<Passkey>, PasskeyError> {
    if Site::of(app, Locale::En).is_err() {
        return Ok(Vec::new());
    }
    let Some(person) = Person::of(whose) else { return Ok(Vec::new()) };
    let held = store::passkeys_of(&app.db, person).await?;
    let mut signers: Vec<Passkey> = held.into_iter().map(|held| held.passkey).collect();
    let is_bound = |passkey: &Passkey| rules::is_bound(passkey, app.now());
    if bound_first && signers.iter().any(is_bound) {
        signers.retain(is_bound);
    }
    Ok(signers)
}

/// Checks that a passkey of this person signed this challenge on this site.
///
/// # Errors
/// [`PasskeyError::Refused`] with the reason for the log; or something failed.
pub async fn check_signed_act(
    app: &App,
    whose: Actor,
    credential: &[u8],
    challenge: &[u8; 32],
    response: &SignedResponse<'_>,
) -> Result<ActSigned, PasskeyError> {
    let site = Site::of(app, Locale::En)?;
    let known = store::passkey_by_credential(&app.db, &credential_hash(credential)).await?;
    let passkey = known.filter(|passkey| Some(passkey.person) == Person::of(whose));
    let passkey = passkey.ok_or(PasskeyError::Refused("unknown"))?;
    let counter = passkey.counter;
    let key: &COSEKey = passkey.credential.get_public_key();
    let act = SignedAct { rp_id: &site.rp_id, origin: &site.origin, challenge, key, counter };
    let counter = match verify_signed_act(&act, response) {
        Ok(counter) => counter,
        Err(refusal) => return Err(refuse(app, &passkey, refusal).await?),
    };
    let plain = serde_json::to_value(key).map_err(|error| PasskeyError::Library(error.to_string()))?;
    let bound = rules::is_bound(&passkey, app.now());
    let (person, proof) = (passkey.person.actor(), rules::proof_by(&passkey, app.now()));
    Ok(ActSigned { device: passkey.id, made_at: passkey.made_at, bound, key: plain, counter, person, proof })
}

/// Writes a refusal down; a passkey that there are two of is ended, as at signing in.
async fn refuse(app: &App, passkey: &Passkey, refusal: ActRefusal) -> Result<PasskeyError, PasskeyError> {
    let why = word(refusal);
    let entry = Entry::new(Actor::Nobody, passkey.person.channel(), events::REFUSED).refused();
    let refused = concerning(entry.subject(passkey.id).detail(json!({ "why": why })), passkey.person);
    if refusal == ActRefusal::Copied {
        let notice = notice(app, passkey.person, &messages::COPIED, "").await?;
        let mut write = app.db.write().await?;
        let ended = end_copied_in_tx(app, &mut write, passkey, notice.as_ref()).await?;
        write.also(refused).await?;
        write.commit(ended).await?;
    } else {
        let mut write = app.db.write().await?;
        missed_in_tx(app, &mut write, passkey).await?;
        write.commit(refused).await?;
    }
    Ok(PasskeyError::Refused(why))
}

/// The word of a refusal in the log.
const fn word(refusal: ActRefusal) -> &'static str {
    match refusal {
        ActRefusal::ClientData => "client_data",
        ActRefusal::Type => "type",
        ActRefusal::Challenge => "challenge",
        ActRefusal::Origin => "origin",
        ActRefusal::CrossOrigin => "cross_origin",
        ActRefusal::AuthenticatorData => "authenticator_data",
        ActRefusal::RelyingParty => "relying_party",
        ActRefusal::UserPresent => "user_not_present",
        ActRefusal::UserVerified => "user_not_verified",
        ActRefusal::Signature => "signature",
        ActRefusal::Counter => "counter",
        ActRefusal::Copied => "copied",
    }
}
