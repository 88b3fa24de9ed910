//! Payments by a call, at saturation or at a rate.

use super::{
    super::CommandError,
    BenchArgs,
    accounts::{People, Stage},
    cpu,
};
use crate::traffic::{pace::Pace, report::Latency};
use decision::CrossTables;
use features::authorizations::{
    Amounts, AuthorizationRequest, Class, Engine, EngineSettings, HoldDays, Observer, Policy, Proofs,
    Purpose, Trace, Where,
};
use kernel::{Currency, Money, Timestamp};
use std::sync::{
    Arc, Mutex, RwLock,
    atomic::{AtomicU64, Ordering},
    mpsc,
};
use std::time::Duration;

/// The rules of the sample issuer.
const RULES: &str = include_str!("../../../../../examples/issuer/rules/starting.toml");
/// Merchants that people pay at.
const MERCHANTS: u32 = 5_000;
/// The first part of a run is not counted.
pub const WARM_UP_US: u64 = 1_000_000;
/// The name of the engine's thread.
const ENGINE_THREAD: &str = "authorizations";

/// What a run came to.
pub struct Driven {
    pub durable_per_s: f64,
    pub latency: Latency,
    /// Processor time of the engine's thread for one decision, microseconds.
    pub cpu_us: f64,
}

/// Counts answers as they come.
pub struct Tally {
    latency: Mutex<Latency>,
    answered: AtomicU64,
    counted: AtomicU64,
    counted_from_us: u64,
}

impl Tally {
    pub fn new(counted_from_us: u64) -> Self {
        Self {
            latency: Mutex::new(Latency::default()),
            answered: AtomicU64::new(0),
            counted: AtomicU64::new(0),
            counted_from_us,
        }
    }

    /// One answer arrived at `now_us` after `latency_us`.
    pub fn answered(&self, now_us: u64, latency_us: u64) {
        self.answered.fetch_add(1, Ordering::Release);
        if now_us >= self.counted_from_us {
            self.counted.fetch_add(1, Ordering::Relaxed);
            self.latency.lock().unwrap_or_else(std::sync::PoisonError::into_inner).record(latency_us);
        }
    }

    pub fn answers(&self) -> u64 {
        self.answered.load(Ordering::Acquire)
    }

    /// What it came to. Call it while the engine's thread is alive.
    pub fn driven(&self, until_us: u64) -> Driven {
        let latency = self.latency.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let counted = u32::try_from(self.counted.load(Ordering::Acquire)).unwrap_or(u32::MAX);
        let seconds = until_us.saturating_sub(self.counted_from_us) as f64 / 1e6;
        let cpu_us = cpu::us_each(cpu::of_thread(ENGINE_THREAD), self.answers());
        Driven { durable_per_s: f64::from(counted) / seconds.max(1e-9), latency, cpu_us }
    }
}

/// The engine with the sample issuer's rules, and a watcher that keeps what crosses accounts.
pub fn engine(stage: &Stage, settings: EngineSettings) -> Result<Engine, CommandError> {
    let rules = decision::RuleSet::compile(RULES)?;
    let policy = Arc::new(Policy { rules, hold_days: HoldDays::default() });
    let cross = Arc::new(RwLock::new(CrossTables::new()));
    let watcher = watcher(Arc::clone(&cross))?;
    Ok(Engine::start(&stage.db, policy, cross, settings, vec![watcher])?)
}

fn watcher(cross: Arc<RwLock<CrossTables>>) -> Result<Observer, CommandError> {
    let (sender, batches) = mpsc::sync_channel::<Arc<Vec<features::authorizations::Decided>>>(64);
    std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
        for batch in batches {
            let mut tables = cross.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            for one in batch.iter() {
                if let Some(payment) = &one.payment {
                    let outcome = if one.reason.is_approval() {
                        decision::Outcome::Approved
                    } else {
                        decision::Outcome::Declined
                    };
                    tables.observe(payment, one.card.cast_unsigned(), outcome);
                }
            }
        }
    })?;
    // A watcher that falls behind misses batches; it never makes the engine wait.
    Ok(Arc::new(move |batch| drop(sender.try_send(Arc::clone(batch)))))
}

/// Payments at one engine, in one or several runs; every payment is another one.
pub struct Load<'l> {
    pub engine: &'l Engine,
    pub stage: &'l Stage,
    pub people: &'l People,
    /// Payments a second; 0: as many as are answered.
    pub rate: u32,
    pub in_flight: u32,
    /// Payments sent so far.
    pub sent: u64,
}

/// Sends until the time is over.
pub async fn in_process(
    args: &BenchArgs,
    stage: &Stage,
    people: &People,
    settings: EngineSettings,
) -> Result<Driven, CommandError> {
    let engine = engine(stage, settings)?;
    let (rate, in_flight) = (args.rate, args.in_flight);
    let mut load = Load { engine: &engine, stage, people, rate, in_flight, sent: 0 };
    load.run(WARM_UP_US, u64::from(args.seconds) * 1_000_000)
}

impl Load<'_> {
    /// Sends for `warm_up_us` and then for `counted_us`, and waits for the last answer.
    pub fn run(&mut self, warm_up_us: u64, counted_us: u64) -> Result<Driven, CommandError> {
        let clock = Arc::clone(&self.stage.clock);
        let pace = Pace::of_rate(self.rate);
        let start_us = clock.monotonic_us();
        let until_us = start_us + warm_up_us + counted_us;
        let tally = Arc::new(Tally::new(start_us + warm_up_us));
        let mut sent = 0_u64;
        loop {
            let now_us = clock.monotonic_us();
            if now_us >= until_us {
                break;
            }
            let due = pace.intended_send_us(sent).is_none_or(|at| start_us + at <= now_us);
            let room = sent - tally.answers() < u64::from(self.in_flight) || self.rate > 0;
            if !(due && room) {
                // Gives way for a moment; latency counts from the intended time, so nothing is hidden.
                std::thread::park_timeout(Duration::from_micros(50));
                continue;
            }
            let request = payment(self.people, self.sent, clock.now(), now_us);
            let (tally, clock, i) = (Arc::clone(&tally), Arc::clone(&clock), sent);
            self.engine.submit(
                request,
                Box::new(move |_| {
                    let answered_us = clock.monotonic_us();
                    let latency = pace.latency_us(i, now_us - start_us, answered_us - start_us);
                    tally.answered(answered_us, latency);
                }),
            );
            sent += 1;
            self.sent += 1;
        }
        while tally.answers() < sent && clock.monotonic_us() < until_us + 10_000_000 {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        let driven = tally.driven(clock.monotonic_us().max(until_us));
        if tally.answers() < sent || self.engine.has_failed() {
            return Err(CommandError::Stopped("the engine did not answer everything"));
        }
        Ok(driven)
    }
}

/// Payment number `i`, before it is put into a message: a card picked by a fixed rule that visits all of
/// them, an ordinary amount, one of the merchants.
pub struct Pick {
    pub card: u64,
    pub merchant: u64,
    pub minor: i64,
}

impl Pick {
    pub fn of(i: u64, people: &People) -> Self {
        // SplitMix64's finalizer: spreads the numbers, the same in every run.
        let mut mixed = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^= mixed >> 31;
        Self {
            card: mixed % (people.keys.len().max(1) as u64),
            merchant: (mixed >> 20) % u64::from(MERCHANTS),
            minor: 500 + i64::try_from((mixed >> 40) % 20_000).unwrap_or(0),
        }
    }
}

/// That payment as the engine gets it.
pub fn payment(people: &People, i: u64, at: Timestamp, arrived_us: u64) -> AuthorizationRequest {
    let Pick { card, merchant, minor } = Pick::of(i, people);
    let at_card = usize::try_from(card).unwrap_or(0);
    AuthorizationRequest {
        class: Class::Authorization,
        purpose: Purpose::Purchase,
        card: people.keys.get(at_card).copied().unwrap_or_default(),
        range: 0,
        proofs: Proofs::default(),
        amounts: Amounts {
            transaction: Money::new(minor, Currency::CNY),
            billing: None,
            remaining_minor: None,
        },
        at,
        at_arrival: false,
        arrived_us,
        trace: Trace {
            stan: u32::try_from(i % 1_000_000).unwrap_or(0),
            rrn: format!("{:012}", i % 1_000_000_000_000),
            acquirer: "00000000042".to_owned(),
            local: "0312201436".to_owned(),
            transmitted: "0312121436".to_owned(),
        },
        site: Where {
            terminal: format!("T{merchant:07}"),
            merchant: format!("M{merchant:014}"),
            name: "Wild Plum Noodles".to_owned(),
            city: "Shanghai".to_owned(),
            country: 156,
            mcc: 5_812,
            place: Some(decision::Place { lat: 31.2, lon: 121.4 }),
        },
        channel: decision::Channel::Contactless,
        card_present: true,
        partial_ok: false,
        approved_elsewhere: false,
        original: None,
    }
}
