//! The sample issuer's rules: every rule catches what it is for, and ordinary weeks pass.

#![expect(clippy::panic, reason = "a test says by failing what it expected")]

use std::collections::BTreeSet;

use decision::{
    CardBehaviour, Channel, CrossTables, DAY_US, HOUR_US, Kind, MINUTE_US, Outcome, Payment, Place, RuleSet,
    Verdict, VerdictAction,
};
use proptest::prelude::*;

const RULES: &str = include_str!("../../../examples/issuer/rules/starting.toml");
const REFERENCE: &str = include_str!("../../../docs/reference/rules.md");
/// 2023-11-13 00:00 UTC, a Monday.
const MONDAY_US: i64 = 1_699_833_600_000_000;
const HOME: Place = Place { lat: 31.23, lon: 121.47 };
const CNY: u8 = 2;

fn rules() -> RuleSet {
    RuleSet::compile(RULES).unwrap_or_else(|error| panic!("{error}"))
}

/// A purchase at a shop of everyday life.
fn shop(at_us: i64, minor: i64, merchant: u64) -> Payment {
    Payment {
        at_us,
        amount_minor: minor,
        exponent: CNY,
        mcc: [5411, 5812, 5814, 4111][merchant as usize % 4],
        country: 156,
        merchant,
        terminal: merchant,
        place: Some(HOME),
        channel: Channel::Chip,
        card_present: true,
        home_country: 156,
        home: Some(HOME),
        utc_offset_min: 0,
        ..Payment::default()
    }
}

fn online(at_us: i64, minor: i64, merchant: u64) -> Payment {
    Payment {
        channel: Channel::Ecommerce,
        card_present: false,
        place: None,
        mcc: 5964,
        ..shop(at_us, minor, merchant)
    }
}

/// A card with two months of habits: lunch, groceries, a web shop; and what is known of the shops.
struct Story {
    card: CardBehaviour,
    cross: CrossTables,
    now_us: i64,
    bin_alarm: u8,
}

impl Story {
    fn new() -> Self {
        let mut story =
            Self { card: CardBehaviour::default(), cross: CrossTables::new(), now_us: 0, bin_alarm: 0 };
        for day in 0..60 {
            let midnight_us = MONDAY_US + day * DAY_US;
            let spread = |base: i64, step: i64| base + (day * 37 % 11) * step;
            story.settle(&shop(midnight_us + 12 * HOUR_US, spread(2_200, 310), 1 + day as u64 % 3));
            story.settle(&shop(midnight_us + 18 * HOUR_US, spread(5_400, 1_130), 4 + day as u64 % 5));
            if day % 6 == 0 {
                story.settle(&online(midnight_us + 20 * HOUR_US, spread(8_000, 1_900), 20));
            }
        }
        story.now_us = MONDAY_US + 60 * DAY_US + 15 * HOUR_US;
        story
    }

    fn settle(&mut self, payment: &Payment) {
        self.card.record(payment, Outcome::Approved);
        self.cross.observe(payment, 1, Outcome::Approved);
    }

    fn judge(&self, payment: &Payment) -> Verdict {
        rules().evaluate(&self.card.features(payment, &self.cross.cross_risk(payment, self.bin_alarm)))
    }

    /// Judges and records what came out.
    fn meet(&mut self, payment: &Payment) -> Verdict {
        let verdict = self.judge(payment);
        let declined = verdict.action == VerdictAction::Decline;
        let outcome = if declined { Outcome::Declined } else { Outcome::Approved };
        self.card.record(payment, outcome);
        self.cross.observe(payment, 1, outcome);
        verdict
    }
}

fn ids(verdict: &Verdict) -> Vec<String> {
    let rules = rules();
    verdict.hits.as_slice().iter().filter_map(|hit| rules.rule(*hit)).map(|rule| rule.id.clone()).collect()
}

fn night(story: &Story) -> i64 {
    story.now_us + 12 * HOUR_US
}

/// For a rule a payment that it must catch: the rule's id and the verdict.
type Caught = (&'static str, Verdict);

fn card_testing() -> Vec<Caught> {
    let mut list = Vec::new();
    let mut add = |id, story: &Story, payment: &Payment| list.push((id, story.judge(payment)));

    let mut story = Story::new();
    for card in 0..12_u64 {
        let tried = online(story.now_us - card as i64 * 1_000_000, 100, 900);
        story.cross.observe(&tried, 100 + card, Outcome::Approved);
    }
    add("testing-merchant", &story, &online(story.now_us, 100, 900));

    let mut story = Story::new();
    for n in 0..3 {
        story.settle(&online(story.now_us - (4 - n) * MINUTE_US, 120, 910 + n as u64));
    }
    add("testing-card", &story, &online(story.now_us, 130, 920));

    let mut story = Story::new();
    story.bin_alarm = 2;
    add("testing-range", &story, &online(story.now_us, 6_000, 930));
    list
}

fn records_of_fraud() -> Vec<Caught> {
    let mut list = Vec::new();
    let mut add = |id, story: &Story, payment: &Payment| list.push((id, story.judge(payment)));

    let mut story = Story::new();
    for n in 0..120 {
        let payment = shop(story.now_us - 12 * DAY_US + n * HOUR_US, 4_000, 940);
        story.cross.observe(&payment, n as u64, Outcome::Approved);
        if n % 2 == 0 || n < 90 {
            story.cross.label(n, &payment, true);
        }
    }
    add("terminal-record", &story, &shop(story.now_us, 4_000, 940));
    add("merchant-record", &story, &shop(story.now_us, 4_000, 940));

    let mut story = Story::new();
    for n in 1..4 {
        story.cross.label(n, &shop(story.now_us - n * DAY_US, 4_000, 950), true);
    }
    add("terminal-recent", &story, &shop(story.now_us, 4_000, 950));
    list
}

fn unusual_amounts() -> Vec<Caught> {
    let mut list = Vec::new();
    let mut add = |id, story: &Story, payment: &Payment| list.push((id, story.judge(payment)));

    let story = Story::new();
    let jewels = jewels(&story);
    add("amount-new-class", &story, &jewels);
    add("amount-night", &story, &Payment { at_us: night(&story), ..jewels });
    add("watch-large", &story, &jewels);

    let mut story = Story::new();
    story.card = CardBehaviour::default();
    for day in 0..40 {
        story.settle(&shop(MONDAY_US + day * DAY_US, 4_500 + day * 25, 7));
    }
    add("amount-even", &story, &shop(MONDAY_US + 40 * DAY_US, 30_000, 7));

    let story = Story::new();
    add("spree-night", &story, &shop(night(&story), 200_000, 970));
    list
}

fn other_hands() -> Vec<Caught> {
    let mut list = Vec::new();
    let mut add = |id, story: &Story, payment: &Payment| list.push((id, story.judge(payment)));

    let mut story = Story::new();
    for n in 0..4 {
        story.settle(&shop(story.now_us - (50 - 10 * n) * MINUTE_US, 9_000, 980 + n as u64));
    }
    add("spree-shops", &story, &shop(story.now_us, 9_000, 990));

    let mut story = Story::new();
    let jewels = jewels(&story);
    assert_eq!(story.meet(&jewels).action, VerdictAction::Decline);
    add("again-after-decline", &story, &shop(story.now_us + 5 * MINUTE_US, 80_000, 991));

    let mut story = Story::new();
    for n in 0..4 {
        story.settle(&online(story.now_us - (300 - 60 * n) * MINUTE_US, 40_000, 1_000 + n as u64));
    }
    add("takeover-online", &story, &online(story.now_us, 40_000, 1_010));

    let story = Story::new();
    let abroad = Payment { country: 840, ..online(story.now_us, 60_000, 1_020) };
    add("takeover-abroad", &story, &abroad);
    list
}

fn places_and_pace() -> Vec<Caught> {
    let mut list = Vec::new();
    let mut add = |id, story: &Story, payment: &Payment| list.push((id, story.judge(payment)));

    let mut story = Story::new();
    story.settle(&shop(story.now_us - HOUR_US, 2_000, 1));
    let far = Payment {
        country: 826,
        place: Some(Place { lat: 51.5, lon: -0.12 }),
        ..shop(story.now_us, 2_000, 1_030)
    };
    add("travel", &story, &far);

    let story = Story::new();
    let copied = Payment { channel: Channel::Magstripe, ..shop(story.now_us, 25_000, 1_040) };
    add("stripe", &story, &copied);

    let mut story = Story::new();
    for n in 0..15 {
        story.settle(&shop(story.now_us - n * MINUTE_US, 600, 1));
    }
    add("velocity", &story, &shop(story.now_us, 600, 1));
    list
}

fn jewels(story: &Story) -> Payment {
    Payment { mcc: 5944, ..shop(story.now_us, 90_000, 960) }
}

#[test]
fn every_rule_catches_what_it_is_for() {
    let caught =
        [card_testing(), records_of_fraud(), unusual_amounts(), other_hands(), places_and_pace()].concat();
    for (id, verdict) in &caught {
        assert!(ids(verdict).iter().any(|hit| hit == id), "{id} did not hit; {:?} did", ids(verdict));
    }
    let tested: BTreeSet<_> = caught.iter().map(|(id, _)| (*id).to_owned()).collect();
    let all: BTreeSet<_> = rules().rules().iter().map(|rule| rule.id.clone()).collect();
    assert_eq!(tested, all, "a rule without a story, or a story without a rule");
}

#[test]
fn a_yes_of_the_cardholder_lets_the_next_try_pass() {
    let mut story = Story::new();
    let jewels = Payment { mcc: 5944, ..shop(story.now_us, 90_000, 960) };
    let first = story.meet(&jewels);
    assert!(first.challenge && first.action == VerdictAction::Decline);
    let again = Payment { at_us: story.now_us + 2 * MINUTE_US, ..jewels };
    assert_eq!(story.judge(&again).action, VerdictAction::Decline, "not before the answer");
    story.card.confirm(&jewels, story.now_us + MINUTE_US);
    assert_eq!(story.judge(&again).action, VerdictAction::Approve);
}

#[test]
fn ordinary_life_passes() {
    let mut story = Story::new();
    let at_us = story.now_us;
    let fine = [
        shop(at_us, 2_500, 1),
        shop(at_us + HOUR_US, 7_900, 5),
        // A new restaurant, a dearer dinner, a taxi home at night.
        shop(at_us + 4 * HOUR_US, 15_600, 401),
        Payment { mcc: 4121, channel: Channel::Contactless, ..shop(at_us + 8 * HOUR_US, 3_800, 402) },
        // A subscription, a first small purchase on the net, a parcel sent back.
        Payment { channel: Channel::Recurring, ..online(at_us + 9 * HOUR_US, 2_500, 403) },
        online(at_us + 20 * HOUR_US, 6_000, 404),
        Payment { kind: Kind::Refund, ..online(at_us + 21 * HOUR_US, 6_000, 404) },
        // A day trip to the next city.
        Payment { place: Some(Place { lat: 30.25, lon: 120.17 }), ..shop(at_us + 26 * HOUR_US, 4_200, 405) },
        Payment { kind: Kind::Cash, mcc: 6011, ..shop(at_us + 27 * HOUR_US, 10_000, 406) },
        // Coins into a vending machine, thrice.
        shop(at_us + 28 * HOUR_US, 300, 407),
        shop(at_us + 28 * HOUR_US + MINUTE_US, 300, 407),
        shop(at_us + 28 * HOUR_US + 2 * MINUTE_US, 300, 407),
    ];
    for payment in &fine {
        let verdict = story.meet(payment);
        assert_eq!(verdict.action, VerdictAction::Approve, "{payment:?} met {:?}", ids(&verdict));
    }
}

#[test]
fn a_new_card_is_not_suspect_for_being_new() {
    let mut story = Story::new();
    story.card = CardBehaviour::default();
    for n in 0..8_u64 {
        let payment = shop(story.now_us + n as i64 * 5 * HOUR_US, 3_000 + n as i64 * 4_000, 500 + n);
        let verdict = story.meet(&payment);
        assert_eq!(verdict.action, VerdictAction::Approve, "{:?}", ids(&verdict));
    }
}

#[test]
fn names_are_in_three_languages_and_ids_are_stable() {
    for rule in rules().rules() {
        let name = rule.name.as_ref().unwrap_or_else(|| panic!("{} has no name", rule.id));
        assert!(!name.en.is_empty() && !name.zh_hans.is_empty() && !name.zh_hant.is_empty());
    }
}

#[test]
fn the_reference_page_shows_the_feature_table_and_the_limits() {
    let table = decision::feature_table();
    assert!(REFERENCE.contains(&table), "docs/reference/rules.md needs this table:\n{table}");
    let limits = [
        ("RULES_MAX", decision::RULES_MAX),
        ("FILE_BYTES_MAX", decision::FILE_BYTES_MAX),
        ("WHEN_BYTES_MAX", decision::WHEN_BYTES_MAX),
        ("DEPTH_MAX", decision::DEPTH_MAX),
        ("LIST_MAX", decision::LIST_MAX),
        ("HITS_MAX", decision::HITS_MAX),
        ("EVENTS_MAX", decision::EVENTS_MAX),
        ("MERCHANTS_MAX", decision::MERCHANTS_MAX),
        ("COUNTRIES_MAX", decision::COUNTRIES_MAX),
        ("MCCS_MAX", decision::MCCS_MAX),
        ("KEY_EVENTS_MAX", decision::KEY_EVENTS_MAX),
        ("BURST_ENTRIES_MAX", decision::BURST_ENTRIES_MAX),
    ];
    for (name, value) in limits {
        assert!(REFERENCE.contains(&format!("| `{name}` | {value} |")), "{name} is {value}");
    }
    for words in [Channel::NAMES, Kind::NAMES] {
        let listed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        assert!(REFERENCE.contains(&listed), "{listed}");
    }
    for reason in decision::Reason::ALL {
        assert!(REFERENCE.contains(&format!("`{}`", reason.as_str())), "{}", reason.as_str());
    }
    let example = REFERENCE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let example = RuleSet::compile(example.expect("an example"));
    assert!(example.is_ok(), "{example:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Weeks of payments like those of the past are hardly ever declined.
    #[test]
    fn habits_pass(choices in prop::collection::vec((0_u64..9, 0_i64..10, 0_i64..30), 60)) {
        let mut story = Story::new();
        let mut declined = Vec::new();
        for (day, (merchant, amount, minute)) in (0_i64..).zip(choices) {
            let at_us = story.now_us + day * 11 * HOUR_US + minute * MINUTE_US;
            let verdict = story.meet(&shop(at_us, 2_000 + amount * 1_300, 1 + merchant % 8));
            if verdict.action == VerdictAction::Decline {
                declined.push(ids(&verdict));
            }
        }
        prop_assert!(declined.is_empty(), "{declined:?}");
    }
}
