//! ISO 8583 messages as authorizations: what a message asks, and how the answer is put.
//!
//! The handler reads the fields of a message (`request`), hands it to the intake of `authorizations`, and
//! when the engine has answered (on the engine's thread, after the commit) puts the answer's fields
//! (`answer`) and gives it to the connection. Nothing waits: thousands of messages are in flight without a
//! task each. A message that can't be understood is answered with 30, one in an unknown currency with 12;
//! both without a record, since there is nothing to decide.

mod answer;
mod request;

pub use request::{FRAUD_LABEL, FraudLabel, REPLAY_START, read};

use crate::iso8583::{Handler, Message, Reply, answer_of, network};
use features::authorizations::{Answer, Intake, Prepared, RawMessage, Reason};
use kernel::Timestamp;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Work of a replay that takes a while.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a replay of old data may do to a server whose clock is driven by it. A live server has none of this, and
/// then a sign-on that says when a replay begins is a sign-on and no more, and a label is a message that is not
/// understood.
#[derive(Clone)]
pub struct Replayed {
    /// Moves the clock forward to the time of a payment.
    pub drive: Arc<dyn Fn(Timestamp) + Send + Sync>,
    /// Puts the clock where the replay begins, and everything that stands on it.
    pub start: Arc<dyn Fn(Timestamp) -> Pending<()> + Send + Sync>,
    /// Learns what an earlier payment was; `false` where there is no such payment.
    pub label: Arc<dyn Fn(FraudLabel) -> Pending<bool> + Send + Sync>,
}

/// Answers messages of the payment network.
pub struct Authorizer {
    intake: Intake,
    replayed: Option<Replayed>,
}

impl Authorizer {
    /// Answers through `intake`; with `replayed`, a replay drives the clock.
    pub fn new(intake: Intake, replayed: Option<Replayed>) -> Self {
        Self { intake, replayed }
    }

    /// Whether the message was one that only a replay sends. Such a message is answered when its work is done.
    fn replay(&self, message: &Message, reply: Reply) -> Option<Reply> {
        let Some(replayed) = &self.replayed else { return Some(reply) };
        if network::is_network(message) {
            let Ok(Some(at)) = request::replay_start(message) else { return Some(reply) };
            let (started, answer) = ((replayed.start)(at), network::answer(message));
            tokio::spawn(async move {
                started.await;
                if let Some(answer) = answer {
                    reply.send(answer);
                }
            });
            return None;
        }
        let Some(label) = request::fraud_label(message) else { return Some(reply) };
        let (learnt, accepted, unknown) =
            ((replayed.label)(label), answer_of(message, *b"00"), answer_of(message, *b"25"));
        tokio::spawn(async move {
            if let Some(answer) = if learnt.await { accepted } else { unknown } {
                reply.send(answer);
            }
        });
        None
    }
}

impl Authorizer {
    /// A message with a proof that is compared with something of the card's own waits for the database before
    /// it is queued; it alone has a task.
    fn look_up_and_submit(&self, raw: RawMessage, message: Message, reply: Reply) {
        let (intake, replayed) = (self.intake.clone(), self.replayed.clone());
        tokio::spawn(async move {
            match intake.prepared(raw).await {
                Ok(Prepared { request, dialogue }) => {
                    if let Some(replayed) = &replayed {
                        (replayed.drive)(request.at);
                    }
                    let answer = intake.engine.authorize(request).await;
                    let chip = dialogue.and_then(|dialogue| intake.chip_answer(&dialogue, &answer));
                    send(reply, &message, &answer, chip.as_deref());
                }
                Err(reason) => send(reply, &message, &Answer::unrecorded(reason), None),
            }
        });
    }
}

impl Handler for Authorizer {
    fn handle(&self, message: Message, reply: Reply) {
        let Some(reply) = self.replay(&message, reply) else { return };
        if network::is_network(&message) {
            if let Some(answer) = network::answer(&message) {
                reply.send(answer);
            }
            return;
        }
        let raw = match request::read(&message, self.intake.clock.monotonic_us()) {
            Ok(raw) => raw,
            Err(reason) => return send(reply, &message, &Answer::unrecorded(reason), None),
        };
        if self.intake.asks_for_card(&raw) {
            return self.look_up_and_submit(raw, message, reply);
        }
        let request = self.intake.request(raw);
        if let Some(replayed) = &self.replayed {
            (replayed.drive)(request.at);
        }
        self.intake.engine.submit(request, Box::new(move |answer| send(reply, &message, &answer, None)));
    }
}

fn send(reply: Reply, request: &Message, answer: &Answer, chip: Option<&[u8]>) {
    match answer::put(request, answer, chip) {
        Some(message) => reply.send(message),
        // Dropping the reply lets the connection answer with the code for a fault.
        None => tracing::warn!(
            mti = request.mti().as_str(),
            code = Reason::Format.code(),
            "no answer to this type"
        ),
    }
}
