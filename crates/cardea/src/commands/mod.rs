//! The commands that send traffic: `replay` a file, `simulate` people.
//!
//! Each command is a struct of arguments and an async `run` that takes the clock and the sleep, and writes its
//! result to standard output: a table for people, one JSON object for machines.

pub mod replay;
mod sending;
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
    #[error("output: {0}")]
    Output(#[from] std::io::Error),
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
