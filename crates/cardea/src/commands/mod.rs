//! What `cardea` can be told to do, a module each: a struct of arguments and an async `run`.
//!
//! Results go to standard output, a table for people or one JSON object for machines; what goes wrong is one
//! [`CommandError`], whose text is what the person at the terminal reads.

pub mod administrator;
pub mod backup;
pub mod bench;
pub mod cases;
pub mod clock;
pub mod demo;
pub mod import;
pub mod init;
pub mod keys;
pub mod log;
mod progress;
pub mod replay;
pub mod restore;
mod sending;
pub mod serve;
pub mod simulate;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use connectors::iso8583::{BuiltIn, ClientError, DialectError};

use crate::issuer::IssuerError;
use crate::traffic::datasets::{DatasetError, Format};
use crate::traffic::report::ReplayReport;
use crate::traffic::sample_files::SampleFileError;

/// The numbers of the mints of ids, one for each program that may write beside a running server, whose own is 0: two with
/// one number could mint the same id.
mod node {
    /// `cardea import`.
    pub const IMPORT: u16 = 1;
    /// `cardea keys rotate`.
    pub const ROTATION: u16 = 2;
    /// `cardea administrator`.
    pub const ADMINISTRATOR: u16 = 3;
    /// `cardea keys api`.
    pub const API_KEYS: u16 = 4;
    /// `cardea log`.
    pub const LOG: u16 = 5;
    /// `cardea backup` and `cardea restore`.
    pub const BACKUP: u16 = 1_023;
}

/// Why a command ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    #[error(transparent)]
    SampleFile(#[from] SampleFileError),
    #[error("the dialect can't be used: {0}")]
    Dialect(#[from] DialectError),
    #[error("{address}: {source}")]
    Connection { address: String, source: ClientError },
    #[error("{text} is not a date (YYYY-MM-DD)")]
    NotADate { text: String },
    #[error("{path} has no payment to send in the part that was asked for")]
    NothingToSend { path: PathBuf },
    #[error("the connection to {address} was lost after {sent} payments")]
    Lost { address: String, sent: u64 },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Db(#[from] platform::db::DbError),
    #[error(transparent)]
    Authorization(#[from] features::authorizations::AuthorizationError),
    #[error("the rules can't be used: {0}")]
    Rules(#[from] decision::RuleError),
    #[error("the keys can't be used: {0}")]
    Vault(#[from] vault::VaultError),
    #[error(transparent)]
    Backup(#[from] platform::backup::BackupError),
    #[error("the report can't be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("entry {index} of the database is not as it was published: {kind}")]
    Tampered {
        /// How.
        kind: String,
        /// Its index in the log.
        index: u64,
    },
    #[error("{0} stopped before its end")]
    Stopped(&'static str),
    #[error("the engine wrote {ours:?} (records, bytes), the baseline {theirs:?}: no comparison")]
    Uneven {
        /// Records and bytes of the engine.
        ours: (i64, i64),
        /// Records and bytes of the baseline.
        theirs: (i64, i64),
    },
    #[error("{0}")]
    Other(String),
}

impl CommandError {
    /// Any failure, in its own words.
    pub(crate) fn other(error: impl std::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Writes a result to standard output. Whoever read it may have gone (`cardea … | head`): that is no failure of the
/// command.
pub(crate) fn print(text: &str) {
    let _gone = writeln!(std::io::stdout().lock(), "{text}");
}

/// `--dialect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DialectName {
    Ascii,
    AsciiBinaryBitmap,
    Bcd,
}

impl DialectName {
    fn built_in(self) -> BuiltIn {
        match self {
            Self::Ascii => BuiltIn::Ascii,
            Self::AsciiBinaryBitmap => BuiltIn::AsciiBinaryBitmap,
            Self::Bcd => BuiltIn::Bcd,
        }
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    Handbook,
    Sparkov,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Handbook => Self::Handbook,
            FormatName::Sparkov => Self::Sparkov,
        }
    }
}

/// Writes the figures to standard output: one JSON object, or a table.
fn show(report: &ReplayReport, json: bool) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, report).map_err(std::io::Error::from)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{report}")?;
    }
    out.flush()?;
    Ok(())
}
