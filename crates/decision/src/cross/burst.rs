//! The last ten minutes at every merchant, to notice card testing while it runs.
//!
//! Problem: thieves try stolen numbers at one web shop, each card once or twice, for cents. No single card
//! looks odd; the shop does.
//!
//! Design: per merchant a short list of events in time order. A card's further small tries within the ten
//! minutes do not count again, so one cardholder at a vending machine is no attack; that is decided when the
//! event comes in, behind the answer, and asking is a count.

use std::collections::{HashMap, VecDeque};

use crate::MINUTE_US;

/// Width of the window in microseconds.
pub const BURST_US: i64 = 10 * MINUTE_US;
/// Events kept per merchant. More within ten minutes count as this many.
pub const BURST_ENTRIES_MAX: usize = 512;

#[derive(Debug, Clone, Copy)]
struct Entry {
    at_us: i64,
    card: u32,
    small: bool,
    declined: bool,
}

/// Recent events per merchant.
#[derive(Debug, Clone, Default)]
pub(super) struct Bursts {
    merchants: HashMap<u64, VecDeque<Entry>>,
}

impl Bursts {
    /// A try at `merchant`. Tries that are neither a first small one nor declined leave no trace.
    pub(super) fn attempt(&mut self, merchant: u64, card: u64, at_us: i64, small: bool, declined: bool) {
        if !small && !declined {
            return;
        }
        let card = (card ^ (card >> 32)) as u32;
        let list = self.merchants.entry(merchant).or_default();
        // Older than two windows: no payment that is at most ten minutes late can need it.
        while list.front().is_some_and(|entry| entry.at_us <= at_us.saturating_sub(2 * BURST_US)) {
            list.pop_front();
        }
        let again = |entry: &Entry| {
            entry.small && entry.card == card && entry.at_us.abs_diff(at_us) < BURST_US.unsigned_abs()
        };
        let small = small && !list.iter().any(again);
        if !small && !declined {
            return;
        }
        if list.len() >= BURST_ENTRIES_MAX {
            list.pop_front();
        }
        let place = list.partition_point(|entry| entry.at_us <= at_us);
        list.insert(place, Entry { at_us, card, small, declined });
    }

    /// Small tries and declines in (t - 10 min, t].
    pub(super) fn at(&self, merchant: u64, t_us: i64) -> (u32, u32) {
        let Some(list) = self.merchants.get(&merchant) else { return (0, 0) };
        let start_us = t_us.saturating_sub(BURST_US);
        let mut counts = (0, 0);
        for entry in list.iter().filter(|entry| entry.at_us > start_us && entry.at_us <= t_us) {
            counts.0 += u32::from(entry.small);
            counts.1 += u32::from(entry.declined);
        }
        counts
    }

    pub(super) fn prune(&mut self, now_us: i64) {
        let oldest_us = now_us.saturating_sub(2 * BURST_US);
        self.merchants.retain(|_, list| list.back().is_some_and(|entry| entry.at_us > oldest_us));
    }
}
