//! `cardea replay`: a file of card payments, sent as ISO 8583 to a running server.
//!
//! Events keep their own time in DE7: against a server with `serve --clock driven` the file's calendar is the
//! calendar of the decisions. Rows that can't be read are told on standard error, with line and reason, and
//! counted; the rest is sent.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use kernel::{Clock, Sleep};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::progress::Progress;
use super::sending::{READY_MAX, Ready, Sending};
use super::{CommandError, DialectName, FormatName, show};
use crate::traffic::datasets::{RowProblem, Transactions, date_start_us};
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
    let (source, reader) = read_ahead(transactions, part, problems.clone());
    let sending = Sending {
        address: args.to,
        dialect: args.dialect.built_in(),
        connections: args.connections,
        pace: Pace::of_rate(args.rate),
        patience: Duration::from_secs(args.patience),
        clock,
        sleep,
    };
    let sent = sending.run(source, progress.answered()).await;
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

/// Reads and maps on a thread of its own, so that the sender only sends.
fn read_ahead(
    transactions: Transactions,
    part: Part,
    problems: Problems,
) -> (Receiver<Ready>, tokio::task::JoinHandle<()>) {
    let (queue, source) = channel(READY_MAX);
    let reader = tokio::task::spawn_blocking(move || read(transactions, &part, &problems, &queue));
    (source, reader)
}

fn read(transactions: Transactions, part: &Part, problems: &Problems, queue: &Sender<Ready>) {
    let mut taken = 0;
    for item in transactions {
        let event = match item {
            Ok(event) => event,
            Err(problem) => {
                problems.tell(&problem);
                continue;
            }
        };
        if !part.contains(event.at_us) {
            continue;
        }
        if taken >= part.limit {
            return;
        }
        taken += 1;
        let message = match iso_mapping::request(&event) {
            Ok(message) => message,
            Err(error) => {
                problems.tell(&RowProblem { line: event.row + 1, reason: error.to_string(), ends: false });
                continue;
            }
        };
        let ready = Ready { message, judged: Judged::of(&event), card: event.customer, due_us: None };
        if queue.blocking_send(ready).is_err() {
            return;
        }
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
