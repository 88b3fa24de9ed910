//! Decision records: what is written can be read back, judged again and explained.

#![expect(clippy::expect_used, reason = "a test says by failing what it expected")]

use decision::{
    CardBehaviour, Comparison, CrossTables, DAY_US, DecisionRecord, DecodeError, FEATURES, FeatureKind,
    Features, HOUR_US, MINUTE_US, Outcome, Payment, RecordError, RuleSet, Slot, Verdict,
};
use proptest::prelude::*;

const START_US: i64 = 1_700_000_000_000_000;

fn rules(when: &[&str]) -> RuleSet {
    let mut text = String::from("number = 4\nname = \"test\"\n");
    for (index, when) in when.iter().enumerate() {
        text += &format!(
            "[[rule]]\nid = \"R{index}\"\nwhen = '''{when}'''\naction = \"decline\"\nreason = \"velocity\"\n"
        );
    }
    RuleSet::compile(&text).expect("good rules")
}

fn features() -> impl Strategy<Value = Features> {
    let value =
        prop_oneof![Just(None), Just(Some(0_u32)), (1_u32..300).prop_map(Some), any::<u32>().prop_map(Some)];
    let values = prop::collection::vec(value, FEATURES.len());
    (values, 0_u8..5, any::<i64>()).prop_map(|(values, exponent, as_of_us)| {
        let mut features = Features::empty(exponent, as_of_us);
        for (def, value) in FEATURES.iter().zip(values) {
            let Some(value) = value else { continue };
            match def.kind {
                FeatureKind::Int => features.set_count(def.slot, value),
                FeatureKind::Money => features.set_money(def.slot, i64::from(value) * 101),
                FeatureKind::Double => features.set_double(def.slot, f64::from(value) / 7.0 - 3.0),
                FeatureKind::Bool => features.set_flag(def.slot, value % 2 == 1),
                FeatureKind::Text(words) => features.set_count(def.slot, value % words.len() as u32),
            }
        }
        features
    })
}

fn encoded(record: &DecisionRecord) -> Vec<u8> {
    let mut bytes = Vec::new();
    record.encode(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn bytes_give_the_same_record_back(features in features(), with_rules in any::<bool>()) {
        let rules = rules(&["payment.amount > 5.0", "true", "card.amount_ratio > 3.0", "payment.night"]);
        let rules = with_rules.then_some(&rules);
        let verdict = rules.map_or(Verdict::approve(), |rules| rules.evaluate(&features));
        let record = DecisionRecord::new(features, rules, verdict);
        let read = DecisionRecord::decode(&encoded(&record)).expect("what was written");
        prop_assert_eq!(read, record);
        if let Some(rules) = rules {
            // The same rules say the same of what was read.
            prop_assert_eq!(rules.evaluate(&read.features), verdict);
        }
    }

    #[test]
    fn damaged_bytes_do_no_harm(features in features(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let rules = rules(&["true"]);
        let mut bytes = encoded(&DecisionRecord::new(features, Some(&rules), rules.evaluate(&features)));
        let at = at.index(bytes.len());
        prop_assert!(DecisionRecord::decode(&bytes[..at]).is_err());
        bytes[at] ^= flip;
        if let Ok(record) = DecisionRecord::decode(&bytes) {
            let _ = record.explain(&rules);
            let _ = encoded(&record);
        }
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = DecisionRecord::decode(&bytes);
    }
}

/// A busy card at a known terminal: about as many slots filled as there can be.
fn busy() -> (CardBehaviour, CrossTables, Payment) {
    let (mut card, mut cross) = (CardBehaviour::default(), CrossTables::new());
    let mut payment = Payment {
        exponent: 2,
        mcc: 5411,
        country: 528,
        home_country: 528,
        merchant: 11,
        terminal: 12,
        card_present: true,
        place: Some(decision::Place { lat: 52.37, lon: 4.89 }),
        home: Some(decision::Place { lat: 52.1, lon: 5.1 }),
        utc_offset_min: 60,
        ..Payment::default()
    };
    for n in 0..60_i64 {
        payment.at_us = START_US + n * 11 * HOUR_US + n * n * MINUTE_US;
        payment.amount_minor = 1_050 + n * 37;
        card.record(&payment, Outcome::Approved);
        cross.observe(&payment, 1, Outcome::Approved);
        if n % 9 == 0 {
            cross.label(n, &payment, true);
        }
    }
    card.record(&payment, Outcome::Declined);
    payment.at_us += 20 * MINUTE_US;
    payment.amount_minor = 45_678;
    payment.place = Some(decision::Place { lat: 50.85, lon: 4.35 });
    (card, cross, payment)
}

#[test]
fn a_full_record_takes_less_than_250_bytes() {
    let (card, cross, payment) = busy();
    let features = card.features(&payment, &cross.cross_risk(&payment, 1));
    let filled = FEATURES.iter().filter(|def| features.get(def.slot).is_some()).count();
    assert!(filled > FEATURES.len() - 5, "{filled} of {} slots", FEATURES.len());
    let rules = rules(&["true"; 16]);
    let record = DecisionRecord::new(features, Some(&rules), rules.evaluate(&features));
    let bytes = encoded(&record);
    assert!(bytes.len() < 250, "{} bytes", bytes.len());
    assert_eq!(DecisionRecord::decode(&bytes), Ok(record));
}

#[test]
fn an_explanation_names_what_held_and_what_is_usual() {
    let mut card = CardBehaviour::default();
    let shop = Payment { exponent: 2, merchant: 5, ..Payment::default() };
    for day in 0..10 {
        let payment = Payment { at_us: START_US + day * DAY_US, amount_minor: 2_000, ..shop };
        card.record(&payment, Outcome::Approved);
    }
    let odd = Payment { at_us: START_US + 10 * DAY_US, amount_minor: 12_400, merchant: 9, ..shop };
    let features = card.features(&odd, &Default::default());
    let rules = rules(&[
        "payment.card_present || payment.amount > 3 * card.mean_30d && card.new_merchant",
        "!(payment.amount <= 100.0) && 5 <= card.payments && !has(card.travel_kmh)",
        "payment.channel in ['other', 'chip'] && payment.kind == 'purchase' || payment.mcc in [1, 2]",
        "false",
    ]);
    let record = DecisionRecord::new(features, Some(&rules), rules.evaluate(&features));
    let list = record.explain(&rules).expect("the same rules");
    let find = |rule: u16, slot: Slot| list.iter().find(|one| one.rule == rule && one.slot == slot);

    let amount = find(0, Slot::Amount).expect("the amount made rule 0 hit");
    assert_eq!(amount.comparison, Comparison::Above);
    assert_eq!((amount.value, amount.threshold, amount.typical), (Some(124.0), Some(60.0), Some(20.0)));
    assert_eq!(amount.times(), Some(6.2), "6.2 times your usual");
    assert_eq!(amount.feature().id, "payment_amount");
    assert!(amount.decisive);
    assert_eq!(find(0, Slot::NewMerchant).map(|one| one.comparison), Some(Comparison::Yes));
    assert_eq!(find(0, Slot::CardPresent), None, "the false side of `||` decided nothing");

    let negated = find(1, Slot::Amount).expect("said by its opposite");
    assert_eq!((negated.comparison, negated.threshold), (Comparison::Above, Some(100.0)));
    let turned = find(1, Slot::Payments).expect("told from the feature's side");
    assert_eq!((turned.comparison, turned.threshold), (Comparison::AtLeast, Some(5.0)));
    assert!(!turned.decisive && turned.weight < amount.weight);
    assert_eq!(find(1, Slot::TravelKmh).map(|one| one.comparison), Some(Comparison::Unknown));

    assert_eq!(find(2, Slot::Channel).map(|one| one.comparison), Some(Comparison::OneOf));
    assert_eq!(find(2, Slot::Channel).and_then(|one| one.word()), Some("other"));
    assert_eq!(find(2, Slot::Kind).map(|one| one.comparison), Some(Comparison::Equal));
    // A missing class is neither in the list nor out of it: it said nothing.
    assert!(list.iter().all(|one| one.slot != Slot::Mcc));
    assert!(list.windows(2).all(|pair| pair[0].weight >= pair[1].weight));

    let read = DecisionRecord::decode(&encoded(&record)).expect("what was written");
    assert_eq!(read.explain(&rules), Ok(list));
}

#[test]
fn other_rules_are_not_asked() {
    let (card, cross, payment) = busy();
    let features = card.features(&payment, &cross.cross_risk(&payment, 0));
    let judged = rules(&["true"]);
    let record = DecisionRecord::new(features, Some(&judged), judged.evaluate(&features));
    assert_eq!(record.explain(&rules(&["true", "true"])), Err(RecordError::OtherRules));
    let unjudged = DecisionRecord::new(features, None, Verdict::approve());
    assert_eq!(unjudged.explain(&judged), Err(RecordError::OtherRules));
}

#[test]
fn a_newer_table_or_version_is_refused() {
    let (card, cross, payment) = busy();
    let features = card.features(&payment, &cross.cross_risk(&payment, 0));
    let mut bytes = encoded(&DecisionRecord::new(features, None, Verdict::approve()));
    bytes[0] = 2;
    assert_eq!(DecisionRecord::decode(&bytes), Err(DecodeError::Version(2)));
}

#[test]
fn an_older_table_is_read_with_its_fewer_slots() {
    // A record of the first three slots only: amount 12.34, class 5411, country 0.
    let mut bytes = vec![1, 0, 1, 0, 0, 0, 2, 3, 0b111, 0b011];
    bytes.extend_from_slice(&[0xa4, 0x13, 0xa3, 0x2a]);
    let record = DecisionRecord::decode(&bytes).expect("an older record");
    assert_eq!(record.features.get(Slot::Amount), Some(12.34));
    assert_eq!(record.features.get(Slot::Mcc), Some(5411.0));
    assert_eq!(record.features.get(Slot::Country), Some(0.0));
    assert_eq!(record.features.get(Slot::Channel), None);
}
