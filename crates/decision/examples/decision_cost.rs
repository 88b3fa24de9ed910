//! Prints what one decision costs, in nanoseconds: features, rules, recording, encoding.
//!
//! ```text
//! cargo run --release -p cardea-decision --example decision_cost -- examples/issuer/rules/starting.toml
//! ```
//!
//! Each figure is the best of several rounds over many cards, so that a busy machine disturbs it little and no
//! state stays in the nearest cache for free.

#![expect(clippy::print_stdout, reason = "a program that prints its findings")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a real clock")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use decision::{
    CardBehaviour, Channel, CrossRisk, CrossTables, DAY_US, DecisionRecord, HOUR_US, Outcome, Payment, Place,
    RuleSet,
};

const CARDS: usize = 2_000;
const ROUNDS: usize = 40;
const START_US: i64 = 1_700_000_000_000_000;

/// The `n`th payment of a card, about one every 18 hours: 40 in 30 days.
fn payment(card: usize, n: i64) -> Payment {
    let shop = (card as u64 * 31 + n.unsigned_abs() * 7) % 500 + 1;
    Payment {
        at_us: START_US + n * 18 * HOUR_US + (shop as i64 * 977 % 3_600) * 1_000_000,
        amount_minor: 500 + (shop as i64 * 7_919) % 20_000,
        exponent: 2,
        mcc: 5_000 + (shop % 20) as u16,
        country: 56,
        merchant: shop,
        terminal: shop,
        place: Some(Place { lat: 50.0 + shop as f32 / 1_000.0, lon: 4.0 + shop as f32 / 2_000.0 }),
        channel: Channel::Chip,
        card_present: true,
        home_country: 56,
        home: Some(Place { lat: 50.1, lon: 4.1 }),
        utc_offset_min: 60,
        ..Payment::default()
    }
}

/// Best time of a step over all cards, in nanoseconds each.
fn measure(name: &str, mut step: impl FnMut(usize)) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        (0..CARDS).for_each(&mut step);
        best = best.min(start.elapsed().as_nanos() as f64 / CARDS as f64);
    }
    println!("{name:<34} {best:>8.0} ns");
    best
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("argument: a rule file")?;
    let rules = RuleSet::compile(&std::fs::read_to_string(path)?)?;
    println!("{} rules, {CARDS} cards", rules.rules().len());
    for events in [40_i64, 256] {
        run(&rules, events)?;
    }
    Ok(())
}

fn run(rules: &RuleSet, events: i64) -> Result<(), Box<dyn Error>> {
    // 256 events within the month: the densest card that is exact.
    let squeeze = |mut payment: Payment| {
        if events > 40 {
            payment.at_us = START_US + (payment.at_us - START_US) / 7;
        }
        payment
    };
    let mut cards = vec![CardBehaviour::default(); CARDS];
    let mut cross = CrossTables::new();
    for (index, card) in cards.iter_mut().enumerate() {
        for n in 0..events {
            let payment = squeeze(payment(index, n));
            card.record(&payment, Outcome::Approved);
            cross.observe(&payment, index as u64, Outcome::Approved);
        }
    }
    let next: Vec<Payment> = (0..CARDS).map(|card| squeeze(payment(card, events))).collect();
    let mut bytes = Vec::with_capacity(4_096);
    cards[0].encode(&mut bytes);
    println!("\n{} events kept, state {} bytes", cards[0].event_count(), bytes.len());
    let features: Vec<_> = cards
        .iter()
        .zip(&next)
        .map(|(card, payment)| card.features(payment, &CrossRisk::default()))
        .collect();
    let encoded: Vec<Vec<u8>> = cards
        .iter()
        .map(|card| {
            let mut bytes = Vec::new();
            card.encode(&mut bytes);
            bytes
        })
        .collect();
    measure("cross risk (behind the answer)", |i| {
        black_box(cross.cross_risk(&next[i], 0));
    });
    let mut total = 0.0;
    total += measure("features", |i| {
        black_box(cards[i].features(black_box(&next[i]), &CrossRisk::default()));
    });
    total += measure("rules", |i| {
        black_box(rules.evaluate(black_box(&features[i])));
    });
    println!("{:<34} {total:>8.0} ns", "features and rules");
    measure("decode state", |i| drop(black_box(CardBehaviour::decode(&encoded[i]))));
    measure("encode state", |i| {
        bytes.clear();
        cards[i].encode(&mut bytes);
        black_box(&bytes);
    });
    let mut record_bytes = Vec::with_capacity(512);
    measure("decision record", |i| {
        record_bytes.clear();
        let verdict = rules.evaluate(&features[i]);
        DecisionRecord::new(features[i], Some(rules), verdict).encode(&mut record_bytes);
        black_box(&record_bytes);
    });
    println!("decision record {} bytes", record_bytes.len());
    let mut later = next.clone();
    measure("record the outcome", |i| {
        later[i].at_us += DAY_US;
        cards[i].record(&later[i], Outcome::Approved);
    });
    Ok(())
}
