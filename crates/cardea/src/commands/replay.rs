//! `cardea replay`: a file of card payments, sent as ISO 8583 to a running server.
//!
//! Events keep their own time in DE7: against a server with `serve --clock driven` the file's calendar is the
//! calendar of the decisions: the first message, a sign-on, says when it begins, because DE7 has no year. Each
//! fraud is reported some days of the data's time later, as it would become known in life, also those of the days
//! before the part that is sent; a server that is not driven answers that it does not understand. Rows that can't be read are told on standard error, with line and reason, and
//! counted; the rest is sent.

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use kernel::{Clock, DAY_US, Sleep};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::progress::Progress;
use super::sending::{READY_MAX, Ready, Sending};
use super::{CommandError, DialectName, FormatName, show};
use crate::traffic::datasets::{RowProblem, Transactions, date_start_us};
use crate::traffic::event::TrafficEvent;
use crate::traffic::iso_mapping;
use crate::traffic::pace::Pace;
use crate::traffic::report::{Judged, ReplayReport};

/// Bad rows that are told one by one; the others are only counted.
const PROBLEMS_SHOWN_MAX: u64 = 20;

/// Send a file of card payments to a running server and count the answers.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The file, .csv or .csv.gz.
    pub file: PathBuf,
    /// The format of the file.
    #[arg(long, value_enum)]
    pub format: FormatName,
    /// The people of a sparkov file (customers.csv); the one beside the file where not given.
    #[arg(long)]
    pub customers: Option<PathBuf>,
    /// Where to send, HOST:PORT.
    #[arg(long, default_value = "127.0.0.1:8583")]
    pub to: String,
    /// Payments a second; 0 sends as fast as answers come.
    #[arg(long, default_value_t = 0)]
    pub rate: u32,
    /// Only payments from this date on, YYYY-MM-DD.
    #[arg(long)]
    pub from: Option<String>,
    /// Only payments before this date, YYYY-MM-DD.
    #[arg(long)]
    pub until: Option<String>,
    /// At most so many payments.
    #[arg(long)]
    pub limit: Option<u64>,
    /// Connections; payments of a card stay on one.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub connections: u16,
    /// The dialect of the port.
    #[arg(long, value_enum, default_value_t = DialectName::Ascii)]
    pub dialect: DialectName,
    /// Whether frauds are reported to a driven server when they become known.
    #[arg(long, value_parser = ["on", "off"], default_value = "on")]
    pub labels: String,
    /// Days after which a fraud becomes known.
    #[arg(long, default_value_t = 7)]
    pub label_delay_days: u16,
    /// Seconds that the last answers are waited for.
    #[arg(long, default_value_t = 15)]
    pub patience: u64,
    /// One JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command and shows its figures.
///
/// # Errors
/// [`CommandError`] where the file or the server can't be used, or a connection is lost on the way.
pub async fn run(args: ReplayArgs, clock: Arc<dyn Clock>, sleep: Arc<dyn Sleep>) -> Result<(), CommandError> {
    let json = args.json;
    let (address, (report, lost)) = (args.to.clone(), replay(args, clock, sleep).await?);
    show(&report, json)?;
    if lost { Err(CommandError::Lost { address, sent: report.sent }) } else { Ok(()) }
}

/// Sends the file. The figures, and whether a connection was lost on the way.
pub(super) async fn replay(
    args: ReplayArgs,
    clock: Arc<dyn Clock>,
    sleep: Arc<dyn Sleep>,
) -> Result<(ReplayReport, bool), CommandError> {
    let part = Part::of(&args)?;
    let transactions = Transactions::open(&args.file, args.format.into(), args.customers.as_deref())?;
    let problems = Problems::default();
    for problem in transactions.customer_problems() {
        problems.tell(problem);
    }
    let progress = match args.limit {
        Some(limit) => Progress::of_payments(Some(limit)),
        None => Progress::of_file(transactions.so_far()),
    };
    let following = progress.follow(Arc::clone(&sleep));
    let reporting = (args.labels == "on").then(|| i64::from(args.label_delay_days) * DAY_US);
    let (mut source, reader) = read_ahead(transactions, part, Labels::after(reporting), problems.clone());
    let sending = Sending {
        address: args.to,
        dialect: args.dialect.built_in(),
        connections: args.connections,
        pace: Pace::of_rate(args.rate),
        patience: Duration::from_secs(args.patience),
        clock,
        sleep,
    };
    let sent = match source.start.take() {
        None => sending.run(source.payments, progress.answered()).await,
        Some(start) => match begin(&sending, start).await {
            Ok(()) => sending.run(source.payments, progress.answered()).await,
            Err(error) => Err(error),
        },
    };
    following.abort();
    progress.finish();
    let sent = sent?;
    // The reader ends with its queue; a panic there would already have ended the queue early.
    let _ended = reader.await;
    let report = sent.replay.report(sent.elapsed_us, problems.count());
    if report.sent == 0 {
        return Err(CommandError::NothingToSend { path: args.file });
    }
    Ok((report, sent.lost))
}

/// The part of a file that was asked for.
pub(super) struct Part {
    from_us: i64,
    until_us: i64,
    limit: u64,
}

impl Part {
    fn of(args: &ReplayArgs) -> Result<Self, CommandError> {
        let whole = Self::between(args.from.as_deref(), args.until.as_deref())?;
        Ok(Self { limit: args.limit.unwrap_or(u64::MAX), ..whole })
    }

    /// From the first date on and before the second.
    pub(super) fn between(from: Option<&str>, until: Option<&str>) -> Result<Self, CommandError> {
        let date = |text: Option<&str>, open: i64| match text {
            None => Ok(open),
            Some(text) => date_start_us(text).ok_or_else(|| CommandError::NotADate { text: text.to_owned() }),
        };
        Ok(Self { from_us: date(from, i64::MIN)?, until_us: date(until, i64::MAX)?, limit: u64::MAX })
    }

    /// Whether a payment of that time belongs to it.
    pub(super) fn contains(&self, at_us: i64) -> bool {
        (self.from_us..self.until_us).contains(&at_us)
    }
}

/// Signs on and says when the first payment was made. Nothing to send is told later.
async fn begin(sending: &Sending, start: oneshot::Receiver<i64>) -> Result<(), CommandError> {
    let Ok(first_us) = start.await else { return Ok(()) };
    let message = iso_mapping::sign_on(first_us).map_err(CommandError::other)?;
    match sending.ask(message).await?.as_str() {
        "00" => Ok(()),
        code => Err(CommandError::Other(format!("{} refused the sign-on with {code}", sending.address))),
    }
}

/// What the reading thread gives.
struct Source {
    /// When the first payment was made, as soon as it is known.
    start: Option<oneshot::Receiver<i64>>,
    payments: Receiver<Ready>,
}

/// Frauds that have not become known yet.
struct Labels {
    delay_us: Option<i64>,
    waiting: VecDeque<(i64, Ready)>,
}

impl Labels {
    /// `None` reports nothing.
    fn after(delay_us: Option<i64>) -> Self {
        Self { delay_us, waiting: VecDeque::new() }
    }

    /// Remembers a fraud; one that was known before `from_us` has been reported already.
    fn remember(&mut self, event: &TrafficEvent, from_us: i64) {
        let Some(delay_us) = self.delay_us.filter(|_| event.label.is_fraud()) else { return };
        let known_us = event.at_us.saturating_add(delay_us);
        if known_us < from_us {
            return;
        }
        // A payment without a message has no label either; that it has none is told where it is sent.
        if let Ok(message) = iso_mapping::fraud_label(event, known_us) {
            let judged = Judged { fraud: false, stoppable: false };
            let ready = Ready { message, aside: true, judged, card: event.customer, due_us: None };
            self.waiting.push_back((known_us, ready));
        }
    }

    /// The next fraud that is known at `now_us`.
    fn known(&mut self, now_us: i64) -> Option<Ready> {
        let due = self.waiting.front().is_some_and(|(known_us, _)| *known_us <= now_us);
        if due { self.waiting.pop_front().map(|(_, ready)| ready) } else { None }
    }
}

/// Reads and maps on a thread of its own, so that the sender only sends.
fn read_ahead(
    transactions: Transactions,
    part: Part,
    labels: Labels,
    problems: Problems,
) -> (Source, tokio::task::JoinHandle<()>) {
    let (queue, payments) = channel(READY_MAX);
    let (first, start) = oneshot::channel();
    let reading = Reading { part, labels, problems, first: Some(first), taken: 0 };
    let reader = tokio::task::spawn_blocking(move || reading.run(transactions, &queue));
    (Source { start: Some(start), payments }, reader)
}

/// The reading thread.
struct Reading {
    part: Part,
    labels: Labels,
    problems: Problems,
    first: Option<oneshot::Sender<i64>>,
    taken: u64,
}

impl Reading {
    fn run(mut self, transactions: Transactions, queue: &Sender<Ready>) {
        for item in transactions {
            let event = match item {
                Ok(event) => event,
                Err(problem) => {
                    self.problems.tell(&problem);
                    continue;
                }
            };
            if !self.part.contains(event.at_us) {
                if event.at_us < self.part.from_us {
                    self.labels.remember(&event, self.part.from_us);
                }
                continue;
            }
            if self.taken >= self.part.limit || !self.send(&event, queue) {
                return;
            }
        }
    }

    /// Sends a payment, and before it what has become known; `false` when nobody takes anything any more.
    fn send(&mut self, event: &TrafficEvent, queue: &Sender<Ready>) -> bool {
        self.taken += 1;
        let message = match iso_mapping::request(event) {
            Ok(message) => message,
            Err(error) => {
                self.problems.tell(&RowProblem {
                    line: event.row + 1,
                    reason: error.to_string(),
                    ends: false,
                });
                return true;
            }
        };
        if let Some(first) = self.first.take() {
            // Nobody may wait for it: the connection could not be made.
            let _unheard = first.send(event.at_us);
        }
        while let Some(label) = self.labels.known(event.at_us) {
            if queue.blocking_send(label).is_err() {
                return false;
            }
        }
        self.labels.remember(event, self.part.from_us);
        let judged = Judged::of(event);
        let ready = Ready { message, aside: false, judged, card: event.customer, due_us: None };
        queue.blocking_send(ready).is_ok()
    }
}

/// Bad rows, told on standard error as they come.
#[derive(Clone, Default)]
pub(super) struct Problems(Arc<AtomicU64>);

impl Problems {
    pub(super) fn tell(&self, problem: &RowProblem) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        let mut err = std::io::stderr().lock();
        // Nobody may be reading standard error; the count stands all the same.
        let _unheard = match before {
            n if n < PROBLEMS_SHOWN_MAX => writeln!(err, "{problem}"),
            PROBLEMS_SHOWN_MAX => writeln!(err, "further bad rows are only counted"),
            _ => Ok(()),
        };
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
