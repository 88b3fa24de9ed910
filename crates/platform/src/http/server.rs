//! Accepts connections and serves the router on them, with bounds on what a client can hold.
//!
//! A client that sends its head slowly is cut off, one that sends too much of it is refused, and only
//! so many connections are served at once; more wait in the listener's queue. When told to stop it
//! takes no new connections and lets requests under way finish, for a bounded time.
//!
//! TLS (1.2 and 1.3, rustls) where a certificate is given; the handshake has its bound too. A renewed
//! certificate is read at the next start.

use super::health::Health;
use super::limits;
use crate::clock::TokioSleep;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use kernel::Sleep;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig, crypto::ring};
use tokio_util::task::TaskTracker;

/// How long to wait when the machine can't give another connection, milliseconds.
const PAUSE_MS: u64 = 100;

/// A certificate and its key, ready to be used.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// Why TLS can't be offered.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing, or is no PEM of the kind wanted. Its content is not told.
    #[error("{} does not hold {what} in PEM", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
    },
    /// Certificate and key don't belong together, or are not usable.
    #[error("the certificate and the key can't be used together: {0}")]
    Unusable(#[from] rustls::Error),
}

impl Tls {
    /// Reads the certificate chain and its key.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let bad = |path: &Path, what| TlsError::Unreadable { path: path.to_owned(), what };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|_| bad(certificate, "certificates"))?;
        if chain.is_empty() {
            return Err(bad(certificate, "certificates"));
        }
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|_| bad(key, "a private key"))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, secret)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// Serves `router` until [`Health::stop`], then drains.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections_max: u32,
    tls: Option<Tls>,
    health: &Health,
) {
    let places = Arc::new(Semaphore::new(usize::try_from(connections_max).unwrap_or(usize::MAX >> 4)));
    let tasks = TaskTracker::new();
    let mut stop = std::pin::pin!(health.stopped());
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            both = accept => both,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, tls, health) = (router.clone(), tls.clone(), health.clone());
                tasks.spawn(async move {
                    connection(stream, router, tls, health).await;
                    drop(place);
                });
            }
            // Out of file descriptors, or the client left: nothing of ours is broken. Let others run.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                TokioSleep.sleep(Duration::from_millis(PAUSE_MS)).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    if timeout(Duration::from_secs(limits::DRAIN_SECONDS), tasks.wait()).await.is_err() {
        tracing::warn!(left = tasks.len(), "requests were cut off at the end");
    }
}

async fn connection(stream: TcpStream, router: Router, tls: Option<Tls>, health: Health) {
    // Small answers leave at once instead of waiting for more.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay was not set");
    }
    let Some(Tls(acceptor)) = tls else { return requests(stream, router, health).await };
    match timeout(Duration::from_secs(limits::HEAD_SECONDS), acceptor.accept(stream)).await {
        Ok(Ok(stream)) => requests(stream, router, health).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn requests(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router, health: Health) {
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits::HEAD_SECONDS))
        .max_headers(limits::HEADER_LINES)
        .max_buf_size(limits::HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = health.stopped() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
