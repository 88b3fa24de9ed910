//! `cardea log`: the verifier key that outsiders need, and whether the rows of the database are as they were
//! published.
//!
//! Both only read the log. An outsider checks the published log itself with `cardea-verify`.

use super::CommandError;
use crate::server::log::{covered, key};
use clap::{Args, Subcommand};
use kernel::IdMint;
use platform::{
    audit::{RowsReport, compare_rows, note::LogKey, tiles::Folder},
    clock::SystemClock,
    config::Config,
    db::Db,
};
use std::{path::PathBuf, sync::Arc};

/// What to do with the log.
#[derive(Subcommand, Debug, Clone)]
pub enum LogCommand {
    /// Prints the verifier key: give it to whoever is to check the log.
    Vkey(LogArgs),
    /// Compares every row of the database with the published log, and names the first that differs.
    Verify(VerifyArgs),
}

/// Which log.
#[derive(Args, Debug, Clone)]
pub struct LogArgs {
    /// The settings file of the server.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Which log, and how to say the result.
#[derive(Args, Debug, Clone)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub log: LogArgs,
    /// One JSON object instead of a sentence.
    #[arg(long)]
    pub json: bool,
}

/// Does it.
///
/// # Errors
/// [`CommandError::Tampered`] when a row is not as it was published.
pub async fn run(command: LogCommand) -> Result<(), CommandError> {
    match command {
        LogCommand::Vkey(args) => {
            let (_, _, key) = open(&args).await?;
            super::print(&key.verifier().to_string());
            Ok(())
        }
        LogCommand::Verify(args) => verify(&args).await,
    }
}

async fn open(args: &LogArgs) -> Result<(Config, Db, LogKey), CommandError> {
    let config = Config::load(args.config.as_deref()).map_err(CommandError::other)?;
    let keys = Arc::new(crate::keys::open(&config)?);
    let clock = Arc::new(SystemClock::default());
    let ids = Arc::new(IdMint::new(super::node::LOG));
    let db = Db::connect(config.database_url().expose(), clock, ids).await?;
    let key = key(&db, &config, &keys).await?;
    Ok((config, db, key))
}

async fn verify(args: &VerifyArgs) -> Result<(), CommandError> {
    let (config, db, key) = open(&args.log).await?;
    let folder = Folder::new(config.log_folder());
    let found = compare_rows(&db, &folder, key.verifier(), &covered(&db)).await;
    let report = found.map_err(CommandError::other)?;
    if args.json {
        super::print(&serde_json::to_string(&report)?);
    } else if report.ok {
        super::print(&format!("ok: the database has all {} entries as they were published", report.size));
    }
    match report {
        RowsReport { kind: Some(kind), first_bad: Some(index), .. } => {
            let kind = format!("{kind:?}").to_lowercase();
            Err(CommandError::Tampered { kind, index })
        }
        _ => Ok(()),
    }
}
