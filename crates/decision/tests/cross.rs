//! Terminal and merchant figures against plain counts.

use decision::{
    CrossRisk, CrossTables, DAY_US, KEY_EVENTS_MAX, Kind, LABEL_DELAY_US, MINUTE_US, Outcome, Payment,
    RiskTable, WindowRisk,
};
use proptest::prelude::*;

const START_US: i64 = 1_700_000_000_000_000;
const SECOND_US: i64 = 1_000_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Counts over (t - 7 d - w, t - 7 d], from the plain list, in any order of arrival, pruned or not.
    #[test]
    fn risk_equals_a_plain_count(
        events in prop::collection::vec((0_i64..45 * 86_400, 0_u8..4), 0..200),
        after in 0_i64..40 * 86_400,
        prune in any::<bool>(),
    ) {
        let mut table = RiskTable::new();
        for (second, fraud) in &events {
            table.observe(5, START_US + second * SECOND_US);
            if *fraud == 0 {
                table.label(5, START_US + second * SECOND_US, true);
            }
        }
        let t = 45 * 86_400 + after;
        if prune {
            table.prune(START_US + t * SECOND_US);
        }
        let risk = table.risk(5, START_US + t * SECOND_US);
        let count = |from: i64, to: i64| {
            let inside: Vec<_> = events.iter().filter(|(at, _)| *at > t - to && *at <= t - from).collect();
            let frauds = inside.iter().filter(|(_, fraud)| *fraud == 0).count();
            WindowRisk { payments: inside.len() as u32, frauds: frauds as u32 }
        };
        let day = 86_400;
        prop_assert_eq!(risk.day, count(7 * day, 8 * day));
        prop_assert_eq!(risk.week, count(7 * day, 14 * day));
        prop_assert_eq!(risk.month, count(7 * day, 37 * day));
        prop_assert_eq!(risk.recent_frauds, count(0, 7 * day).frauds);
        prop_assert!(!risk.thinned);
        prop_assert_eq!(table.risk(6, START_US), decision::Risk::default());
    }

    /// Over the bound the counts stay within a stride at each end.
    #[test]
    fn a_busy_key_is_nearly_right(extra in 1_usize..20_000) {
        let mut table = RiskTable::new();
        let total = KEY_EVENTS_MAX + extra;
        for n in 0..total {
            table.observe(1, START_US + n as i64 * SECOND_US);
        }
        let end_us = START_US + total as i64 * SECOND_US + LABEL_DELAY_US;
        let risk = table.risk(1, end_us);
        prop_assert!(risk.thinned);
        let stride = total.div_ceil(KEY_EVENTS_MAX).next_power_of_two();
        let wrong = (total as i64 - i64::from(risk.month.payments)).unsigned_abs();
        prop_assert!(wrong <= 2 * stride as u64, "{} of {total}", risk.month.payments);
        prop_assert!(table.list_bytes() <= 8 * 2 * KEY_EVENTS_MAX);
    }
}

#[test]
fn a_corrected_label_is_taken_back() {
    let mut table = RiskTable::new();
    table.observe(1, START_US);
    table.label(1, START_US, true);
    let t_us = START_US + LABEL_DELAY_US;
    assert_eq!(table.risk(1, t_us).day, WindowRisk { payments: 1, frauds: 1 });
    table.label(1, START_US, false);
    assert_eq!(table.risk(1, t_us).day, WindowRisk { payments: 1, frauds: 0 });
    assert_eq!(table.risk(1, t_us - SECOND_US).day, WindowRisk::default(), "not yet seven days old");
    assert_eq!(table.risk(1, t_us + DAY_US).day, WindowRisk::default(), "a day later it has left");
    table.prune(START_US + 39 * DAY_US);
    assert_eq!(table.key_count(), 0);
}

#[test]
fn ten_thousand_terminals_of_a_month_fit() {
    let mut table = RiskTable::new();
    for terminal in 0..10_000 {
        for n in 0..30 {
            table.observe(terminal, START_US + n * DAY_US);
        }
    }
    table.prune(START_US + 30 * DAY_US);
    assert!(table.list_bytes() < 4 << 20, "{} bytes", table.list_bytes());
}

fn online(at_us: i64, amount_minor: i64) -> Payment {
    Payment { at_us, amount_minor, exponent: 2, merchant: 3, terminal: 4, ..Payment::default() }
}

#[test]
fn card_testing_shows_at_the_merchant() {
    let mut tables = CrossTables::new();
    for card in 0..30_u64 {
        let at_us = START_US + card as i64 * SECOND_US;
        tables.observe(&online(at_us, 100), card + 1, Outcome::Declined);
        // The same card again is no further card.
        tables.observe(&online(at_us, 100), card + 1, Outcome::Approved);
    }
    let now = tables.cross_risk(&online(START_US + MINUTE_US, 100), 2);
    assert_eq!((now.merchant_small_10m, now.merchant_declines_10m, now.bin_alarm), (30, 30, 2));
    assert_eq!(now.as_of_us, START_US + 29 * SECOND_US);
    let early = tables.cross_risk(&online(START_US + 9 * SECOND_US, 100), 0);
    assert_eq!(early.merchant_small_10m, 10, "a late payment sees its own time");
    let later = tables.cross_risk(&online(START_US + 11 * MINUTE_US, 100), 0);
    assert_eq!((later.merchant_small_10m, later.merchant_declines_10m), (0, 0));
    let elsewhere = Payment { merchant: 9, ..online(START_US + MINUTE_US, 100) };
    assert_eq!(tables.cross_risk(&elsewhere, 0).merchant_small_10m, 0);
}

#[test]
fn ordinary_payments_are_no_attack_and_the_unknown_has_no_record() {
    let mut tables = CrossTables::new();
    for card in 0..30 {
        tables.observe(&online(START_US, 5_000), card, Outcome::Approved);
        let nowhere = Payment { merchant: 0, terminal: 0, ..online(START_US, 100) };
        tables.observe(&nowhere, card, Outcome::Declined);
    }
    let now = tables.cross_risk(&online(START_US, 5_000), 0);
    assert_eq!((now.merchant_small_10m, now.merchant_declines_10m), (0, 0));
    let nowhere = Payment { merchant: 0, terminal: 0, ..online(START_US + 8 * DAY_US, 100) };
    let unknown = tables.cross_risk(&nowhere, 0);
    assert_eq!(unknown, CrossRisk { as_of_us: START_US, ..CrossRisk::default() });
    let refund = Payment { kind: Kind::Refund, ..online(START_US, 100) };
    tables.observe(&refund, 1, Outcome::Approved);
    let week = tables.cross_risk(&online(START_US + 7 * DAY_US, 100), 0);
    assert_eq!((week.terminal.day.payments, week.merchant.month.payments), (30, 30), "no refund among them");
}
