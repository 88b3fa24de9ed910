//! Runs a rule file over a labelled file of payments, in time order, and prints how well it judged.
//!
//! ```text
//! zcat transactions.csv.gz | cargo run --release -p cardea-decision --example backtest_csv -- \
//!     handbook examples/issuer/rules/starting.toml --skip-days 30
//! zcat transactions.csv.gz | cargo run --release -p cardea-decision --example backtest_csv -- \
//!     sparkov examples/issuer/rules/starting.toml --skip-days 30 --customers customers.csv
//! ```
//!
//! A payment counts as caught when the rules decline it, by a challenge or outright. What is declined is
//! recorded as declined, as it would be in operation. Labels reach the terminal and merchant figures seven days
//! after the payment, for declined payments as well: cardholders are asked about those. `--answers` says when
//! cardholders confirm that a declined payment was their own: `never` (the default), after a `week`, or `now`.

#![expect(clippy::print_stdout, reason = "a program that prints its findings")]

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};

use decision::{
    CardBehaviour, Channel, CrossTables, DAY_US, LABEL_DELAY_US, Outcome, Payment, Place, RuleSet,
    VerdictAction,
};

/// Categories of the Sparkov generator: name, merchant class, how the card is used.
const CATEGORIES: [(&str, u16, Channel); 14] = [
    ("entertainment", 7832, Channel::Chip),
    ("food_dining", 5812, Channel::Chip),
    ("gas_transport", 5541, Channel::Chip),
    ("grocery_net", 5499, Channel::Ecommerce),
    ("grocery_pos", 5411, Channel::Contactless),
    ("health_fitness", 7997, Channel::Chip),
    ("home", 5712, Channel::Chip),
    ("kids_pets", 5995, Channel::Chip),
    ("misc_net", 5969, Channel::Ecommerce),
    ("misc_pos", 5999, Channel::Chip),
    ("personal_care", 7230, Channel::Contactless),
    ("shopping_net", 5964, Channel::Ecommerce),
    ("shopping_pos", 5311, Channel::Chip),
    ("travel", 4722, Channel::CardOnFile),
];

/// One line of a file.
struct Row {
    card: u64,
    payment: Payment,
    fraud: bool,
    scenario: u8,
    declined: bool,
}

/// When cardholders say that a declined payment was their own.
#[derive(PartialEq)]
enum Answers {
    Never,
    Week,
    Now,
}

/// What the command line asks for.
struct Asked {
    handbook: bool,
    rules: RuleSet,
    skip_days: i64,
    answers: Answers,
    homes: HashMap<u64, Place>,
}

#[derive(Default, Clone, Copy)]
struct Count {
    fraud: u64,
    honest: u64,
}

impl Count {
    fn add(&mut self, fraud: bool) {
        if fraud { self.fraud += 1 } else { self.honest += 1 }
    }
}

#[derive(Default)]
struct Tally {
    declined: Count,
    passed: Count,
    rules: Vec<(Count, Count)>,
    scenarios: HashMap<u8, (u64, u64)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = asked()?;
    let mut cards: HashMap<u64, CardBehaviour> = HashMap::new();
    let mut cross = CrossTables::new();
    let mut labels: VecDeque<Row> = VecDeque::new();
    let mut tally = Tally { rules: vec![Default::default(); asked.rules.rules().len()], ..Tally::default() };
    let (mut first_us, mut pruned_us, mut labelled) = (None, 0, 0);
    for record in csv::Reader::from_reader(std::io::stdin().lock()).records() {
        let mut row = read(&record?, &asked)?;
        let now_us = row.payment.at_us;
        let start_us = *first_us.get_or_insert(now_us);
        while labels.front().is_some_and(|known| known.payment.at_us + LABEL_DELAY_US <= now_us) {
            let Some(known) = labels.pop_front() else { break };
            if known.fraud {
                labelled += 1;
                cross.label(labelled, &known.payment, true);
            } else if known.declined && asked.answers == Answers::Week {
                cards.entry(known.card).or_default().confirm(&known.payment, now_us);
            }
        }
        let card = cards.entry(row.card).or_default();
        let features = card.features(&row.payment, &cross.cross_risk(&row.payment, 0));
        let verdict = asked.rules.evaluate(&features);
        let declined = verdict.action == VerdictAction::Decline;
        if now_us >= start_us + asked.skip_days * DAY_US {
            tally.add(&row, declined, verdict.hits.as_slice(), verdict.decisive);
        }
        let outcome = if declined { Outcome::Declined } else { Outcome::Approved };
        card.record(&row.payment, outcome);
        cross.observe(&row.payment, row.card, outcome);
        if now_us > pruned_us + DAY_US {
            cross.prune(now_us);
            pruned_us = now_us;
        }
        if declined && !row.fraud && asked.answers == Answers::Now {
            card.confirm(&row.payment, now_us);
        }
        row.declined = declined;
        labels.push_back(row);
    }
    tally.print(&asked.rules);
    Ok(())
}

impl Tally {
    fn add(&mut self, row: &Row, declined: bool, hits: &[u16], decisive: Option<u16>) {
        if declined { &mut self.declined } else { &mut self.passed }.add(row.fraud);
        for hit in hits {
            if let Some((all, deciding)) = self.rules.get_mut(usize::from(*hit)) {
                all.add(row.fraud);
                if decisive == Some(*hit) {
                    deciding.add(row.fraud);
                }
            }
        }
        if row.fraud {
            let scenario = self.scenarios.entry(row.scenario).or_default();
            scenario.0 += u64::from(declined);
            scenario.1 += 1;
        }
    }

    fn print(&self, rules: &RuleSet) {
        let (caught, alarms) = (self.declined.fraud, self.declined.honest);
        let (missed, passed) = (self.passed.fraud, self.passed.honest);
        println!("tp {caught}  fp {alarms}  fn {missed}  tn {passed}");
        println!(
            "precision {:.3}  recall {:.3}  declined of honest {:.3} %",
            caught as f64 / (caught + alarms).max(1) as f64,
            caught as f64 / (caught + missed).max(1) as f64,
            100.0 * alarms as f64 / (alarms + passed).max(1) as f64,
        );
        let mut scenarios: Vec<_> = self.scenarios.iter().collect();
        scenarios.sort();
        for (scenario, (caught, all)) in scenarios {
            println!("scenario {scenario}: {caught} of {all}");
        }
        println!("{:<10} {:>8} {:>8} {:>10} {:>10}", "rule", "fraud", "honest", "decided f", "decided h");
        for (rule, (all, deciding)) in rules.rules().iter().zip(&self.rules) {
            println!(
                "{:<10} {:>8} {:>8} {:>10} {:>10}",
                rule.id, all.fraud, all.honest, deciding.fraud, deciding.honest
            );
        }
    }
}

fn asked() -> Result<Asked, Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let format = args.next().ok_or("first argument: handbook or sparkov")?;
    let rules = args.next().ok_or("second argument: a rule file")?;
    let rules = RuleSet::compile(&std::fs::read_to_string(rules)?)?;
    let mut asked = Asked {
        handbook: format == "handbook",
        rules,
        skip_days: 0,
        answers: Answers::Never,
        homes: HashMap::new(),
    };
    while let Some(arg) = args.next() {
        let value = args.next().ok_or("a value after the option")?;
        match arg.as_str() {
            "--skip-days" => asked.skip_days = value.parse()?,
            "--answers" => {
                asked.answers = match value.as_str() {
                    "never" => Answers::Never,
                    "week" => Answers::Week,
                    "now" => Answers::Now,
                    _ => return Err("--answers is never, week or now".into()),
                }
            }
            "--customers" => {
                for record in csv::Reader::from_path(value)?.records() {
                    let record = record?;
                    let place = Place { lat: field(&record, 9)?.parse()?, lon: field(&record, 10)?.parse()? };
                    asked.homes.insert(hash(field(&record, 1)?), place);
                }
            }
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(asked)
}

fn field(record: &csv::StringRecord, index: usize) -> Result<&str, Box<dyn Error>> {
    record.get(index).ok_or_else(|| format!("no column {index}").into())
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().max(1)
}

fn read(record: &csv::StringRecord, asked: &Asked) -> Result<Row, Box<dyn Error>> {
    let at_us = time_us(field(record, 1)?).ok_or("time")?;
    let card = hash(field(record, 2)?);
    let base = Payment { at_us, exponent: 2, ..Payment::default() };
    if asked.handbook {
        let terminal = hash(field(record, 3)?);
        let payment = Payment {
            amount_minor: minor(field(record, 4)?)?,
            mcc: 5999,
            country: 56,
            home_country: 56,
            merchant: terminal,
            terminal,
            channel: Channel::Chip,
            card_present: true,
            ..base
        };
        let scenario = field(record, 6)?.parse()?;
        return Ok(Row { card, payment, fraud: field(record, 5)? == "1", scenario, declined: false });
    }
    let category = field(record, 4)?;
    let (_, mcc, channel) =
        CATEGORIES.into_iter().find(|(name, ..)| *name == category).ok_or("unknown category")?;
    let card_present = matches!(channel, Channel::Chip | Channel::Contactless);
    let place = Place { lat: field(record, 6)?.parse()?, lon: field(record, 7)?.parse()? };
    let payment = Payment {
        amount_minor: minor(field(record, 5)?)?,
        mcc,
        country: 840,
        home_country: 840,
        merchant: hash(field(record, 3)?),
        terminal: hash(field(record, 3)?),
        channel,
        card_present,
        place: card_present.then_some(place),
        home: asked.homes.get(&card).copied(),
        ..base
    };
    Ok(Row { card, payment, fraud: field(record, 8)? == "1", scenario: 0, declined: false })
}

fn minor(text: &str) -> Result<i64, Box<dyn Error>> {
    Ok((text.parse::<f64>()? * 100.0).round() as i64)
}

/// `2018-06-17 00:00:51` as microseconds since the epoch, UTC.
fn time_us(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    // Days since the epoch by counting years from March, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some((days * 86_400 + seconds) * 1_000_000)
}
