//! Rotation from the command line. A running server does the work and this shows how far it is; without one the
//! command works itself, so a rotation that was cut off is finished by the same command again.

use super::{CommandError, Config, node, print};
use crate::keys;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kernel::{Actor, Channel, Clock, IdMint, Sleep};
use platform::clock::{SystemClock, SystemRandom, TokioSleep};
use platform::db::Db;
use platform::keys::{Progress, Rotation, columns};
use std::{path::PathBuf, sync::Arc, time::Duration};
use vault::KeyCheck;

/// How often the bar moves.
const EVERY: Duration = Duration::from_millis(500);
/// How long a running server has to notice the new key.
const NOTICE: Duration = Duration::from_secs(30);

/// `cardea keys rotate`.
#[derive(Args, Debug, Clone)]
pub struct RotateArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    given: keys::Given,
    /// Finish a rotation that was cut off, without making another key.
    #[arg(long)]
    resume: bool,
}

/// `cardea keys retire`.
#[derive(Args, Debug, Clone)]
pub struct RetireArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    given: keys::Given,
    /// The version of the master key to destroy.
    version: u32,
}

/// `cardea keys status`.
#[derive(Args, Debug, Clone)]
pub struct StatusArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    given: keys::Given,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

const BY: (Actor, Channel) = (Actor::System, Channel::Console);

/// The database and keys of these settings; the keys must belong to the database.
async fn prepare(config: &Config, given: &keys::Given) -> Result<Rotation, CommandError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let mint = Arc::new(IdMint::new(node::ROTATION));
    let db = Db::connect(config.database_url().expose(), clock, mint).await?;
    let ring = keys::open_with(config, given)?;
    platform::keys::bind(&db, &ring).await.map_err(CommandError::other)?;
    Ok(Rotation {
        db,
        keys: Arc::new(ring),
        random: Arc::new(SystemRandom),
        columns: columns(features::ALL),
        rows_per_second: config.keys.rotate_rows_per_second,
    })
}

pub(super) async fn rotate(args: RotateArgs) -> Result<(), CommandError> {
    let config = Config::load(Some(&args.config)).map_err(CommandError::other)?;
    let rotation = prepare(&config, &args.given).await?;
    let served = tokio::net::TcpStream::connect(&config.http.listen).await.is_ok();
    let unfinished = rotation.progress().await.map_err(CommandError::other)?;
    let unfinished = unfinished.filter(|progress| progress.finished_at.is_none());
    match (args.resume, unfinished) {
        (false, Some(progress)) => {
            return Err(CommandError::Other(format!(
                "the rotation to master key {} is not finished; finish it with --resume",
                progress.version
            )));
        }
        (true, None) => return Err(CommandError::Other("there is no rotation to finish".to_owned())),
        (true, Some(_)) => {}
        (false, None) => {
            // Beside a server only the keys are touched: it notices the new one and writes the database itself.
            let version = match served {
                true => rotation.keys.module().add_master(&SystemRandom)?,
                false => rotation.begin(BY).await.map_err(CommandError::other)?,
            };
            print(&format!("master key {version} wraps from now on"));
        }
    }
    let version = i64::from(rotation.keys.master_version()?);
    let working = rotation.clone();
    let work = async move {
        // A server that answers does the work with its own settings.
        if served {
            std::future::pending::<()>().await;
        }
        while !working.run(&TokioSleep).await.map_err(CommandError::other)? {
            TokioSleep.sleep(EVERY).await;
        }
        Ok::<(), CommandError>(())
    };
    tokio::select! {
        done = work => done?,
        done = watch(&rotation, version, served) => done?,
    }
    print("every data key is wrapped anew; retire the old master key with: cardea keys retire");
    Ok(())
}

/// Shows how far the rotation is until it is finished.
async fn watch(rotation: &Rotation, version: i64, served: bool) -> Result<(), CommandError> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} rows {per_sec} {eta}") {
        bar.set_style(style);
    }
    let mut waited = Duration::ZERO;
    loop {
        let progress = rotation.progress().await.map_err(CommandError::other)?;
        let progress = progress.filter(|progress| progress.version >= version);
        if progress.is_none() && served && waited > NOTICE {
            return Err(CommandError::Other(
                "the server has not noticed the new key: look at its log. The rotation goes on when it starts again"
                    .to_owned(),
            ));
        }
        if let Some(Progress { rows_total, rows_done, finished_at, .. }) = progress {
            bar.set_length(u64::try_from(rows_total).unwrap_or(0));
            bar.set_position(u64::try_from(rows_done).unwrap_or(0));
            if finished_at.is_some() {
                bar.finish_and_clear();
                return Ok(());
            }
        }
        TokioSleep.sleep(EVERY).await;
        waited = waited.saturating_add(EVERY);
    }
}

pub(super) async fn retire(args: RetireArgs) -> Result<(), CommandError> {
    let config = Config::load(Some(&args.config)).map_err(CommandError::other)?;
    let rotation = prepare(&config, &args.given).await?;
    keys::follow_rotation(&config)?;
    rotation.retire(args.version, BY).await.map_err(CommandError::other)?;
    print(&format!("master key {} is destroyed; copies of the key file before still have it", args.version));
    Ok(())
}

pub(super) async fn status(args: StatusArgs) -> Result<(), CommandError> {
    let config = Config::load(Some(&args.config)).map_err(CommandError::other)?;
    let rotation = prepare(&config, &args.given).await?;
    let checks = rotation.keys.check_values()?;
    let rows = rotation.rows().await.map_err(CommandError::other)?;
    let progress = rotation.progress().await.map_err(CommandError::other)?;
    let module = rotation.keys.module().describe();
    if args.json {
        let checks: Vec<_> = checks.iter().map(check_as_json).collect();
        let all = serde_json::json!({ "module": module, "keys": checks, "rows": rows, "rotation": progress });
        print(&all.to_string());
        return Ok(());
    }
    let mut text = module;
    for check in &checks {
        text.push_str(&format!("\n  {:<28} {:>4}  {}", check.name, check.number, check.value));
    }
    for rows in &rows {
        text.push_str(&format!("\n  {} rows of {} under master key {}", rows.rows, rows.table, rows.version));
    }
    if let Some(Progress { version, rows_total, rows_done, finished_at, .. }) = progress {
        let state = if finished_at.is_some() { "finished" } else { "under way" };
        text.push_str(&format!("\n  rotation to {version}: {rows_done} of {rows_total} rows, {state}"));
    }
    print(&text);
    Ok(())
}

pub(super) fn check_as_json(check: &KeyCheck) -> serde_json::Value {
    serde_json::json!({ "name": check.name, "number": check.number, "check_value": check.value })
}
