//! The listener: connections in, messages to a handler, answers out in any order.
//!
//! Problem: an engine answers a thousand messages of a batch at once, from its own thread, for several
//! connections, and must not wait for any of them. Design: each message comes with a [`Reply`]; using it
//! is one push on the queue of its connection, whose write task gathers what is there. No task is made for
//! a message. Why safe: what waits for an answer is bounded a connection (beyond it the socket is not read,
//! so the sender's window fills), a malformed message concerns its own connection alone, and a stop lets
//! answers leave before connections close. What it does not do: decide, or keep messages over a restart.

mod connection;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::dialect::Dialect;
use super::limits::{CONNECTIONS_MAX, IN_FLIGHT_PER_CONNECTION_MAX};
use super::message::Message;

pub use connection::Reply;

/// Pause after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Who takes messages. Called on the connection's reading task: it must not block, only pass on.
pub trait Handler: Send + Sync + 'static {
    /// Takes a well-formed message, requests and everything else. The reply may be used at any time and
    /// from any thread; dropping it unused answers nothing.
    fn handle(&self, message: Message, reply: Reply);
}

/// Settings of a listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Connections held open; further ones are closed at once.
    pub connections_max: usize,
    /// Messages of one connection that may wait for their answer; beyond it the connection is not read.
    pub in_flight_max: usize,
    /// Seconds without a byte after which a connection is closed.
    pub idle_s: u64,
    /// Seconds in which a message that has begun must be complete.
    pub frame_s: u64,
    /// Seconds that one write may take: a peer that does not read is cut off.
    pub write_s: u64,
    /// Seconds that answers have to leave after reading has ended.
    pub drain_s: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            in_flight_max: IN_FLIGHT_PER_CONNECTION_MAX,
            idle_s: 600,
            frame_s: 30,
            write_s: 30,
            drain_s: 10,
        }
    }
}

/// A bound listener.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// What all connections of a listener have in common.
pub(crate) struct Shared {
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) config: ServerConfig,
    pub(crate) stop: CancellationToken,
}

impl Server {
    /// Listens on an address.
    ///
    /// # Errors
    /// The address can't be bound.
    pub async fn bind(
        address: SocketAddr,
        dialect: Arc<Dialect>,
        handler: Arc<dyn Handler>,
        config: ServerConfig,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Shared { dialect, handler, config, stop: CancellationToken::new() };
        Ok(Self { listener, shared: Arc::new(shared) })
    }

    /// The address that is listened on; tells the port when it was bound as 0.
    ///
    /// # Errors
    /// The operating system does not know it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Cancelling this token stops the server: no more is read, answers leave, connections close.
    pub fn stop_token(&self) -> CancellationToken {
        self.shared.stop.clone()
    }

    /// Serves until the stop token is cancelled and every connection has ended.
    ///
    /// # Errors
    /// The listener itself fails; failures of a connection stay with it.
    pub async fn run(self) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(self.shared.config.connections_max));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = self.shared.stop.cancelled() => break,
                Some(ended) = connections.join_next(), if !connections.is_empty() => log_panic(&ended),
                accepted = self.listener.accept() => match accepted {
                    Ok((socket, peer)) => self.admit(socket, peer, &places, &mut connections),
                    Err(error) if is_passing(&error) => {
                        tracing::warn!(%error, "connection not accepted");
                        // Lack of file handles lasts until connections end: do not spin meanwhile.
                        let _stopped = timeout(ACCEPT_PAUSE, self.shared.stop.cancelled()).await;
                    }
                    Err(error) => return Err(error),
                },
            }
        }
        drop(self.listener);
        while let Some(ended) = connections.join_next().await {
            log_panic(&ended);
        }
        Ok(())
    }

    fn admit(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
        places: &Arc<Semaphore>,
        connections: &mut JoinSet<()>,
    ) {
        let dialect = self.shared.dialect.name().to_owned();
        match Arc::clone(places).try_acquire_owned() {
            Ok(place) => {
                connections
                    .spawn(hold_place(place, connection::serve(socket, peer, Arc::clone(&self.shared))));
            }
            Err(_) => {
                tracing::warn!(%peer, dialect, "connection refused: all places are taken");
                metrics::counter!("cardea_iso8583_connections_refused_total", "dialect" => dialect)
                    .increment(1);
            }
        }
    }
}

async fn hold_place(place: OwnedSemaphorePermit, connection: impl Future<Output = ()>) {
    connection.await;
    drop(place);
}

fn log_panic(ended: &Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended by a fault");
    }
}

/// Failures of a single connection attempt, and lack of file handles, which ends when connections end.
fn is_passing(error: &io::Error) -> bool {
    const TOO_MANY_OPEN_FILES: [i32; 2] = [23, 24];
    let kind = error.kind();
    matches!(
        kind,
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    ) || error.raw_os_error().is_some_and(|code| TOO_MANY_OPEN_FILES.contains(&code))
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
