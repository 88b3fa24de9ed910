//! `cardea simulate`: made-up people pay at a running server.
//!
//! Two paces: `--rate N` sends so many payments a second and lets the calendar run as it may (for load, and for a
//! server with a driven clock); without it the payments keep the rhythm of life, `--speed` times as fast. The
//! people of a demo are those of its seed; their card codes, where a key module made them, come with
//! `--cards cards.csv`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use connectors::iso8583::BuiltIn;
use kernel::{Clock, Sleep};
use platform::clock::{SystemClock, TokioSleep};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::progress::Progress;
use super::sending::{READY_MAX, Ready, Sending};
use super::{CommandError, DialectName, show};
use crate::sample::SEED;
use crate::traffic::datasets::date_start_us;
use crate::traffic::iso_mapping;
use crate::traffic::pace::Pace;
use crate::traffic::report::{Judged, ReplayReport};
use crate::traffic::sample_files::read_cards;
use crate::traffic::simulator::{SamplePerson, Simulator, SimulatorPlan, sample_people};
use crate::traffic::terminal::Terminals;

/// The product whose cards are for tests of limits.
const WITHOUT_RULES: &str = "plain";

/// Let made-up people pay at a running server, with fraud among them.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Where to send, HOST:PORT.
    #[arg(long, default_value = "127.0.0.1:8583")]
    pub to: String,
    /// The same seed gives the same people and the same payments; a demo's people have the one set here.
    #[arg(long, default_value_t = SEED)]
    pub seed: u64,
    /// How many people; each pays about four times a day.
    #[arg(long, default_value_t = 1_000)]
    pub people: usize,
    /// The first day, YYYY-MM-DD; now where not given.
    #[arg(long)]
    pub start: Option<String>,
    /// Payments a second; 0 keeps the rhythm of life.
    #[arg(long, default_value_t = 0)]
    pub rate: u32,
    /// How many times faster than life, where no rate is given.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub speed: u32,
    /// End after so many payments.
    #[arg(long)]
    pub limit: Option<u64>,
    /// cards.csv of a demo: only its cards pay, with their expiry and code; those without rules are left alone.
    #[arg(long)]
    pub cards: Option<PathBuf>,
    /// Connections; payments of a card stay on one.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub connections: u16,
    /// The dialect of the port.
    #[arg(long, value_enum, default_value_t = DialectName::Ascii)]
    pub dialect: DialectName,
    /// Seconds that the last answers are waited for.
    #[arg(long, default_value_t = 15)]
    pub patience: u64,
    /// One JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command until its limit and shows its figures.
///
/// # Errors
/// [`CommandError`] where the server can't be used, or a connection is lost on the way.
pub async fn run(
    args: SimulateArgs,
    clock: Arc<dyn Clock>,
    sleep: Arc<dyn Sleep>,
) -> Result<(), CommandError> {
    let json = args.json;
    let (address, (report, lost)) = (args.to.clone(), simulate(args, clock, sleep).await?);
    show(&report, json)?;
    if lost { Err(CommandError::Lost { address, sent: report.sent }) } else { Ok(()) }
}

/// Sends the payments. The figures, and whether a connection was lost on the way.
pub(super) async fn simulate(
    args: SimulateArgs,
    clock: Arc<dyn Clock>,
    sleep: Arc<dyn Sleep>,
) -> Result<(ReplayReport, bool), CommandError> {
    let now_us = clock.now().us();
    let start_us = date_or(args.start.as_deref(), now_us)?;
    let plan = SimulatorPlan::usual(args.people, start_us);
    let mut people = sample_people(args.seed, &plan)?;
    if let Some(cards) = &args.cards {
        people = of_cards(people, cards)?;
    }
    let simulator = Simulator::with_people(args.seed, plan, people.into())?;
    let pace = Pace::of_rate(args.rate);
    let speed = (pace == Pace::FullSpeed).then_some(args.speed);
    let progress = Progress::of_payments(args.limit);
    let following = progress.follow(Arc::clone(&sleep));
    let rhythm = Rhythm { start_us, speed, limit: args.limit.unwrap_or(u64::MAX) };
    let source = make_ahead(simulator, None, rhythm);
    let sending = Sending {
        address: args.to,
        dialect: args.dialect.built_in(),
        connections: args.connections,
        pace,
        patience: Duration::from_secs(args.patience),
        clock,
        sleep,
    };
    let sent = sending.run(source, progress.answered()).await;
    following.abort();
    progress.finish();
    let sent = sent?;
    Ok((sent.replay.report(sent.elapsed_us, 0), sent.lost))
}

/// Sends a simulator's payments in the rhythm of life until the connection ends; chips and PINs are those of
/// `terminals`.
pub(super) async fn live(
    simulator: Simulator,
    terminals: Option<Terminals>,
    address: String,
    start_us: i64,
) -> Result<(), CommandError> {
    let source = make_ahead(simulator, terminals, Rhythm { start_us, speed: Some(1), limit: u64::MAX });
    let sending = Sending {
        address,
        dialect: BuiltIn::Ascii,
        connections: 2,
        pace: Pace::FullSpeed,
        patience: Duration::from_secs(15),
        clock: Arc::new(SystemClock::default()),
        sleep: Arc::new(TokioSleep),
    };
    sending.run(source, Arc::default()).await.map(drop)
}

/// When payments leave where no rate is given.
struct Rhythm {
    start_us: i64,
    speed: Option<u32>,
    limit: u64,
}

fn make_ahead(simulator: Simulator, terminals: Option<Terminals>, rhythm: Rhythm) -> Receiver<Ready> {
    let (queue, source) = channel(READY_MAX);
    tokio::task::spawn_blocking(move || make(simulator, terminals, &rhythm, &queue));
    source
}

fn make(simulator: Simulator, mut terminals: Option<Terminals>, rhythm: &Rhythm, queue: &Sender<Ready>) {
    let mut left = rhythm.limit;
    for event in simulator {
        if left == 0 {
            return;
        }
        left -= 1;
        // The simulator makes nothing that does not fit; were it so, the payment would be left out.
        let Ok(mut message) = iso_mapping::request(&event) else { continue };
        if let Some(terminals) = &mut terminals {
            terminals.prove(&event, &mut message);
        }
        let after_us = u64::try_from(event.at_us.saturating_sub(rhythm.start_us)).unwrap_or(0);
        let due_us = rhythm.speed.map(|speed| after_us / u64::from(speed.max(1)));
        let ready = Ready { message, aside: false, judged: Judged::of(&event), card: event.customer, due_us };
        if queue.blocking_send(ready).is_err() {
            return;
        }
    }
}

/// The people whose cards are in the file, paying with what the file says of them.
fn of_cards(people: Vec<SamplePerson>, path: &Path) -> Result<Vec<SamplePerson>, CommandError> {
    let known = read_cards(path)?;
    let with_known_cards = |mut person: SamplePerson| {
        person.cards.retain_mut(|card| {
            let Some(said) = known.get(&card.pan) else { return false };
            card.expiry = said.expiry;
            card.cvv2 = said.cvv2.clone();
            true
        });
        (!person.cards.is_empty() && person.product != WITHOUT_RULES).then_some(person)
    };
    let kept: Vec<SamplePerson> = people.into_iter().filter_map(with_known_cards).collect();
    if kept.is_empty() {
        return Err(CommandError::NothingToSend { path: path.to_owned() });
    }
    Ok(kept)
}

fn date_or(text: Option<&str>, otherwise_us: i64) -> Result<i64, CommandError> {
    match text {
        None => Ok(otherwise_us),
        Some(text) => date_start_us(text).ok_or_else(|| CommandError::NotADate { text: text.to_owned() }),
    }
}
