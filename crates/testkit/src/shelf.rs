//! A place that keeps what it is given over HTTP, as a bucket or an auditor's server does.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// Longest thing that is kept, bytes.
const BYTES_MAX: usize = 1 << 20;

/// One thing that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `PUT` or `POST`.
    pub method: String,
    /// Where.
    pub path: String,
    /// The `Authorization` header; empty without one.
    pub authorization: String,
    /// What.
    pub text: String,
}

/// See the module.
pub struct TestShelf {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    kept: Mutex<Vec<Kept>>,
    refusing: Mutex<bool>,
}

impl TestShelf {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port.
    #[expect(clippy::expect_used, reason = "a test that can't go on must fail")]
    pub async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(keep).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { shared, address, serving }
    }

    /// Its address with `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Whether it answers 507, as a full disk does.
    pub fn set_refusing(&self, refusing: bool) {
        *lock(&self.shared.refusing) = refusing;
    }

    /// What was given so far, in order.
    pub fn kept(&self) -> Vec<Kept> {
        lock(&self.shared.kept).clone()
    }
}

impl Drop for TestShelf {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keep(State(shared): State<Arc<Shared>>, request: Request) -> StatusCode {
    if *lock(&shared.refusing) {
        return StatusCode::INSUFFICIENT_STORAGE;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, BYTES_MAX).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    lock(&shared.kept).push(Kept {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        authorization: authorization.unwrap_or_default().to_owned(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    });
    StatusCode::CREATED
}
