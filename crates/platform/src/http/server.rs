//! Accepts connections and serves the router on them, with bounds on what a client can hold.
//!
//! A client that sends its head slowly is cut off, one that sends too much of it is refused, and only
//! so many connections are served at once; more wait in the listener's queue. When told to stop it
//! takes no new connections and lets requests under way finish, for a bounded time.

use super::health::Health;
use super::limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Serves `router` until [`Health::stop`], then drains.
pub async fn serve(listener: TcpListener, router: Router, connections_max: u32, health: &Health) {
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
                let connection = connection(stream, router.clone(), health.clone());
                tasks.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            // Out of file descriptors, or the client left: nothing of ours is broken. Let others run.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::task::yield_now().await;
            }
        }
    }
    drop(listener);
    tasks.close();
    let drained = tokio::time::timeout(Duration::from_secs(limits::DRAIN_SECONDS), tasks.wait()).await;
    if drained.is_err() {
        tracing::warn!(left = tasks.len(), "requests were cut off at the end");
    }
}

async fn connection(stream: TcpStream, router: Router, health: Health) {
    // Small answers leave at once instead of waiting for more.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay was not set");
    }
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
