//! ISO 8583 messages as authorizations: what a message asks, and how the answer is put.
//!
//! The handler reads the fields of a message (`request`), hands it to the intake of `authorizations`, and
//! when the engine has answered (on the engine's thread, after the commit) puts the answer's fields
//! (`answer`) and gives it to the connection. Nothing waits: thousands of messages are in flight without a
//! task each. A message that can't be understood is answered with 30, one in an unknown currency with 12;
//! both without a record, since there is nothing to decide.

mod answer;
mod request;

use crate::iso8583::{Handler, Message, Reply, network};
use features::authorizations::{Answer, Intake, Reason};
use kernel::Timestamp;
use std::sync::Arc;

/// Moves the clock of a replay to the time of a payment.
pub type Drive = Arc<dyn Fn(Timestamp) + Send + Sync>;

/// Answers messages of the payment network.
pub struct Authorizer {
    intake: Intake,
    drive: Option<Drive>,
    start_replay: Option<Drive>,
}

impl Authorizer {
    /// Answers through `intake`. With `drive`, payments carry the clock along; with `start_replay`, a sign-on
    /// may say where a replay begins.
    pub fn new(intake: Intake, drive: Option<Drive>, start_replay: Option<Drive>) -> Self {
        Self { intake, drive, start_replay }
    }
}

impl Handler for Authorizer {
    fn handle(&self, message: Message, reply: Reply) {
        if network::is_network(&message) {
            if let (Some(start), Ok(Some(at))) = (&self.start_replay, request::replay_start(&message)) {
                start(at);
            }
            if let Some(answer) = network::answer(&message) {
                reply.send(answer);
            }
            return;
        }
        let raw = match request::read(&message, self.intake.clock.monotonic_us()) {
            Ok(raw) => raw,
            Err(reason) => return send(reply, &message, &Answer::unrecorded(reason)),
        };
        let request = self.intake.request(raw);
        if let Some(drive) = &self.drive {
            drive(request.at);
        }
        self.intake.engine.submit(request, Box::new(move |answer| send(reply, &message, &answer)));
    }
}

fn send(reply: Reply, request: &Message, answer: &Answer) {
    match answer::put(request, answer) {
        Some(message) => reply.send(message),
        // Dropping the reply lets the connection answer with the code for a fault.
        None => tracing::warn!(
            mti = request.mti().as_str(),
            code = Reason::Format.code(),
            "no answer to this type"
        ),
    }
}
