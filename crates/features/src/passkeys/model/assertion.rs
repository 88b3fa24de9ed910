//! A passkey's signature under an act: what was shown is what was signed.
//!
//! Problem: approving a payment or a change must sign exactly its details, and the library draws its own challenge, which
//! says nothing. Design: the challenge is SHA-256 over a nonce and the canonical text of the details, made anew from the
//! server's own row when the answer comes; this module checks everything that the specification asks of an assertion
//! (WebAuthn level 3, section 7.2) against it. Only the arithmetic of the signature is the library's.
//!
//! Why safe: there is no default and no early success; each check refuses for itself, and the signature covers the
//! bytes that were checked, never a copy that was written again. Cross-origin use is refused, which the library does not
//! do for assertions.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use subtle::ConstantTimeEq;
use webauthn_rs::prelude::COSEKey;

/// Bytes of the authenticator's data before extensions: hash of the relying party, flags, counter.
const HEAD_BYTES: usize = 37;
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
/// Challenges are hashes.
pub const CHALLENGE_BYTES: usize = 32;
/// Longest client data that is read, bytes.
const CLIENT_DATA_BYTES_MAX: usize = 4096;

/// What must have been signed, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct SignedAct<'a> {
    /// The domain that passkeys of this server are made for.
    pub rp_id: &'a str,
    /// The address of the pages, without a slash at the end.
    pub origin: &'a str,
    /// SHA-256 over nonce and canonical details.
    pub challenge: &'a [u8; CHALLENGE_BYTES],
    /// The public key of the passkey.
    pub key: &'a COSEKey,
    /// The counter it had last.
    pub counter: u32,
}

/// An authenticator's answer, decoded but not believed.
#[derive(Clone, Copy, Debug)]
pub struct SignedResponse<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// The signature over both.
    pub signature: &'a [u8],
}

/// Which check an answer failed. For the log and for tests; the caller hears one answer for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words are the documentation")]
pub enum ActRefusal {
    #[error("the client data can't be read")]
    ClientData,
    #[error("it is no answer to a request for a signature")]
    Type,
    #[error("it answers another challenge")]
    Challenge,
    #[error("it was given on another site")]
    Origin,
    #[error("it was given inside a page of another site")]
    CrossOrigin,
    #[error("the authenticator's data can't be read")]
    AuthenticatorData,
    #[error("it was given for another relying party")]
    RelyingParty,
    #[error("nobody touched the authenticator")]
    UserPresent,
    #[error("the authenticator did not verify its user")]
    UserVerified,
    #[error("the signature is not the passkey's")]
    Signature,
    #[error("the counter did not go forward")]
    Counter,
    #[error("the counter went back: there are two of this passkey")]
    Copied,
}

/// What browsers sign beside the authenticator's data. They may add members, so unknown ones are allowed here.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// Checks that `response` signs `act`. Returns the new counter, to be kept in the transaction that does the act.
///
/// # Errors
/// The first check that fails.
pub fn verify_signed_act(act: &SignedAct<'_>, response: &SignedResponse<'_>) -> Result<u32, ActRefusal> {
    let client = read_client_data(response.client_data).ok_or(ActRefusal::ClientData)?;
    if client.kind != "webauthn.get" {
        return Err(ActRefusal::Type);
    }
    let challenge = URL_SAFE_NO_PAD.encode(act.challenge);
    if !bool::from(challenge.as_bytes().ct_eq(client.challenge.as_bytes())) {
        return Err(ActRefusal::Challenge);
    }
    if client.origin != act.origin {
        return Err(ActRefusal::Origin);
    }
    if client.cross_origin.unwrap_or(false) || client.top_origin.is_some() {
        return Err(ActRefusal::CrossOrigin);
    }
    let (flags, counter) = read_head(act.rp_id, response.authenticator_data)?;
    if flags & USER_PRESENT == 0 {
        return Err(ActRefusal::UserPresent);
    }
    if flags & USER_VERIFIED == 0 {
        return Err(ActRefusal::UserVerified);
    }
    let mut signed = response.authenticator_data.to_vec();
    signed.extend_from_slice(&Sha256::digest(response.client_data));
    if !act.key.verify_signature(response.signature, &signed).unwrap_or(false) {
        return Err(ActRefusal::Signature);
    }
    // Zero on both sides: an authenticator without a counter, as synchronised passkeys are.
    match counter.cmp(&act.counter) {
        Ordering::Greater => Ok(counter),
        Ordering::Equal if counter == 0 => Ok(counter),
        // The same answer again.
        Ordering::Equal => Err(ActRefusal::Counter),
        Ordering::Less => Err(ActRefusal::Copied),
    }
}

/// Whether client data says that it was made inside a page of another site. `None` when it can't be read.
pub(in super::super) fn crosses_origins(client_data: &[u8]) -> Option<bool> {
    let client = read_client_data(client_data)?;
    Some(client.cross_origin.unwrap_or(false) || client.top_origin.is_some())
}

fn read_client_data(bytes: &[u8]) -> Option<ClientData> {
    if bytes.len() > CLIENT_DATA_BYTES_MAX {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

/// Flags and counter, when the data is for this relying party.
fn read_head(rp_id: &str, data: &[u8]) -> Result<(u8, u32), ActRefusal> {
    let head = data.get(..HEAD_BYTES).ok_or(ActRefusal::AuthenticatorData)?;
    let (hash, rest) = head.split_at(32);
    if hash != Sha256::digest(rp_id.as_bytes()).as_slice() {
        return Err(ActRefusal::RelyingParty);
    }
    match rest {
        [flags, counter @ ..] => {
            let counter: [u8; 4] = counter.try_into().map_err(|_| ActRefusal::AuthenticatorData)?;
            Ok((*flags, u32::from_be_bytes(counter)))
        }
        [] => Err(ActRefusal::AuthenticatorData),
    }
}
