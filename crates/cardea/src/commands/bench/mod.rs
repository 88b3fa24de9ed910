//! `cardea bench authorizations`: how many decisions a second become durable, and how long one takes.
//!
//! It opens accounts in a fresh database, sends payments (in process or as ISO 8583 over TCP on this
//! machine), and prints the figures. The baseline writes the very same records, accounts and log entries in
//! the very same batches through the same driver, with no reading and no deciding; the run fails unless both
//! databases then hold the same number of records and bytes, so that the ratio compares like with like.

mod accounts;
mod baseline;
mod cpu;
mod drive;
mod log_cost;
mod proofs;
pub mod sign_ins;
mod tcp;

use super::CommandError;
use crate::traffic::report::BenchReport;
use clap::{Args, ValueEnum};
use features::authorizations::EngineSettings;
use platform::clock::SystemRandom;
use std::sync::Arc;
use vault::KeyRing;

/// What to measure.
#[derive(Args, Debug, Clone)]
pub struct BenchArgs {
    /// Where to write: `sqlite://PATH` (a folder of its own is made beside it) or `postgres://…` (a schema of its
    /// own is made). Without it: SQLite in a temporary folder.
    #[arg(long)]
    pub database: Option<String>,
    /// Accounts to open.
    #[arg(long, default_value_t = 10_000)]
    pub accounts: u32,
    /// How long to measure, seconds.
    #[arg(long, default_value_t = 10)]
    pub seconds: u32,
    /// Payments offered a second; 0: as many as are answered.
    #[arg(long, default_value_t = 0)]
    pub rate: u32,
    /// How payments reach the engine.
    #[arg(long, value_enum, default_value_t = Via::Process)]
    pub via: Via,
    /// Whether entries of the log are written.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub log: Switch,
    /// Payments in flight at saturation.
    #[arg(long, default_value_t = 2_048)]
    pub in_flight: u32,
    /// Let each payment take the whole way of a server and bring this along, and tell what a decision costs then. It is
    /// measured without a baseline, by as many senders as are in flight.
    #[arg(long, value_enum, conflicts_with_all = ["rate", "via", "log"])]
    pub proofs: Option<proofs::Proofs>,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// How payments reach the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// By a call.
    Process,
    /// As ISO 8583 over TCP on this machine.
    Tcp,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off, for comparison.
    Off,
}

/// Runs the measurement and prints it.
pub async fn run(args: BenchArgs) -> Result<(), CommandError> {
    let folder = std::env::temp_dir().join(format!("cardea-bench-{}", std::process::id()));
    let report = told(&args, &folder).await;
    // What the measurement wrote is of no use afterwards; a folder that stays behind is told by its name.
    let _ = std::fs::remove_dir_all(&folder);
    super::print(&report?);
    Ok(())
}

/// Measures, and writes the result as it is asked for.
async fn told(args: &BenchArgs, folder: &std::path::Path) -> Result<String, CommandError> {
    std::fs::create_dir_all(folder)?;
    let keys = KeyRing::create(&SystemRandom).map_err(CommandError::other)?;
    if let Some(proofs) = args.proofs {
        let report = proofs::measure(args, proofs, folder, keys).await?;
        return Ok(if args.json { serde_json::to_string(&report)? } else { report.to_string() });
    }
    let report = measure(args, folder, Arc::new(keys)).await?;
    Ok(if args.json { serde_json::to_string(&report)? } else { report.to_string() })
}

async fn measure(
    args: &BenchArgs,
    folder: &std::path::Path,
    keys: Arc<KeyRing>,
) -> Result<BenchReport, CommandError> {
    let measured = accounts::Stage::open(args, folder, "engine", &keys).await?;
    let commit_ms = measured.commit_ms().await?;
    let people = measured.fill(args.accounts)?;
    let settings = EngineSettings { log: args.log == Switch::On, ..EngineSettings::default() };
    let driven = match args.via {
        Via::Process => drive::in_process(args, &measured, &people, settings).await?,
        Via::Tcp => tcp::over_tcp(args, &measured, &people, settings).await?,
    };
    let rss_mib = resident_mib();
    let baseline = if args.log == Switch::On {
        let bare = accounts::Stage::open(args, folder, "baseline", &keys).await?;
        bare.fill(args.accounts)?;
        baseline::run(&measured, &bare, people).await?
    } else {
        baseline::Bare::default()
    };
    let log_cost = match (args.log, args.via, args.rate) {
        (Switch::On, Via::Process, 0) => Some(log_cost::measure(args, folder, &keys).await?),
        _ => None,
    };
    Ok(BenchReport {
        log_cost_percent: log_cost.as_ref().map(|cost| cost.percent),
        log_leaves: log_cost.as_ref().map(|cost| cost.leaves),
        database: measured.db.kind().to_owned(),
        accounts: u64::from(args.accounts),
        durable_per_s: driven.durable_per_s,
        p50_us: driven.latency.at_per_mille(500),
        p99_us: driven.latency.at_per_mille(990),
        p999_us: driven.latency.at_per_mille(999),
        baseline_per_s: baseline.per_s,
        cpu_us: driven.cpu_us,
        baseline_cpu_us: baseline.cpu_us,
        rss_mib,
        via: match args.via {
            Via::Process => "process".to_owned(),
            Via::Tcp => "tcp".to_owned(),
        },
        rate: args.rate,
        commit_ms,
    })
}

/// Resident memory of this process, MiB; 0 where the system does not tell.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or(0, |kib| kib / 1_024)
}
