//! The two tasks of a client: reading answers, and writing until the connection ends.
//!
//! Problem: whatever ends a connection, every awaited request must be reported exactly once. Design: the
//! reading task is the only one that reports the end; a failure of the writing task stops it. What it does
//! not do: reconnect.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::tcp::OwnedReadHalf;

use super::awaited::{Entry, Keys, Waiter};
use super::{Answered, Shared};
use crate::iso8583::dialect::Dialect;
use crate::iso8583::frame::Next;
use crate::iso8583::message::Message;
use crate::iso8583::stream::{Incoming, Outgoing};

pub(super) async fn write_until_done(outgoing: Outgoing, shared: Arc<Shared>) {
    if let Err(error) = outgoing.run().await {
        tracing::info!(%error, "requests can't be written");
        shared.stop.cancel();
    }
}

pub(super) async fn run(mut socket: OwnedReadHalf, dialect: Arc<Dialect>, shared: Arc<Shared>) {
    let mut incoming = Incoming::new();
    loop {
        let read = tokio::select! {
            biased;
            () = shared.stop.cancelled() => break,
            read = incoming.fill(&mut socket) => read,
        };
        if !matches!(read, Ok(bytes) if bytes > 0) || !take_answers(&mut incoming, &dialect, &shared) {
            break;
        }
    }
    shared.window.close();
    shared.report_lost(shared.awaited.take_all());
}

/// Takes every whole answer that was read; false when the stream can't be followed any further.
fn take_answers(incoming: &mut Incoming, dialect: &Dialect, shared: &Shared) -> bool {
    loop {
        let frame = match incoming.next() {
            Next::Message(frame) => frame,
            Next::KeepAlive => continue,
            Next::Incomplete => return true,
            Next::TooLong => return false,
        };
        match dialect.parse(frame) {
            Ok(answer) => shared.take_answer(answer),
            Err(failure) => tracing::warn!(error = %failure.error, "malformed answer"),
        }
    }
}

impl Shared {
    fn take_answer(&self, answer: Message) {
        let Some(entry) = self.awaited.take(Keys::of_answer(&answer)) else {
            self.unmatched.fetch_add(1, Ordering::Relaxed);
            return;
        };
        // Reported before the permit comes back, so that whoever settles has seen every answer.
        match entry.waiter {
            Waiter::Tag(tag) => {
                let (sent_us, answered_us) = (entry.sent_us, (self.clock)());
                self.answers.answered(Answered { answer, tag, sent_us, answered_us });
            }
            // Whoever asked may have given up in this moment.
            Waiter::Ask(sender) => drop(sender.send(answer)),
        }
        self.window.add_permits(1);
    }

    pub(super) fn report_lost(&self, lost: Vec<Entry>) {
        for entry in lost {
            if let Waiter::Tag(tag) = entry.waiter {
                self.answers.lost(tag, entry.sent_us);
            }
        }
    }
}
