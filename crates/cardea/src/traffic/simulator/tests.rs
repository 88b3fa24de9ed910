//! The stream keeps its promises: same seed same stream, in order, every pattern there and labelled.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::traffic::event::{Channel, ExpectedDecline, Purpose as Spent, Scenario};
use crate::traffic::pan::TestPan;

const DAYS_US: i64 = DAY_US;

fn stream(seed: u64, plan: SimulatorPlan, days: i64) -> Vec<TrafficEvent> {
    let until = plan.start_us + days * DAYS_US;
    let simulator = Simulator::new(seed, plan).expect("sample data");
    simulator.take_while(|event| event.at_us < until).collect()
}

/// Sixty days of three hundred people, made once for the tests that only look.
fn two_months() -> &'static [TrafficEvent] {
    static STREAM: std::sync::OnceLock<Vec<TrafficEvent>> = std::sync::OnceLock::new();
    STREAM.get_or_init(|| stream(7, SimulatorPlan { people: 300, ..SimulatorPlan::small() }, 60))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_same_seed_is_the_same_stream(seed: u64, people in 1_usize..30, start_day in 0_i64..25_000) {
        let plan = SimulatorPlan::usual(people, start_day * DAYS_US + 12_345_678);
        let first: Vec<_> = Simulator::new(seed, plan.clone()).expect("data").take(300).collect();
        let second: Vec<_> = Simulator::new(seed, plan.clone()).expect("data").take(300).collect();
        prop_assert_eq!(&first, &second);
        prop_assert!(first.iter().all(|event| event.at_us >= plan.start_us));
        let other: Vec<_> = Simulator::new(seed ^ 1, plan).expect("data").take(300).collect();
        prop_assert_ne!(&first, &other);
    }

    #[test]
    fn more_people_change_nothing_about_the_first(seed: u64) {
        let few = SimulatorPlan { people: 5, trouble: TroubleRates::NONE, ..SimulatorPlan::small() };
        let many = SimulatorPlan { people: 9, ..few.clone() };
        let of_the_first = |events: Vec<TrafficEvent>| -> Vec<_> {
            events.into_iter().filter(|e| e.customer <= 5).map(|e| (e.at_us, e.customer, e.amount, e.pan)).collect()
        };
        prop_assert_eq!(of_the_first(stream(seed, few, 4)), of_the_first(stream(seed, many, 4)));
    }
}

#[test]
fn payments_come_in_order_with_their_rows() {
    let events = two_months();
    assert!(events.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us));
    assert!(events.iter().zip(1..).all(|(event, row)| event.row == row));
    let a_day = events.len() / (300 * 60);
    assert!((2..=8).contains(&a_day), "{a_day} payments a day and person");
}

#[test]
fn a_late_start_joins_the_same_stream() {
    let plan = SimulatorPlan { people: 20, trouble: TroubleRates::NONE, ..SimulatorPlan::small() };
    let people: Arc<[SamplePerson]> = sample_people(3, &plan).expect("data").into();
    let joined = plan.start_us + 2 * DAYS_US + DAYS_US / 3;
    let later = SimulatorPlan { start_us: joined, ..plan.clone() };
    let early = Simulator::with_people(3, plan, Arc::clone(&people)).expect("data");
    let late = Simulator::with_people(3, later, people).expect("data");
    let tail: Vec<_> = early.skip_while(|e| e.at_us < joined).take(200).map(|e| (e.at_us, e.pan)).collect();
    assert_eq!(tail, late.take(200).map(|e| (e.at_us, e.pan)).collect::<Vec<_>>());
}

#[test]
fn every_fraud_pattern_occurs_and_is_rare() {
    let mut counts: BTreeMap<Scenario, usize> = BTreeMap::new();
    for event in two_months() {
        if let Some(scenario) = event.label.fraud {
            *counts.entry(scenario).or_default() += 1;
        }
    }
    for scenario in Scenario::SIMULATED {
        assert!(counts.get(&scenario).is_some_and(|n| *n >= 8), "{scenario:?}: {counts:?}");
    }
    let frauds: usize = counts.values().sum();
    let per_mille = frauds * 1_000 / two_months().len();
    assert!((3..=40).contains(&per_mille), "{per_mille} in a thousand");
}

#[test]
fn patterns_look_like_themselves() {
    let of = |scenario| two_months().iter().filter(move |e| e.label.fraud == Some(scenario));
    let small =
        of(Scenario::CardTesting).filter(|e| e.billing.map_or(e.amount.minor, |b| b.minor) < 1_200).count();
    assert!(small * 2 > of(Scenario::CardTesting).count(), "most tests are small");
    assert!(of(Scenario::LostCardSpree).all(|e| e.channel == Channel::Contactless && !e.pin_entered));
    assert!(of(Scenario::AccountTakeover).all(|e| !e.channel.card_present() && e.cvv2.is_some()));
    assert!(of(Scenario::Travel).all(|e| e.channel == Channel::MagneticStripe && e.merchant.country != "CN"));
    assert!(of(Scenario::MerchantCompromise).any(|e| e.channel == Channel::MagneticStripe));
}

#[test]
fn victims_of_a_compromise_shopped_at_the_compromised_shop() {
    let plan = SimulatorPlan { people: 300, ..SimulatorPlan::small() };
    let simulator = Simulator::new(7, plan.clone()).expect("data");
    let mut victims = 0;
    for event in two_months().iter().filter(|e| e.label.fraud == Some(Scenario::MerchantCompromise)) {
        let block = event.at_us.div_euclid(DAY_US).div_euclid(habits::BLOCK_DAYS);
        // A payment near midnight may lie in the block after that of its local day.
        let shops: Vec<usize> = [block - 1, block - 2]
            .iter()
            .filter_map(|block| fraud::compromised_shop(&simulator.world, 7, *block))
            .collect();
        let habits =
            simulator.habits.get(usize::try_from(event.customer - 1).expect("small")).expect("known");
        assert!(shops.iter().any(|shop| habits.favourites.contains(shop)));
        victims += 1;
    }
    assert!(victims > 0);
}

#[test]
fn fraud_turned_off_leaves_the_rest_as_it_is() {
    let plan = SimulatorPlan { people: 60, ..SimulatorPlan::small() };
    let honest = SimulatorPlan { fraud: FraudRates::NONE, ..plan.clone() };
    let only_honest = |events: Vec<TrafficEvent>| -> Vec<_> {
        events.into_iter().filter(|e| !e.label.is_fraud()).map(|e| (e.at_us, e.pan, e.amount)).collect()
    };
    let without = stream(11, honest, 14);
    assert!(without.iter().all(|e| !e.label.is_fraud()));
    assert_eq!(only_honest(stream(11, plan, 14)), only_honest(without));
}

#[test]
fn slips_are_what_their_labels_say() {
    let people = Simulator::new(7, SimulatorPlan { people: 300, ..SimulatorPlan::small() }).expect("data");
    let people = people.people();
    let known: HashSet<&TestPan> = people.iter().flat_map(|p| &p.cards).map(|c| &c.pan).collect();
    let mut seen = BTreeSet::new();
    for event in two_months() {
        let Some(expected) = event.label.expected else {
            assert!(known.contains(&event.pan));
            continue;
        };
        seen.insert(expected);
        let person = usize::try_from(event.customer).ok().and_then(|n| people.get(n.checked_sub(1)?));
        let card = person.and_then(|p| p.cards.iter().find(|c| c.pan == event.pan));
        match expected {
            ExpectedDecline::UnknownCard => assert!(!known.contains(&event.pan) && event.customer == 0),
            ExpectedDecline::WrongCvv2 => {
                assert_ne!(event.cvv2.as_ref(), card.map(|c| &c.cvv2));
                assert!(event.cvv2.is_some());
            }
            ExpectedDecline::Expired => assert!(card.expect("own card").expired),
            ExpectedDecline::OverLimit => {
                let charged = event.billing.unwrap_or(event.amount).minor;
                assert!(charged > person.expect("known").limit_minor, "{charged}");
            }
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn later_messages_name_an_earlier_payment() {
    let events = two_months();
    let by_row: HashMap<u64, &TrafficEvent> = events.iter().map(|e| (e.row, e)).collect();
    let (mut repeats, mut whole, mut partial) = (0, 0, 0);
    for event in events {
        let original = match event.kind {
            EventKind::Repeat(original) => {
                repeats += 1;
                original
            }
            EventKind::Reversal(original, Reversed::Whole) => {
                whole += 1;
                original
            }
            EventKind::Reversal(original, Reversed::Remaining(rest)) => {
                partial += 1;
                assert!(rest > 0 && rest < event.amount.minor);
                original
            }
            _ => continue,
        };
        let first = by_row.get(&original.row).expect("sent before");
        assert!(first.row < event.row && first.at_us == original.at_us);
        assert_eq!(original.financial, first.kind == EventKind::Financial);
        assert_eq!((&first.pan, first.amount, &first.merchant), (&event.pan, event.amount, &event.merchant));
    }
    assert!(repeats > 5 && whole > 5 && partial > 5, "{repeats} {whole} {partial}");
    assert!(events.iter().any(|e| e.kind == EventKind::Advice));
    for purpose in [Spent::Cash, Spent::Refund, Spent::AccountCheck] {
        assert!(events.iter().any(|e| e.purpose == purpose), "{purpose:?}");
    }
}

#[test]
fn the_wire_can_carry_every_event() {
    let ascii = |text: &str, most: usize| text.len() <= most && text.bytes().all(|b| (32..127).contains(&b));
    for event in two_months() {
        assert!(ascii(&event.merchant.id, 15) && !event.merchant.id.is_empty());
        assert!(ascii(&event.merchant.name, 25) && ascii(&event.merchant.city, 13));
        assert!(
            ascii(&event.merchant.country, 2) && ascii(&event.terminal_id, 8) && event.terminal_id.len() == 8
        );
        assert!((0..=999_999_999_999).contains(&event.amount.minor));
        assert_eq!(event.amount.minor == 0, event.purpose == Spent::AccountCheck);
        assert_eq!(event.place.is_some(), event.channel.card_present());
        assert_ne!(event.billing.map(|b| b.currency), Some(event.amount.currency));
    }
}

#[test]
fn honest_people_are_in_one_place_at_a_time() {
    let mut last: HashMap<u64, (i64, String)> = HashMap::new();
    let mut moves = 0;
    for event in two_months() {
        let honest = !event.label.is_fraud() && event.place.is_some();
        if !honest || matches!(event.kind, EventKind::Reversal(..)) || event.purpose == Spent::Refund {
            continue;
        }
        let country = event.merchant.country.clone();
        let before = last.insert(event.customer, (event.at_us, country.clone()));
        if let Some((at_us, before)) = before.filter(|(_, before)| *before != country) {
            moves += 1;
            let hours = (event.at_us - at_us) / 3_600_000_000;
            assert!(hours >= 5, "{hours} h from {before} to {country}");
        }
    }
    assert!(moves > 20, "{moves} journeys abroad");
}

#[test]
fn every_card_is_a_valid_test_card_of_its_product() {
    let plan = SimulatorPlan { people: 3_000, ..SimulatorPlan::small() };
    let people = sample_people(5, &plan).expect("data");
    let data = IssuerData::embedded().expect("data");
    assert_eq!(people.len(), 3_000);
    let mut numbers = HashSet::new();
    for person in &people {
        for card in &person.cards {
            assert!(TestPan::parse(card.pan.reveal()).is_some() && card.pan.reveal().starts_with("90000"));
            assert!(numbers.insert(card.pan.clone()), "a number twice");
            assert_eq!(data.product_of(card.pan.reveal()).expect("a range").id, person.product);
            assert_eq!((card.cvv2.reveal().len(), card.pin.reveal().len()), (3, 6));
            let live = (i32::from(card.expiry.yy) * 12 + i32::from(card.expiry.mm)) >= 26 * 12 + 3;
            assert_eq!(live, !card.expired);
        }
        let product = data.product(&person.product).expect("known");
        assert!(data.currency(&person.currency).is_some_and(|c| c.account));
        assert!(person.limit_minor > 0);
        assert!(person.currency != "CNY" || person.limit_minor <= product.credit_limit_max);
        assert!(!format!("{person:?}").contains(&person.name.en));
    }
    let currencies: BTreeSet<&str> = people.iter().map(|p| p.currency.as_str()).collect();
    assert_eq!(currencies, BTreeSet::from(["CNY", "HKD", "JPY", "TWD", "USD"]));
    let languages: BTreeSet<&str> = people.iter().map(|p| p.language).collect();
    assert_eq!(languages, BTreeSet::from(["en", "zh-Hans", "zh-Hant"]));
    let guide = people.first().expect("one");
    assert_eq!(
        (guide.name.zh_hans.as_str(), guide.limit_minor, guide.city.as_str()),
        ("周明慧", 5_000_000, "SHA")
    );
}

#[test]
fn merchants_can_be_looked_up_by_their_number() {
    let merchants = sample_merchants().expect("data");
    let data = IssuerData::embedded().expect("data");
    let by_id: HashMap<&str, &SampleMerchant> =
        merchants.iter().map(|m| (m.merchant.id.as_str(), m)).collect();
    assert_eq!(by_id.len(), merchants.len(), "a number twice");
    for event in two_months() {
        let known = by_id.get(event.merchant.id.as_str()).expect("a sample merchant");
        assert_eq!((known.mcc, &known.merchant), (event.mcc, &event.merchant));
        assert!(known.terminals.contains(&event.terminal_id));
        assert!(event.place.is_none() || event.place == known.place);
        assert!(data.merchant_names(&event.merchant.id).is_some());
    }
}

#[test]
fn nobody_pays_nothing() {
    let plan = SimulatorPlan { people: 0, ..SimulatorPlan::small() };
    assert!(Simulator::new(1, plan).expect("data").next().is_none());
}
