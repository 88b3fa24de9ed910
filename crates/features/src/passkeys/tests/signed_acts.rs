//! Signatures under acts: each thing that can be wrong is refused by its name, beside the same answer unaltered, which is
//! taken; and no byte of an answer can be altered.

use super::super::model::{ActRefusal, SignedAct, SignedResponse, SoftAnswer, SoftKey, verify_signed_act};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::clock::SystemRandom;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::COSEKey;

const RP: &str = "card.example";
const ORIGIN: &str = "https://card.example";

/// A key, the challenge of an act, and the key's answer to it.
struct Signed {
    soft: SoftKey,
    key: COSEKey,
    challenge: [u8; 32],
    answer: SoftAnswer,
}

impl Signed {
    fn new() -> Self {
        let mut soft = SoftKey::create(&SystemRandom);
        let key = soft.public_key().expect("a public key");
        let challenge = Sha256::digest(b"nonce, and what was shown").into();
        let answer = soft.sign_act(&challenge, RP, ORIGIN);
        Self { soft, key, challenge, answer }
    }

    fn act(&self) -> SignedAct<'_> {
        SignedAct { rp_id: RP, origin: ORIGIN, challenge: &self.challenge, key: &self.key, counter: 0 }
    }

    fn check(&self, response: &SignedResponse<'_>) -> Result<u32, ActRefusal> {
        verify_signed_act(&self.act(), response)
    }

    /// Signs other client data with the same key: a browser, or a page, that lies.
    fn with_client_data(&mut self, change: impl FnOnce(&mut Value)) -> Result<u32, ActRefusal> {
        let challenge = URL_SAFE_NO_PAD.encode(self.challenge);
        let mut client =
            json!({ "type": "webauthn.get", "challenge": challenge, "origin": ORIGIN, "crossOrigin": false });
        change(&mut client);
        let answer = self.soft.sign(RP, client.to_string().into_bytes());
        self.check(&answer.response())
    }
}

#[test]
fn what_was_shown_and_signed_is_taken() {
    let signed = Signed::new();
    assert_eq!(signed.check(&signed.answer.response()), Ok(1));
}

#[test]
fn each_lie_of_a_browser_is_refused_and_the_truth_is_taken() {
    let mut signed = Signed::new();
    assert!(signed.with_client_data(|_| ()).is_ok());
    assert!(
        signed.with_client_data(|client| client["androidPackageName"] = "x".into()).is_ok(),
        "more is no lie"
    );
    for (member, value, refusal) in [
        ("type", json!("webauthn.create"), ActRefusal::Type),
        ("type", json!("payment.get"), ActRefusal::Type),
        ("challenge", json!(URL_SAFE_NO_PAD.encode([7; 32])), ActRefusal::Challenge),
        ("challenge", json!(""), ActRefusal::Challenge),
        ("origin", json!("https://card.example.evil.example"), ActRefusal::Origin),
        ("origin", json!("http://card.example"), ActRefusal::Origin),
        ("origin", json!("https://card.example:444"), ActRefusal::Origin),
        ("crossOrigin", json!(true), ActRefusal::CrossOrigin),
        ("topOrigin", json!("https://evil.example"), ActRefusal::CrossOrigin),
        ("type", json!(null), ActRefusal::ClientData),
    ] {
        let told = format!("{member} {value}");
        assert_eq!(signed.with_client_data(|client| client[member] = value), Err(refusal), "{told}");
    }
}

#[test]
fn another_site_another_key_and_missing_flags_are_refused() {
    let mut signed = Signed::new();
    let elsewhere = signed.soft.sign_act(&signed.challenge.clone(), "evil.example", ORIGIN);
    assert_eq!(signed.check(&elsewhere.response()), Err(ActRefusal::RelyingParty));
    let other = SoftKey::create(&SystemRandom).sign_act(&signed.challenge, RP, ORIGIN);
    assert_eq!(signed.check(&other.response()), Err(ActRefusal::Signature));
    for (flags, refusal) in
        [(0x04, ActRefusal::UserPresent), (0x01, ActRefusal::UserVerified), (0x00, ActRefusal::UserPresent)]
    {
        signed.soft.flags = flags;
        let lax = signed.soft.sign_act(&signed.challenge.clone(), RP, ORIGIN);
        assert_eq!(signed.check(&lax.response()), Err(refusal), "{flags:#x}");
    }
    let short = SignedResponse {
        authenticator_data: &signed.answer.authenticator_data[..36],
        ..signed.answer.response()
    };
    assert_eq!(signed.check(&short), Err(ActRefusal::AuthenticatorData));
}

#[test]
fn a_counter_only_goes_forward_and_none_is_none() {
    let mut signed = Signed::new();
    let response = signed.answer.clone();
    for (kept, taken) in [(0, Ok(1)), (1, Err(ActRefusal::Counter)), (2, Err(ActRefusal::Copied))] {
        let act = SignedAct { counter: kept, ..signed.act() };
        assert_eq!(verify_signed_act(&act, &response.response()), taken, "kept {kept}");
    }
    signed.soft.counts = false;
    let uncounted = signed.soft.sign_act(&signed.challenge.clone(), RP, ORIGIN);
    assert_eq!(signed.check(&uncounted.response()), Ok(0));
    let act = SignedAct { counter: 5, ..signed.act() };
    assert_eq!(verify_signed_act(&act, &uncounted.response()), Err(ActRefusal::Copied), "it had one before");
}

#[test]
fn a_challenge_of_other_details_is_another_act() {
    let signed = Signed::new();
    let other: [u8; 32] = Sha256::digest(b"nonce, and what was not shown").into();
    let act = SignedAct { challenge: &other, ..signed.act() };
    assert_eq!(verify_signed_act(&act, &signed.answer.response()), Err(ActRefusal::Challenge));
}

proptest! {
    #[test]
    fn no_bit_of_an_answer_can_be_altered(which in 0_usize..3, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let signed = Signed::new();
        let mut answer = signed.answer.clone();
        let part = match which {
            0 => &mut answer.client_data,
            1 => &mut answer.authenticator_data,
            _ => &mut answer.signature,
        };
        let at = at.index(part.len());
        part[at] ^= 1 << bit;
        prop_assert!(signed.check(&signed.answer.response()).is_ok());
        prop_assert!(signed.check(&answer.response()).is_err());
    }

    #[test]
    fn whatever_comes_is_refused_without_a_panic(
        client_data in prop::collection::vec(any::<u8>(), 0..200),
        authenticator_data in prop::collection::vec(any::<u8>(), 0..100),
        signature in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let signed = Signed::new();
        let response = SignedResponse {
            client_data: &client_data,
            authenticator_data: &authenticator_data,
            signature: &signature,
        };
        prop_assert!(signed.check(&response).is_err());
        let response = SignedResponse { client_data: &signed.answer.client_data, ..response };
        prop_assert!(signed.check(&response).is_err());
    }
}
