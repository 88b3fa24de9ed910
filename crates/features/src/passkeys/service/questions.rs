//! Questions to whoever comes to sign in, which are kept nowhere until they are answered.
//!
//! Problem: anybody may ask, so a row for each question lets anybody fill the database. Design: the question's name is its
//! end, 256 random bits, and a keyed hash of both, its seal; its challenge is the keyed hash of that name and of what the
//! answer will be used for, and every node makes it again when the answer comes. Why safe: only the key module makes seals
//! and challenges, so a name that somebody made up is none of ours, and leaves nothing. The first answer to one of ours,
//! right or wrong, leaves a row under the name's hash, and a second one finds it. Questions to somebody who is known are
//! rows from the beginning.

use super::super::error::PasskeyError;
use super::super::model::{CEREMONY_LIFE_US, Purpose};
use super::super::store;
use super::sign_in::{library, plain, unreadable};
use super::{Asked, Site};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{CustomerId, Timestamp};
use platform::access::Token;
use platform::app::App;
use platform::db::{DbError, Write};
use serde_json::Value;
use vault::Verifier;
use webauthn_rs::prelude::DiscoverableAuthentication;

/// For what the seal of a name is made.
const SEAL: &str = "passkey name of a question";

/// Asks whoever has a passkey for this site.
pub(super) fn ask_anybody(app: &App, site: &Site, purpose: Purpose) -> Result<Asked, PasskeyError> {
    let (mut options, _) = site.webauthn.start_discoverable_authentication().map_err(library)?;
    // The library offers it for lists below a field; ours is behind a button.
    options.mediation = None;
    let ends_at = app.now().plus_us(CEREMONY_LIFE_US);
    let drawn = format!("{:016x}.{}", ends_at.us(), Token::create(&*app.random).expose());
    let name = format!("{drawn}.{}", URL_SAFE_NO_PAD.encode(keyed(app, SEAL, &drawn)?.0));
    let ceremony = Token::from_text(&name).ok_or(PasskeyError::Refused("ceremony"))?;
    let mut options = plain(&options)?;
    options["publicKey"]["challenge"] = challenge(app, purpose, &ceremony)?;
    Ok(Asked { ceremony, options })
}

/// What the library needs to check an answer to this question; `None` where it is none of ours or has ended.
pub(super) fn asked_of_anybody(
    app: &App,
    site: &Site,
    purpose: Purpose,
    ceremony: &Token,
) -> Result<Option<DiscoverableAuthentication>, PasskeyError> {
    if ends_at(ceremony, app.now()).is_none() || !is_sealed(app, ceremony)? {
        return Ok(None);
    }
    let (_, state) = site.webauthn.start_discoverable_authentication().map_err(library)?;
    let mut state = plain(&state)?;
    let drawn = state.pointer_mut("/ast/challenge").ok_or(PasskeyError::Refused("ceremony"))?;
    *drawn = challenge(app, purpose, ceremony)?;
    serde_json::from_value(state).map(Some).map_err(unreadable)
}

/// Whether the name of a question can be one that we gave: that of a row, which is looked for, or one with our seal. Asked
/// before a transaction begins.
pub(super) fn can_be_ours(app: &App, ceremony: &Token) -> Result<bool, PasskeyError> {
    Ok(!ceremony.expose().contains('.') || is_sealed(app, ceremony)?)
}

/// Whether a question to anybody has our seal.
fn is_sealed(app: &App, ceremony: &Token) -> Result<bool, PasskeyError> {
    let Some((drawn, seal)) = ceremony.expose().rsplit_once('.') else { return Ok(false) };
    let seal = URL_SAFE_NO_PAD.decode(seal).ok().and_then(|seal| <[u8; 32]>::try_from(seal).ok());
    let Some(seal) = seal else { return Ok(false) };
    Ok(keyed(app, SEAL, drawn)? == Verifier(seal))
}

/// Uses a question up, whoever it was for; says whether it waited for its answer. Of two who answer at once, one hears yes.
pub(super) async fn use_up_in_tx(write: &mut Write, ceremony: &Token) -> Result<bool, DbError> {
    let hash = ceremony.hash();
    let now = write.now();
    match ends_at(ceremony, now) {
        Some(ends_at) => store::answered_in_tx(write, hash.as_str(), ends_at).await,
        None => store::use_ceremony_in_tx(write, hash.as_str()).await,
    }
}

/// When a question to anybody ends; `None` for what is none, has ended, or would end later than one asked now. Whether it is
/// one of ours its seal says.
fn ends_at(ceremony: &Token, now: Timestamp) -> Option<Timestamp> {
    let (end, drawn) = ceremony.expose().split_once('.')?;
    let end = (end.len() == 16 && !drawn.is_empty()).then(|| i64::from_str_radix(end, 16).ok())??;
    let left_us = Timestamp::from_us(end).since_us(now);
    (left_us > 0 && left_us <= CEREMONY_LIFE_US).then(|| Timestamp::from_us(end))
}

/// The challenge of a question, as JSON has it.
fn challenge(app: &App, purpose: Purpose, ceremony: &Token) -> Result<Value, PasskeyError> {
    let hash = keyed(app, &format!("passkey question {}", purpose.word()), ceremony.expose())?;
    Ok(URL_SAFE_NO_PAD.encode(hash.0).into())
}

/// What only the key module makes of a text, for this use.
fn keyed(app: &App, label: &str, text: &str) -> Result<Verifier, PasskeyError> {
    let mut context = [0; 32];
    context.iter_mut().zip(label.bytes()).for_each(|(place, byte)| *place = byte);
    // It belongs to nobody yet.
    let hash = app.keys.code_verifier(CustomerId::from_raw(0), &context, text);
    Ok(hash.map_err(platform::keys::KeyError::from)?)
}
