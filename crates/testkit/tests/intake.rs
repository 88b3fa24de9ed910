//! From a wire's message to the engine's question: the year, the verification value, the place, the hash.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use decision::Place;
use features::authorizations::{
    Amounts, Class, Expiry, Intake, Moment, Places, Purpose, RawMessage, SKEW_US, Trace, TrackData, Where,
    nearest_year,
};
use kernel::{Clock, Currency, DAY_US, Money, Secret, Timestamp};
use platform::clock::SystemRandom;
use proptest::prelude::*;
use std::sync::Arc;
use testkit::{TestApp, sqlite, test_pan};
use vault::{CardCode, CardKeyUse, CardValue, CvkUse, ExpiryOrder, SoftwareCardCrypto};

const NO_RULES: &str = "number = 1\nname = \"none\"\n";

fn raw(number: &str, moment: Moment) -> RawMessage {
    RawMessage {
        class: Class::Authorization,
        purpose: Purpose::Purchase,
        card_number: Secret::new(number.to_owned()),
        expiry: Some(Expiry { year: 30, month: 12 }),
        cvv2: None,
        track: None,
        pin: None,
        chip: None,
        amounts: Amounts {
            transaction: Money::new(100, Currency::CNY),
            billing: None,
            remaining_minor: None,
        },
        moment,
        arrived_us: 0,
        trace: Trace::default(),
        site: Where::default(),
        channel: decision::Channel::Ecommerce,
        card_present: false,
        partial_ok: false,
        approved_elsewhere: false,
        original: None,
    }
}

fn digits(at: Timestamp) -> String {
    let utc = at.to_jiff().unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    utc.strftime("%m%d%H%M%S").to_string()
}

proptest! {
    /// Whatever is written within half a year of the clock is read as exactly what was meant.
    #[test]
    fn the_year_is_that_nearest_the_clock(now_s in 1_400_000_000_i64..2_500_000_000, off_s in -15_700_000_i64..15_700_000) {
        let (now, meant) = (Timestamp::from_us(now_s * 1_000_000), Timestamp::from_us((now_s + off_s) * 1_000_000));
        // 29 February has its nearest year by another rule, tested below.
        prop_assume!(!digits(meant).starts_with("0229"));
        prop_assert_eq!(nearest_year(&digits(meant), now), Some(meant));
    }

    #[test]
    fn text_that_is_no_moment_is_refused_and_never_panics(text in "\\PC{0,12}", now_us in any::<i64>()) {
        let now = Timestamp::from_us(now_us);
        if let Some(at) = nearest_year(&text, now) {
            prop_assert_eq!(digits(at), text);
        }
    }
}

#[test]
fn new_years_eve_and_leap_days_find_their_year() {
    let at = |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().unwrap());
    for (digits, now, meant) in [
        ("1231235959", "2027-01-01T00:00:05Z", "2026-12-31T23:59:59Z"),
        ("0101000001", "2026-12-31T23:59:58Z", "2027-01-01T00:00:01Z"),
        ("0229120000", "2027-03-01T00:00:00Z", "2028-02-29T12:00:00Z"),
        ("0229120000", "2025-03-01T00:00:00Z", "2024-02-29T12:00:00Z"),
    ] {
        assert_eq!(nearest_year(digits, at(now)), Some(at(meant)), "{digits} at {now}");
    }
    for bad in ["0230120000", "1301000000", "0101240000", "010100006", "01010000600", "010100+060"] {
        assert_eq!(nearest_year(bad, at("2026-06-01T00:00:00Z")), None, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_beyond_the_skew_is_that_of_arrival_unless_a_replay_drives_the_clock() {
    let app = TestApp::start(sqlite().await, NO_RULES);
    let now = app.clock.now();
    let pan = test_pan(1);
    let asked = |intake: &Intake, moment| {
        let request = intake.request(raw(pan.expose(), moment));
        (request.at, request.at_arrival)
    };
    let near = now.plus_us(-SKEW_US);
    let far = now.plus_us(-SKEW_US - 1_000_000);
    assert_eq!(asked(&app.intake, Moment::MonthToSecond(digits(near))), (near, false));
    assert_eq!(asked(&app.intake, Moment::MonthToSecond(digits(far))), (now, true));
    assert_eq!(asked(&app.intake, Moment::At(now.plus_us(DAY_US))), (now, true));
    assert_eq!(asked(&app.intake, Moment::MonthToSecond("nonsense".to_owned())), (now, true));
    assert_eq!(asked(&app.intake, Moment::Unsaid), (now, true));
    let driven = Intake { skew_us: None, ..app.intake.clone() };
    assert_eq!(asked(&driven, Moment::MonthToSecond(digits(far))), (far, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_cards_own_value_for_its_own_expiry_matches() {
    let app = TestApp::start(sqlite().await, NO_RULES);
    let (pan, keys) = (test_pan(1), &app.app.keys);
    let cvk = CvkUse { generation: 1, order: ExpiryOrder::YearMonth };
    let right = keys.cvv2(cvk, &pan, vault::Expiry::try_new(30, 12).unwrap()).unwrap();
    let check = |value: Option<&str>, expiry: Option<Expiry>, number: &str| {
        let cvv2 = value.map(|value| Secret::new(value.to_owned()));
        app.intake.request(RawMessage { cvv2, expiry, ..raw(number, Moment::Unsaid) }).proofs.printed
    };
    let matched = |value: Option<&str>, expiry: Option<Expiry>, number: &str| {
        check(value, expiry, number).map(|check| check.is_right_under(1))
    };
    let good = Some(Expiry { year: 30, month: 12 });
    assert_eq!(matched(Some(right.expose()), good, pan.expose()), Some(true));
    assert_eq!(matched(None, good, pan.expose()), None);
    assert_eq!(matched(Some(""), good, pan.expose()), Some(false));
    assert_eq!(matched(Some(right.expose()), None, pan.expose()), Some(false), "nothing to compare with");
    assert_eq!(
        matched(Some(right.expose()), Some(Expiry { year: 30, month: 13 }), pan.expose()),
        Some(false)
    );
    assert_eq!(matched(Some(right.expose()), good, "12"), Some(false));
    let wrong = (0..1_000).map(|n| format!("{n:03}")).filter(|value| value != right.expose());
    assert_eq!(wrong.filter(|value| matched(Some(value), good, pan.expose()) == Some(true)).count(), 0);
    assert_eq!(
        check(Some(right.expose()), good, pan.expose()).unwrap().right_under,
        [1],
        "and of no other key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hash_is_the_one_under_which_the_card_is_stored_and_the_message_prints_no_number() {
    let app = TestApp::start(sqlite().await, NO_RULES);
    let pan = test_pan(3);
    let message = raw(pan.expose(), Moment::Unsaid);
    let shown = format!("{message:?}");
    assert!(!shown.contains(pan.expose()), "{shown}");
    let request = app.intake.request(message);
    assert_eq!(request.card, app.app.keys.lookup_pan(&pan).unwrap().0);
    assert!(!format!("{request:?}").contains(pan.expose()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_exact_place_that_is_known_is_taken_and_what_was_said_stays() {
    let app = TestApp::start(sqlite().await, NO_RULES);
    let point = |lat| Place { lat, lon: 1.0 };
    let places = Arc::new(Places {
        terminals: [("T1".to_owned(), point(1.0))].into(),
        merchants: [("M1".to_owned(), (Some(point(2.0)), Some(5411)))].into(),
        cities: [((156, "SHANGHAI".to_owned()), point(3.0))].into(),
        of_number: None,
    });
    let intake = Intake { places, ..app.intake.clone() };
    let site = |terminal: &str, merchant: &str, city: &str, mcc, place| {
        let site = Where {
            terminal: terminal.to_owned(),
            merchant: merchant.to_owned(),
            city: city.to_owned(),
            country: 156,
            mcc,
            place,
            ..Where::default()
        };
        let site = intake.request(RawMessage { site, ..raw("9", Moment::Unsaid) }).site;
        (site.place.map(|place| place.lat), site.mcc)
    };
    assert_eq!(site("T1 ", "M1", "Shanghai", 0, None), (Some(1.0), 5411));
    assert_eq!(site("T2", "M1", "Shanghai", 5812, None), (Some(2.0), 5812));
    assert_eq!(site("T2", "M2", "Shanghai ", 0, None), (Some(3.0), 0));
    assert_eq!(site("T1", "M1", "Shanghai", 1, Some(point(9.0))), (Some(9.0), 1));
    assert_eq!(site("", "", "", 0, None), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_keeps_its_key_and_stripe_and_chip_have_values_of_their_own() {
    let mut app = TestApp::start(sqlite().await, NO_RULES);
    let mut keys = (*app.app.keys).clone();
    keys.card_keys_mut().add(CardKeyUse::CardVerification, 7, b"0123456789abcdef").unwrap();
    let crypto = SoftwareCardCrypto::new(keys.card_keys().clone(), Arc::new(SystemRandom));
    app.intake.crypto = Arc::new(crypto);
    app.intake.keys = Arc::new(keys);
    let pan = test_pan(1);
    let expiry = vault::Expiry::try_new(30, 12).unwrap();
    for generation in [1, 7] {
        let cvk = CvkUse { generation, order: ExpiryOrder::YearMonth };
        let value = |code| app.intake.crypto.card_value(&CardValue { cvk, pan: &pan, expiry, code }).unwrap();
        let printed =
            RawMessage { cvv2: Some(value(CardCode::Printed)), ..raw(pan.expose(), Moment::Unsaid) };
        let printed = app.intake.request(printed).proofs.printed.unwrap();
        assert_eq!(printed.right_under, [generation], "an older card keeps its generation");
        let track = |value, of_chip, service_code| {
            let track =
                TrackData { expiry: Some(Expiry { year: 30, month: 12 }), service_code, value, of_chip };
            let message = RawMessage { track: Some(track), ..raw(pan.expose(), Moment::Unsaid) };
            let check = app.intake.request(message).proofs.track.unwrap();
            (check.is_right_under(generation), check.coded)
        };
        let stripe = value(CardCode::Stripe(201));
        let chip = value(CardCode::Chip);
        assert_eq!(track(Some(stripe.clone()), false, Some(201)), (true, true));
        assert_eq!(track(Some(stripe.clone()), false, Some(101)), (false, true), "an altered service code");
        assert_eq!(track(Some(stripe.clone()), false, None), (false, true));
        assert_eq!(track(Some(stripe), true, Some(201)), (false, true), "a stripe's value in a chip");
        assert_eq!(track(Some(chip.clone()), true, Some(201)), (true, true));
        assert_eq!(track(Some(chip), false, Some(201)), (false, true), "a chip's value on a stripe");
        assert_eq!(track(None, false, Some(201)), (false, false));
        assert_eq!(track(Some(Secret::new("000".to_owned())), false, Some(201)), (false, false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_number_in_a_merchants_name_is_taken_out() {
    let app = TestApp::start(sqlite().await, NO_RULES);
    let pan = test_pan(1);
    let site = |name: &str, city: &str| {
        let site = Where { name: name.to_owned(), city: city.to_owned(), ..Where::default() };
        let site = app.intake.request(RawMessage { site, ..raw("9", Moment::Unsaid) }).site;
        (site.name, site.city)
    };
    let wide: String =
        pan.expose().bytes().map(|digit| char::from_u32(0xFEE0 + u32::from(digit)).unwrap()).collect();
    for name in [pan.expose().to_owned(), format!("card {}", pan.expose()), wide] {
        let (name, city) = site(&name, &name);
        let digits = |text: &str| text.chars().filter(|letter| letter.is_numeric()).count();
        assert_eq!((digits(&name), digits(&city)), (4, 4), "{name} {city}");
    }
    let usual = ("7-Eleven 24h #004711".to_owned(), "上海 200001".to_owned());
    assert_eq!(site(&usual.0, &usual.1), usual);
}
