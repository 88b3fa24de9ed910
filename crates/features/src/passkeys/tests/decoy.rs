//! The key that nobody has: a check against it goes as far as the signature.

use super::super::model::SoftKey;
use super::super::service::decoy_for;
use platform::clock::SystemRandom;
use serde_json::json;
use webauthn_rs::prelude::{PublicKeyCredential, Url, WebauthnBuilder, WebauthnError};

#[test]
fn an_unknown_passkey_is_checked_up_to_its_signature() {
    let origin = Url::parse("https://card.example").unwrap();
    let site = WebauthnBuilder::new("card.example", &origin).unwrap().build().unwrap();
    for flags in [0x05, 0x0d] {
        let (question, state) = site.start_discoverable_authentication().unwrap();
        let mut key = SoftKey::create(&SystemRandom);
        key.flags = flags;
        let answer = key.answer(&json!(question), "https://card.example");
        let answer: PublicKeyCredential = serde_json::from_value(answer).unwrap();
        let decoy = decoy_for(&answer).expect("a credential");
        let checked = site.finish_discoverable_authentication_v2(&answer, state, decoy);
        assert!(matches!(checked, Err(WebauthnError::AuthenticationFailure)), "{flags:#x} {checked:?}");
    }
}
