//! `cardea import`: the people and payments of a public data set, as customers, cards and history.
//!
//! Problem: rules that look at habits know nothing on the first day, and a replay needs accounts to pay from.
//! Design: everybody in the data gets a customer, an account and a card of the test range; then the payments of
//! the chosen part go through the engine as payments of the past, which reserve nothing and ask no rule but teach
//! the card its habits. Fraud becomes known some days after the payment, as in life, and only what was known by
//! the end of the import is written down: a replay that goes on from there is not told the future.
//!
//! The clock is the data's: accounts are opened at the time of the first payment, and the log's entries have the
//! dates of what they tell. Safe to run again, also after a crash: people are known by their cards, payments by
//! their message keys, and every transaction is whole. A row that can't be used is told with line and reason, and
//! the others go on. What it does not do: run beside a server on SQLite, which has one writer; it says so.

mod history;
mod people;
#[cfg(test)]
mod tests;

use super::progress::Progress;
use super::replay::{Part, Problems};
use super::{CommandError, FormatName, node, print};
use crate::issuer::IssuerData;
use crate::server;
use crate::traffic::datasets::{Format, Transactions};
use clap::Args;
use decision::CrossTables;
use features::accounts::Accounts;
use features::authorizations::{Engine, EngineSettings};
use history::{Chunk, History};
use kernel::{Clock, DAY_US, IdMint, Random, Timestamp};
use people::Desk;
use platform::clock::{DrivenClock, SystemClock, SystemRandom, TokioSleep};
use platform::config::Config;
use platform::db::Db;
use platform::telemetry;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, RwLock};
use vault::KeyRing;

/// Chunks that were read and wait for the engine.
const CHUNKS_AHEAD: usize = 4;

/// What to import, and where to.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The format of the files.
    #[arg(long, value_enum)]
    pub format: FormatName,
    /// The payments, .csv or .csv.gz.
    #[arg(long)]
    pub transactions: PathBuf,
    /// The people of a sparkov file (customers.csv); the one beside the file where not given.
    #[arg(long)]
    pub customers: Option<PathBuf>,
    /// The settings file of the server whose database is filled.
    #[arg(long)]
    pub config: PathBuf,
    /// Only payments from this date on, YYYY-MM-DD; accounts are opened for everybody in the file.
    #[arg(long)]
    pub from: Option<String>,
    /// Only payments before this date, YYYY-MM-DD.
    #[arg(long)]
    pub until: Option<String>,
    /// Open customers, accounts and cards, and import no payment.
    #[arg(long)]
    pub accounts_only: bool,
    /// Credit limit of each account, minor units of its currency.
    #[arg(long, default_value_t = 5_000_000)]
    pub limit_minor: i64,
    /// Days after which a fraud becomes known; 0 writes every label at once.
    #[arg(long, default_value_t = 7)]
    pub label_delay_days: u16,
    /// One JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

/// What an import came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ImportReport {
    /// Opened now.
    pub customers: u64,
    /// Opened now.
    pub accounts: u64,
    /// Issued now.
    pub cards: u64,
    /// Taken in now.
    pub payments: u64,
    /// Payments that an earlier run had taken in.
    pub payments_before: u64,
    /// Frauds that were known by the end.
    pub labels: u64,
    /// Rows that could not be used.
    pub bad_rows: u64,
    /// Seconds from the first row to the last commit.
    pub elapsed_s: f64,
    /// Payments a second.
    pub payments_per_s: f64,
}

/// Imports and shows the figures.
///
/// # Errors
/// [`CommandError`] where the files, the database or the keys can't be used; what was committed before stays.
pub async fn run(args: ImportArgs) -> Result<(), CommandError> {
    let config = Config::load(Some(&args.config)).map_err(CommandError::other)?;
    telemetry::install_logs(&config.telemetry).map_err(CommandError::other)?;
    let keys = crate::keys::open(&config)?;
    let report = import(&args, &config, keys).await?;
    print(&if args.json { serde_json::to_string(&report)? } else { report.to_string() });
    Ok(())
}

/// Imports.
pub(super) async fn import(
    args: &ImportArgs,
    config: &Config,
    keys: KeyRing,
) -> Result<ImportReport, CommandError> {
    refuse_beside_a_server(config).await?;
    let format = Format::from(args.format);
    let part = Part::between(args.from.as_deref(), args.until.as_deref())?;
    let transactions = Transactions::open(&args.transactions, format, args.customers.as_deref())?;
    let (problems, progress) = (Problems::default(), Progress::of_file(transactions.so_far()));
    transactions.customer_problems().iter().for_each(|problem| problems.tell(problem));
    let following = progress.follow(Arc::new(TokioSleep));
    let (queue, mut chunks) = tokio::sync::mpsc::channel(CHUNKS_AHEAD);
    let reading = problems.clone();
    let reader = tokio::task::spawn_blocking(move || history::read(transactions, &part, &reading, &queue));
    let done = take_in(args, config, keys, &mut chunks, (&problems, &progress)).await;
    following.abort();
    progress.finish();
    drop(chunks);
    // The reader ends with its queue; what it could not read it has told.
    let _ended = reader.await;
    done.map(|report| ImportReport { bad_rows: problems.count(), ..report })
}

async fn take_in(
    args: &ImportArgs,
    config: &Config,
    keys: KeyRing,
    chunks: &mut tokio::sync::mpsc::Receiver<Chunk>,
    (problems, progress): (&Problems, &Progress),
) -> Result<ImportReport, CommandError> {
    let machine = SystemClock::default();
    let started_us = machine.monotonic_us();
    let mut report = ImportReport::default();
    let Some(mut chunk) = chunks.recv().await else { return Ok(report) };
    let clock = Arc::new(DrivenClock::new(Timestamp::from_us(chunk.first_us)));
    let db = open(config, &keys, &clock, machine.now()).await?;
    let issuer = IssuerData::embedded()?;
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let accounts = Accounts::new(db.clone(), Arc::new(keys), random);
    let mut desk = Desk::new(accounts, &issuer, args.format.into(), args.limit_minor);
    if Format::from(args.format) == Format::Sparkov {
        let from =
            args.customers.clone().unwrap_or_else(|| args.transactions.with_file_name("customers.csv"));
        report.open(desk.open_file(&from, problems).await?);
    }
    let mut history = History::new(&db, Arc::clone(&clock), engine(&db, &issuer).await?);
    history.label_delay_us = i64::from(args.label_delay_days) * DAY_US;
    if !args.accounts_only {
        history.know_earlier_runs().await?;
    }
    loop {
        // The people of a Sparkov file are all customers by now, or have been told as bad rows.
        if Format::from(args.format) == Format::Handbook {
            report.open(desk.open_newcomers(&chunk.newcomers, problems).await?);
        }
        if !args.accounts_only {
            let done = history.take_in(&chunk, &desk.cards, problems).await?;
            report.payments += done.taken;
            report.payments_before += done.known;
            report.labels += history.tell_labels().await?;
        }
        progress.answered().fetch_add(u64::try_from(chunk.payments.len()).unwrap_or(0), Ordering::Relaxed);
        match chunks.recv().await {
            Some(next) => chunk = next,
            None => break,
        }
    }
    let elapsed_us = machine.monotonic_us().saturating_sub(started_us);
    report.elapsed_s = seconds(elapsed_us);
    report.payments_per_s = rate(report.payments, report.elapsed_s);
    Ok(report)
}

/// The database on the clock of the data. Its ids begin at the machine's time all the same, so that two runs over
/// the same days never make the same one.
async fn open(
    config: &Config,
    keys: &KeyRing,
    clock: &Arc<DrivenClock>,
    machine: Timestamp,
) -> Result<Db, CommandError> {
    let ids = Arc::new(IdMint::new(node::IMPORT));
    ids.next(machine);
    let time: Arc<dyn Clock> = Arc::<DrivenClock>::clone(clock);
    let db = Db::connect(config.database_url().expose(), time, ids).await?;
    db.migrate().await?;
    platform::keys::bind(&db, keys).await.map_err(CommandError::other)?;
    Ok(db)
}

async fn engine(db: &Db, issuer: &IssuerData) -> Result<Engine, CommandError> {
    let policy = Arc::new(server::load_policy(db, issuer).await?);
    let cross = Arc::new(RwLock::new(CrossTables::new()));
    let settings = EngineSettings {
        batch_max: history::CHUNK_ROWS,
        queue_max: history::CHUNK_ROWS,
        // Nobody waits for these answers.
        deadline_us: u64::MAX,
        log: true,
    };
    Ok(Engine::start(db, policy, cross, settings, Vec::new())?)
}

/// SQLite has one writer, and a server's engine that can't write stops. With PostgreSQL both can work.
async fn refuse_beside_a_server(config: &Config) -> Result<(), CommandError> {
    let sqlite = config.database_url().expose().starts_with("sqlite");
    let listen = &config.http.listen;
    if sqlite && tokio::net::TcpStream::connect(listen).await.is_ok() {
        return Err(CommandError::Other(format!(
            "a server answers on {listen}. End it first: a SQLite database has one writer, and the server would \
             not learn what is imported. (With PostgreSQL an import may run beside a server; the server knows the \
             terminals and merchants of the imported payments after its next start.)"
        )));
    }
    Ok(())
}

impl ImportReport {
    fn open(&mut self, opened: u64) {
        self.customers += opened;
        self.accounts += opened;
        self.cards += opened;
    }
}

impl std::fmt::Display for ImportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "opened     {} customers, {} accounts, {} cards",
            self.customers, self.accounts, self.cards
        )?;
        writeln!(f, "payments   {} ({} were there before)", self.payments, self.payments_before)?;
        writeln!(f, "labels     {} frauds known", self.labels)?;
        writeln!(f, "bad rows   {}", self.bad_rows)?;
        write!(f, "time       {:.1} s, {:.0} payments a second", self.elapsed_s, self.payments_per_s)
    }
}

/// Seconds for people; a fraction is lost only beyond 285 years.
fn seconds(us: u64) -> f64 {
    std::time::Duration::from_micros(us).as_secs_f64()
}

fn rate(count: u64, elapsed_s: f64) -> f64 {
    // A count of rows of a file is far below 2^53.
    if elapsed_s > 0.0 { count as f64 / elapsed_s } else { 0.0 }
}
