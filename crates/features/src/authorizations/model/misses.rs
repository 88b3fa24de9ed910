//! Wrong proofs of a card, counted over every channel in the account's own row.
//!
//! Problem: three digits have a thousand values and four have ten thousand, so what protects them is that few
//! can be tried. Design: one count for everything that can be guessed about the plastic (printed value, value on
//! stripe and chip, expiry, cryptogram) and one for the PIN, both in the row that the engine locks and writes with
//! each answer. Why safe: an answer leaves only after its miss is durable, so parallel tries, a restart or a
//! kill give no further guess; while a proof is refused the right value gets the same answer as a wrong one.
//! What it does not do: take a count back by itself. Only a reset at assurance 2 does.

use kernel::{DAY_US, SECOND_US, Timestamp};
use serde::{Deserialize, Serialize};

/// Misses in any mix before the proofs are refused for a time.
pub const CARD_VALUE_MISSES_MAX: u8 = 5;
/// How long they are refused then, seconds.
pub const CARD_VALUE_REFUSED_S: u32 = 24 * 3600;
/// Misses in 30 days after which they are refused until a reset.
pub const CARD_VALUE_MONTH_MISSES_MAX: usize = 10;
/// Those 30 days, seconds.
pub const CARD_VALUE_MONTH_S: u32 = (30 * DAY_US / SECOND_US) as u32;
/// Wrong PINs before the PIN is refused until it is unblocked.
pub const PIN_MISSES_MAX: u8 = 3;
/// Stands for "until a reset".
const FOR_GOOD_S: u32 = u32::MAX;

/// Wrong values presented for a card: one count over all channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misses {
    /// Misses since the last time of refusal began, or since the last reset.
    pub count: u8,
    /// Until when the proofs are refused, seconds since the epoch; 0: they are not.
    pub refused_until_s: u32,
    /// When the misses of the last 30 days were, seconds since the epoch, oldest first.
    pub at_s: Vec<u32>,
    /// Wrong PINs since the last reset.
    pub pin: u8,
}

impl Misses {
    /// Whether printed value, stripe value and expiry are refused at `now_s`, right ones too.
    pub const fn refuse_values(&self, now_s: u32) -> bool {
        self.refused_until_s > now_s
    }

    /// Whether the PIN is refused, a right one too.
    pub const fn refuse_pin(&self) -> bool {
        self.pin >= PIN_MISSES_MAX
    }

    /// Misses of the 30 days before `now_s`.
    pub fn recent(&self, now_s: u32) -> usize {
        self.at_s.iter().filter(|at_s| is_recent(**at_s, now_s)).count()
    }

    /// As [`Misses::recent`], for screens.
    pub fn recent_at(&self, now: Timestamp) -> usize {
        self.recent(super::seconds(now))
    }

    /// Counts a wrong value.
    pub fn add_value(&mut self, now_s: u32) {
        self.at_s.retain(|at_s| is_recent(*at_s, now_s));
        if self.at_s.len() < CARD_VALUE_MONTH_MISSES_MAX {
            self.at_s.push(now_s);
        }
        self.count = self.count.saturating_add(1);
        if self.at_s.len() >= CARD_VALUE_MONTH_MISSES_MAX {
            self.refused_until_s = FOR_GOOD_S;
        } else if self.count >= CARD_VALUE_MISSES_MAX {
            self.refused_until_s = now_s.saturating_add(CARD_VALUE_REFUSED_S);
            self.count = 0;
        }
    }

    /// Counts a wrong PIN.
    pub fn add_pin(&mut self) {
        self.pin = self.pin.saturating_add(1);
    }

    /// Sets the count of values back.
    pub fn reset_values(&mut self) {
        *self = Self { pin: self.pin, ..Self::default() };
    }

    /// Sets the count of PINs back.
    pub fn reset_pin(&mut self) {
        self.pin = 0;
    }
}

/// Whether a miss still counts among those of 30 days. A clock that went back makes none of them older.
const fn is_recent(at_s: u32, now_s: u32) -> bool {
    now_s.saturating_sub(at_s) < CARD_VALUE_MONTH_S
}
