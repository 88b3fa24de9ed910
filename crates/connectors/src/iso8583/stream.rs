//! The two ends of a socket that server and client share: frames out of it, messages into it.
//!
//! Problem: at tens of thousands of messages a second neither a system call nor a task may be spent on one
//! message. Design: one large read brings many frames, and one task a connection takes what has queued up,
//! writes it into one buffer and flushes it at once; while it writes, more gathers. Why safe: the read
//! buffer has a fixed size, the queue is bounded by the permits of whoever fills it, buffers are zeroed
//! after use. What it does not do: match, decide or time out reads.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;
use zeroize::{Zeroize, Zeroizing};

use super::dialect::Dialect;
use super::frame::{self, Next};
use super::limits::{
    FRAME_BYTES_MAX, FRAME_PREFIX_BYTES, READ_BUFFER_BYTES, WRITE_BATCH_MESSAGES_MAX, WRITE_BUFFER_BYTES,
};
use super::message::Message;

/// What was read from a socket and not yet used.
pub(crate) struct Incoming {
    bytes: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        let size = READ_BUFFER_BYTES + FRAME_BYTES_MAX + FRAME_PREFIX_BYTES;
        Self { bytes: Zeroizing::new(vec![0; size]), start: 0, end: 0 }
    }

    /// The next frame of what was read.
    pub(crate) fn next(&mut self) -> Next<'_> {
        let next = frame::next(self.bytes.get(self.start..self.end).unwrap_or_default());
        self.start += match next {
            Next::Incomplete | Next::TooLong => 0,
            Next::KeepAlive => FRAME_PREFIX_BYTES,
            Next::Message(frame) => FRAME_PREFIX_BYTES + frame.len(),
        };
        next
    }

    /// Whether a frame has begun and not ended.
    pub(crate) fn is_inside_frame(&self) -> bool {
        self.start < self.end
    }

    /// Reads what has arrived; 0 at the end of the stream. What is left over is shorter than a frame and
    /// is moved to the front, so that there is always room for a large read.
    pub(crate) async fn fill(&mut self, socket: &mut OwnedReadHalf) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let room = self.bytes.get_mut(self.end..).unwrap_or_default();
        let read = socket.read(room).await?;
        self.end += read;
        Ok(read)
    }
}

/// The writing end of a connection: a task of its own runs [`Outgoing::run`].
pub(crate) struct Outgoing {
    pub(crate) socket: OwnedWriteHalf,
    pub(crate) queue: UnboundedReceiver<Message>,
    pub(crate) dialect: Arc<Dialect>,
    /// Gets one permit back for each message once it is written; `None` when somebody else does that.
    pub(crate) permits: Option<Arc<Semaphore>>,
    /// Longest time for one flush: a peer that does not read is cut off.
    pub(crate) write_max: Duration,
    pub(crate) written: metrics::Counter,
}

impl Outgoing {
    /// Writes until every sender of the queue is gone, then ends the stream.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let mut batch = Vec::with_capacity(WRITE_BATCH_MESSAGES_MAX);
        // Room for one message beyond the limit, even for one that turns out too long: a buffer that
        // grows would leave an unzeroed copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(WRITE_BUFFER_BYTES + 2 * FRAME_BYTES_MAX));
        loop {
            let taken = self.queue.recv_many(&mut batch, WRITE_BATCH_MESSAGES_MAX).await;
            if taken == 0 {
                return self.socket.shutdown().await;
            }
            for message in batch.drain(..) {
                if let Err(error) = frame::push(&self.dialect, &message, &mut bytes) {
                    let (mti, dialect) = (message.mti(), self.dialect.name());
                    tracing::error!(%mti, dialect, %error, "message can't be written in this dialect");
                }
                if bytes.len() >= WRITE_BUFFER_BYTES {
                    self.flush(&mut bytes).await?;
                }
            }
            self.flush(&mut bytes).await?;
            self.written.increment(u64::try_from(taken).unwrap_or(0));
            if let Some(permits) = &self.permits {
                permits.add_permits(taken);
            }
        }
    }

    async fn flush(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let flushed = timeout(self.write_max, self.socket.write_all(bytes)).await;
        flushed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        bytes.as_mut_slice().zeroize();
        bytes.clear();
        Ok(())
    }
}
