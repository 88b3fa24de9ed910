//! A provider that lies: each token that is not for us, not for now, not from it or not for this sign-in is refused, and
//! each refusal has the accepted twin.

#![cfg(test)]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use connectors::oidc::{OidcProvider, OidcSettings};
use ed25519_dalek::{Signer, SigningKey};
use features::staff::{Provider, ProviderError, SignInSecrets, Vouched};
use kernel::{Clock, Secret};
use platform::clock::SystemClock;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const CLIENT: &str = "cardea";
const CODE: &str = "the-code";

/// What a token of the provider says and how it is signed.
#[derive(Clone)]
struct Token {
    header: Value,
    claims: Value,
    signer: SigningKey,
    signature: Option<String>,
}

/// A provider on a port of its own; it gives the token of `token` for each code, once.
struct Liar {
    issuer: String,
    token: Arc<Mutex<Token>>,
    asked: Arc<Mutex<Vec<String>>>,
    moved: Moved,
}

/// A part of an address that has moved, and where to.
type Moved = Arc<Mutex<Option<(&'static str, String)>>>;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn now_s() -> i64 {
    SystemClock::default().now().us() / 1_000_000
}

impl Liar {
    fn start(named: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let said = named.map_or_else(|| issuer.clone(), str::to_owned);
        let token = Token {
            header: json!({ "alg": "EdDSA", "kid": "k1" }),
            claims: json!({
                "iss": issuer, "aud": CLIENT, "sub": "248289761001", "nonce": "the-nonce",
                "iat": now_s(), "exp": now_s() + 300,
            }),
            signer: key(),
            signature: None,
        };
        let token = Arc::new(Mutex::new(token));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let moved = Moved::default();
        let (kept, heard, gone) = (Arc::clone(&token), Arc::clone(&asked), Arc::clone(&moved));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                serve(socket.unwrap(), &said, &kept, &heard, &gone);
            }
        });
        Self { issuer, token, asked, moved }
    }

    fn provider(&self, acr: Option<&str>) -> OidcProvider {
        OidcProvider::new(OidcSettings {
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Secret::new("the-secret".to_owned()),
            redirect: "http://localhost:8080/desk/sign-in/provider/callback".to_owned(),
            acr: acr.map(str::to_owned),
        })
    }

    async fn finish(&self) -> Result<Vouched, ProviderError> {
        self.provider(None).finish(CODE, &secrets()).await
    }

    /// With the token changed for one sign-in.
    async fn with(&self, change: impl FnOnce(&mut Token)) -> Result<Vouched, ProviderError> {
        let before = self.token.lock().unwrap().clone();
        change(&mut self.token.lock().unwrap());
        let done = self.finish().await;
        *self.token.lock().unwrap() = before;
        done
    }
}

fn secrets() -> SignInSecrets {
    SignInSecrets {
        state: Secret::new("the-state".to_owned()),
        nonce: Secret::new("the-nonce".to_owned()),
        verifier: Secret::new("a".repeat(43)),
    }
}

fn serve(
    mut socket: TcpStream,
    issuer: &str,
    token: &Mutex<Token>,
    asked: &Mutex<Vec<String>>,
    moved: &Moved,
) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let own = format!("http://{}", socket.local_addr().unwrap());
    if let Some((_, to)) = moved.lock().unwrap().as_ref().filter(|(part, _)| line.contains(part)) {
        write!(
            socket,
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        return;
    }
    let (status, answer) = if line.contains("/.well-known/openid-configuration") {
        (200, metadata(&own, issuer))
    } else if line.contains("/jwks") {
        let public = BASE64.encode(key().verifying_key().to_bytes());
        let own =
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "alg": "EdDSA", "x": public });
        (200, json!({ "keys": [own] }))
    } else {
        let again = asked.lock().unwrap().contains(&body);
        asked.lock().unwrap().push(body);
        match again {
            true => (400, json!({ "error": "invalid_grant" })),
            false => {
                let id_token = written(&token.lock().unwrap());
                (200, json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token }))
            }
        }
    };
    let text = answer.to_string();
    write!(
        socket,
        "HTTP/1.1 {status} OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
    .unwrap();
}

fn metadata(own: &str, issuer: &str) -> Value {
    json!({
        "issuer": issuer, "authorization_endpoint": format!("{own}/authorize"),
        "token_endpoint": format!("{own}/token"), "jwks_uri": format!("{own}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    })
}

fn written(token: &Token) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    let signed = format!("{}.{}", part(&token.header), part(&token.claims));
    let own = BASE64.encode(token.signer.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{}", token.signature.clone().unwrap_or(own))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_sent_with_state_nonce_and_a_challenge_and_without_secrets() {
    let liar = Liar::start(None);
    let address = liar.provider(Some("gold")).begin(&secrets()).await.unwrap();
    for part in [
        "/authorize?",
        "response_type=code",
        "client_id=cardea",
        "state=the-state",
        "nonce=the-nonce",
        "code_challenge_method=S256",
        "code_challenge=",
        "scope=openid",
        "acr_values=gold",
    ] {
        assert!(address.contains(part), "{part}: {address}");
    }
    assert!(!address.contains(&"a".repeat(43)) && !address.contains("the-secret"), "{address}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_true_token_vouches_and_a_second_use_of_its_code_does_not() {
    let liar = Liar::start(None);
    let vouched = liar.finish().await.unwrap();
    assert_eq!(vouched, Vouched { subject: "248289761001".to_owned(), strong: false });
    let asked = liar.asked.lock().unwrap()[0].clone();
    assert!(
        asked.contains("grant_type=authorization_code") && asked.contains("code_verifier=aaaa"),
        "{asked}"
    );
    assert!(matches!(liar.finish().await, Err(ProviderError::Refused(_))), "the code was used");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_for_us_now_here_is_refused() {
    type Lie = (&'static str, fn(&mut Token));
    let lies: [Lie; 12] = [
        ("another nonce", |token| token.claims["nonce"] = "another".into()),
        ("no nonce", |token| drop(token.claims.as_object_mut().unwrap().remove("nonce"))),
        ("another audience", |token| token.claims["aud"] = "somebody-else".into()),
        ("a second audience", |token| token.claims["aud"] = json!([CLIENT, "somebody-else"])),
        ("another issuer", |token| token.claims["iss"] = "https://evil.example".into()),
        ("expired", |token| token.claims["exp"] = (now_s() - 1).into()),
        ("no expiry", |token| drop(token.claims.as_object_mut().unwrap().remove("exp"))),
        ("no signature", |token| {
            token.header = json!({ "alg": "none" });
            token.signature = Some(String::new());
        }),
        ("an algorithm of our secret", |token| token.header = json!({ "alg": "HS256" })),
        ("another key", |token| token.signer = SigningKey::from_bytes(&[6; 32])),
        ("a key that is not the provider's", |token| token.header = json!({ "alg": "EdDSA", "kid": "k2" })),
        ("a changed signature", |token| token.signature = Some(BASE64.encode([0; 64]))),
    ];
    for (name, lie) in lies {
        let refused = Liar::start(None).with(lie).await;
        assert!(matches!(refused, Err(ProviderError::Refused(_))), "{name}: {refused:?}");
        let accepted = Liar::start(None).with(|_| {}).await;
        assert!(accepted.is_ok(), "the accepted twin of {name}: {accepted:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_calls_itself_another_is_not_asked() {
    let liar = Liar::start(Some("https://login.example"));
    assert!(matches!(liar.finish().await, Err(ProviderError::Unreachable(_))));
    assert!(liar.asked.lock().unwrap().is_empty(), "no code was sent to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_as_two_proofs_only_when_the_provider_says_so() {
    for (said, strong) in [(Some("gold"), true), (Some("bronze"), false), (None, false)] {
        let liar = Liar::start(None);
        if let Some(said) = said {
            liar.token.lock().unwrap().claims["acr"] = said.into();
        }
        let vouched = liar.provider(Some("gold")).finish(CODE, &secrets()).await.unwrap();
        assert_eq!(vouched.strong, strong, "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_sends_us_elsewhere_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let to = format!("http://{}/", elsewhere.local_addr().unwrap());
    for part in ["/.well-known/openid-configuration", "/jwks", "/token"] {
        let liar = Liar::start(None);
        *liar.moved.lock().unwrap() = Some((part, to.clone()));
        assert!(liar.finish().await.is_err(), "{part}");
        let arrived = elsewhere.accept().map(drop).map_err(|error| error.kind());
        assert_eq!(arrived, Err(std::io::ErrorKind::WouldBlock), "{part}: nothing goes there");
    }
}
