//! The sending side of a connection: many requests in flight, answers matched by the sender's keys.
//!
//! Problem: answers come back in any order, and a generator must keep thousands of requests under way and
//! learn the latency of each. Design: a window of permits; a table from the keys of the awaited answer
//! (its type, DE11, DE37, DE41) to the caller's tag and the time of sending; one task writes, one reads and
//! calls [`Answers`]. Why safe: the window bounds the table; requests with equal keys (a repeat sent before
//! its answer) are kept side by side; an answer that lost some keys, as a format error may, is matched by
//! what it has if that is unambiguous. What it does not do: reconnect or repeat; the caller is told
//! what was lost.

mod awaited;
mod reading;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::awaited::{Awaited, Entry, Keys, Waiter};
use super::dialect::Dialect;
use super::limits::CLIENT_WINDOW_MESSAGES;
use super::message::Message;
use super::stream::Outgoing;

/// A monotonic clock in microseconds, from the caller: time is a parameter.
pub type MonotonicUs = Arc<dyn Fn() -> u64 + Send + Sync>;

/// An answer with what is needed to judge it.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Message,
    /// What the caller gave with the request.
    pub tag: u64,
    /// When the request was handed to [`Client::send`], by the caller's clock, in microseconds.
    pub sent_us: u64,
    /// When the answer was read, by the same clock.
    pub answered_us: u64,
}

/// Who takes answers. Called on the client's reading task: it must not block.
pub trait Answers: Send + Sync + 'static {
    /// An answer came.
    fn answered(&self, answered: Answered);
    /// No answer will come: the connection ended or the caller gave the request up.
    fn lost(&self, tag: u64, sent_us: u64);
}

/// Settings of a client.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Requests in flight; sending waits beyond it.
    pub window: usize,
    /// Longest time to connect.
    pub connect_max: Duration,
    /// Longest time for one write.
    pub write_max: Duration,
    /// Longest time that [`Client::ask`] waits for its answer.
    pub answer_max: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            window: CLIENT_WINDOW_MESSAGES,
            connect_max: Duration::from_secs(5),
            write_max: Duration::from_secs(30),
            answer_max: Duration::from_secs(10),
        }
    }
}

/// Why a request did not get its answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The connection could not be made.
    #[error("can't connect: {0}")]
    Connect(#[from] io::Error),
    /// The message type expects no answer, so nothing could be matched.
    #[error("a message of this type expects no answer")]
    NoAnswerExpected,
    /// Too many requests with the same keys are in flight.
    #[error("too many requests with the same keys are in flight")]
    TooManyAlike,
    /// The connection has ended.
    #[error("the connection has ended")]
    Closed,
    /// No answer within the time set.
    #[error("no answer in time")]
    NoAnswer,
}

/// A connection to a server. Dropping it ends the connection.
pub struct Client {
    shared: Arc<Shared>,
    queue: UnboundedSender<Message>,
    answer_max: Duration,
}

/// What the sending side and the reading task have in common.
pub(crate) struct Shared {
    awaited: Awaited,
    window: Arc<Semaphore>,
    window_size: usize,
    clock: MonotonicUs,
    answers: Arc<dyn Answers>,
    unmatched: AtomicU64,
    stop: CancellationToken,
}

impl Client {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// No connection within the time set.
    pub async fn connect(
        address: &str,
        dialect: Arc<Dialect>,
        config: ClientConfig,
        clock: MonotonicUs,
        answers: Arc<dyn Answers>,
    ) -> Result<Self, ClientError> {
        let connected = timeout(config.connect_max, TcpStream::connect(address)).await;
        let socket = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        socket.set_nodelay(true)?;
        let (read_half, write_half) = socket.into_split();
        let (queue, queued) = unbounded_channel();
        let shared = Arc::new(Shared {
            awaited: Awaited::default(),
            window: Arc::new(Semaphore::new(config.window)),
            window_size: config.window,
            clock,
            answers,
            unmatched: AtomicU64::new(0),
            stop: CancellationToken::new(),
        });
        let outgoing = Outgoing {
            socket: write_half,
            queue: queued,
            dialect: Arc::clone(&dialect),
            permits: None,
            write_max: config.write_max,
            written: metrics::counter!("cardea_iso8583_client_requests_total"),
        };
        tokio::spawn(reading::write_until_done(outgoing, Arc::clone(&shared)));
        tokio::spawn(reading::run(read_half, dialect, Arc::clone(&shared)));
        Ok(Self { shared, queue, answer_max: config.answer_max })
    }

    /// Sends a request as soon as the window has room. The answer comes to [`Answers`] with the tag.
    ///
    /// # Errors
    /// The connection has ended, or nothing could be matched.
    pub async fn send(&self, request: Message, tag: u64) -> Result<(), ClientError> {
        self.queue_request(request, Waiter::Tag(tag)).await.map(|_| ())
    }

    /// Sends a request and waits for its answer; for single messages, not for load.
    ///
    /// # Errors
    /// As [`Client::send`], or no answer within the time set.
    pub async fn ask(&self, request: Message) -> Result<Message, ClientError> {
        let (sender, answer) = oneshot::channel();
        let keys = self.queue_request(request, Waiter::Ask(sender)).await?;
        match timeout(self.answer_max, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(ClientError::Closed),
            Err(_) => {
                if self.shared.awaited.forget(&keys) {
                    self.shared.window.add_permits(1);
                }
                Err(ClientError::NoAnswer)
            }
        }
    }

    /// Sends a message that expects no answer.
    ///
    /// # Errors
    /// The connection has ended.
    pub fn tell(&self, message: Message) -> Result<(), ClientError> {
        self.queue.send(message).map_err(|_| ClientError::Closed)
    }

    /// Requests whose answer is awaited.
    pub fn in_flight(&self) -> usize {
        self.shared.awaited.len()
    }

    /// Answers that matched no request.
    pub fn unmatched(&self) -> u64 {
        self.shared.unmatched.load(Ordering::Relaxed)
    }

    /// Gives up every request sent before this time of the caller's clock; [`Answers::lost`] is called for
    /// each. Returns how many.
    pub fn give_up_before(&self, sent_us: u64) -> usize {
        let lost = self.shared.awaited.take_before(sent_us);
        let count = lost.len();
        self.shared.window.add_permits(count);
        self.shared.report_lost(lost);
        count
    }

    /// Waits until every request is answered, at most so long. Returns how many are not.
    pub async fn settle(&self, within: Duration) -> usize {
        let whole = u32::try_from(self.shared.window_size).unwrap_or(u32::MAX);
        match timeout(within, self.shared.window.acquire_many(whole)).await {
            Ok(Ok(_all_came_back)) => 0,
            _ => self.in_flight(),
        }
    }

    async fn queue_request(&self, request: Message, waiter: Waiter) -> Result<Keys, ClientError> {
        let keys = Keys::of_request(&request).ok_or(ClientError::NoAnswerExpected)?;
        let permit = self.shared.window.acquire().await.map_err(|_| ClientError::Closed)?;
        let entry = Entry { waiter, sent_us: (self.shared.clock)() };
        let keys = self.shared.awaited.insert(keys, entry).ok_or(ClientError::TooManyAlike)?;
        // Comes back with the answer.
        permit.forget();
        let ended = self.queue.send(request).is_err() || self.shared.window.is_closed();
        // The end may have emptied the table just before this entry came; then nobody else reports it.
        if ended && self.shared.awaited.forget(&keys) {
            return Err(ClientError::Closed);
        }
        Ok(keys)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}
