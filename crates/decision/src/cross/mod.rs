//! What is known beyond the one card: terminals, merchants, attacks on a number range.
//!
//! Problem: a compromised terminal shows itself only in payments of other cards, and only once their fraud is
//! known. Cardholders take days to notice, so risk looks at payments that are at least [`LABEL_DELAY_US`] old:
//! a younger window would count as honest what nobody has complained about yet.
//!
//! Design: [`RiskTable`] keeps, per key, the sorted seconds of its payments and of its proven frauds; a
//! window is two binary searches in each. [`CrossTables`] holds one table for terminals, one for merchants and
//! the last ten minutes of every merchant, and answers with a small `Copy` value. It is kept up behind the
//! answer, so it may be seconds old; [`CrossRisk::as_of_us`] says how old.
//!
//! Why safe: lists are bounded; a key with more payments than [`KEY_EVENTS_MAX`] is thinned evenly and says
//! that it is no longer exact. Late payments and late labels find their place.
//!
//! What it does not do: persist. A restart feeds it again from the last 38 days.

mod burst;
mod risk;

pub use burst::{BURST_ENTRIES_MAX, BURST_US};
pub use risk::{KEY_EVENTS_MAX, LABEL_DELAY_US, Risk, RiskTable, WindowRisk};

use burst::Bursts;

use crate::features::{Features, Slot};
use crate::payment::{Kind, Outcome, Payment};
use std::collections::HashMap;

/// What is known beyond the card at the moment of a decision. `default()` knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrossRisk {
    /// Time of the newest event in these figures, microseconds since the epoch; 0 for none.
    pub as_of_us: i64,
    /// The terminal's record.
    pub terminal: Risk,
    /// The merchant's record.
    pub merchant: Risk,
    /// Different cards tried at the merchant for small amounts in the last 10 minutes.
    pub merchant_small_10m: u32,
    /// Declines at the merchant in the last 10 minutes.
    pub merchant_declines_10m: u32,
    /// Alarm level of the card's number range: 0 none, 1 watch, 2 attack under way.
    pub bin_alarm: u8,
}

impl CrossRisk {
    pub(crate) fn set(&self, features: &mut Features) {
        use Slot as S;
        let terminal = [
            (S::TerminalCount1d, S::TerminalRisk1d),
            (S::TerminalCount7d, S::TerminalRisk7d),
            (S::TerminalCount30d, S::TerminalRisk30d),
        ];
        let merchant = [
            (S::MerchantCount1d, S::MerchantRisk1d),
            (S::MerchantCount7d, S::MerchantRisk7d),
            (S::MerchantCount30d, S::MerchantRisk30d),
        ];
        for (risk, slots) in [(&self.terminal, terminal), (&self.merchant, merchant)] {
            for (window, (count, share)) in [risk.day, risk.week, risk.month].into_iter().zip(slots) {
                features.set_count(count, window.payments);
                if let Some(value) = window.share() {
                    features.set_double(share, value);
                }
            }
        }
        features.set_count(S::TerminalFrauds30d, self.terminal.month.frauds);
        features.set_count(S::TerminalRecentFrauds, self.terminal.recent_frauds);
        features.set_count(S::MerchantFrauds30d, self.merchant.month.frauds);
        features.set_count(S::MerchantRecentFrauds, self.merchant.recent_frauds);
        features.set_count(S::MerchantSmall10m, self.merchant_small_10m);
        features.set_count(S::MerchantDeclines10m, self.merchant_declines_10m);
        features.set_count(S::BinAlarm, u32::from(self.bin_alarm));
    }
}

/// The tables behind [`CrossRisk`], one set for an issuer.
#[derive(Debug, Clone, Default)]
pub struct CrossTables {
    terminals: RiskTable,
    merchants: RiskTable,
    bursts: Bursts,
    as_of_us: i64,
    /// Payments known as fraud, with their times.
    frauds: HashMap<i64, i64>,
}

impl CrossTables {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a decided payment in. `card`: a hash of the card, to tell cards apart; it is kept for ten minutes
    /// and only as 32 bits. Refunds and checks enter no risk window; checks count as small tries.
    pub fn observe(&mut self, payment: &Payment, card: u64, outcome: Outcome) {
        self.as_of_us = self.as_of_us.max(payment.at_us);
        if payment.kind == Kind::Refund {
            return;
        }
        if payment.merchant != 0 {
            let declined = outcome == Outcome::Declined;
            self.bursts.attempt(payment.merchant, card, payment.at_us, payment.is_small(), declined);
        }
        if !payment.kind.spends() {
            return;
        }
        if payment.terminal != 0 {
            self.terminals.observe(payment.terminal, payment.at_us);
        }
        if payment.merchant != 0 {
            self.merchants.observe(payment.merchant, payment.at_us);
        }
    }

    /// Takes in that an observed payment was fraud, or, with `fraud` false, that it was not after all. `id` is the
    /// payment's own: what is known of it already changes nothing, so labels may be told again and again.
    pub fn label(&mut self, id: i64, payment: &Payment, fraud: bool) {
        if fraud == self.is_fraud(id) {
            return;
        }
        if fraud {
            self.frauds.insert(id, payment.at_us);
        } else {
            self.frauds.remove(&id);
        }
        if payment.terminal != 0 {
            self.terminals.label(payment.terminal, payment.at_us, fraud);
        }
        if payment.merchant != 0 {
            self.merchants.label(payment.merchant, payment.at_us, fraud);
        }
    }

    /// Whether the payment with this id is known as fraud.
    pub fn is_fraud(&self, id: i64) -> bool {
        self.frauds.contains_key(&id)
    }

    /// What is known beyond the card when `payment` happens. `bin_alarm` is the caller's: 0 none, 1 watch,
    /// 2 attack under way.
    pub fn cross_risk(&self, payment: &Payment, bin_alarm: u8) -> CrossRisk {
        let (small, declines) = self.bursts.at(payment.merchant, payment.at_us);
        CrossRisk {
            as_of_us: self.as_of_us,
            terminal: self.terminals.risk(payment.terminal, payment.at_us),
            merchant: self.merchants.risk(payment.merchant, payment.at_us),
            merchant_small_10m: small,
            merchant_declines_10m: declines,
            bin_alarm,
        }
    }

    /// Forgets what no window can reach any more. Call about hourly; it visits every key.
    pub fn prune(&mut self, now_us: i64) {
        self.terminals.prune(now_us);
        self.merchants.prune(now_us);
        self.bursts.prune(now_us);
        self.frauds.retain(|_, at_us| risk::is_in_reach(*at_us, now_us));
    }

    /// Time of the newest event taken in, microseconds since the epoch; 0 for none.
    pub fn as_of_us(&self) -> i64 {
        self.as_of_us
    }

    /// The terminals' table.
    pub fn terminals(&self) -> &RiskTable {
        &self.terminals
    }

    /// The merchants' table.
    pub fn merchants(&self) -> &RiskTable {
        &self.merchants
    }
}
