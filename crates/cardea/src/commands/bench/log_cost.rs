//! What the log costs the engine: two engines over two equal databases, one with the log and one without, in turn.
//!
//! Short runs that alternate, and the median over pairs of neighbours: what else the machine does falls on both.
//! While the engine with the log runs, its log is integrated, signed and published as in a server, on the same
//! processors. What is left over at the end of a run is taken in outside the measured time, and has to be little.

use super::{
    super::CommandError,
    BenchArgs,
    accounts::Stage,
    drive::{Load, engine},
};
use crate::server::log::{covered, key_under};
use features::authorizations::EngineSettings;
use platform::{
    audit::{Log, LogParts, newest_checkpoint, tiles::Folder},
    clock::TokioSleep,
    http::health::Health,
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vault::KeyRing;

/// Pairs of runs.
const PAIRS: usize = 7;
/// The first part of each run is not counted.
const WARM_UP_US: u64 = 300_000;
const COUNTED_US: u64 = 1_000_000;
const CHECKPOINT_US: u64 = 1_000_000;
/// Between two rounds of the log that found little to do, as in a server.
const LOG_PAUSE: Duration = Duration::from_millis(500);

/// What was measured.
pub struct LogCost {
    /// By how much the log lowers the rate, per cent: median over the pairs.
    pub percent: f64,
    /// Leaves that were integrated, signed and published during the runs.
    pub leaves: u64,
}

/// Measures it.
pub async fn measure(args: &BenchArgs, folder: &Path, keys: &Arc<KeyRing>) -> Result<LogCost, CommandError> {
    let with = Stage::open(args, folder, "log_on", keys).await?;
    let without = Stage::open(args, folder, "log_off", keys).await?;
    let (people_with, people_without) = (with.fill(args.accounts)?, without.fill(args.accounts)?);
    let engine_with = engine(&with, EngineSettings::default())?;
    let engine_without = engine(&without, EngineSettings { log: false, ..EngineSettings::default() })?;
    let in_flight = args.in_flight;
    let mut on =
        Load { engine: &engine_with, stage: &with, people: &people_with, rate: 0, in_flight, sent: 0 };
    let mut off = Load {
        engine: &engine_without,
        stage: &without,
        people: &people_without,
        rate: 0,
        in_flight,
        sent: 0,
    };
    let parts = parts(&with, folder.join("published"), keys)?;
    let mut costs = Vec::with_capacity(PAIRS);
    for pair in 0..PAIRS {
        // Which of the two comes first alternates too.
        let (logged, bare) = if pair.is_multiple_of(2) {
            let logged = logged(&mut on, &parts).await?;
            (logged, off.run(WARM_UP_US, COUNTED_US)?.durable_per_s)
        } else {
            let bare = off.run(WARM_UP_US, COUNTED_US)?.durable_per_s;
            (logged(&mut on, &parts).await?, bare)
        };
        costs.push(100.0 * (1.0 - logged / bare.max(1.0)));
    }
    costs.sort_by(f64::total_cmp);
    let leaves = newest_checkpoint(&with.db).await?.map_or(0, |newest| newest.size.cast_unsigned());
    if leaves < on.sent {
        return Err(CommandError::Stopped("the log of the measured payments"));
    }
    Ok(LogCost { percent: costs.get(PAIRS / 2).copied().unwrap_or(0.0), leaves })
}

/// One run with the log at work beside it; payments a second. The log ends between two rounds, not inside of one:
/// what a dropped round has begun to write would meet the next log at the same files.
async fn logged(load: &mut Load<'_>, parts: &LogParts) -> Result<f64, CommandError> {
    let stop = CancellationToken::new();
    let beside = tokio::spawn(beside(parts.clone(), stop.clone()));
    let driven = load.run(WARM_UP_US, COUNTED_US)?;
    stop.cancel();
    beside.await.map_err(CommandError::other)??;
    // A log that starts anew signs at once: everything of this run is published before the next begins.
    while Log::new(parts, 1).round().await.map_err(CommandError::other)? {}
    Ok(driven.durable_per_s)
}

async fn beside(parts: LogParts, stop: CancellationToken) -> Result<(), CommandError> {
    let mut log = Log::new(&parts, 1);
    while !stop.is_cancelled() {
        if !log.round().await.map_err(CommandError::other)? {
            stop.run_until_cancelled(parts.sleep.sleep(LOG_PAUSE)).await;
        }
    }
    Ok(())
}

fn parts(stage: &Stage, folder: std::path::PathBuf, keys: &Arc<KeyRing>) -> Result<LogParts, CommandError> {
    Ok(LogParts {
        db: stage.db.clone(),
        health: Health::new(),
        sleep: Arc::new(TokioSleep),
        key: key_under("bench.example/v1/log", keys)?,
        folder: Folder::new(folder),
        covered: covered(&stage.db),
        interval_us: CHECKPOINT_US,
        witnesses: vec![],
        quorum: 0,
        keepers: vec![],
    })
}
