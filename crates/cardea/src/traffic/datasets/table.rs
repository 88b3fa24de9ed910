//! A file with a header line: columns found by name, rows by line.

use std::path::Path;
use std::sync::Arc;

use super::lines::{Cut, Line, Lines, ReadSoFar};
use super::people;
use super::{DatasetError, Format, RowProblem};

/// A table whose required columns are all there.
pub(super) struct Table {
    lines: Lines,
    /// Where each required column is, in the order in which they were asked for.
    places: Arc<[usize]>,
    width: usize,
}

/// One row: its line and the required fields in the order in which they were asked for.
pub(super) struct Row {
    pub(super) line: u64,
    cut: Cut,
    places: Arc<[usize]>,
}

impl Row {
    /// The n-th required field; empty only if `n` is past the required ones.
    pub(super) fn field(&self, n: usize) -> &str {
        self.places.get(n).and_then(|at| self.cut.get(*at)).unwrap_or("")
    }

    pub(super) fn problem(&self, reason: impl Into<String>) -> RowProblem {
        RowProblem::skip(self.line, reason)
    }
}

impl Table {
    /// Opens the file and reads its header. `expected` names the format in errors.
    pub(super) fn open(
        path: &Path,
        expected: &'static str,
        columns: &'static [&'static str],
    ) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { path: path.to_owned(), source };
        let mut lines = Lines::open(path).map_err(unreadable)?;
        let header = match lines.next_line().map_err(unreadable)? {
            None => return Err(DatasetError::Empty { path: path.to_owned() }),
            Some(Line::Text(text)) => header_of(text),
            Some(Line::TooLong | Line::NotUtf8) => Vec::new(),
        };
        let places = columns_in(&header, columns).map_err(|fault| match fault {
            Fault::Twice(column) => DatasetError::ColumnTwice { path: path.to_owned(), column },
            Fault::Missing(column) => match looks_like(&header, expected) {
                Some(looks_like) => DatasetError::WrongFormat { path: path.to_owned(), expected, looks_like },
                None => DatasetError::MissingColumn { path: path.to_owned(), column },
            },
        })?;
        Ok(Self { lines, places: places.into(), width: header.len() })
    }

    pub(super) fn so_far(&self) -> &ReadSoFar {
        self.lines.so_far()
    }

    /// The next row that is not blank.
    pub(super) fn next_row(&mut self) -> Option<Result<Row, RowProblem>> {
        loop {
            let read = self.lines.next_line();
            let line = self.lines.number();
            let text = match read {
                Err(error) => {
                    let reason = format!("the file ends broken here: {error}");
                    return Some(Err(RowProblem { line: line + 1, reason, ends: true }));
                }
                Ok(None) => return None,
                Ok(Some(Line::TooLong)) => return Some(Err(RowProblem::skip(line, "the line is too long"))),
                Ok(Some(Line::NotUtf8)) => return Some(Err(RowProblem::skip(line, "the line is not UTF-8"))),
                Ok(Some(Line::Text(text))) => text,
            };
            if text.trim().is_empty() {
                continue;
            }
            return Some(self.row(line, text));
        }
    }

    fn row(&self, line: u64, text: String) -> Result<Row, RowProblem> {
        let cut = Cut::of(text).map_err(|reason| RowProblem::skip(line, reason))?;
        if cut.len() != self.width {
            let reason = format!("{} fields where the header has {}", cut.len(), self.width);
            return Err(RowProblem::skip(line, reason));
        }
        Ok(Row { line, cut, places: Arc::clone(&self.places) })
    }
}

fn header_of(line: String) -> Vec<String> {
    let Ok(cut) = Cut::of(line) else { return Vec::new() };
    (0..cut.len()).filter_map(|place| cut.get(place).map(str::to_owned)).collect()
}

enum Fault {
    Missing(&'static str),
    Twice(&'static str),
}

fn columns_in(header: &[String], columns: &'static [&'static str]) -> Result<Vec<usize>, Fault> {
    columns
        .iter()
        .map(|column| {
            let mut at =
                header.iter().enumerate().filter(|(_, name)| name.trim().eq_ignore_ascii_case(column));
            match (at.next(), at.next()) {
                (None, _) => Err(Fault::Missing(column)),
                (Some(_), Some(_)) => Err(Fault::Twice(column)),
                (Some((place, _)), None) => Ok(place),
            }
        })
        .collect()
}

/// The other known file whose columns are all in this header.
fn looks_like(header: &[String], expected: &str) -> Option<&'static str> {
    let transactions = Format::ALL.iter().map(|(format, name)| (*name, format.columns()));
    let customers = std::iter::once(("a sparkov customers file", people::COLUMNS.as_slice()));
    transactions
        .chain(customers)
        .filter(|(name, _)| *name != expected)
        .find(|(_, columns)| columns_in(header, columns).is_ok())
        .map(|(name, _)| name)
}
