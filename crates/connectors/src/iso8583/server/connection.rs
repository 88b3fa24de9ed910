//! One connection: a reading task that cuts and parses, a writing task that gathers answers.
//!
//! Problem: the two directions have different speeds and the reader must not outrun the answers. Design: a
//! permit is taken for each message before it is passed on and comes back when its answer has been written,
//! so a peer that does not read its answers is soon not read itself. Why safe: reading ends by the peer, by
//! an unreadable frame, by idleness or by the stop; then answers under way still leave, within a limit. What
//! it does not do: retry; a sender that lost its answer repeats the message.

use std::net::SocketAddr;
use std::sync::Arc;

use metrics::{Counter, counter, gauge};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Shared, seconds};
use crate::iso8583::error::{ParseFailure, Why};
use crate::iso8583::frame::Next;
use crate::iso8583::message::Message;
use crate::iso8583::stream::{Incoming, Outgoing};

/// Malformed messages of one connection that are logged one by one; all are counted.
const BAD_MESSAGES_LOGGED_MAX: u32 = 20;

/// The way back for one answer. Cheap to make, usable once, from any thread, without waiting.
pub struct Reply {
    way: Option<Arc<Way>>,
}

/// What the replies of one connection share.
struct Way {
    queue: UnboundedSender<Message>,
    permits: Arc<Semaphore>,
    unanswered: Counter,
}

impl Reply {
    /// Queues the answer for its connection; when that is gone, the answer is dropped.
    pub fn send(mut self, answer: Message) {
        if let Some(way) = self.way.take() {
            // Bounded although the queue is not: a permit was taken for this answer. The send fails
            // only when the connection is gone, and then nobody waits for the permit either.
            let _gone = way.queue.send(answer);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(way) = self.way.take() {
            way.unanswered.increment(1);
            way.permits.add_permits(1);
        }
    }
}

/// Why reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    ByPeer,
    ByFault,
    Idle,
    Unreadable,
    Stopped,
}

struct Reading {
    peer: SocketAddr,
    shared: Arc<Shared>,
    way: Arc<Way>,
    messages: Counter,
    bad_messages: u32,
    /// Cancelled when the server stops or the writing side has failed.
    stop: CancellationToken,
}

pub(super) async fn serve(socket: TcpStream, peer: SocketAddr, shared: Arc<Shared>) {
    let dialect = shared.dialect.name().to_owned();
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%peer, %error, "no immediate sending on this connection");
    }
    let open = gauge!("cardea_iso8583_connections", "dialect" => dialect.clone());
    open.increment(1.0);
    tracing::info!(%peer, dialect, "connection opened");
    let (mut read_half, write_half) = socket.into_split();
    let (sender, queue) = unbounded_channel();
    let permits = Arc::new(Semaphore::new(shared.config.in_flight_max));
    let stop = shared.stop.child_token();
    let outgoing = Outgoing {
        socket: write_half,
        queue,
        dialect: Arc::clone(&shared.dialect),
        permits: Some(Arc::clone(&permits)),
        write_max: seconds(shared.config.write_s),
        written: counter!("cardea_iso8583_answers_total", "dialect" => dialect.clone()),
    };
    let mut writer = tokio::spawn(write_until_done(outgoing, stop.clone()));
    let drain = seconds(shared.config.drain_s);
    let mut reading = Reading {
        peer,
        way: Arc::new(Way {
            queue: sender,
            permits,
            unanswered: counter!("cardea_iso8583_unanswered_total", "dialect" => dialect.clone()),
        }),
        messages: counter!("cardea_iso8583_messages_total", "dialect" => dialect.clone()),
        bad_messages: 0,
        stop,
        shared,
    };
    let ended = reading.run(&mut read_half).await;
    // The writer ends when the last reply is gone: answers under way keep it alive.
    drop(reading);
    if timeout(drain, &mut writer).await.is_err() {
        writer.abort();
        tracing::warn!(%peer, dialect, "answers were still missing when the connection had to close");
    }
    open.decrement(1.0);
    tracing::info!(%peer, dialect, reason = ?ended, "connection closed");
}

async fn write_until_done(outgoing: Outgoing, stop: CancellationToken) {
    if let Err(error) = outgoing.run().await {
        tracing::info!(%error, "answers can't be written");
    }
    stop.cancel();
}

impl Reading {
    async fn run(&mut self, socket: &mut OwnedReadHalf) -> Ended {
        let mut incoming = Incoming::new();
        loop {
            if let Err(ended) = self.pass_on(&mut incoming).await {
                return ended;
            }
            let config = &self.shared.config;
            let patience = if incoming.is_inside_frame() { config.frame_s } else { config.idle_s };
            let read = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ended::Stopped,
                read = timeout(seconds(patience), incoming.fill(socket)) => read,
            };
            match read {
                Ok(Ok(0)) => return Ended::ByPeer,
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Ended::ByFault,
                Err(_) => return Ended::Idle,
            }
        }
    }

    /// Passes on every whole message that was read.
    async fn pass_on(&mut self, incoming: &mut Incoming) -> Result<(), Ended> {
        loop {
            let frame = match incoming.next() {
                Next::Message(frame) => frame,
                Next::KeepAlive => continue,
                Next::Incomplete => return Ok(()),
                Next::TooLong => {
                    self.count_malformed(Why::TooLong);
                    tracing::warn!(peer = %self.peer, "length above the limit: the stream can't be followed");
                    return Err(Ended::Unreadable);
                }
            };
            let reply = self.reply().await?;
            match self.shared.dialect.parse(frame) {
                Ok(message) => {
                    self.messages.increment(1);
                    self.shared.handler.handle(message, reply);
                }
                Err(failure) => self.answer_malformed(&failure, reply)?,
            }
        }
    }

    /// A way back for one more message, as soon as there is room.
    async fn reply(&self) -> Result<Reply, Ended> {
        match self.way.permits.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(_) => tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Ended::Stopped),
                permit = self.way.permits.acquire() => permit.map_err(|_| Ended::Stopped)?.forget(),
            },
        }
        Ok(Reply { way: Some(Arc::clone(&self.way)) })
    }

    /// Answers a malformed message with "format error" where its sender can match the answer; otherwise
    /// the connection ends, since nobody would ever learn why nothing comes back.
    fn answer_malformed(&mut self, failure: &ParseFailure, reply: Reply) -> Result<(), Ended> {
        self.count_malformed(failure.error.why);
        let answer = failure.partial.as_ref().and_then(|partial| partial.format_error_answer());
        if self.bad_messages <= BAD_MESSAGES_LOGGED_MAX {
            let (peer, error, answered) = (self.peer, failure.error, answer.is_some());
            tracing::warn!(%peer, %error, answered, "malformed message");
        }
        match answer {
            Some(answer) => {
                reply.send(answer);
                Ok(())
            }
            None => Err(Ended::Unreadable),
        }
    }

    fn count_malformed(&mut self, why: Why) {
        self.bad_messages = self.bad_messages.saturating_add(1);
        let dialect = self.shared.dialect.name().to_owned();
        counter!("cardea_iso8583_malformed_total", "dialect" => dialect, "why" => why.label()).increment(1);
    }
}
