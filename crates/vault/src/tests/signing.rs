use super::ring;
use crate::{KeyRing, SigningUse};
use ed25519_dalek::{Signature, SigningKey, Verifier, VerifyingKey};

fn valid(ring: &KeyRing, of: SigningUse, message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(&ring.public_key(of).unwrap().0).unwrap();
    key.verify(message, &Signature::from_bytes(signature)).is_ok()
}

#[test]
fn a_signature_is_valid_for_its_message_its_use_and_its_issuer_only() {
    let (ours, other) = (ring(1), ring(2));
    let signed = ours.sign(SigningUse::LogCheckpoint, b"size 12").unwrap().0;
    assert!(valid(&ours, SigningUse::LogCheckpoint, b"size 12", &signed));
    assert!(!valid(&ours, SigningUse::LogCheckpoint, b"size 13", &signed));
    assert!(!valid(&ours, SigningUse::Receipt, b"size 12", &signed));
    assert!(!valid(&other, SigningUse::LogCheckpoint, b"size 12", &signed));
}

#[test]
fn the_cipher_is_the_published_one() {
    // RFC 8032, section 7.1, test 2.
    let hex = |text: &str| -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let secret = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let pair = SigningKey::from_bytes(secret.as_slice().try_into().unwrap());
    let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_eq!(pair.verifying_key().to_bytes().as_slice(), public);
    let signature = ed25519_dalek::Signer::sign(&pair, &[0x72]);
    let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                    085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    assert_eq!(signature.to_bytes().as_slice(), hex(expected));
}
