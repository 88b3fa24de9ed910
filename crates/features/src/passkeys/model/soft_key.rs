//! A passkey in software, with which sign-ins are measured and tested.
//!
//! It does what an authenticator and a browser do together (WebAuthn level 3, sections 6 and 7) with a key in memory, and
//! says that its user was verified without asking anybody. So it is worth nothing as a proof, and nothing of the product
//! makes one but `cardea bench`.

use super::assertion::{CHALLENGE_BYTES, SignedResponse};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Random;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::COSEKey;

const ID_BYTES: usize = 32;
/// Present and verified.
const FLAGS: u8 = 0x05;
/// A key follows.
const WITH_KEY: u8 = 0x40;

/// The authenticator with its one key; a clone is a copy of both.
#[derive(Clone)]
pub struct SoftKey {
    key: SigningKey,
    id: [u8; ID_BYTES],
    handle: Vec<u8>,
    counter: u32,
    /// What it says of its user: 1 present, 4 verified; 8 that its key can be copied to other devices.
    pub flags: u8,
    /// Whether it counts its signatures.
    pub counts: bool,
}

/// What it signed.
#[derive(Clone, Debug)]
pub struct SoftAnswer {
    /// `clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// The signature over both.
    pub signature: Vec<u8>,
}

impl SoftAnswer {
    /// As [`super::verify_signed_act`] takes it.
    pub fn response(&self) -> SignedResponse<'_> {
        SignedResponse {
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
        }
    }
}

impl SoftKey {
    /// A fresh key, bound to this device.
    pub fn create(random: &dyn Random) -> Self {
        let mut id = [0; ID_BYTES];
        random.fill(&mut id);
        Self { key: signing_key(random), id, handle: Vec::new(), counter: 0, flags: FLAGS, counts: true }
    }

    /// The id of its credential.
    pub fn credential_id(&self) -> &[u8] {
        &self.id
    }

    /// Answers a question to make a passkey, as the script of the page would: `question` is the server's JSON.
    pub fn enrol(&mut self, question: &Value, origin: &str) -> Value {
        let options = &question["publicKey"];
        self.handle = bytes(&options["user"]["id"]);
        let client_data = client_data("webauthn.create", &text(&options["challenge"]), origin);
        let mut data = self.head(&text(&options["rp"]["id"]), WITH_KEY);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, u8::try_from(ID_BYTES).unwrap_or(0)]);
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&self.cose_key());
        let parts = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation_object(&data)),
        });
        self.credential(&parts)
    }

    /// Answers a question to sign, as the script of the page would.
    pub fn answer(&mut self, question: &Value, origin: &str) -> Value {
        let options = &question["publicKey"];
        let client_data = client_data("webauthn.get", &text(&options["challenge"]), origin);
        let signed = self.sign(&text(&options["rpId"]), client_data);
        let parts = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(&signed.client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(&signed.authenticator_data),
            "signature": URL_SAFE_NO_PAD.encode(&signed.signature),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.handle),
        });
        self.credential(&parts)
    }

    /// Signs a challenge of one's own: an act.
    pub fn sign_act(&mut self, challenge: &[u8; CHALLENGE_BYTES], rp_id: &str, origin: &str) -> SoftAnswer {
        let client_data = client_data("webauthn.get", &URL_SAFE_NO_PAD.encode(challenge), origin);
        self.sign(rp_id, client_data)
    }

    /// Signs client data as it is given.
    pub fn sign(&mut self, rp_id: &str, client_data: Vec<u8>) -> SoftAnswer {
        let authenticator_data = self.head(rp_id, 0);
        let mut signed = authenticator_data.clone();
        signed.extend_from_slice(&Sha256::digest(&client_data));
        let signature: Signature = self.key.sign(&signed);
        SoftAnswer { client_data, authenticator_data, signature: signature.to_der().as_bytes().to_vec() }
    }

    /// Hash of the site, flags, and the next count.
    fn head(&mut self, rp_id: &str, more: u8) -> Vec<u8> {
        if self.counts {
            self.counter += 1;
        }
        let counter = if self.counts { self.counter } else { 0 };
        let mut data = Sha256::digest(rp_id.as_bytes()).to_vec();
        data.push(self.flags | more);
        data.extend_from_slice(&counter.to_be_bytes());
        data
    }

    /// The public key, as the library keeps it.
    pub fn public_key(&self) -> Option<COSEKey> {
        let (x, y) = self.coordinates();
        let key = json!({ "type_": "ES256", "key": { "EC_EC2": { "curve": "SECP256R1",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) } } });
        serde_json::from_value(key).ok()
    }

    fn coordinates(&self) -> (Vec<u8>, Vec<u8>) {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinates = point.as_bytes().get(1..).unwrap_or_default();
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        (x.to_vec(), y.to_vec())
    }

    /// The public key in COSE (RFC 9053): a map of kind EC2, algorithm ES256, curve P-256, x and y.
    fn cose_key(&self) -> Vec<u8> {
        let (x, y) = self.coordinates();
        let mut cbor = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cbor.extend_from_slice(&x);
        cbor.extend_from_slice(&[0x22, 0x58, 0x20]);
        cbor.extend_from_slice(&y);
        cbor
    }

    fn credential(&self, response: &Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

fn signing_key(random: &dyn Random) -> SigningKey {
    loop {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        // All but one in 2^32 are keys of the curve.
        if let Ok(key) = SigningKey::from_slice(&bytes) {
            return key;
        }
    }
}

fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
        .to_string()
        .into_bytes()
}

/// `{"fmt": "none", "attStmt": {}, "authData": data}` in CBOR (RFC 8949); the data is longer than 23 and shorter than
/// 65,536 bytes.
fn attestation_object(data: &[u8]) -> Vec<u8> {
    let mut cbor = vec![0xa3];
    cbor.extend_from_slice(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
    cbor.extend_from_slice(&u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
    cbor.extend_from_slice(data);
    cbor
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text(value)).unwrap_or_default()
}
