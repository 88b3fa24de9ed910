//! Identities: a 63-bit number inside (compact rows, fast keys), text with a prefix outside.
//!
//! From high to low: 41 bits of milliseconds since 2020-01-01 (until the year 2089), 10 bits of node,
//! 12 bits of sequence. Sorting by id is sorting by time of making. Outside it is written as prefix,
//! underscore and 13 characters of Crockford's base 32, for example `acct_01h2xcejqtf2n`; the prefix
//! keeps one kind of id from being taken for another.

use crate::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicI64, Ordering},
};

const EPOCH_MS: i64 = 1_577_836_800_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const TEXT_CHARS: usize = 13;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind: expected {prefix}_ and 13 letters or digits")]
pub struct IdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Makes ids that rise, for one node.
#[derive(Debug)]
pub struct IdMint {
    node: i64,
    last: AtomicI64,
}

impl IdMint {
    /// A mint for `node` (0 to 1023). Two processes that share a database need two node numbers.
    pub const fn new(node: u16) -> Self {
        Self { node: (node as i64) & ((1 << NODE_BITS) - 1), last: AtomicI64::new(0) }
    }

    /// When the id with this number was made, to the millisecond.
    pub const fn made_at(raw: i64) -> Timestamp {
        Timestamp::from_us(((raw >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS) * 1_000)
    }

    /// The next number at `now`: greater than every number this mint gave before, even when the clock
    /// steps back or more than 4,096 are asked for in a millisecond (it then runs ahead of the clock).
    pub fn next(&self, now: Timestamp) -> i64 {
        let ms = (now.us() / 1_000 - EPOCH_MS).max(1);
        let first = ms << SEQUENCE_BITS;
        let advance = |last: i64| Some(if first > last { first } else { last + 1 });
        let before =
            self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance).unwrap_or_else(|last| last);
        let ticks = if first > before { first } else { before + 1 };
        let (ms, sequence) = (ticks >> SEQUENCE_BITS, ticks & ((1 << SEQUENCE_BITS) - 1));
        (ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | sequence
    }
}

/// The least number that an id made at `at` or later has: a span of time as a span of ids.
pub fn first_id_at(at: Timestamp) -> i64 {
    (at.us() / 1_000 - EPOCH_MS).max(0) << (NODE_BITS + SEQUENCE_BITS)
}

fn write_base32(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for place in (0..TEXT_CHARS).rev() {
        let digit = (value >> (5 * place)) & 31;
        let letter = usize::try_from(digit).ok().and_then(|at| ALPHABET.get(at)).copied().unwrap_or(b'0');
        write!(f, "{}", char::from(letter))?;
    }
    Ok(())
}

fn read_base32(text: &str) -> Option<i64> {
    if text.len() != TEXT_CHARS {
        return None;
    }
    text.bytes().try_fold(0_i64, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        value.checked_mul(32)?.checked_add(i64::try_from(digit).ok()?)
    })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// What stands before the underscore outside.
            pub const PREFIX: &'static str = $prefix;

            /// The id with this number, as a column holds it.
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// The number, for a column.
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// A fresh one.
            pub fn mint(mint: &IdMint, now: Timestamp) -> Self {
                Self(mint.next(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                write_base32(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(read_base32)
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person or firm that accounts belong to.
    CustomerId = "cust";
    /// One credit line in one currency.
    AccountId = "acct";
    /// One card of an account.
    CardId = "card";
    /// One authorization and its decision.
    AuthorizationId = "auth";
    /// A member of staff.
    StaffId = "staf";
    /// A key for the API.
    ApiKeyId = "akey";
    /// A signed-in browser.
    SessionId = "sess";
    /// A passkey, and the device or keychain that holds it.
    DeviceId = "devc";
    /// A telephone call at the desk.
    CallId = "call";
    /// What staff serve a customer for: a call, a case, an emergency.
    MatterId = "mttr";
    /// A matter with a state, an owner and a clock.
    CaseId = "case";
    /// A message to a customer.
    MessageId = "mesg";
    /// An act that waits for its signature.
    ApprovalId = "appr";
    /// A job or timer.
    JobId = "jobs";
    /// An event on its way out.
    EventId = "evnt";
    /// A change of what is known of a customer, from its request on.
    ChangeId = "chan";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let mint = IdMint::new(7);
        let late = Timestamp::from_us(1_800_000_000_000_000);
        let early = late.plus_us(-60_000_000);
        let mut last = mint.next(late);
        for _ in 0..10_000 {
            let next = mint.next(early);
            assert!(next > last);
            last = next;
        }
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let at = Timestamp::from_us(1_800_000_000_123_000);
        assert_eq!(IdMint::made_at(IdMint::new(7).next(at)), at);
    }

    #[test]
    fn two_nodes_never_meet() {
        let now = Timestamp::from_us(1_800_000_000_000_000);
        let (one, two) = (IdMint::new(1), IdMint::new(2));
        let ones: std::collections::HashSet<i64> = (0..20_000).map(|_| one.next(now)).collect();
        assert!((0..20_000).all(|_| !ones.contains(&two.next(now))));
    }

    #[test]
    fn a_span_of_time_is_a_span_of_ids() {
        let now = Timestamp::from_us(1_800_000_000_000_000);
        let id = IdMint::new(1023).next(now);
        assert!(first_id_at(now) <= id && id < first_id_at(now.plus_us(1_000)));
        assert_eq!(first_id_at(Timestamp::from_us(0)), 0, "before the epoch of ids");
    }

    #[test]
    fn one_kind_is_not_another() {
        let text = AccountId::from_raw(42).to_string();
        assert!(text.parse::<AccountId>().is_ok());
        assert_eq!(text.parse::<CardId>(), Err(IdError { prefix: "card" }));
        assert!("acct_".parse::<AccountId>().is_err());
        assert!("acct_zzzzzzzzzzzzz".parse::<AccountId>().is_err());
    }

    proptest! {
        #[test]
        fn text_reads_back_and_sorts_as_the_number(a in 0..i64::MAX, b in 0..i64::MAX) {
            let (x, y) = (AuthorizationId::from_raw(a), AuthorizationId::from_raw(b));
            prop_assert_eq!(x.to_string().parse::<AuthorizationId>(), Ok(x));
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), a.cmp(&b));
        }
    }
}
