//! Wrong tries of one proof of one person: one count over every channel and every server.
//!
//! Problem: a query password has a million values and a code a hundred million, so what protects them is that few can be
//! tried. Design: five misses refuse the proof for a day, ten in 30 days until it is set back, wherever they came from.
//! While it is refused the right value gets the same answer as a wrong one. Why safe: the row is locked, changed and
//! committed before anything is answered, so tries at the same moment, a restart or a kill give no further guess, and
//! time counts from the latest moment the row has seen, so a clock that is set back ends no refusal.
//! What it does not do: take a miss back by itself; only a success from a bound device or at assurance 2 does, and none
//! while the proof is refused. Whoever holds a bound device is not shut out by strangers who guess: its passkey can't be
//! guessed, so it has no count.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// How many misses are borne. The numbers are in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tries {
    /// Misses before the proof is refused for a time.
    pub misses_max: u8,
    /// For how long, hours.
    pub refused_hours: u32,
    /// Misses in the days of a month after which it is refused until it is set back.
    pub month_misses_max: u8,
    /// Those days.
    pub month_days: u32,
}

impl Tries {
    const fn refused_us(&self) -> i64 {
        self.refused_hours as i64 * kernel::HOUR_US
    }

    const fn month_us(&self) -> i64 {
        self.month_days as i64 * kernel::DAY_US
    }
}

/// The count itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Misses since the last time of refusal began, or since it was set back.
    pub misses: u8,
    /// Until when the proof is refused, microseconds; `i64::MAX`: until it is set back.
    pub refused_until: i64,
    /// The misses of the last 30 days, microseconds, oldest first.
    pub month: Vec<i64>,
}

impl Count {
    /// Whether the proof is refused at `now`, a right one too.
    pub const fn refuses(&self, now: Timestamp) -> bool {
        self.refused_until > now.us()
    }

    /// Counts a miss; says whether it began a refusal: one that goes on already does not begin again.
    pub fn miss(&mut self, now: Timestamp, tries: &Tries) -> bool {
        let before = self.refuses(now);
        let recent = |at: &i64| now.us().saturating_sub(*at) < tries.month_us();
        self.month.retain(recent);
        self.month.push(now.us());
        self.misses = self.misses.saturating_add(1);
        if self.month.len() >= usize::from(tries.month_misses_max) {
            self.refused_until = i64::MAX;
        } else if self.misses >= tries.misses_max {
            self.refused_until = now.us().saturating_add(tries.refused_us());
            self.misses = 0;
        }
        !before && self.refuses(now)
    }
}
