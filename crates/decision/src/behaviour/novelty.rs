//! What the card has seen before: merchants, countries, merchant classes, hours of the day.
//!
//! Design: three short lists, newest last; a repeat moves to the end, so what is used stays and what is not
//! falls out at the front. Merchants are kept as 32 bits of their hash: with 64 of them a stranger passes for
//! known once in sixty million. Hours are 24 counters of a byte, halved together when one is full, so old
//! habits fade.

use crate::payment::Payment;

/// Merchants a card remembers.
pub const MERCHANTS_MAX: usize = 64;
/// Countries a card remembers.
pub const COUNTRIES_MAX: usize = 16;
/// Merchant classes a card remembers.
pub const MCCS_MAX: usize = 32;
/// Payments before hours of the day are a habit.
const HOURS_COUNT_MIN: u32 = 10;

/// The memories of one card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Novelty {
    pub(super) merchants: Vec<u32>,
    pub(super) countries: Vec<u16>,
    pub(super) mccs: Vec<u16>,
    pub(super) hours: [u8; 24],
}

impl Novelty {
    pub(super) fn learn(&mut self, payment: &Payment) {
        if payment.merchant != 0 {
            remember(&mut self.merchants, short(payment.merchant), MERCHANTS_MAX);
        }
        if payment.country != 0 {
            remember(&mut self.countries, payment.country, COUNTRIES_MAX);
        }
        if payment.mcc != 0 {
            remember(&mut self.mccs, payment.mcc, MCCS_MAX);
        }
        if let Some(hour) = self.hours.get_mut(usize::from(payment.local_hour())) {
            *hour = hour.saturating_add(1);
            if *hour == u8::MAX {
                self.hours.iter_mut().for_each(|count| *count /= 2);
            }
        }
    }

    /// `None` where the merchant is unknown.
    pub(super) fn new_merchant(&self, merchant: u64) -> Option<bool> {
        (merchant != 0).then(|| !self.merchants.contains(&short(merchant)))
    }

    pub(super) fn new_country(&self, country: u16) -> Option<bool> {
        (country != 0).then(|| !self.countries.contains(&country))
    }

    pub(super) fn new_mcc(&self, mcc: u16) -> Option<bool> {
        (mcc != 0).then(|| !self.mccs.contains(&mcc))
    }

    /// Share of payments within an hour of this one, round the clock.
    pub(super) fn hour_share(&self, hour: u8) -> Option<f64> {
        let total: u32 = self.hours.iter().map(|count| u32::from(*count)).sum();
        if total < HOURS_COUNT_MIN {
            return None;
        }
        let near: u32 = [23, 0, 1]
            .into_iter()
            .filter_map(|step| self.hours.get((usize::from(hour) + step) % 24))
            .map(|count| u32::from(*count))
            .sum();
        Some(f64::from(near) / f64::from(total))
    }
}

/// 32 bits of a hash, folded so that no half of it is lost.
fn short(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

fn remember<T: PartialEq>(list: &mut Vec<T>, value: T, max: usize) {
    if let Some(place) = list.iter().position(|known| *known == value) {
        list.remove(place);
    } else if list.len() >= max {
        list.remove(0);
    }
    list.push(value);
}
