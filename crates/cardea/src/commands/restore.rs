//! `cardea restore FILE --database URL`: a backup, checked to its last byte, into an empty database.
//!
//! Nothing is touched before the whole file was read and found undamaged. The rows, what is re-applied and the
//! new epoch become visible in one step at the end; a restore that is killed leaves nothing that could be served.

mod missing;

use super::backup::{Source, refuse_absent, seconds};
use super::{CommandError, node, print};
use crate::commands::progress::Steps;
use clap::Args;
use kernel::{Actor, Channel, Clock, IdMint};
use missing::{Missing, Reapplied};
use platform::audit::Entry;
use platform::audit::note::VerifierKey;
use platform::backup::{self, DATABASE_RESTORED, Epoch, Fence, Manifest, Replayed};
use platform::clock::SystemRandom;
use platform::db::Db;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to restore, and where to.
#[derive(Args, Debug, Clone)]
pub struct RestoreArgs {
    /// The backup.
    pub file: PathBuf,
    #[command(flatten)]
    pub to: Target,
    /// The folder of the published log: what it knows beyond the backup is read back, and what protects is done again.
    #[arg(long, value_name = "FOLDER")]
    pub log: Option<PathBuf>,
    /// The public key of the log (name+id+key), to check the checkpoint's signature.
    #[arg(long, value_name = "FILE", requires = "log")]
    pub vkey: Option<PathBuf>,
    /// A new file for the payments that are missing, one a line.
    #[arg(long, value_name = "FILE", requires = "log")]
    pub missing: Option<PathBuf>,
    /// Writes the result as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Into which database, or into none.
#[derive(Args, Debug, Clone)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// The settings file of the server that will serve it; its fence is renewed.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The address of the empty database: `sqlite://PATH` (a file that does not exist) or `postgres://…`.
    #[arg(long)]
    pub database: Option<String>,
    /// Reads and checks the backup, and restores nothing.
    #[arg(long)]
    pub check: bool,
}

/// What came of it.
struct Report {
    manifest: Manifest,
    epoch: Option<Epoch>,
    log: Option<(Missing, Reapplied, Replayed)>,
    seconds: f64,
}

/// Checks and restores.
pub async fn run(args: RestoreArgs, clock: Arc<dyn Clock>) -> Result<(), CommandError> {
    let started_us = clock.monotonic_us();
    let steps = Steps::start();
    let done = restore(&args, &clock, &steps).await;
    steps.finish();
    let mut done = done?;
    done.seconds = seconds(clock.monotonic_us().saturating_sub(started_us));
    report(&args, &done);
    Ok(())
}

async fn restore(args: &RestoreArgs, clock: &Arc<dyn Clock>, steps: &Steps) -> Result<Report, CommandError> {
    let manifest = backup::check(&args.file).await?;
    if args.to.check {
        return Ok(Report { manifest, epoch: None, log: None, seconds: 0.0 });
    }
    let source = Source { config: args.to.config.clone(), database: args.to.database.clone() };
    let (url, folder) = source.resolve()?;
    let time = (Arc::clone(clock), Arc::new(IdMint::new(node::BACKUP)));
    let mut restoring = backup::restore(&url, &args.file, &manifest, time, &steps.progress).await?;
    let log = match &args.log {
        Some(folder) => {
            let key = args.vkey.as_deref().map(verifier).transpose()?;
            Some(missing::replay(&mut restoring, folder, key.as_ref(), args.missing.as_deref()).await?)
        }
        None => None,
    };
    let epoch = restoring.begin_epoch(&SystemRandom).await?;
    let entry = Entry::new(Actor::System, Channel::Console, DATABASE_RESTORED).subject(&epoch.mark);
    let detail = json!({ "epoch": epoch.number, "made_at": manifest.made_at, "rows": manifest.rows() });
    restoring.commit(entry.detail(detail)).await?;
    if let Some(folder) = folder {
        refuse_absent(&url)?;
        let db = Db::connect(&url, Arc::clone(clock), Arc::new(IdMint::new(node::BACKUP))).await?;
        Fence::renew(&db, &folder).await.map_err(CommandError::other)?;
    }
    Ok(Report { manifest, epoch: Some(epoch), log, seconds: 0.0 })
}

fn verifier(path: &Path) -> Result<VerifierKey, CommandError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::Other(format!("{}: {error}", path.display())))?;
    VerifierKey::parse(&text).map_err(CommandError::other)
}

fn report(args: &RestoreArgs, report: &Report) {
    let manifest = &report.manifest;
    if args.json {
        let tables: serde_json::Map<_, _> =
            manifest.tables.iter().map(|table| (table.name.clone(), json!(table.rows))).collect();
        let report = json!({
            "restored": report.epoch.is_some(), "epoch": report.epoch, "made_at": manifest.made_at,
            "taken_from": manifest.database, "program": manifest.program, "rows": manifest.rows(),
            "tables": tables, "left_out": manifest.left_out, "seconds": report.seconds,
            "missing": report.log.as_ref().map(|(missing, ..)| missing),
            "reapplied": report.log.as_ref().map(|(_, reapplied, _)| reapplied),
            "log": report.log.as_ref().map(|(.., log)| json!({ "from": log.from, "to": log.to })),
        });
        return print(&report.to_string());
    }
    let at = jiff::Timestamp::from_microsecond(manifest.made_at).unwrap_or_default();
    let mut text = format!(
        "{}: whole. Taken at {at} from {} by version {}: {} rows of {} tables",
        args.file.display(),
        manifest.database,
        manifest.program,
        manifest.rows(),
        manifest.tables.len()
    );
    match &report.epoch {
        None => text.push_str("\nNothing was restored."),
        Some(epoch) => text.push_str(&format!(
            "\nRestored in {:.1} s; the database begins its epoch {}.\nSessions, links, codes and kept answers of \
             the API are not in a backup: everybody signs in anew.",
            report.seconds, epoch.number
        )),
    }
    match (&report.log, &report.epoch) {
        (Some((missing, reapplied, _)), _) => text.push_str(&missing.told(reapplied)),
        (None, Some(_)) => text.push_str(
            "\nNo log was given (--log): nobody has done again what was blocked or erased after the backup.",
        ),
        (None, None) => {}
    }
    print(&text);
}
