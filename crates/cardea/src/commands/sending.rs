//! Sending a stream of payments over TCP at a pace, and counting the answers.
//!
//! Problem: the sender must not be what is measured. Design: messages are made on a thread of their own and wait
//! in a bounded queue; one loop sends each at its intended time, on one of several connections chosen by card, so
//! that messages of a card keep their order; answers are counted where they are read. What must be known of a
//! payment to judge its answer travels in the tag, so nothing is looked up. What it does not do: repeat what was
//! lost; a lost payment is an error in the figures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connectors::iso8583::{Answered, Answers, BuiltIn, Client, ClientConfig, ClientError, Dialect, Message};
use kernel::{Clock, Sleep};
use tokio::sync::mpsc::Receiver;

use super::CommandError;
use crate::traffic::pace::Pace;
use crate::traffic::report::{Judged, Replay};

/// Messages that are ready and not yet sent.
pub(super) const READY_MAX: usize = 4_096;
/// Most connections of one command.
pub(super) const CONNECTIONS_MAX: u16 = 64;
/// How long the answer to a sign-on is waited for: a server may have to read a month of records first.
const ASK_MAX: Duration = Duration::from_secs(300);
/// Bits of a tag below the payment's number.
const TAG_BITS: u32 = 3;
const FRAUD: u64 = 1;
const STOPPABLE: u64 = 2;
const ASIDE: u64 = 4;

/// A payment ready to be sent.
pub(super) struct Ready {
    pub(super) message: Message,
    /// Whether it is no payment but something said beside them: sent at once and not counted.
    pub(super) aside: bool,
    pub(super) judged: Judged,
    /// Messages with the same key keep their order.
    pub(super) card: u64,
    /// When it is to leave, microseconds after the start, where the source has a time of its own; else the pace
    /// decides.
    pub(super) due_us: Option<u64>,
}

/// Where and how to send.
pub(super) struct Sending {
    pub(super) address: String,
    pub(super) dialect: BuiltIn,
    pub(super) connections: u16,
    pub(super) pace: Pace,
    /// How long the last answers are waited for.
    pub(super) patience: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sleep: Arc<dyn Sleep>,
}

/// What was sent and answered.
pub(super) struct Sent {
    pub(super) replay: Replay,
    /// From the first sending to the last answer, microseconds.
    pub(super) elapsed_us: u64,
    /// Whether a connection ended before everything was sent.
    pub(super) lost: bool,
}

/// Counts the answers of one connection.
struct Counter {
    replay: Mutex<Replay>,
    pace: Pace,
    start_us: u64,
    last_us: AtomicU64,
    answered: Arc<AtomicU64>,
}

impl Counter {
    fn replay(&self) -> std::sync::MutexGuard<'_, Replay> {
        // A count that a panic interrupted is at most one answer short; it is still worth showing.
        self.replay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unanswered(&self) {
        self.replay().unanswered();
        self.answered.fetch_add(1, Ordering::Relaxed);
    }
}

impl Answers for Counter {
    fn answered(&self, answered: Answered) {
        if answered.tag & ASIDE != 0 {
            return;
        }
        let since = |us: u64| us.saturating_sub(self.start_us);
        let number = answered.tag >> TAG_BITS;
        let latency_us = self.pace.latency_us(number, since(answered.sent_us), since(answered.answered_us));
        let judged = Judged { fraud: answered.tag & FRAUD != 0, stoppable: answered.tag & STOPPABLE != 0 };
        // An answer without a code is no answer: it counts as a fault.
        let code = answered.answer.text(39).unwrap_or("96");
        self.replay().answered(judged, code, latency_us);
        self.last_us.fetch_max(answered.answered_us, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    fn lost(&self, tag: u64, _sent_us: u64) {
        if tag & ASIDE == 0 {
            self.unanswered();
        }
    }
}

/// For a connection whose one answer is waited for by its asker.
struct Unheard;

impl Answers for Unheard {
    fn answered(&self, _: Answered) {}

    fn lost(&self, _: u64, _: u64) {}
}

fn tag(number: u64, judged: Judged) -> u64 {
    (number << TAG_BITS) | (u64::from(judged.stoppable) * STOPPABLE) | (u64::from(judged.fraud) * FRAUD)
}

impl Sending {
    /// Sends one message on a connection of its own and waits for its answer; returns the answer's DE39.
    pub(super) async fn ask(&self, message: Message) -> Result<String, CommandError> {
        let failed = |source| CommandError::Connection { address: self.address.clone(), source };
        let clock = Arc::clone(&self.clock);
        let config = ClientConfig { answer_max: ASK_MAX, ..ClientConfig::default() };
        let dialect = Arc::new(Dialect::built_in(self.dialect)?);
        let monotonic = Arc::new(move || clock.monotonic_us());
        let client = Client::connect(&self.address, dialect, config, monotonic, Arc::new(Unheard));
        let answer = client.await.map_err(failed)?.ask(message).await.map_err(failed)?;
        Ok(answer.text(39).unwrap_or_default().to_owned())
    }

    /// Sends everything that comes, waits for the answers, and counts. `answered` goes up with each answer, for
    /// a progress bar.
    pub(super) async fn run(
        self,
        mut source: Receiver<Ready>,
        answered: Arc<AtomicU64>,
    ) -> Result<Sent, CommandError> {
        let start_us = self.clock.monotonic_us();
        let lines = self.connect(start_us, &answered).await?;
        let lost = self.send_all(&mut source, &lines, start_us).await;
        let mut replay = Replay::default();
        let mut last_us = start_us;
        for (client, counter) in &lines {
            client.settle(self.patience).await;
            client.give_up_before(u64::MAX);
            replay.merge(&counter.replay());
            last_us = last_us.max(counter.last_us.load(Ordering::Relaxed));
        }
        Ok(Sent { replay, elapsed_us: last_us.saturating_sub(start_us), lost })
    }

    async fn connect(
        &self,
        start_us: u64,
        answered: &Arc<AtomicU64>,
    ) -> Result<Vec<(Client, Arc<Counter>)>, CommandError> {
        let dialect = Arc::new(Dialect::built_in(self.dialect)?);
        let mut lines = Vec::new();
        for _ in 0..self.connections.clamp(1, CONNECTIONS_MAX) {
            let counter = Arc::new(Counter {
                replay: Mutex::default(),
                pace: self.pace,
                start_us,
                last_us: AtomicU64::new(start_us),
                answered: Arc::clone(answered),
            });
            let clock = Arc::clone(&self.clock);
            let client = Client::connect(
                &self.address,
                Arc::clone(&dialect),
                ClientConfig::default(),
                Arc::new(move || clock.monotonic_us()),
                Arc::<Counter>::clone(&counter),
            )
            .await
            .map_err(|source| CommandError::Connection { address: self.address.clone(), source })?;
            lines.push((client, counter));
        }
        Ok(lines)
    }

    /// Whether a connection was lost on the way.
    async fn send_all(
        &self,
        source: &mut Receiver<Ready>,
        lines: &[(Client, Arc<Counter>)],
        start_us: u64,
    ) -> bool {
        let count = u64::try_from(lines.len()).unwrap_or(1).max(1);
        let mut number = 0_u64;
        while let Some(ready) = source.recv().await {
            if !ready.aside {
                let due_us = ready.due_us.or_else(|| self.pace.intended_send_us(number));
                self.wait_until(start_us, due_us).await;
            }
            let line = usize::try_from(ready.card % count).unwrap_or(0);
            let Some((client, counter)) = lines.get(line) else { return true };
            let tag = if ready.aside { ASIDE } else { tag(number, ready.judged) };
            match client.send(ready.message, tag).await {
                Ok(()) => {}
                Err(ClientError::TooManyAlike) if ready.aside => {}
                Err(ClientError::TooManyAlike) => counter.unanswered(),
                Err(_) => {
                    counter.unanswered();
                    return true;
                }
            }
            number += u64::from(!ready.aside);
        }
        false
    }

    async fn wait_until(&self, start_us: u64, due_us: Option<u64>) {
        let Some(due_us) = due_us else { return };
        let early_us = start_us.saturating_add(due_us).saturating_sub(self.clock.monotonic_us());
        if early_us > 0 {
            self.sleep.sleep(Duration::from_micros(early_us)).await;
        }
    }
}
