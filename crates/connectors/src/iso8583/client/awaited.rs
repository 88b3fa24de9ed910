//! The table of requests whose answer is awaited.
//!
//! Problem: an answer must find its request in constant time, repeats must not displace each other, and an
//! answer to a message that the server could not read lacks some keys. Design: a hash table whose key is a
//! flat copy of the matching fields and a counter for equal ones; when the exact key misses, a scan of the
//! table (which the window bounds) looks for the only request that agrees in what the answer has. What it
//! does not do: count permits.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::iso8583::limits::CLIENT_ALIKE_MAX;
use crate::iso8583::message::Message;
use crate::iso8583::mti::Mti;

/// What an answer and its request have in common. Absent fields are zero bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Keys {
    /// The type of the answer.
    answer: Mti,
    trace: [u8; 6],
    reference: [u8; 12],
    terminal: [u8; 8],
    /// Tells requests with the same keys apart.
    copy: u8,
}

impl Keys {
    /// The keys of the answer to this request; `None` when its type expects none.
    pub(super) fn of_request(request: &Message) -> Option<Self> {
        Some(Self::of(request.mti().answer()?, request))
    }

    /// The keys that an answer carries.
    pub(super) fn of_answer(answer: &Message) -> Self {
        Self::of(answer.mti(), answer)
    }

    fn of(answer: Mti, message: &Message) -> Self {
        Self {
            answer,
            trace: flat(message.get(11)),
            reference: flat(message.get(37)),
            terminal: flat(message.get(41)),
            copy: 0,
        }
    }

    /// Whether these keys of a request agree with those of an answer in all that the answer has.
    fn agree_with(&self, answer: &Self) -> bool {
        let reference = answer.reference == [0; 12] || answer.reference == self.reference;
        let terminal = answer.terminal == [0; 8] || answer.terminal == self.terminal;
        self.answer == answer.answer && self.trace == answer.trace && reference && terminal
    }
}

fn flat<const BYTES: usize>(value: Option<&[u8]>) -> [u8; BYTES] {
    let mut flat = [0; BYTES];
    for (slot, byte) in flat.iter_mut().zip(value.unwrap_or_default()) {
        *slot = *byte;
    }
    flat
}

/// Who waits for an answer.
pub(super) enum Waiter {
    Tag(u64),
    Ask(oneshot::Sender<Message>),
}

/// One request under way.
pub(super) struct Entry {
    pub(super) waiter: Waiter,
    pub(super) sent_us: u64,
}

/// The table.
#[derive(Default)]
pub(super) struct Awaited {
    entries: Mutex<HashMap<Keys, Entry>>,
}

impl Awaited {
    /// Adds a request and returns its final keys; `None` when too many have the same.
    pub(super) fn insert(&self, mut keys: Keys, entry: Entry) -> Option<Keys> {
        let mut entries = self.lock();
        while entries.contains_key(&keys) {
            keys.copy += 1;
            if keys.copy >= CLIENT_ALIKE_MAX {
                return None;
            }
        }
        entries.insert(keys, entry);
        Some(keys)
    }

    /// Takes the request that this answer belongs to.
    pub(super) fn take(&self, mut keys: Keys) -> Option<Entry> {
        let mut entries = self.lock();
        while keys.copy < CLIENT_ALIKE_MAX {
            if let Some(entry) = entries.remove(&keys) {
                return Some(entry);
            }
            keys.copy += 1;
        }
        keys.copy = 0;
        let mut agreeing = entries.keys().filter(|awaited| awaited.agree_with(&keys));
        let found = *agreeing.next()?;
        if agreeing.next().is_some() {
            return None;
        }
        entries.remove(&found)
    }

    /// Drops a request; says whether it was still there.
    pub(super) fn forget(&self, keys: &Keys) -> bool {
        self.lock().remove(keys).is_some()
    }

    pub(super) fn take_before(&self, sent_us: u64) -> Vec<Entry> {
        self.lock().extract_if(|_, entry| entry.sent_us < sent_us).map(|(_, entry)| entry).collect()
    }

    pub(super) fn take_all(&self) -> Vec<Entry> {
        self.lock().drain().map(|(_, entry)| entry).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// No code that can fail runs under the lock, so a poisoned table is still whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<Keys, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(trace: &str, reference: &str, terminal: &str) -> Message {
        let mut message = Message::new(Mti::AUTHORIZATION);
        message.set(11, trace).unwrap();
        message.set(37, reference).unwrap();
        message.set(41, terminal).unwrap();
        message
    }

    fn insert(awaited: &Awaited, request: &Message, tag: u64) -> bool {
        let entry = Entry { waiter: Waiter::Tag(tag), sent_us: tag };
        awaited.insert(Keys::of_request(request).unwrap(), entry).is_some()
    }

    fn take(awaited: &Awaited, answer: &Message) -> Option<u64> {
        awaited.take(Keys::of_answer(answer)).map(|entry| entry.sent_us)
    }

    fn answer(request: &Message) -> Message {
        crate::iso8583::answer_of(request, *b"00").unwrap()
    }

    #[test]
    fn answers_find_their_request_in_any_order() {
        let awaited = Awaited::default();
        let requests: Vec<Message> =
            (0..100_u64).map(|n| request(&format!("{n:06}"), "000000000001", "TERM0001")).collect();
        for (tag, request) in (0..).zip(&requests) {
            assert!(insert(&awaited, request, tag));
        }
        for (tag, request) in (0_u64..).zip(&requests).collect::<Vec<_>>().into_iter().rev() {
            assert_eq!(take(&awaited, &answer(request)), Some(tag));
        }
        assert_eq!(awaited.len(), 0);
    }

    #[test]
    fn equal_keys_are_kept_side_by_side_and_bounded() {
        let awaited = Awaited::default();
        let same = request("000001", "000000000001", "TERM0001");
        for tag in 0..u64::from(CLIENT_ALIKE_MAX) {
            assert!(insert(&awaited, &same, tag));
        }
        assert!(!insert(&awaited, &same, 99));
        let mut taken: Vec<u64> = std::iter::from_fn(|| take(&awaited, &answer(&same))).collect();
        taken.sort_unstable();
        assert_eq!(taken, (0..u64::from(CLIENT_ALIKE_MAX)).collect::<Vec<_>>());
    }

    #[test]
    fn an_answer_with_fewer_keys_is_matched_only_when_unambiguous() {
        let awaited = Awaited::default();
        assert!(insert(&awaited, &request("000001", "000000000001", "TERM0001"), 1));
        assert!(insert(&awaited, &request("000002", "000000000001", "TERM0001"), 2));
        assert!(insert(&awaited, &request("000002", "000000000001", "TERM0002"), 3));
        let mut bare = Message::new(Mti::AUTHORIZATION_ANSWER);
        bare.set(11, "000001").unwrap();
        assert_eq!(take(&awaited, &bare), Some(1));
        bare.set(11, "000002").unwrap();
        assert_eq!(take(&awaited, &bare), None);
        bare.set(41, "TERM0002").unwrap();
        assert_eq!(take(&awaited, &bare), Some(3));
        bare.set(41, "TERM0009").unwrap();
        assert_eq!(take(&awaited, &bare), None);
    }
}
