//! `cardea bench authorizations --proofs`: what a decision costs from the message to its answer, with a PIN or a chip.
//!
//! The engine is measured without them elsewhere; here each payment takes the server's whole way after its bytes are
//! read: the card is looked up and its facts unsealed, PIN or cryptogram are checked, the engine decides, the commit is
//! durable, and a chip gets its answer. `--proofs none` takes the same way with nothing to check, so the difference of
//! two runs is what the proof costs. The cost is processor time of the whole process; what the measurement itself does
//! in the place of keypads and chips is timed apart and taken off.

use super::super::CommandError;
use super::{BenchArgs, accounts, cpu};
use crate::issuer::IssuerData;
use crate::traffic::report::Latency;
use crate::traffic::simulator::SamplePerson;
use crate::traffic::terminal::{bcd, issuer_data};
use crate::{sample, server};
use clap::ValueEnum;
use decision::Channel;
use features::authorizations::{Amounts, Class, Intake, Moment, PinData, Purpose, RawMessage, Trace, Where};
use kernel::{Clock, Currency, MINUTE_US, Money, Secret};
use platform::clock::{SystemClock, SystemRandom};
use platform::config::{Config, Environment};
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use vault::{
    CardKeyRole, ChipData, ChipProfile, CryptogramRequest, CryptogramVersion, KeyRing, Pan, PinFormat,
    SoftwareCardCrypto,
};

/// The first part of a run is not counted, microseconds.
const WARM_UP_US: u64 = 1_000_000;
/// Small, so that no limit is reached: minor units.
const MINOR: i64 = 5;
/// Between two payments of a card as they say it, so that no rule finds too many within an hour: microseconds.
const APART_US: i64 = 5 * MINUTE_US;
/// Payments whose making is timed.
const TIMED: u64 = 500;

/// What payments bring along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proofs {
    /// Nothing.
    None,
    /// The PIN, encrypted as ISO 9564 format 4.
    Pin,
    /// The chip's cryptogram; the answer carries the issuer's.
    Chip,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub struct ProofsReport {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Cards that paid.
    pub cards: usize,
    /// What payments brought along.
    pub proofs: Proofs,
    /// Decisions a second that were durable when they were answered.
    pub durable_per_s: f64,
    /// Of them approved, per cent.
    pub approved_percent: f64,
    /// Median from message to answer, microseconds.
    pub p50_us: u64,
    /// 99th percentile of that, microseconds.
    pub p99_us: u64,
    /// Processor time of the whole process for one decision, without what keypad and chip take, microseconds; 0 where
    /// the system does not tell.
    pub cpu_us: f64,
    /// What keypad and chip take, microseconds.
    pub terminal_us: f64,
}

impl fmt::Display for ProofsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proofs =
            self.proofs.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned());
        writeln!(f, "database   {:>12}   cards     {:>12}", self.database, self.cards)?;
        writeln!(f, "proofs     {proofs:>12}   approved % {:>11.1}", self.approved_percent)?;
        writeln!(f, "durable/s  {:>12.0}   CPU µs    {:>12.1}", self.durable_per_s, self.cpu_us)?;
        write!(f, "p50 µs     {:>12}   p99 µs    {:>12}", self.p50_us, self.p99_us)
    }
}

/// Measures it.
pub async fn measure(
    args: &BenchArgs,
    proofs: Proofs,
    folder: &Path,
    mut keys: KeyRing,
) -> Result<ProofsReport, CommandError> {
    let mut config =
        Config { environment: Environment::Demo, data_dir: folder.to_owned(), ..Config::default() };
    let url = accounts::fresh(args, folder, "proofs").await?;
    config.database.url = Some(Secret::new(url));
    sample::publish_keys(keys.card_keys_mut())?;
    let count = usize::try_from(args.accounts).unwrap_or(0);
    let people = sample::people(&keys, count, SystemClock::default().now().us())?;
    let assembled = server::assemble(config, keys, false).await?;
    sample::open(&assembled.app, &people).await?;
    // Payments say when they are made, and are believed.
    let intake = Intake { skew_us: None, ..assembled.intake.clone() };
    let mut terminals = Terminals::of(&intake, &people, proofs)?;
    let terminal_us = terminals.cost_us()?;
    let cards = terminals.cards.len();
    let tasks = usize::try_from(args.in_flight).unwrap_or(1).clamp(1, cards.max(1));
    let run = Run::starting(args.seconds);
    let before = cpu::of_process();
    let mut running = Vec::with_capacity(tasks);
    for terminals in terminals.divided(tasks) {
        let (intake, run) = (intake.clone(), Arc::clone(&run));
        running.push(tokio::spawn(async move { run.pay(&intake, terminals).await }));
    }
    let mut latency = Latency::default();
    for task in running {
        latency.merge(&task.await.map_err(CommandError::other)??);
    }
    let cpu_us = cpu::us_each(cpu::of_process().saturating_sub(before), run.answered.load(Ordering::Relaxed));
    let counted = run.counted.load(Ordering::Relaxed);
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    Ok(ProofsReport {
        database: assembled.app.db.kind().to_owned(),
        cards,
        proofs,
        durable_per_s: share(counted, u64::from(args.seconds)),
        approved_percent: 100.0 * share(run.approved.load(Ordering::Relaxed), counted),
        p50_us: latency.at_per_mille(500),
        p99_us: latency.at_per_mille(990),
        cpu_us: (cpu_us - terminal_us).max(0.0),
        terminal_us,
    })
}

/// A measured time and what was answered in it.
struct Run {
    clock: SystemClock,
    from_us: u64,
    until_us: u64,
    answered: AtomicU64,
    counted: AtomicU64,
    approved: AtomicU64,
}

impl Run {
    fn starting(seconds: u32) -> Arc<Self> {
        let clock = SystemClock::default();
        let from_us = clock.monotonic_us() + WARM_UP_US;
        Arc::new(Self {
            from_us,
            until_us: from_us + u64::from(seconds) * 1_000_000,
            clock,
            answered: AtomicU64::new(0),
            counted: AtomicU64::new(0),
            approved: AtomicU64::new(0),
        })
    }

    /// Lets these cards pay in turn until the time is over, one payment at a time.
    async fn pay(&self, intake: &Intake, mut terminals: Terminals) -> Result<Latency, CommandError> {
        let mut latency = Latency::default();
        loop {
            for at in 0..terminals.cards.len() {
                let message = terminals.message(at)?;
                let begun = self.clock.monotonic_us();
                if begun >= self.until_us {
                    return Ok(latency);
                }
                let (answer, _) = intake.authorize_chip(message).await;
                let now = self.clock.monotonic_us();
                self.answered.fetch_add(1, Ordering::Relaxed);
                if begun >= self.from_us && now < self.until_us {
                    latency.record(now - begun);
                    self.counted.fetch_add(1, Ordering::Relaxed);
                    self.approved.fetch_add(u64::from(answer.is_approved()), Ordering::Relaxed);
                }
            }
        }
    }
}

/// A card as its holder carries it.
struct Carried {
    pan: Pan,
    psn: u8,
    pin: Secret<String>,
    version: CryptogramVersion,
    currency: Currency,
    /// Which it is.
    number: u64,
    /// Payments so far.
    counter: u16,
}

/// Keypads and chips of some cards.
struct Terminals {
    crypto: Arc<SoftwareCardCrypto>,
    proofs: Proofs,
    zone: u32,
    generation: u32,
    intake: Intake,
    cards: Vec<Carried>,
}

impl Terminals {
    fn of(intake: &Intake, people: &[SamplePerson], proofs: Proofs) -> Result<Self, CommandError> {
        let issuer = IssuerData::embedded()?;
        let keys = intake.keys.card_keys();
        let crypto = issuer.card_crypto(keys.clone(), Arc::new(SystemRandom))?;
        let is_mchip = sample::follows_mchip(&issuer);
        let mut cards = Vec::with_capacity(people.len());
        for person in people {
            let version = match is_mchip(&person.product) {
                true => CryptogramVersion::MChip20,
                false => CryptogramVersion::Visa18,
            };
            let currency = person.currency.parse().map_err(CommandError::other)?;
            for card in person.cards.iter().filter(|card| !card.expired) {
                cards.push(Carried {
                    pan: Pan::parse(card.pan.reveal()).map_err(CommandError::other)?,
                    psn: card.psn,
                    pin: Secret::new(card.pin.reveal().to_owned()),
                    version,
                    currency,
                    number: cards.len() as u64,
                    counter: 0,
                });
            }
        }
        let zone = intake.newest_zone(PinFormat::Iso4).unwrap_or(0);
        let generation = keys.newest(CardKeyRole::Cryptogram).unwrap_or(0);
        Ok(Self { crypto: Arc::new(crypto), proofs, zone, generation, intake: intake.clone(), cards })
    }

    /// So many parts with other cards each: a chip pays once at a time.
    fn divided(self, parts: usize) -> Vec<Self> {
        let Self { crypto, proofs, zone, generation, intake, cards } = self;
        let mut divided: Vec<Self> = (0..parts)
            .map(|_| Self {
                crypto: Arc::clone(&crypto),
                proofs,
                zone,
                generation,
                intake: intake.clone(),
                cards: Vec::new(),
            })
            .collect();
        for (at, card) in cards.into_iter().enumerate() {
            if let Some(part) = divided.get_mut(at % parts) {
                part.cards.push(card);
            }
        }
        divided
    }

    /// Processor time of making what goes along with one payment, microseconds.
    fn cost_us(&mut self) -> Result<f64, CommandError> {
        let before = cpu::of_this_thread();
        for at in 0..TIMED {
            self.message(usize::try_from(at).unwrap_or(0) % self.cards.len().max(1))?;
        }
        Ok(cpu::us_each(cpu::of_this_thread().saturating_sub(before), TIMED))
    }

    /// The next payment with the card at this place.
    fn message(&mut self, at: usize) -> Result<RawMessage, CommandError> {
        let card = self.cards.get_mut(at).ok_or(CommandError::Stopped("the cards"))?;
        card.counter = card.counter.checked_add(1).ok_or(CommandError::Stopped("the counter of a chip"))?;
        let (mut pin, mut chip) = (None, None);
        match self.proofs {
            Proofs::None => {}
            Proofs::Pin => {
                let block = self.crypto.keypad(self.zone, &card.pan, &card.pin)?;
                pin = PinData::try_new(PinFormat::Iso4.number(), Some(self.zone), block);
            }
            Proofs::Chip => {
                let mut said = chip_data(card);
                let profile = ChipProfile::usual(card.version, self.generation);
                let request = CryptogramRequest { profile, pan: &card.pan, psn: card.psn, chip: &said };
                said.cryptogram = self.crypto.chip_cryptogram(&request)?;
                chip = Some(said);
            }
        }
        Ok(raw(card, pin, chip, &*self.intake.clock))
    }
}

fn raw(card: &Carried, pin: Option<PinData>, chip: Option<ChipData>, clock: &dyn Clock) -> RawMessage {
    let later_us = APART_US * i64::from(card.counter);
    RawMessage {
        class: Class::Authorization,
        purpose: Purpose::Purchase,
        card_number: Secret::new(card.pan.expose().to_owned()),
        expiry: None,
        cvv2: None,
        track: None,
        pin,
        chip,
        amounts: Amounts {
            transaction: Money::new(MINOR, card.currency),
            billing: None,
            remaining_minor: None,
        },
        moment: Moment::At(clock.now().plus_us(later_us)),
        arrived_us: clock.monotonic_us(),
        trace: Trace {
            stan: u32::from(card.counter),
            rrn: format!("{:07}{:05}", card.number % 10_000_000, card.counter),
            acquirer: "00000000042".to_owned(),
            local: "0312201436".to_owned(),
            transmitted: "0312121436".to_owned(),
        },
        site: Where {
            terminal: "T0000001".to_owned(),
            merchant: "M00000000000001".to_owned(),
            name: "Wild Plum Noodles".to_owned(),
            city: "Shanghai".to_owned(),
            country: 156,
            mcc: 5_812,
            place: Some(decision::Place { lat: 31.2, lon: 121.4 }),
        },
        channel: Channel::Chip,
        card_present: true,
        partial_ok: false,
        approved_elsewhere: false,
        original: None,
    }
}

fn chip_data(card: &Carried) -> ChipData {
    ChipData {
        amount: bcd(MINOR.unsigned_abs()),
        other_amount: [0; 6],
        country: bcd(156),
        terminal_results: [0, 0, 0, 0x80, 0],
        currency: bcd(u64::from(card.currency.numeric())),
        date: [0x26, 0x03, 0x12],
        kind: [0],
        unpredictable: u32::from(card.counter).wrapping_mul(0x9E37_79B1).to_be_bytes(),
        profile: [0x39, 0],
        atc: card.counter.to_be_bytes(),
        issuer_data: issuer_data(card.version),
        cryptogram: [0; 8],
        information: Some(0x80),
        psn: Some(card.psn),
    }
}
