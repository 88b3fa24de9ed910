//! `cardea backup --to PATH`: a consistent copy of a database, also while a server works on it.
//!
//! It runs as a process of its own beside the server and reads one snapshot, so it asks the server for nothing
//! but the disk and a share of a processor. Taking a copy of everything is an act: its entry in the log is written
//! before the snapshot is opened, and is in the copy.

use super::{CommandError, node, print};
use crate::commands::progress::Steps;
use clap::Args;
use kernel::{Actor, Channel, Clock, IdMint};
use platform::audit::Entry;
use platform::backup::{self, BACKUP_TAKEN, Taken};
use platform::config::Config;
use platform::db::Db;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to copy, and where to.
#[derive(Args, Debug, Clone)]
pub struct BackupArgs {
    /// The new file; or a folder, in which the file is named after the time.
    #[arg(long, value_name = "FILE|FOLDER")]
    pub to: PathBuf,
    #[command(flatten)]
    pub from: Source,
    /// Writes the result as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Which database.
#[derive(Args, Debug, Clone)]
#[group(required = true, multiple = false)]
pub struct Source {
    /// The settings file of the server.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The address of the database: `sqlite://PATH` or `postgres://…`.
    #[arg(long)]
    pub database: Option<String>,
}

impl Source {
    /// The address, and the data directory where settings tell it.
    pub(super) fn resolve(&self) -> Result<(String, Option<PathBuf>), CommandError> {
        match (&self.database, &self.config) {
            (Some(url), _) => Ok((url.clone(), None)),
            (None, settings) => {
                let config = Config::load(settings.as_deref()).map_err(CommandError::other)?;
                Ok((config.database_url().expose().clone(), Some(config.data_dir)))
            }
        }
    }
}

/// Takes the backup and says what is in it.
pub async fn run(args: BackupArgs, clock: Arc<dyn Clock>) -> Result<(), CommandError> {
    let (url, _) = args.from.resolve()?;
    refuse_absent(&url)?;
    let path = place(&args.to, &*clock)?;
    if path.exists() {
        return Err(backup::BackupError::Exists(path).into());
    }
    let started_us = clock.monotonic_us();
    let db = Db::connect(&url, Arc::clone(&clock), Arc::new(IdMint::new(node::BACKUP))).await?;
    let entry = Entry::new(Actor::System, Channel::Console, BACKUP_TAKEN);
    db.write().await?.commit(entry).await?;
    let steps = Steps::start();
    let taken = backup::take(&db, &path, &steps.progress).await;
    steps.finish();
    let seconds = seconds(clock.monotonic_us().saturating_sub(started_us));
    report(&taken?, &path, seconds, args.json)
}

/// A backup of a file that is not there would be one of a new, empty database.
pub(super) fn refuse_absent(url: &str) -> Result<(), CommandError> {
    match url.strip_prefix("sqlite://").map(Path::new).filter(|file| !file.exists()) {
        Some(file) => Err(CommandError::Other(format!("there is no database at {}", file.display()))),
        None => Ok(()),
    }
}

fn place(to: &Path, clock: &dyn Clock) -> Result<PathBuf, CommandError> {
    if !to.is_dir() {
        return Ok(to.to_owned());
    }
    let now = clock.now().to_jiff().ok_or(CommandError::Stopped("the clock"))?;
    Ok(to.join(format!("cardea-{}.backup", now.strftime("%Y%m%dT%H%M%SZ"))))
}

pub(super) fn seconds(us: u64) -> f64 {
    (us / 1_000) as f64 / 1_000.0
}

fn report(taken: &Taken, path: &Path, seconds: f64, json: bool) -> Result<(), CommandError> {
    let manifest = &taken.manifest;
    if json {
        let tables: serde_json::Map<_, _> =
            manifest.tables.iter().map(|table| (table.name.clone(), json!(table.rows))).collect();
        let report = json!({
            "path": path, "bytes": taken.bytes, "sha256": taken.seal, "seconds": seconds,
            "database": manifest.database, "made_at": manifest.made_at, "rows": manifest.rows(),
            "tables": tables, "left_out": manifest.left_out,
        });
        print(&report.to_string());
    } else {
        print(&format!(
            "{}: {} rows of {} tables in {} MiB, {seconds:.1} s\n  no key is in it: keep the keys elsewhere, and \
             the published log with it\n  check it with: cardea restore {} --check",
            path.display(),
            manifest.rows(),
            manifest.tables.len(),
            taken.bytes.div_ceil(1 << 20),
            path.display(),
        ));
    }
    Ok(())
}
