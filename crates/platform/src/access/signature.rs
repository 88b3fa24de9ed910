//! Signed requests: HTTP message signatures (RFC 9421) with Ed25519, for keys that ask for them.
//!
//! Problem: a bearer key is worth everything to whoever reads it on its way. Design: a key can have a verifier; then
//! each request carries `Signature-Input` and `Signature` with one signature over at least `@method`, `@path`, `@query`
//! and, where they are there, `content-digest` for the body (RFC 9530, SHA-256) and `idempotency-key`, with the time of
//! making and a nonce. Why safe: what
//! is signed is rebuilt from the request as it came; the digest is compared with the body; a time outside of
//! [`SKEW_US`] is refused, and within it a nonce is taken once ([`super::api_key`]), so a request can't come again.
//! Anything that this profile does not know is refused, never skipped.
//!
//! It reads one signature only, and no structured fields beyond what it asks for.

use super::hex;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use kernel::{SECOND_US, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How far the time of making may be from the server's, microseconds.
pub const SKEW_US: i64 = 60 * SECOND_US;
/// The longest nonce, characters.
const NONCE_CHARS_MAX: usize = 100;
/// The longest `Signature-Input`, characters.
const INPUT_CHARS_MAX: usize = 1_000;

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("the key asks for signed requests, and this one is not signed")]
    Missing,
    /// It is not of the form that is read here.
    #[error("the signature is not of the form of RFC 9421 that is read here")]
    Form,
    /// It leaves out what it must cover.
    #[error(
        "the signature must cover @method, @path, @query and, where they are there, content-digest and idempotency-key"
    )]
    Covers,
    /// It was made too long ago, or in the future.
    #[error("the signature was not made within a minute of now")]
    Time,
    /// The body is not the one that was signed.
    #[error("the digest is not that of the body")]
    Digest,
    /// It is not by the key's owner, or of another request.
    #[error("the signature does not hold")]
    Wrong,
}

/// One signature of a request.
struct Input<'a> {
    label: &'a str,
    components: Vec<&'a str>,
    /// The inner list with its parameters as they came: the last line of what is signed.
    params: &'a str,
    created: i64,
    nonce: &'a str,
}

/// Checks the signature of a request with this body; returns its nonce, hashed, for taking it.
///
/// # Errors
/// Why it does not hold.
pub(crate) fn check(
    verifier: &[u8; 32],
    request: &Parts,
    body: &[u8],
    now: Timestamp,
) -> Result<String, SignatureError> {
    let input = one_header(&request.headers, "signature-input")?;
    if input.len() > INPUT_CHARS_MAX {
        return Err(SignatureError::Form);
    }
    let input = parse(input).ok_or(SignatureError::Form)?;
    let covered = |name: &str| input.components.contains(&name);
    // A key that is not signed could be changed on its way: the act would be done twice, or an old answer come back.
    let named = request.headers.contains_key("idempotency-key");
    if !(["@method", "@path", "@query"].iter().all(|name| covered(name))
        && (body.is_empty() || covered("content-digest"))
        && (!named || covered("idempotency-key")))
    {
        return Err(SignatureError::Covers);
    }
    let made = Timestamp::from_us(input.created.checked_mul(SECOND_US).ok_or(SignatureError::Form)?);
    if now.since_us(made).unsigned_abs() > SKEW_US.unsigned_abs() {
        return Err(SignatureError::Time);
    }
    if covered("content-digest") {
        let sent = one_header(&request.headers, "content-digest")?;
        let own = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)));
        if !bool::from(sent.as_bytes().ct_eq(own.as_bytes())) {
            return Err(SignatureError::Digest);
        }
    }
    let base = base(request, &input)?;
    let signature = signature_of(one_header(&request.headers, "signature")?, input.label)?;
    let key = VerifyingKey::from_bytes(verifier).map_err(|_| SignatureError::Wrong)?;
    key.verify_strict(base.as_bytes(), &signature).map_err(|_| SignatureError::Wrong)?;
    Ok(hex(&Sha256::digest(input.nonce.as_bytes())))
}

/// A header that must be there once.
fn one_header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, SignatureError> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().map(str::trim).map_err(|_| SignatureError::Form),
        (None, _) => Err(SignatureError::Missing),
        (Some(_), Some(_)) => Err(SignatureError::Form),
    }
}

/// `sig1=("@method" "@path");created=1618884473;nonce="…";keyid="…";alg="ed25519"`.
fn parse(text: &str) -> Option<Input<'_>> {
    let (label, params) = text.split_once('=')?;
    let (list, rest) = params.strip_prefix('(')?.split_once(')')?;
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut components = Vec::new();
    for item in list.split(' ').filter(|item| !item.is_empty()) {
        let name = quoted(item)?;
        // Each once; and none with parameters of its own, which would change what it means.
        if components.contains(&name) || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        components.push(name);
    }
    let (mut created, mut nonce, mut alg) = (None, None, None);
    for param in rest.split(';').skip(1) {
        let (name, value) = param.split_once('=')?;
        match name.trim() {
            "created" if created.is_none() => created = Some(value.parse().ok()?),
            "nonce" if nonce.is_none() => nonce = Some(quoted(value)?),
            "alg" if alg.is_none() => alg = Some(quoted(value)?),
            "keyid" => drop(quoted(value)?),
            _ => return None,
        }
    }
    let nonce = nonce.filter(|nonce| (1..=NONCE_CHARS_MAX).contains(&nonce.len()))?;
    let good = is_label(label) && rest.starts_with(';') && alg.is_none_or(|alg| alg == "ed25519");
    good.then_some(Input { label, components, params, created: created?, nonce })
}

/// A quoted string without anything that would need an escape.
fn quoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    inner.bytes().all(|byte| (0x20..0x7f).contains(&byte) && !b"\"\\;,".contains(&byte)).then_some(inner)
}

/// What is signed: RFC 9421, 2.5.
fn base(request: &Parts, input: &Input<'_>) -> Result<String, SignatureError> {
    let mut text = String::new();
    for name in &input.components {
        let value = match *name {
            "@method" => request.method.as_str().to_owned(),
            "@path" => request.uri.path().to_owned(),
            "@query" => format!("?{}", request.uri.query().unwrap_or_default()),
            "@authority" => one_header(&request.headers, "host")?.to_ascii_lowercase(),
            derived if derived.starts_with('@') => return Err(SignatureError::Form),
            header => one_header(&request.headers, header)?.to_owned(),
        };
        text.push_str(&format!("\"{name}\": {value}\n"));
    }
    text.push_str(&format!("\"@signature-params\": {}", input.params));
    Ok(text)
}

fn signature_of(text: &str, label: &str) -> Result<Signature, SignatureError> {
    let (own, value) = text.split_once('=').ok_or(SignatureError::Form)?;
    let inner =
        value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or(SignatureError::Form)?;
    let bytes = STANDARD.decode(inner).map_err(|_| SignatureError::Form)?;
    let signature = Signature::from_slice(&bytes).map_err(|_| SignatureError::Form)?;
    if own == label { Ok(signature) } else { Err(SignatureError::Form) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use ed25519_dalek::{Signer, SigningKey};

    /// RFC 9421, B.2.6: the test request and `test-key-ed25519`.
    const RFC_KEY: &str = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
    const RFC_INPUT: &str = "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
                             \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    const RFC_SIGNATURE: &str =
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn now() -> Timestamp {
        Timestamp::from_us(1_800_000_000 * SECOND_US)
    }

    /// The base of the RFC's own example, built by the code, under the RFC's own signature.
    #[test]
    fn the_base_is_that_of_the_rfc() {
        let request = Request::post("/foo?param=Value&Pet=dog")
            .header("host", "example.com")
            .header("date", "Tue, 20 Apr 2021 02:07:55 GMT")
            .header("content-type", "application/json")
            .header("content-length", "18")
            .body(())
            .unwrap();
        let (label, params) = RFC_INPUT.split_once('=').unwrap();
        let list = params.strip_prefix('(').unwrap().split_once(')').unwrap().0;
        let components = list.split(' ').map(|item| quoted(item).unwrap()).collect();
        let input = Input { label, components, params, created: 1_618_884_473, nonce: "" };
        let base = base(&request.into_parts().0, &input).unwrap();
        let verifier: [u8; 32] = STANDARD.decode(RFC_KEY).unwrap().try_into().unwrap();
        let signature = Signature::from_slice(&STANDARD.decode(RFC_SIGNATURE).unwrap()).unwrap();
        VerifyingKey::from_bytes(&verifier).unwrap().verify_strict(base.as_bytes(), &signature).unwrap();
    }

    /// A request signed by hand, with what the caller wants changed before it is checked.
    fn signed(
        change: impl Fn(&mut Vec<(String, String)>, &mut String, &mut Vec<u8>),
    ) -> Result<String, SignatureError> {
        let body = b"{\"amount\":1}".to_vec();
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&body)));
        let params = "(\"@method\" \"@path\" \"@query\" \"content-digest\");created=1800000000;nonce=\"n-1\"";
        let base = format!(
            "\"@method\": POST\n\"@path\": /v1/things\n\"@query\": ?a=1\n\"content-digest\": {digest}\n\
             \"@signature-params\": {params}"
        );
        let signature = STANDARD.encode(key().sign(base.as_bytes()).to_bytes());
        let mut headers = vec![
            ("content-digest".to_owned(), digest),
            ("signature-input".to_owned(), format!("sig1={params}")),
            ("signature".to_owned(), format!("sig1=:{signature}:")),
        ];
        let (mut address, mut sent) = ("/v1/things?a=1".to_owned(), body);
        change(&mut headers, &mut address, &mut sent);
        let mut request = Request::post(address);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        check(key().verifying_key().as_bytes(), &parts, &sent, now())
    }

    #[test]
    fn a_signed_request_holds_and_each_changed_part_breaks_it() {
        assert!(signed(|_, _, _| {}).is_ok());
        let header = |headers: &mut Vec<(String, String)>, at: usize, from: &str, to: &str| {
            headers[at].1 = headers[at].1.replace(from, to);
        };
        assert_eq!(signed(|_, address, _| *address = "/v1/other?a=1".to_owned()), Err(SignatureError::Wrong));
        assert_eq!(
            signed(|_, address, _| *address = "/v1/things?a=2".to_owned()),
            Err(SignatureError::Wrong)
        );
        assert_eq!(signed(|_, _, body| body.push(b' ')), Err(SignatureError::Digest));
        assert_eq!(signed(|headers, _, _| headers.clear()), Err(SignatureError::Missing));
        assert_eq!(signed(|headers, _, _| drop(headers.pop())), Err(SignatureError::Missing));
        assert_eq!(signed(|h, _, _| header(h, 1, "n-1", "n-2")), Err(SignatureError::Wrong));
        assert_eq!(signed(|h, _, _| header(h, 1, "1800000000", "1800000061")), Err(SignatureError::Time));
        assert_eq!(signed(|h, _, _| header(h, 1, "1800000000", "1799999939")), Err(SignatureError::Time));
        assert_eq!(signed(|h, _, _| header(h, 1, " \"content-digest\"", "")), Err(SignatureError::Covers));
        assert_eq!(signed(|h, _, _| header(h, 1, "\"@query\" ", "")), Err(SignatureError::Covers));
        let named = |h: &mut Vec<(String, String)>| h.push(("idempotency-key".to_owned(), "k-1".to_owned()));
        assert_eq!(signed(|h, _, _| named(h)), Err(SignatureError::Covers));
        assert_eq!(signed(|h, _, _| header(h, 2, "sig1", "sig2")), Err(SignatureError::Form));
        let twice = signed(|h, _, _| {
            let again = h[2].clone();
            h.push(again);
        });
        assert_eq!(twice, Err(SignatureError::Form));
    }

    #[test]
    fn what_the_profile_does_not_know_is_refused() {
        let good = "sig1=(\"@method\" \"@path\" \"@query\");created=1;nonce=\"a\"";
        assert!(parse(good).is_some());
        for bad in [
            "sig1=(\"@method\");created=1",
            "sig1=(\"@method\");nonce=\"a\"",
            "sig1=(\"@method\" \"@method\");created=1;nonce=\"a\"",
            "sig1=(\"@method\";req);created=1;nonce=\"a\"",
            "sig1=(\"@method\");created=1;nonce=\"a\";alg=\"none\"",
            "sig1=(\"@method\");created=1;nonce=\"a\";alg=\"hmac-sha256\"",
            "sig1=(\"@method\");created=1;created=2;nonce=\"a\"",
            "sig1=(\"@method\");created=1;nonce=\"a\", sig2=(\"@path\");created=1;nonce=\"b\"",
            "=(\"@method\");created=1;nonce=\"a\"",
            "sig1=\"@method\";created=1;nonce=\"a\"",
            "",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
