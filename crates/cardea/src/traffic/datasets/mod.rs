//! Readers of public card-payment data sets: the Sparkov generator's files and the Fraud Detection Handbook's.
//!
//! Problem: third-party files are large, compressed and never quite clean, and their card numbers are those of
//! real schemes. Design: rows stream one by one out of `.csv` or `.csv.gz`; a row that can't be understood is
//! yielded as a [`RowProblem`] with its line and reason and the next one is read; only a file that can't be
//! read at all ends the stream. Card numbers are replaced on the way in: `9`, the customer's number in 14
//! digits, check digit ([`super::pan`]). A customer's number is CUSTOMER_ID of a handbook file, and for Sparkov
//! the place of the person in `customers.csv`, the first line after the header being 1.
//!
//! What the files don't say is made here and nowhere else: DE42 and DE41 come from the merchant or terminal,
//! the merchant class from a table of the 14 Sparkov categories, the currency is USD for Sparkov and EUR for
//! the handbook, and times without a zone are taken as UTC. Why safe: lines are bounded, every number is
//! checked, nothing panics. What it does not do: store anything, or sort; rows come in the file's order.

mod decimal;
mod handbook;
mod lines;
mod merchants;
mod people;
mod sparkov;
mod table;
#[cfg(test)]
mod tests;
mod time;

use std::path::{Path, PathBuf};

pub use decimal::minor_units;
pub use lines::ReadSoFar;
pub use merchants::place_of_terminal;
pub use people::{People, Person};
pub use time::{date_start_us, utc_us};

use super::event::TrafficEvent;
use handbook::Handbook;
use sparkov::Sparkov;
use table::Table;

/// A file format, told by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO`
    Handbook,
    /// `tx_id,ts,cc_num,merchant,category,amt,merch_lat,merch_long,is_fraud`, with `customers.csv` beside it
    Sparkov,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Handbook, "handbook"), (Self::Sparkov, "sparkov")];

    /// The format of a name as given to `--format`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
    }

    /// The name as given to `--format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Handbook => "handbook",
            Self::Sparkov => "sparkov",
        }
    }

    /// Columns that a file of this format must have.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Handbook => &handbook::COLUMNS,
            Self::Sparkov => &sparkov::COLUMNS,
        }
    }

    /// ISO 4217 number of the currency its amounts are in.
    #[must_use]
    pub fn currency(self) -> u16 {
        match self {
            Self::Handbook => handbook::CURRENCY,
            Self::Sparkov => sparkov::CURRENCY,
        }
    }
}

/// Why a file can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{path} can't be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is empty")]
    Empty { path: PathBuf },
    #[error("{path} has no column {column}")]
    MissingColumn { path: PathBuf, column: &'static str },
    #[error("{path} has the column {column} twice")]
    ColumnTwice { path: PathBuf, column: &'static str },
    #[error("{path} is not a {expected} file: its header looks like {looks_like}")]
    WrongFormat { path: PathBuf, expected: &'static str, looks_like: &'static str },
    #[error("a sparkov file needs its customers: give --customers FILE (no customers.csv beside {path})")]
    CustomersNeeded { path: PathBuf },
}

/// Why one row was skipped, or why reading ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RowProblem {
    /// Line in the file, the header being line 1.
    pub line: u64,
    /// What is wrong, without the row's values.
    pub reason: String,
    /// Whether the rest of the file is lost too (broken compression, failing disk).
    pub ends: bool,
}

impl RowProblem {
    fn skip(line: u64, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into(), ends: false }
    }
}

/// The payments of a file, one after the other.
pub struct Transactions {
    source: Source,
    ended: bool,
}

enum Source {
    Handbook(Handbook),
    Sparkov(Box<Sparkov>),
}

impl Transactions {
    /// Opens a file of payments. `customers` is read whole when the format needs it; where it is not given,
    /// `customers.csv` in the folder of the file is taken. Its bad rows are in [`Self::customer_problems`].
    ///
    /// # Errors
    /// [`DatasetError`] where the file or the customers can't be read or have the wrong header.
    pub fn open(path: &Path, format: Format, customers: Option<&Path>) -> Result<Self, DatasetError> {
        let table = Table::open(path, format.name(), format.columns())?;
        let source = match format {
            Format::Handbook => Source::Handbook(Handbook::new(table)),
            Format::Sparkov => {
                let beside = path.with_file_name("customers.csv");
                let from = match customers {
                    Some(given) => given,
                    None if beside.is_file() => &beside,
                    None => return Err(DatasetError::CustomersNeeded { path: path.to_owned() }),
                };
                Source::Sparkov(Box::new(Sparkov::new(table, People::open(from)?)))
            }
        };
        Ok(Self { source, ended: false })
    }

    /// How far reading has come; the answer stays in step while the iterator goes on elsewhere.
    #[must_use]
    pub fn so_far(&self) -> ReadSoFar {
        match &self.source {
            Source::Handbook(handbook) => handbook.so_far().clone(),
            Source::Sparkov(sparkov) => sparkov.so_far().clone(),
        }
    }

    /// Rows of the customers file that were skipped.
    #[must_use]
    pub fn customer_problems(&self) -> &[RowProblem] {
        match &self.source {
            Source::Handbook(_) => &[],
            Source::Sparkov(sparkov) => sparkov.customer_problems(),
        }
    }
}

impl Iterator for Transactions {
    type Item = Result<TrafficEvent, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = match &mut self.source {
            Source::Handbook(handbook) => handbook.next_event(),
            Source::Sparkov(sparkov) => sparkov.next_event(),
        };
        self.ended = matches!(&item, None | Some(Err(RowProblem { ends: true, .. })));
        item
    }
}
