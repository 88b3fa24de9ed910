//! Windows against the plainest possible count over the whole history.

use decision::{
    CardBehaviour, CrossRisk, DAY_US, DecodeError, EVENTS_MAX, HOUR_US, Kind, MINUTE_US, Outcome, Payment,
    Slot,
};
use proptest::prelude::*;

const START_US: i64 = 1_700_000_000_000_000;

#[derive(Debug, Clone)]
struct Past {
    payment: Payment,
    outcome: Outcome,
}

/// Events over 40 days, in seconds, many at equal times; each may arrive up to three days late.
fn history() -> impl Strategy<Value = Vec<Past>> {
    let event =
        (0_i64..40 * 86_400, 0_i64..3 * 86_400, 0_i64..60_000, 0_u8..10, any::<bool>(), any::<bool>());
    prop::collection::vec(event, 0..120).prop_map(|mut list| {
        // In order of arrival.
        list.sort_by_key(|(second, late, ..)| second + late);
        list.into_iter()
            .map(|(second, _, minor, kind, declined, whole)| Past {
                payment: payment(START_US + second * 1_000_000 + i64::from(!whole), minor, kind),
                outcome: if declined { Outcome::Declined } else { Outcome::Approved },
            })
            .collect()
    })
}

fn payment(at_us: i64, amount_minor: i64, kind: u8) -> Payment {
    let kind = match kind {
        0 => Kind::Refund,
        1 => Kind::Check,
        2 | 3 => Kind::Cash,
        _ => Kind::Purchase,
    };
    Payment { at_us, amount_minor, exponent: 2, kind, ..Payment::default() }
}

fn recorded(history: &[Past]) -> CardBehaviour {
    let mut card = CardBehaviour::default();
    history.iter().for_each(|past| card.record(&past.payment, past.outcome));
    card
}

/// Past events within `width_us` before `t_us`, by the definition (t - w, t].
fn within(history: &[Past], t_us: i64, width_us: i64) -> impl Iterator<Item = &Past> {
    history.iter().filter(move |past| {
        past.payment.kind != Kind::Refund
            && past.payment.at_us <= t_us
            && past.payment.at_us > t_us - width_us
    })
}

fn spent(history: &[Past], t_us: i64, width_us: i64) -> Vec<i64> {
    within(history, t_us, width_us)
        .filter(|past| past.outcome == Outcome::Approved && past.payment.kind != Kind::Check)
        .map(|past| past.payment.amount_minor)
        .collect()
}

fn close(found: Option<f64>, expected: Option<f64>) -> Result<(), TestCaseError> {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            let bound = 1e-5 * expected.abs().max(1e-2);
            prop_assert!((found - expected).abs() <= bound, "{found} is not {expected}");
        }
        (found, expected) => prop_assert_eq!(found, expected),
    }
    Ok(())
}

/// Declines just before `t_us`, by sorting the past.
fn declines_row(history: &[Past], t_us: i64, width_us: i64) -> usize {
    let mut past: Vec<&Past> = within(history, t_us, width_us).collect();
    past.sort_by_key(|past| past.payment.at_us);
    past.iter().rev().take_while(|past| past.outcome == Outcome::Declined).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn windows_equal_a_plain_count(history in history(), back in 0_i64..3 * 86_400, minor in 0_i64..90_000) {
        let card = recorded(&history);
        let newest_us = history.iter().map(|past| past.payment.at_us).max().unwrap_or(START_US);
        let t_us = newest_us - back * 1_000_000;
        let now = payment(t_us, minor, 9);
        let features = card.features(&now, &CrossRisk::default());
        let count = |slot: Slot| features.get(slot).map(|value| value as usize);

        prop_assert_eq!(features.get(Slot::Truncated), Some(0.0));
        let windows = [
            (HOUR_US, Slot::Count1h, Slot::Sum1h),
            (DAY_US, Slot::Count24h, Slot::Sum24h),
            (7 * DAY_US, Slot::Count7d, Slot::Sum7d),
            (30 * DAY_US, Slot::Count30d, Slot::Sum30d),
        ];
        for (width_us, counted, summed) in windows {
            let amounts = spent(&history, t_us, width_us);
            prop_assert_eq!(count(counted), Some(amounts.len() + 1));
            let minor = amounts.iter().sum::<i64>() + minor;
            // Exactly: the same division of the same whole number.
            prop_assert_eq!(features.get(summed), Some(minor as f64 / 100.0));
        }
        let month = spent(&history, t_us, 30 * DAY_US);
        let number = month.len() as f64;
        let mean = (!month.is_empty()).then(|| month.iter().sum::<i64>() as f64 / number / 100.0);
        close(features.get(Slot::Mean30d), mean)?;
        let deviation = mean.filter(|_| month.len() > 1).map(|mean| {
            let squares: f64 = month.iter().map(|minor| (*minor as f64 / 100.0 - mean).powi(2)).sum();
            (squares / (number - 1.0)).sqrt()
        });
        close(features.get(Slot::Deviation30d), deviation)?;
        prop_assert_eq!(features.get(Slot::Max30d), month.iter().max().map(|minor| *minor as f64 / 100.0));

        let day: Vec<&Past> = within(&history, t_us, DAY_US).collect();
        let hour: Vec<&Past> = within(&history, t_us, HOUR_US).collect();
        let declined = |list: &[&Past]| list.iter().filter(|past| past.outcome == Outcome::Declined).count();
        prop_assert_eq!(count(Slot::Attempts24h), Some(day.len() + 1));
        prop_assert_eq!(count(Slot::Attempts1h), Some(hour.len() + 1));
        prop_assert_eq!(count(Slot::Declines24h), Some(declined(&day)));
        prop_assert_eq!(count(Slot::Declines1h), Some(declined(&hour)));
        // Events older than a month may be forgotten or not.
        let ever = i64::MAX / 2;
        let rows = declines_row(&history, t_us, 30 * DAY_US)..=declines_row(&history, t_us, ever);
        prop_assert!(count(Slot::DeclinesRow).is_some_and(|row| rows.contains(&row)), "not in {rows:?}");
        let small = hour.iter().filter(|past| past.payment.is_small()).count();
        prop_assert_eq!(count(Slot::Small1h), Some(small + usize::from(minor <= 500)));
        let checks = day.iter().filter(|past| past.payment.kind == Kind::Check).count();
        prop_assert_eq!(count(Slot::Checks24h), Some(checks));
        let last_us = within(&history, t_us, ever).map(|past| past.payment.at_us).max();
        let minutes = last_us.map(|last_us| (t_us - last_us) as f64 / MINUTE_US as f64);
        let found = features.get(Slot::MinutesSince);
        if found.is_some() || last_us.is_some_and(|last_us| last_us > t_us - 30 * DAY_US) {
            close(found, minutes)?;
        }
    }

    /// The order of arrival of what happened makes no difference to the windows.
    #[test]
    fn windows_do_not_depend_on_the_order_of_arrival(history in history()) {
        let mut sorted = history.clone();
        sorted.sort_by_key(|past| past.payment.at_us);
        let newest_us = sorted.last().map_or(START_US, |past| past.payment.at_us);
        let now = payment(newest_us + 1, 1_000, 9);
        let (late, ordered) = (recorded(&history), recorded(&sorted));
        let (late, ordered) =
            (late.features(&now, &CrossRisk::default()), ordered.features(&now, &CrossRisk::default()));
        let slots = [Slot::Count1h, Slot::Count24h, Slot::Count7d, Slot::Count30d, Slot::Sum30d, Slot::Mean30d];
        for slot in slots {
            prop_assert_eq!(late.get(slot), ordered.get(slot));
        }
    }

    #[test]
    fn bytes_give_the_same_state_back(history in history()) {
        let card = recorded(&history);
        let mut bytes = Vec::new();
        card.encode(&mut bytes);
        prop_assert_eq!(CardBehaviour::decode(&bytes), Ok(card.clone()));
        let postcard = postcard::to_allocvec(&card).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(postcard::from_bytes::<CardBehaviour>(&postcard).ok(), Some(card));
        prop_assert!(postcard.len() <= bytes.len() + 2);
    }

    /// Damage is an error or another valid state, never a panic.
    #[test]
    fn damaged_bytes_do_no_harm(history in history(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = Vec::new();
        recorded(&history).encode(&mut bytes);
        let cut = place.index(bytes.len());
        prop_assert!(CardBehaviour::decode(&bytes[..cut]).is_err());
        bytes[cut] ^= byte;
        if let Ok(card) = CardBehaviour::decode(&bytes) {
            let _ = card.features(&payment(START_US, 1_000, 9), &CrossRisk::default());
            let mut again = Vec::new();
            card.encode(&mut again);
            // Compared as bytes: a damaged coordinate may be a NaN, which equals nothing.
            let reread = CardBehaviour::decode(&again).expect("what was encoded decodes");
            let mut twice = Vec::new();
            reread.encode(&mut twice);
            prop_assert_eq!(twice, again);
        }
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = CardBehaviour::decode(&bytes);
    }
}

#[test]
fn a_window_includes_its_end_and_not_its_start() {
    let mut card = CardBehaviour::default();
    for at_us in [START_US - HOUR_US, START_US - HOUR_US + 1, START_US] {
        card.record(&payment(at_us, 100, 9), Outcome::Approved);
    }
    let features = card.features(&payment(START_US, 100, 9), &CrossRisk::default());
    // The one exactly an hour ago is out, the one at the same moment is in, and the payment itself.
    assert_eq!(features.get(Slot::Count1h), Some(3.0));
    assert_eq!(features.get(Slot::Count24h), Some(4.0));
}

#[test]
fn a_late_payment_sees_its_own_time() {
    let mut card = CardBehaviour::default();
    for hour in 0..10 {
        card.record(&payment(START_US + hour * HOUR_US, 1_000, 9), Outcome::Approved);
    }
    let late = payment(START_US + 3 * HOUR_US + 30 * MINUTE_US, 1_000, 9);
    let before = card.features(&late, &CrossRisk::default());
    assert_eq!(before.get(Slot::Count24h), Some(5.0), "hours 0 to 3 and itself");
    card.record(&late, Outcome::Approved);
    let now = payment(START_US + 4 * HOUR_US, 1_000, 9);
    let features = card.features(&now, &CrossRisk::default());
    assert_eq!(features.get(Slot::Count1h), Some(3.0), "the late one, that of hour 4, itself");
}

#[test]
fn more_events_than_are_kept_say_so() {
    let mut card = CardBehaviour::default();
    let kept = EVENTS_MAX as i64;
    for minute in 0..kept {
        card.record(&payment(START_US + minute * MINUTE_US, 100, 9), Outcome::Approved);
    }
    let now = payment(START_US + kept * MINUTE_US, 100, 9);
    assert_eq!(card.features(&now, &CrossRisk::default()).get(Slot::Truncated), Some(0.0));
    card.record(&now, Outcome::Approved);
    let next = payment(START_US + (kept + 1) * MINUTE_US, 100, 9);
    let features = card.features(&next, &CrossRisk::default());
    assert_eq!(card.event_count(), EVENTS_MAX);
    assert_eq!(features.get(Slot::Truncated), Some(1.0));
    assert_eq!(features.get(Slot::Count1h), Some(60.0), "short windows are still exact");
    // A month later the lost event is out of reach.
    let later = payment(START_US + 31 * DAY_US, 100, 9);
    assert_eq!(card.features(&later, &CrossRisk::default()).get(Slot::Truncated), Some(0.0));
}

#[test]
fn extreme_payments_overflow_nothing() {
    let mut card = CardBehaviour::default();
    for at_us in [i64::MIN, -1, 0, 1, i64::MAX] {
        for amount_minor in [i64::MIN, -1, 0, i64::MAX] {
            for exponent in [0, 2, 4, 255] {
                let payment = Payment { at_us, amount_minor, exponent, ..Payment::default() };
                let features = card.features(&payment, &CrossRisk::default());
                assert!(features.get(Slot::Amount).is_some_and(|amount| amount >= 0.0));
                card.record(&payment, Outcome::Approved);
            }
        }
    }
    let mut bytes = Vec::new();
    card.encode(&mut bytes);
    assert_eq!(CardBehaviour::decode(&bytes), Ok(card));
}

#[test]
fn forty_events_take_less_than_600_bytes() {
    let mut card = CardBehaviour::default();
    for n in 0_u64..40 {
        let place = Some(decision::Place { lat: 52.1 + n as f32 / 97.0, lon: 4.3 });
        let payment = Payment {
            at_us: START_US + (n as i64 * 65_537) * 1_000_000,
            amount_minor: 199 + n as i64 * 731,
            exponent: 2,
            mcc: 5_000 + (n % 12) as u16,
            country: [528, 56, 276][n as usize % 3],
            // All different: the worst case.
            merchant: (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            card_present: true,
            place,
            ..Payment::default()
        };
        let outcome = if n % 13 == 12 { Outcome::Declined } else { Outcome::Approved };
        card.record(&payment, outcome);
    }
    assert_eq!(card.event_count(), 40);
    let mut bytes = Vec::new();
    card.encode(&mut bytes);
    assert!(bytes.len() < 600, "{} bytes", bytes.len());
    let mut new = Vec::new();
    CardBehaviour::default().encode(&mut new);
    assert!(new.len() < 40, "{} bytes for a new card", new.len());
}

#[test]
fn a_foreign_version_is_refused() {
    let mut bytes = Vec::new();
    CardBehaviour::default().encode(&mut bytes);
    bytes[0] = 9;
    assert_eq!(CardBehaviour::decode(&bytes), Err(DecodeError::Version(9)));
}
