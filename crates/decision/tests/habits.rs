//! Amounts, places, novelty and hours of one card.

use decision::{
    CardBehaviour, CrossRisk, DAY_US, Features, HOUR_US, Kind, MERCHANTS_MAX, MINUTE_US, Outcome, Payment,
    Place, Slot, TRUST_US,
};
use proptest::prelude::*;

/// 2023-11-13 00:00 UTC, a Monday.
const MONDAY_US: i64 = 1_699_833_600_000_000;
const AMSTERDAM: Place = Place { lat: 52.370_2, lon: 4.895_2 };
const SINGAPORE: Place = Place { lat: 1.352_1, lon: 103.819_8 };

fn shop(at_us: i64, minor: i64) -> Payment {
    Payment {
        at_us,
        amount_minor: minor,
        exponent: 2,
        mcc: 5411,
        country: 528,
        merchant: 7,
        home_country: 528,
        place: Some(AMSTERDAM),
        home: Some(AMSTERDAM),
        card_present: true,
        ..Payment::default()
    }
}

fn ask(card: &CardBehaviour, payment: &Payment) -> Features {
    card.features(payment, &CrossRisk::default())
}

#[test]
fn distance_and_speed_of_a_real_journey() {
    let mut card = CardBehaviour::default();
    card.record(&shop(MONDAY_US, 1_000), Outcome::Approved);
    let far = Payment { place: Some(SINGAPORE), country: 702, ..shop(MONDAY_US + 2 * HOUR_US, 1_000) };
    let features = ask(&card, &far);
    // Great-circle distance between the two cities, from atlases: 10,500 km.
    let distance = features.get(Slot::DistancePreviousKm).expect("both places are known");
    assert!((10_400.0..10_600.0).contains(&distance), "{distance}");
    let speed = features.get(Slot::TravelKmh).expect("both places are known");
    assert!((speed - distance / 2.0).abs() < 1.0, "{speed}");
    assert_eq!(features.get(Slot::DistanceHomeKm), Some(distance));
    assert_eq!(features.get(Slot::CountryChanged), Some(1.0));
    assert_eq!(features.get(Slot::Abroad), Some(1.0));
    assert_eq!(features.get(Slot::HoursSincePresent), Some(2.0));
}

#[test]
fn what_is_absent_or_refused_does_not_move_the_card() {
    let mut card = CardBehaviour::default();
    card.record(&shop(MONDAY_US, 1_000), Outcome::Approved);
    let far = Payment { place: Some(SINGAPORE), ..shop(MONDAY_US + HOUR_US, 1_000) };
    card.record(&far, Outcome::Declined);
    card.record(&Payment { card_present: false, ..far }, Outcome::Approved);
    let home = ask(&card, &shop(MONDAY_US + 2 * HOUR_US, 1_000));
    assert_eq!(home.get(Slot::DistancePreviousKm), Some(0.0));
    // A web shop's place says nothing.
    let absent = ask(&card, &Payment { card_present: false, ..far });
    assert_eq!(absent.get(Slot::DistancePreviousKm), None);
    assert_eq!(absent.get(Slot::TravelKmh), None);
    assert_eq!(absent.get(Slot::DistanceHomeKm), None);
}

#[test]
fn two_tills_at_one_moment_are_no_journey() {
    let mut card = CardBehaviour::default();
    card.record(&shop(MONDAY_US, 1_000), Outcome::Approved);
    let near = Place { lat: AMSTERDAM.lat + 0.01, ..AMSTERDAM };
    let features = ask(&card, &Payment { place: Some(near), ..shop(MONDAY_US, 1_000) });
    assert!(features.get(Slot::TravelKmh).is_some_and(|speed| speed < 10.0));
}

#[test]
fn first_times_are_remembered_up_to_a_bound() {
    let mut card = CardBehaviour::default();
    let first = ask(&card, &shop(MONDAY_US, 1_000));
    let flags = [Slot::NewMerchant, Slot::NewCountry, Slot::NewMcc];
    assert!(flags.iter().all(|slot| first.get(*slot) == Some(1.0)));
    card.record(&shop(MONDAY_US, 1_000), Outcome::Declined);
    assert_eq!(ask(&card, &shop(MONDAY_US, 1_000)).get(Slot::NewMerchant), Some(1.0));
    card.record(&shop(MONDAY_US, 1_000), Outcome::Approved);
    let second = ask(&card, &shop(MONDAY_US, 1_000));
    assert!(flags.iter().all(|slot| second.get(*slot) == Some(0.0)));
    for merchant in 1..=MERCHANTS_MAX as u64 {
        let visit = Payment { merchant: merchant << 40, ..shop(MONDAY_US, 1_000) };
        card.record(&visit, Outcome::Approved);
    }
    assert_eq!(ask(&card, &shop(MONDAY_US, 1_000)).get(Slot::NewMerchant), Some(1.0));
    let unknown = Payment { merchant: 0, country: 0, mcc: 0, ..shop(MONDAY_US, 1_000) };
    let features = ask(&card, &unknown);
    assert!(flags.iter().all(|slot| features.get(*slot).is_none()));
    assert_eq!(features.get(Slot::Abroad), None);
}

#[test]
fn clock_and_week_are_the_cardholders() {
    let card = CardBehaviour::default();
    let at = |at_us: i64, offset: i16| {
        let features = ask(&card, &Payment { utc_offset_min: offset, ..shop(at_us, 1_000) });
        let get = |slot| features.get(slot).expect("always known");
        (get(Slot::Hour), get(Slot::Night), get(Slot::Weekend))
    };
    assert_eq!(at(MONDAY_US, 0), (0.0, 1.0, 0.0));
    assert_eq!(at(MONDAY_US, -60), (23.0, 1.0, 1.0), "still Sunday evening in the west");
    assert_eq!(at(MONDAY_US, 8 * 60), (8.0, 0.0, 0.0));
    assert_eq!(at(MONDAY_US + 5 * DAY_US + 6 * HOUR_US, 0), (6.0, 0.0, 1.0));
    assert_eq!(at(MONDAY_US + 21 * HOUR_US, 30), (21.0, 0.0, 0.0));
    assert_eq!(at(-1, 0), (23.0, 1.0, 0.0), "a Wednesday before the epoch");
}

#[test]
fn hours_become_a_habit() {
    let mut card = CardBehaviour::default();
    for day in 0..9 {
        card.record(&shop(MONDAY_US + day * DAY_US + 12 * HOUR_US, 1_000), Outcome::Approved);
    }
    let noon = shop(MONDAY_US + 9 * DAY_US + 12 * HOUR_US, 1_000);
    assert_eq!(ask(&card, &noon).get(Slot::HourShare), None, "nine are no habit");
    card.record(&noon, Outcome::Approved);
    let at = |hour: i64| ask(&card, &shop(MONDAY_US + 10 * DAY_US + hour * HOUR_US, 1_000));
    assert_eq!(at(11).get(Slot::HourShare), Some(1.0));
    assert_eq!(at(14).get(Slot::HourShare), Some(0.0));
    for day in 10..700 {
        card.record(&shop(MONDAY_US + day * DAY_US + 23 * HOUR_US, 1_000), Outcome::Approved);
    }
    let midnight = ask(&card, &shop(MONDAY_US + 700 * DAY_US, 1_000));
    assert!(
        midnight.get(Slot::HourShare).is_some_and(|share| share > 0.9),
        "old habits fade, hours go round"
    );
}

#[test]
fn amounts_compare_with_what_came_before() {
    let mut card = CardBehaviour::default();
    let first = ask(&card, &shop(MONDAY_US, 5_000));
    for slot in
        [Slot::Mean30d, Slot::AmountRatio, Slot::AmountZ, Slot::LogZ, Slot::Max30d, Slot::MinutesSince]
    {
        assert_eq!(first.get(slot), None);
    }
    for (day, minor) in (0_i64..).zip([1_000, 2_000, 3_000, 2_000, 2_000]) {
        card.record(&shop(MONDAY_US + day * DAY_US, minor), Outcome::Approved);
    }
    let features = ask(&card, &shop(MONDAY_US + 5 * DAY_US, 12_000));
    assert_eq!(features.get(Slot::Amount), Some(120.0));
    assert_eq!(features.get(Slot::Mean30d), Some(20.0));
    assert_eq!(features.get(Slot::Mean), Some(20.0));
    assert_eq!(features.get(Slot::AmountRatio), Some(6.0));
    // Sample deviation of 10, 20, 30, 20, 20 is the root of 50.
    let z = features.get(Slot::AmountZ).expect("five payments");
    assert!((z - 100.0 / 50_f64.sqrt()).abs() < 1e-5, "{z}");
    assert_eq!(features.get(Slot::TenureDays), Some(5.0));
    // Four of the five payments, 80.00 less the last day's 20.00, over the four days before the last 24 hours.
    assert_eq!(features.get(Slot::DaySum), Some(25.0));
    assert_eq!(features.get(Slot::Payments), Some(5.0));
    // After a month of silence the lifetime mean stands in.
    let late = ask(&card, &shop(MONDAY_US + 60 * DAY_US, 4_000));
    assert_eq!(late.get(Slot::Mean30d), None);
    assert_eq!(late.get(Slot::AmountRatio), Some(2.0));
}

#[test]
fn currencies_without_and_with_three_decimals() {
    let card = CardBehaviour::default();
    let amount = |exponent| ask(&card, &Payment { exponent, ..shop(MONDAY_US, 12_345) }).get(Slot::Amount);
    assert_eq!(amount(0), Some(12_345.0));
    assert_eq!(amount(2), Some(123.45));
    assert_eq!(amount(3), Some(12.345));
}

#[test]
fn the_cardholders_word_teaches_without_money() {
    let mut card = CardBehaviour::default();
    let odd = Payment { mcc: 7995, merchant: 99, ..shop(MONDAY_US, 90_000) };
    card.record(&odd, Outcome::Declined);
    card.confirm(&odd, MONDAY_US + MINUTE_US);
    let again = ask(&card, &Payment { at_us: MONDAY_US + 2 * MINUTE_US, ..odd });
    assert_eq!(again.get(Slot::Trusted), Some(1.0));
    assert_eq!(again.get(Slot::NewMcc), Some(0.0));
    assert_eq!(again.get(Slot::Count24h), Some(1.0), "only itself: no money moved");
    let next_day = ask(&card, &Payment { at_us: MONDAY_US + MINUTE_US + TRUST_US, ..odd });
    assert_eq!(next_day.get(Slot::Trusted), Some(0.0));
}

#[test]
fn refunds_leave_no_trace() {
    let mut card = CardBehaviour::default();
    card.record(&shop(MONDAY_US, 1_000), Outcome::Approved);
    let before = card.clone();
    card.record(&Payment { kind: Kind::Refund, ..shop(MONDAY_US + HOUR_US, 9_000) }, Outcome::Approved);
    assert_eq!(card, before);
    let refund = ask(&card, &Payment { kind: Kind::Refund, ..shop(MONDAY_US + HOUR_US - 1, 9_000) });
    assert_eq!(refund.get(Slot::Count1h), Some(1.0), "the purchase, not the refund");
    assert_eq!(refund.get(Slot::Sum1h), Some(10.0));
    assert_eq!(refund.get(Slot::Attempts1h), Some(1.0));
}

proptest! {
    /// Distances are symmetric, bounded by half the earth's girth and zero only at the same point.
    #[test]
    fn distances_are_distances(a in -90_f32..90.0, b in -180_f32..180.0, c in -90_f32..90.0, d in -180_f32..180.0) {
        let (here, there) = (Place { lat: a, lon: b }, Place { lat: c, lon: d });
        let distance = here.distance_km(there);
        prop_assert!((0.0..=20_016.0).contains(&distance));
        prop_assert!((distance - there.distance_km(here)).abs() < 1e-6);
        prop_assert!(here.distance_km(here) < 1e-6);
    }

    /// Asking is free of side effects and says the same twice.
    #[test]
    fn asking_changes_nothing(minors in prop::collection::vec(0_i64..100_000, 0..30), minor in 0_i64..100_000) {
        let mut card = CardBehaviour::default();
        for (day, past) in (0_i64..).zip(minors) {
            card.record(&shop(MONDAY_US + day * DAY_US, past), Outcome::Approved);
        }
        let before = card.clone();
        let payment = shop(MONDAY_US + 40 * DAY_US, minor);
        prop_assert_eq!(ask(&card, &payment), ask(&card, &payment));
        prop_assert_eq!(card, before);
    }
}
