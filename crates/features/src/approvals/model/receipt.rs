//! The receipt of a signed act: a JSON Web Signature (RFC 7515) with Ed25519 (RFC 8037), which anybody can check without
//! us, by the published keys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the keys are.
pub const KEYS_PATH: &str = "/.well-known/jwks.json";
/// What a receipt says it is.
const KIND: &str = "cardea-receipt+jws";

/// A public key as a JSON Web Key (RFC 8037), named by its thumbprint.
pub fn jwk(public: &[u8; 32]) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(public), "kid": thumbprint(public), "use": "sig", "alg": "EdDSA" })
}

/// RFC 7638: SHA-256 over the members that the kind of key needs, in their one text.
pub fn thumbprint(public: &[u8; 32]) -> String {
    let text = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}", encode(public));
    encode(&Sha256::digest(text.as_bytes()))
}

/// Header and payload as they are signed.
pub fn signing_input(public: &[u8; 32], payload: &str) -> String {
    let header = json!({ "alg": "EdDSA", "kid": thumbprint(public), "typ": KIND }).to_string();
    format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()))
}

/// The whole receipt in its compact form.
pub fn compact(signing_input: &str, signature: &[u8; 64]) -> String {
    format!("{signing_input}.{}", encode(signature))
}

/// Bytes as base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes from base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
