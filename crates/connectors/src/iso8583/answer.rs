//! The answer to a request: which fields it echoes.
//!
//! Problem: the sender matches an answer by fields that it sent, and secrets must not travel back. Design:
//! a closed list of echoed fields; everything else of an answer is set by whoever decided. Why safe: an
//! allow-list, so tracks, PIN blocks, private and chip data (35, 45, 48, 52, 55) can't be echoed. What it
//! does not do: choose the response code.

use super::error::SetError;
use super::message::Message;

/// Fields that an answer repeats from its request.
pub const ECHOED: [u8; 26] =
    [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 23, 24, 25, 32, 33, 37, 41, 42, 49, 50, 51, 70, 90];

/// The answer to a request with this response code (DE39), or `None` when the message type expects none.
///
/// The answer echoes [`ECHOED`]; the caller adds what it decided (DE38, 44, 54, 95).
pub fn answer_of(request: &Message, code: [u8; 2]) -> Option<Message> {
    let mti = request.mti().answer()?;
    let mut bytes = code.len();
    let mut fields = 1;
    for value in ECHOED.iter().filter_map(|field| request.get(*field)) {
        bytes += value.len();
        fields += 1;
    }
    // Room for an authorization code and a balance, so that adding them does not move the buffer.
    let mut answer = Message::with_capacity(mti, fields + 2, bytes + 46);
    echo(request, code, &mut answer).ok()?;
    Some(answer)
}

fn echo(request: &Message, code: [u8; 2], answer: &mut Message) -> Result<(), SetError> {
    for field in ECHOED {
        if let Some(value) = request.get(field) {
            answer.set(field, value)?;
        }
    }
    answer.set(39, code)
}
