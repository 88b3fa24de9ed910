//! Fraud rates per terminal or merchant, with label delay.
//!
//! Design: whole seconds in 32 bits, sorted, payments and frauds apart: 11 million payments take 46 MB.
//! ISO 8583 times are whole seconds, so nothing is lost; a finer time counts as its second.
//!
//! A key over the bound keeps every second payment, then every fourth, and so on (`stride`): its counts are
//! then right to within one stride at each end, and [`Risk::thinned`] says so.

use std::collections::HashMap;

use crate::DAY_US;

/// Payments kept per key before it is thinned.
pub const KEY_EVENTS_MAX: usize = 4_096;
/// Frauds kept per key; beyond it the oldest are forgotten.
const KEY_FRAUDS_MAX: usize = 4_096;
/// How long fraud may take to be noticed, in microseconds: windows end that long before the payment.
pub const LABEL_DELAY_US: i64 = 7 * DAY_US;
/// How long a payment is kept: the longest window, the delay and a day for late ones.
const KEEP_US: i64 = 30 * DAY_US + LABEL_DELAY_US + DAY_US;
const SECOND_US: i64 = 1_000_000;

/// Counts of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowRisk {
    /// Payments in it.
    pub payments: u32,
    /// How many of them proved to be fraud.
    pub frauds: u32,
}

impl WindowRisk {
    /// Frauds as a share of payments, 0 to 1; `None` without payments.
    pub fn share(&self) -> Option<f64> {
        (self.payments > 0).then(|| (f64::from(self.frauds) / f64::from(self.payments)).min(1.0))
    }
}

/// The record of one key at one moment t: windows (t - 7 d - w, t - 7 d].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Risk {
    /// w = 1 day.
    pub day: WindowRisk,
    /// w = 7 days.
    pub week: WindowRisk,
    /// w = 30 days.
    pub month: WindowRisk,
    /// Frauds of the last 7 days, (t - 7 d, t], as far as they are known.
    pub recent_frauds: u32,
    /// The key had more payments than are kept, so its counts are rounded to a power of two.
    pub thinned: bool,
}

#[derive(Debug, Clone, Default)]
struct Key {
    payments: Vec<u32>,
    frauds: Vec<u32>,
    /// Each entry of `payments` stands for 2^stride_log2 payments.
    stride_log2: u8,
    /// Payments seen since the last entry was made.
    pending: u32,
}

/// Sorted events per key.
#[derive(Debug, Clone, Default)]
pub struct RiskTable {
    keys: HashMap<u64, Key>,
}

impl RiskTable {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A payment at `key`. `at_us`: microseconds since the epoch.
    pub fn observe(&mut self, key: u64, at_us: i64) {
        let entry = self.keys.entry(key).or_default();
        entry.pending += 1;
        if entry.pending < 1 << entry.stride_log2 {
            return;
        }
        entry.pending = 0;
        insert(&mut entry.payments, second(at_us));
        if entry.payments.len() > KEY_EVENTS_MAX {
            entry.thin();
        }
    }

    /// The payment at `key` and `at_us` was fraud, or was not after all. A fraud at a time without a payment
    /// counts as well, since the payment may be later in the queue.
    pub fn label(&mut self, key: u64, at_us: i64, fraud: bool) {
        let at = second(at_us);
        if fraud {
            let entry = self.keys.entry(key).or_default();
            insert(&mut entry.frauds, at);
            if entry.frauds.len() > KEY_FRAUDS_MAX {
                entry.frauds.remove(0);
            }
        } else if let Some(entry) = self.keys.get_mut(&key)
            && let Ok(place) = entry.frauds.binary_search(&at)
        {
            entry.frauds.remove(place);
        }
    }

    /// The key's record at `t_us`. Unknown keys have none.
    pub fn risk(&self, key: u64, t_us: i64) -> Risk {
        let Some(key) = self.keys.get(&key) else { return Risk::default() };
        let end = t_us.saturating_sub(LABEL_DELAY_US);
        let payments_end = up_to(&key.payments, end);
        let frauds_end = up_to(&key.frauds, end);
        let window = |days: i64| {
            let start = end.saturating_sub(days * DAY_US);
            let kept = payments_end.saturating_sub(up_to(&key.payments, start));
            let frauds = frauds_end.saturating_sub(up_to(&key.frauds, start));
            WindowRisk { payments: kept << key.stride_log2, frauds }
        };
        Risk {
            day: window(1),
            week: window(7),
            month: window(30),
            recent_frauds: up_to(&key.frauds, t_us).saturating_sub(frauds_end),
            thinned: key.stride_log2 > 0,
        }
    }

    /// Forgets what is older than 38 days and keys without events.
    pub fn prune(&mut self, now_us: i64) {
        let oldest = now_us.saturating_sub(KEEP_US);
        self.keys.retain(|_, key| {
            for list in [&mut key.payments, &mut key.frauds] {
                let drop = up_to(list, oldest) as usize;
                list.drain(..drop);
                if list.capacity() > 4 * list.len().max(4) {
                    list.shrink_to(2 * list.len());
                }
            }
            if key.payments.is_empty() {
                key.stride_log2 = 0;
            }
            !(key.payments.is_empty() && key.frauds.is_empty())
        });
    }

    /// Keys with events.
    pub fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Bytes that the lists take, their spare room included.
    pub fn list_bytes(&self) -> usize {
        self.keys.values().map(|key| 4 * (key.payments.capacity() + key.frauds.capacity())).sum()
    }
}

impl Key {
    /// Keeps every second entry; each then stands for twice as many payments. Reaching 2^31 payments takes a
    /// key longer than any window lasts, so the stride stays small; past 2^16 the list only drops its oldest.
    fn thin(&mut self) {
        if self.stride_log2 >= 16 {
            self.payments.remove(0);
            return;
        }
        let mut odd = false;
        self.payments.retain(|_| {
            odd = !odd;
            !odd
        });
        self.stride_log2 += 1;
    }
}

/// Whole seconds since the epoch; times before it count as the epoch, times after 2106 as the end.
fn second(at_us: i64) -> u32 {
    u32::try_from(at_us.div_euclid(SECOND_US).max(0)).unwrap_or(u32::MAX)
}

/// How many entries are at or before `at_us`.
fn up_to(list: &[u32], at_us: i64) -> u32 {
    if at_us < 0 {
        return 0;
    }
    let at = second(at_us);
    u32::try_from(list.partition_point(|kept| *kept <= at)).unwrap_or(u32::MAX)
}

/// Whether a window of a payment at `now_us` or later can still reach `at_us`.
pub(super) fn is_in_reach(at_us: i64, now_us: i64) -> bool {
    at_us > now_us.saturating_sub(KEEP_US)
}

/// Puts `at` after its equals. The end is tried first: most events come in order.
fn insert(list: &mut Vec<u32>, at: u32) {
    let place = match list.last() {
        Some(last) if *last > at => list.partition_point(|kept| *kept <= at),
        _ => list.len(),
    };
    list.insert(place, at);
}
