//! Trace numbers of requests that bring none of their own.
//!
//! The kept answer of a request is written after the engine's commit, and a crash may fall between the two. So the
//! numbers follow from the API key and the Idempotency-Key: the second run of the same request is a repeat to the
//! engine too, and gets the first answer.

use crate::authorizations::model::Trace;
use axum::http::HeaderMap;
use platform::access::Caller;
use platform::http::idempotency::KEY_HEADER;
use sha2::{Digest, Sha256};

const TRACE_NUMBERS: u64 = 999_999;
const REFERENCE_CHARS: usize = 12;

/// Trace numbers that are the same whenever the same key of the API sends the same Idempotency-Key.
pub(super) fn trace_of(caller: &Caller, headers: &HeaderMap) -> Trace {
    let name = headers.get(KEY_HEADER).map_or(&b""[..], |value| value.as_bytes());
    let actor = caller.actor.to_string();
    let mut hash = Sha256::new();
    hash.update(b"cardea api trace\0");
    hash.update(actor.as_bytes());
    hash.update([0]);
    hash.update(name.trim_ascii());
    let digest: [u8; 32] = hash.finalize().into();
    let number = |from: usize| {
        digest.iter().skip(from).take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
    };
    let stan = u32::try_from(number(0) % TRACE_NUMBERS + 1).unwrap_or(1);
    Trace {
        stan,
        rrn: reference(number(8)),
        acquirer: actor,
        local: String::new(),
        transmitted: String::new(),
    }
}

/// Twelve letters and digits, as field 37 has room for: sixty bits.
fn reference(number: u64) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let letter = |place: usize| {
        let index = usize::try_from((number >> (5 * place)) & 31).unwrap_or(0);
        LETTERS.get(index).map_or('0', |byte| char::from(*byte))
    };
    (0..REFERENCE_CHARS).map(letter).collect()
}
