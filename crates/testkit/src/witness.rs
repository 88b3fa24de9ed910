//! A witness of the log: the server's side of C2SP tlog-witness, written from its text and sharing no code with the
//! log. It keeps its own state, checks signature and consistency (with the crate `ct-merkle`), and cosigns.
//!
//! It can also misbehave as witnesses do: be down, be slow, sign wrongly. Used by `tests/log/outside.rs`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ct_merkle::{ConsistencyProof, RootHash};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use kernel::Clock;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What a witness does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// What the protocol says.
    Honest,
    /// It answers 503.
    Down,
    /// It answers only after [`TestWitness::release`].
    Held,
    /// It signs another text.
    WrongText,
    /// It signs with another key under its own name.
    WrongKey,
    /// It answers without a line of its own.
    Foreign,
}

/// See the module.
pub struct TestWitness {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
}

struct Shared {
    name: String,
    pair: SigningKey,
    log: LogAt,
    clock: Arc<dyn Clock>,
    held: Notify,
    inner: Mutex<Inner>,
}

/// The log that it knows.
struct LogAt {
    origin: String,
    id: Vec<u8>,
    public: VerifyingKey,
}

struct Inner {
    mood: Mood,
    latest: Option<(u64, [u8; 32])>,
    asked: u64,
}

/// A refusal: status and body.
type Refused = (StatusCode, String);

impl TestWitness {
    /// Starts one called `name` that knows the log with this verifier key.
    ///
    /// # Panics
    /// When the key is none.
    #[expect(clippy::expect_used, reason = "a test that can't go on must fail")]
    pub async fn start(name: &str, log_vkey: &str, clock: Arc<dyn Clock>) -> Self {
        let seed: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let inner = Inner { mood: Mood::Honest, latest: None, asked: 0 };
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            pair: SigningKey::from_bytes(&seed),
            log: LogAt::parse(log_vkey).expect("a verifier key"),
            clock,
            held: Notify::new(),
            inner: Mutex::new(inner),
        });
        let router = Router::new().route("/log/add-checkpoint", post(add)).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { shared, address, serving }
    }

    /// How the settings name it: key and address.
    pub fn setting(&self) -> String {
        let public = self.shared.pair.verifying_key();
        let id: String = self.shared.id().iter().map(|byte| format!("{byte:02x}")).collect();
        let key = STANDARD.encode([&[4], public.as_bytes().as_slice()].concat());
        format!("{}+{id}+{key} http://{}/log", self.shared.name, self.address)
    }

    /// What it does from now on.
    pub fn set_mood(&self, mood: Mood) {
        self.shared.inner().mood = mood;
    }

    /// Lets the requests go on that are held.
    pub fn release(&self) {
        self.set_mood(Mood::Honest);
        self.shared.held.notify_waiters();
    }

    /// The size of the last checkpoint that it cosigned.
    pub fn saw(&self) -> Option<u64> {
        self.shared.inner().latest.map(|(size, _)| size)
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.shared.inner().asked
    }

    /// How many lines of its own `note` bears; nothing when one of them is wrong.
    pub fn lines_in(&self, note: &str) -> Option<usize> {
        let (text, lines) = note.rsplit_once("\n\n")?;
        let text = format!("{text}\n");
        let start = format!("\u{2014} {} ", self.shared.name);
        let own: Vec<&str> = lines.lines().filter_map(|line| line.strip_prefix(start.as_str())).collect();
        let right = |line: &&str| {
            let bytes = STANDARD.decode(line).ok()?;
            let (id, rest) = bytes.split_first_chunk::<4>()?;
            let (time, signature) = rest.split_first_chunk::<8>()?;
            let message = cosigned(u64::from_be_bytes(*time), &text);
            let signature = Signature::from_slice(signature).ok()?;
            let signed = self.shared.pair.verifying_key().verify_strict(message.as_bytes(), &signature);
            (*id == self.shared.id() && signed.is_ok()).then_some(())
        };
        own.iter().all(|line| right(line).is_some()).then_some(own.len())
    }
}

impl Drop for TestWitness {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl LogAt {
    fn parse(vkey: &str) -> Option<Self> {
        let mut parts = vkey.trim().splitn(3, '+');
        let (origin, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let key = STANDARD.decode(key).ok()?;
        let (kind, public) = key.split_first()?;
        let id = u32::from_str_radix(id, 16).ok()?.to_be_bytes().to_vec();
        let public = VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
        (*kind == 1).then(|| Self { origin: origin.to_owned(), id, public })
    }

    /// Whether one of the signature lines is this log's and right.
    fn signed(&self, text: &str, lines: &str) -> bool {
        let start = format!("\u{2014} {} ", self.origin);
        let mut own = lines.lines().filter_map(|line| line.strip_prefix(start.as_str()));
        own.any(|line| {
            let bytes = STANDARD.decode(line).unwrap_or_default();
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else { return false };
            let signature = Signature::from_slice(signature);
            id.as_slice() == self.id
                && signature.is_ok_and(|one| self.public.verify_strict(text.as_bytes(), &one).is_ok())
        })
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(format!("{}\n", self.name));
        hash.update([4]);
        hash.update(self.pair.verifying_key().as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        [a, b, c, d]
    }

    /// Checks a request as the protocol says and remembers its checkpoint; the text to cosign.
    fn take(&self, body: &str) -> Result<String, Refused> {
        let bad = || (StatusCode::BAD_REQUEST, String::new());
        let (head, note) = body.split_once("\n\n").ok_or_else(bad)?;
        let mut head = head.lines();
        let old: u64 =
            head.next().and_then(|line| line.strip_prefix("old ")?.parse().ok()).ok_or_else(bad)?;
        let proof: Option<Vec<Vec<u8>>> = head.map(|line| STANDARD.decode(line).ok()).collect();
        let proof = proof.filter(|proof| proof.len() <= 63).ok_or_else(bad)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or_else(bad)?;
        let text = format!("{text}\n");
        let mut fields = text.lines();
        let (origin, size, root) = (fields.next(), fields.next(), fields.next());
        if origin != Some(&self.log.origin) {
            return Err((StatusCode::NOT_FOUND, String::new()));
        }
        if !self.log.signed(&text, lines) {
            return Err((StatusCode::FORBIDDEN, String::new()));
        }
        let size: u64 = size.and_then(|size| size.parse().ok()).ok_or_else(bad)?;
        let root = root.and_then(|root| STANDARD.decode(root).ok()?.try_into().ok()).ok_or_else(bad)?;
        if old > size {
            return Err(bad());
        }
        // Comparing and remembering are one step: the lock is held over both.
        let mut inner = self.inner();
        let latest = inner.latest.unwrap_or((0, Sha256::digest([]).into()));
        check(latest, old, (size, root), &proof)?;
        inner.latest = Some((size, root));
        Ok(text)
    }

    fn line(&self, text: &str, mood: Mood) -> String {
        let time = self.clock.now().us().unsigned_abs() / 1_000_000;
        let other = SigningKey::from_bytes(&[3; 32]);
        let (pair, said) = match mood {
            Mood::WrongKey => (&other, text.to_owned()),
            Mood::WrongText => (&self.pair, text.replacen('\n', "\n1", 1)),
            _ => (&self.pair, text.to_owned()),
        };
        let signature = pair.sign(cosigned(time, &said).as_bytes()).to_bytes();
        let name = if mood == Mood::Foreign { "somebody.example" } else { self.name.as_str() };
        let bytes = [self.id().as_slice(), &time.to_be_bytes(), &signature].concat();
        format!("\u{2014} {name} {}\n", STANDARD.encode(bytes))
    }
}

/// Whether `new` continues what was seen last.
fn check(latest: (u64, [u8; 32]), old: u64, new: (u64, [u8; 32]), proof: &[Vec<u8>]) -> Result<(), Refused> {
    if old != latest.0 {
        return Err((StatusCode::CONFLICT, format!("{}\n", latest.0)));
    }
    if old == new.0 {
        let same = latest.1 == new.1 && proof.is_empty();
        return if same { Ok(()) } else { Err((StatusCode::CONFLICT, String::new())) };
    }
    let unproven = || (StatusCode::UNPROCESSABLE_ENTITY, String::new());
    if old == 0 {
        return if proof.is_empty() { Ok(()) } else { Err(unproven()) };
    }
    let root = |(size, root): (u64, [u8; 32])| RootHash::<Sha256>::new(root.into(), size);
    let proof = ConsistencyProof::try_from_bytes(proof.concat()).map_err(|_| unproven())?;
    root(new).verify_consistency(&root(latest), &proof).map_err(|_| unproven())
}

async fn add(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let released = shared.held.notified();
    let mood = {
        let mut inner = shared.inner();
        inner.asked += 1;
        inner.mood
    };
    match mood {
        Mood::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Held => released.await,
        _ => {}
    }
    match shared.take(&body) {
        Ok(text) => shared.line(&text, mood).into_response(),
        Err((StatusCode::CONFLICT, size)) if !size.is_empty() => {
            (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], size).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}
