//! Titles of charts and figures out of bounds.

use super::super::{
    model::{Alert, AlertId, AlertKind, AlertState, Live, Picture, Range, Signal, group_of},
    rules::{self, DeclinesFinding, LatencyFinding, RateFinding},
};
use super::{NOON, decided};
use crate::authorizations::Reason;
use kernel::{MINUTE_US, SECOND_US};

const BUDGET_US: u64 = 100_000;

/// `minutes` minutes of one request a second, every `nth` declined for `reason`, ended by the present.
fn traffic(live: &mut Live, from_min: i64, minutes: i64, nth: i64, reason: Reason, latency_us: u64) {
    for second in from_min * 60..(from_min + minutes) * 60 {
        let reason = if second % nth == 0 { reason } else { Reason::Approved };
        live.take(NOON.plus_us(second * SECOND_US), &decided(reason, latency_us, "Shanghai"));
    }
}

fn wave(count: u64) -> Alert {
    Alert {
        id: AlertId::from_raw(7),
        kind: AlertKind::Merchant,
        rule: "R-131".to_owned(),
        reason: "card_testing".to_owned(),
        account: 0,
        merchant: "Yunhe Books".to_owned(),
        opened_at: NOON,
        last_at: NOON.plus_us(MINUTE_US),
        count,
        passed: 0,
        minor: 0,
        worst: 0,
        bound: 0,
        state: AlertState::Open,
        assigned: None,
        closed_at: None,
        outcome: None,
    }
}

#[test]
fn declines_are_called_by_what_they_do() {
    let mut live = Live::new(NOON.plus_us(-200 * MINUTE_US));
    assert_eq!(rules::declines(&Picture::take(&live, NOON, Range::Quarter), &[]), DeclinesFinding::Idle);
    traffic(&mut live, -60, 45, 25, Reason::OverLimit, 9_000);
    traffic(&mut live, -15, 15, 25, Reason::OverLimit, 9_000);
    let now = NOON.plus_us(-SECOND_US);
    let steady = rules::declines(&Picture::take(&live, now, Range::Quarter), &[]);
    assert_eq!(steady, DeclinesFinding::Steady { share: 0.04 });
    traffic(&mut live, 0, 15, 5, Reason::SuspectedFraud, 9_000);
    let now = NOON.plus_us(15 * MINUTE_US - SECOND_US);
    let picture = Picture::take(&live, now, Range::Quarter);
    let DeclinesFinding::Up { now: share, family, .. } = rules::declines(&picture, &[]) else {
        panic!("{:?}", rules::declines(&picture, &[]));
    };
    assert!((share - 0.2).abs() < 0.001);
    assert_eq!(family, super::super::model::Family::Risk);
    let DeclinesFinding::Wave { rule, stopped, .. } = rules::declines(&picture, &[wave(40)]) else {
        panic!("a wave that is open names the chart");
    };
    assert_eq!((rule.as_str(), stopped), ("R-131", true));
    assert!(matches!(rules::declines(&picture, &[wave(3)]), DeclinesFinding::Up { .. }), "three are no wave");
}

#[test]
fn the_rate_is_held_against_the_middle_of_the_time_before() {
    let mut live = Live::new(NOON.plus_us(-15 * MINUTE_US));
    traffic(&mut live, -15, 15, 30, Reason::OverLimit, 9_000);
    let steady = Picture::take(&live, NOON, Range::Quarter);
    assert_eq!(rules::rate(&steady), RateFinding::Steady(1.0));
    for _ in 0..5 {
        traffic(&mut live, -1, 1, 30, Reason::OverLimit, 9_000);
    }
    let RateFinding::Up(before, now) = rules::rate(&Picture::take(&live, NOON, Range::Quarter)) else {
        panic!("six times as many is a rise");
    };
    assert!((before - 1.0).abs() < 0.01 && (now - 6.0).abs() < 0.01, "{before} {now}");
    let quiet = Picture::take(&Live::new(NOON), NOON, Range::Quarter);
    assert_eq!(rules::rate(&quiet), RateFinding::Idle);
}

#[test]
fn durations_are_held_against_their_budget() {
    let mut live = Live::new(NOON.plus_us(-15 * MINUTE_US));
    let idle = Picture::take(&live, NOON, Range::Quarter);
    assert_eq!(rules::latency(&idle, BUDGET_US), LatencyFinding::Idle);
    traffic(&mut live, -15, 5, 30, Reason::OverLimit, 9_000);
    let within = Picture::take(&live, NOON, Range::Quarter);
    assert_eq!(rules::latency(&within, BUDGET_US), LatencyFinding::Within);
    traffic(&mut live, -10, 2, 30, Reason::OverLimit, 300_000);
    traffic(&mut live, -8, 8, 30, Reason::OverLimit, 9_000);
    let past = Picture::take(&live, NOON, Range::Quarter);
    let LatencyFinding::Exceeded { at, .. } = rules::latency(&past, BUDGET_US) else { panic!("it was over") };
    assert_eq!(at, NOON.plus_us(-10 * MINUTE_US));
    traffic(&mut live, 0, 2, 30, Reason::OverLimit, 300_000);
    let now = Picture::take(&live, NOON.plus_us(2 * MINUTE_US), Range::Quarter);
    let LatencyFinding::Exceeds { since, .. } = rules::latency(&now, BUDGET_US) else { panic!("it is over") };
    assert_eq!(since, NOON);
}

#[test]
fn a_figure_out_of_bounds_is_a_signal_and_a_handful_is_none() {
    let mut live = Live::new(NOON.plus_us(-90 * MINUTE_US));
    traffic(&mut live, -63, 60, 50, Reason::OverLimit, 9_000);
    traffic(&mut live, -3, 3, 50, Reason::OverLimit, 9_000);
    assert_eq!(rules::signals(&live, NOON, BUDGET_US), []);
    traffic(&mut live, 0, 3, 4, Reason::SuspectedFraud, 250_000);
    let found = rules::signals(&live, NOON.plus_us(3 * MINUTE_US), BUDGET_US);
    let [Signal::Latency { p99_us, .. }, Signal::Declines { now, before }] = found[..] else {
        panic!("{found:?}")
    };
    assert!(p99_us.abs_diff(250_000) <= 250_000 / 32, "{p99_us}");
    assert_eq!((now, before), (250, 20));
    let mut few = Live::new(NOON.plus_us(-90 * MINUTE_US));
    for _ in 0..20 {
        few.take(NOON.plus_us(-MINUTE_US), &decided(Reason::SuspectedFraud, 900_000, "Shanghai"));
    }
    assert_eq!(rules::signals(&few, NOON, BUDGET_US), []);
}

#[test]
fn what_lies_in_a_merchant_gathers_its_cards_and_the_rest_one_account() {
    use decision::Reason as Rule;
    let one = group_of(Some(Rule::CardTesting), "r", "M1", 5);
    assert_eq!(one, group_of(Some(Rule::CardTesting), "r", "M1", 6));
    assert_ne!(one, group_of(Some(Rule::CardTesting), "r", "M2", 5));
    assert_eq!(one.0, AlertKind::Merchant);
    let one = group_of(Some(Rule::LostCard), "r", "M1", 5);
    assert_eq!(one, group_of(Some(Rule::LostCard), "r", "M2", 5));
    assert_ne!(one, group_of(Some(Rule::LostCard), "r", "M1", 6));
    assert_eq!(group_of(Some(Rule::CardTesting), "r", "", 5).0, AlertKind::Account, "no merchant, no wave");
}

#[test]
fn ids_of_alerts_read_back_and_others_are_refused() {
    let id = AlertId::from_raw(123_456_789);
    assert_eq!(id.to_string().parse::<AlertId>().ok(), Some(id));
    assert!(id.to_string().starts_with("alrt_"));
    for text in ["", "alrt_", "auth_0000000000001", "alrt_!!!!!!!!!!!!!", "123"] {
        assert!(text.parse::<AlertId>().is_err(), "{text}");
    }
}
