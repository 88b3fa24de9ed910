//! What one card usually does, kept event by event.
//!
//! Problem: a rule like "three times the usual day" needs windows that are exact for this very payment,
//! without a query over history.
//!
//! Design: the card's last [`EVENTS_MAX`] events of about a month in order of their own time (`window`), the
//! place of the last card-present payment (`place`), and small bounded memories of merchants, countries,
//! classes and hours (`novelty`). One pass over the events gives all windows; with some dozen events that
//! costs less than keeping running sums would, and a payment that arrives late finds its own windows by the
//! same pass. Encoded by hand (`encode`): seven bytes an event.
//!
//! Why safe: asking changes nothing, recording is a separate step, so a decision that was never committed
//! leaves no trace. Money is summed in integers; floats appear in ratios only. Every memory has a named limit.
//!
//! What it does not do: know the card number, the limit or the balance; it sees one card, not the customer.

mod encode;
mod novelty;
mod place;
mod window;

pub use novelty::{COUNTRIES_MAX, MCCS_MAX, MERCHANTS_MAX};
pub use window::{EVENTS_MAX, KEEP_US, LATE_US_MAX};

use crate::cross::CrossRisk;
use crate::features::{Features, Slot, major};
use crate::payment::{Outcome, Payment};
use crate::{DAY_US, MINUTE_US};
use novelty::Novelty;
use place::LastPresent;
use window::{Event, Events, Sums};

/// Payments that a deviation needs before it means something.
const DEVIATION_COUNT_MIN: u32 = 5;
/// How long the cardholder's word counts, in microseconds.
pub const TRUST_US: i64 = DAY_US;
/// Days of tenure before a usual day is known.
const USUAL_DAY_DAYS_MIN: f64 = 3.0;

/// The state of one card. `default()` is a card that was never used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CardBehaviour {
    first_seen_us: Option<i64>,
    events: Events,
    last_present: Option<LastPresent>,
    lifetime: Lifetime,
    novelty: Novelty,
    trusted_until_us: Option<i64>,
}

/// Mean and deviation over all approved spending, by Welford's method: of amounts in minor units, and of
/// their logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Lifetime {
    count: u32,
    mean: f64,
    squares: f64,
    log_mean: f64,
    log_squares: f64,
}

impl Lifetime {
    fn add(&mut self, minor: i64) {
        self.count = self.count.saturating_add(1);
        let count = f64::from(self.count);
        let amount = minor as f64;
        let before = amount - self.mean;
        self.mean += before / count;
        self.squares += before * (amount - self.mean);
        let log = log_minor(minor);
        let before = log - self.log_mean;
        self.log_mean += before / count;
        self.log_squares += before * (log - self.log_mean);
    }

    fn deviation(&self) -> Option<f64> {
        (self.count >= 2).then(|| (self.squares / f64::from(self.count - 1)).max(0.0).sqrt())
    }

    /// How unusual `minor` is on the logarithmic scale. The deviation counts as at least 0.2, so that a card
    /// with one subscription does not call a small rise in price extraordinary.
    fn log_z(&self, minor: i64) -> Option<f64> {
        if self.count < DEVIATION_COUNT_MIN {
            return None;
        }
        let deviation = (self.log_squares / f64::from(self.count - 1)).max(0.0).sqrt().max(0.2);
        Some((log_minor(minor) - self.log_mean) / deviation)
    }
}

fn log_minor(minor: i64) -> f64 {
    (minor.max(1) as f64).ln()
}

impl CardBehaviour {
    /// The features of `payment`, as if it were approved: windows are (t - w, t] at its own time and include
    /// it; means, maxima and novelty are about what came before it. Changes nothing.
    pub fn features(&self, payment: &Payment, cross: &CrossRisk) -> Features {
        let mut features = Features::empty(payment.exponent, cross.as_of_us);
        set_payment(&mut features, payment);
        let sums = self.events.sums(payment.at_us);
        set_windows(&mut features, payment, &sums);
        self.set_amounts(&mut features, payment, &sums);
        self.set_places(&mut features, payment);
        self.set_habits(&mut features, payment, &sums);
        cross.set(&mut features);
        features
    }

    /// Takes the payment into the state. Call once, after the decision is durable.
    ///
    /// Refunds change nothing. Declined payments and checks count as attempts only: they teach no habit, so a
    /// thief's refused tries do not make the next one look usual.
    pub fn record(&mut self, payment: &Payment, outcome: Outcome) {
        let Some(event) = Event::of(payment, outcome) else { return };
        self.first_seen_us = Some(self.first_seen_us.map_or(payment.at_us, |first| first.min(payment.at_us)));
        self.events.insert(event);
        if outcome == Outcome::Declined || !payment.kind.spends() {
            return;
        }
        self.lifetime.add(payment.spent_minor());
        self.novelty.learn(payment);
        LastPresent::update(&mut self.last_present, payment);
    }

    /// The cardholder says that a declined payment was their own: its merchant, place in the day and amount
    /// become part of the habit, and `card.trusted` holds for [`TRUST_US`] after `now_us`, so that the next try
    /// can pass. No money moved, so no window changes.
    pub fn confirm(&mut self, payment: &Payment, now_us: i64) {
        let until_us = now_us.saturating_add(TRUST_US);
        self.trusted_until_us = Some(self.trusted_until_us.map_or(until_us, |known| known.max(until_us)));
        if payment.kind.spends() {
            self.lifetime.add(payment.spent_minor());
            self.novelty.learn(payment);
        }
    }

    /// Events kept for the windows.
    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// When the card was first seen, microseconds since the epoch.
    pub fn first_seen_us(&self) -> Option<i64> {
        self.first_seen_us
    }

    fn set_amounts(&self, features: &mut Features, payment: &Payment, sums: &Sums) {
        let unit = major(1, features.exponent());
        let amount = payment.spent_minor() as f64;
        let before = sums.before();
        if let Some(mean) = before.mean() {
            features.set_double(Slot::Mean30d, mean * unit);
            features.set_money(Slot::Max30d, before.max_minor);
        }
        if let Some(deviation) = before.deviation() {
            features.set_double(Slot::Deviation30d, deviation * unit);
        }
        if let (Some(mean), Some(deviation)) = (before.mean(), before.deviation())
            && before.count >= DEVIATION_COUNT_MIN
            && deviation > 0.0
        {
            features.set_double(Slot::AmountZ, (amount - mean) / deviation);
        }
        let lifetime = (self.lifetime.count > 0).then_some(self.lifetime.mean);
        if let Some(mean) = lifetime {
            features.set_double(Slot::Mean, mean * unit);
        }
        if let Some(deviation) = self.lifetime.deviation() {
            features.set_double(Slot::Deviation, deviation * unit);
        }
        if let Some(mean) = before.mean().or(lifetime) {
            // A mean of zero gives an infinite ratio, which `set_double` leaves missing.
            features.set_double(Slot::AmountRatio, amount / mean);
        }
        if let Some(z) = self.lifetime.log_z(payment.spent_minor()) {
            features.set_double(Slot::LogZ, z);
        }
        features.set_count(Slot::Payments, self.lifetime.count);
    }

    fn set_places(&self, features: &mut Features, payment: &Payment) {
        if !payment.card_present {
            return;
        }
        if let (Some(here), Some(home)) = (payment.place, payment.home) {
            features.set_double(Slot::DistanceHomeKm, here.distance_km(home));
        }
        let Some(last) = &self.last_present else { return };
        features.set_double(Slot::HoursSincePresent, last.hours_until(payment.at_us));
        if let Some(changed) = last.country_changed(payment) {
            features.set_flag(Slot::CountryChanged, changed);
        }
        if let Some(distance) = last.distance_km(payment) {
            features.set_double(Slot::DistancePreviousKm, distance);
            features.set_double(Slot::TravelKmh, last.speed_kmh(payment.at_us, distance));
        }
    }

    fn set_habits(&self, features: &mut Features, payment: &Payment, sums: &Sums) {
        if let Some(new) = self.novelty.new_merchant(payment.merchant) {
            features.set_flag(Slot::NewMerchant, new);
        }
        if let Some(new) = self.novelty.new_country(payment.country) {
            features.set_flag(Slot::NewCountry, new);
        }
        if let Some(new) = self.novelty.new_mcc(payment.mcc) {
            features.set_flag(Slot::NewMcc, new);
        }
        if let Some(share) = self.novelty.hour_share(payment.local_hour()) {
            features.set_double(Slot::HourShare, share);
        }
        if let Some(last_us) = sums.last_attempt_us {
            let minutes = payment.at_us.saturating_sub(last_us) as f64 / MINUTE_US as f64;
            features.set_double(Slot::MinutesSince, minutes);
        }
        let tenure_us = self.first_seen_us.map_or(0, |first| payment.at_us.saturating_sub(first).max(0));
        let tenure_days = tenure_us as f64 / DAY_US as f64;
        features.set_double(Slot::TenureDays, tenure_days);
        if tenure_days >= USUAL_DAY_DAYS_MIN {
            let days = tenure_days.min(30.0) - 1.0;
            let unit = major(1, features.exponent());
            let minor = sums.spent_minor(3).saturating_sub(sums.spent_minor(1));
            features.set_double(Slot::DaySum, minor as f64 * unit / days);
            features.set_double(Slot::DayCount, f64::from(sums.spent_count(3) - sums.spent_count(1)) / days);
        }
        let trusted = self
            .trusted_until_us
            .is_some_and(|until| payment.at_us < until && payment.at_us >= until.saturating_sub(TRUST_US));
        features.set_flag(Slot::Trusted, trusted);
        features.set_flag(Slot::Truncated, self.events.truncated(payment.at_us));
    }
}

fn set_payment(features: &mut Features, payment: &Payment) {
    features.set_money(Slot::Amount, payment.spent_minor());
    if payment.mcc != 0 {
        features.set_count(Slot::Mcc, u32::from(payment.mcc));
    }
    if payment.country != 0 {
        features.set_count(Slot::Country, u32::from(payment.country));
        if payment.home_country != 0 {
            features.set_flag(Slot::Abroad, payment.country != payment.home_country);
        }
    }
    features.set_count(Slot::Channel, payment.channel as u32);
    features.set_count(Slot::Kind, payment.kind as u32);
    features.set_flag(Slot::CardPresent, payment.card_present);
    let hour = payment.local_hour();
    features.set_count(Slot::Hour, u32::from(hour));
    features.set_flag(Slot::Night, !(6..22).contains(&hour));
    features.set_flag(Slot::Small, payment.is_small());
    features.set_flag(Slot::Weekend, payment.is_weekend());
}

fn set_windows(features: &mut Features, payment: &Payment, sums: &Sums) {
    let spends = payment.kind.spends();
    let own_count = u32::from(spends);
    let own_minor = if spends { payment.spent_minor() } else { 0 };
    let counts = [Slot::Count1h, Slot::Count24h, Slot::Count7d, Slot::Count30d];
    let amounts = [Slot::Sum1h, Slot::Sum24h, Slot::Sum7d, Slot::Sum30d];
    for (window, (count, sum)) in counts.into_iter().zip(amounts).enumerate() {
        features.set_count(count, sums.spent_count(window) + own_count);
        features.set_money(sum, sums.spent_minor(window).saturating_add(own_minor));
    }
    let own = Event::of(payment, Outcome::Approved);
    let own_attempt = u32::from(own.is_some());
    let own_small = u32::from(own.is_some_and(|event| event.is_small()));
    let own_check = u32::from(own.is_some_and(|event| event.is_check()));
    features.set_count(Slot::Attempts1h, sums.attempts_1h + own_attempt);
    features.set_count(Slot::Attempts24h, sums.attempts_24h + own_attempt);
    features.set_count(Slot::Declines1h, sums.declines_1h);
    features.set_count(Slot::Declines24h, sums.declines_24h);
    features.set_count(Slot::DeclinesRow, sums.declines_row);
    features.set_count(Slot::Small1h, sums.small_1h + own_small);
    features.set_count(Slot::Checks24h, sums.checks_24h + own_check);
}
