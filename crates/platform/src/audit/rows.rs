//! Holds the rows of the database against the log as it was published, and names the first that is not as it was.
//!
//! The published tiles are what rows are held against, since they do not change. Whether the tiles themselves are
//! those that others saw is not asked here: a program that shares no code with this one does (`cardea-verify`).

use super::{
    LeafHash, leaf_hash,
    note::{Checkpoint, VerifierKey},
    publisher::{Covered, PublishError, entries_of, refs_of},
    state::{self, Placed},
    tiles::{Folder, WIDTH},
};
use crate::db::Db;
use serde::Serialize;
use std::collections::HashMap;

/// Rows read at once.
const ROWS_MAX: i64 = 64;
/// Mismatches by which the kind is told.
const UNLIKE_MAX: usize = 65_536;

/// How rows differ from what was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tampering {
    /// A row in the middle is missing, or what it covers is.
    Deleted,
    /// Rows at the end are missing.
    Truncated,
    /// Rows have each other's places.
    Reordered,
    /// A row, or a record that it covers, is not what was logged.
    Rewritten,
    /// The database knows of fewer entries than were published.
    RolledBack,
}

/// What the comparison came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowsReport {
    /// Whether every row is as it was published.
    pub ok: bool,
    /// Entries that were published.
    pub size: u64,
    /// The first index that differs.
    pub first_bad: Option<u64>,
    /// The last index before it.
    pub last_good: Option<u64>,
    /// How.
    pub kind: Option<Tampering>,
}

struct Unlike {
    index: u64,
    stored: Option<LeafHash>,
    published: LeafHash,
}

struct Comparing<'c> {
    folder: &'c Folder,
    size: u64,
    tile: Vec<LeafHash>,
    tile_index: Option<u64>,
    unlike: Vec<Unlike>,
    last_there: Option<u64>,
}

/// Compares every row that has its place with what `folder` published under `key`.
///
/// # Errors
/// When the database fails, or the folder has no checkpoint of the key or lacks a tile.
pub async fn compare_rows(
    db: &Db,
    folder: &Folder,
    key: &VerifierKey,
    covered: &Covered,
) -> Result<RowsReport, PublishError> {
    let Some(note) = folder.checkpoint()? else { return Ok(report(0, None)) };
    let size = Checkpoint::open(&note, key)?.size;
    let known = state::read(db).await?.frontier.size();
    let mut comparing =
        Comparing { folder, size, tile: vec![], tile_index: None, unlike: vec![], last_there: None };
    let mut at = 0;
    while at < size {
        let rows = state::placed_from(db, at.cast_signed(), ROWS_MAX).await?;
        if rows.is_empty() {
            break;
        }
        let refs: Vec<i64> = rows.iter().flat_map(refs_of).collect();
        let records = if refs.is_empty() { vec![] } else { covered(refs).await? };
        let mut records: HashMap<i64, Vec<u8>> = records.into_iter().collect();
        for row in rows {
            at = comparing.row(at, &row, &mut records)?;
        }
    }
    comparing.missing(at, size)?;
    let found = comparing.verdict();
    Ok(match found {
        Some((first, Tampering::Truncated)) if known < size => {
            report(size, Some((first, Tampering::RolledBack)))
        }
        found => report(size, found),
    })
}

fn report(size: u64, found: Option<(u64, Tampering)>) -> RowsReport {
    let first_bad = found.map(|(index, _)| index);
    RowsReport {
        ok: found.is_none(),
        size,
        first_bad,
        last_good: first_bad.and_then(|index| index.checked_sub(1)),
        kind: found.map(|(_, kind)| kind),
    }
}

impl Comparing<'_> {
    /// Compares a row that should begin at `at`; where the next one should begin.
    fn row(
        &mut self,
        at: u64,
        row: &Placed,
        records: &mut HashMap<i64, Vec<u8>>,
    ) -> Result<u64, PublishError> {
        let position = row.position.cast_unsigned();
        self.missing(at, position.min(self.size))?;
        let mut next = position.max(at);
        for entry in entries_of(row, records) {
            if next >= self.size {
                break;
            }
            let stored = Some(leaf_hash(&entry)).filter(|_| row.refs.is_none() || !entry.is_empty());
            self.compare(next, stored)?;
            next += 1;
        }
        Ok(next)
    }

    fn missing(&mut self, from: u64, to: u64) -> Result<(), PublishError> {
        (from..to).take(UNLIKE_MAX).try_for_each(|index| self.compare(index, None))
    }

    fn compare(&mut self, index: u64, stored: Option<LeafHash>) -> Result<(), PublishError> {
        if self.tile_index != Some(index / WIDTH) {
            self.tile = self.folder.tile(0, index, self.size)?;
            self.tile_index = Some(index / WIDTH);
        }
        let within = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
        let published = *self.tile.get(within).ok_or(PublishError::Gap(index))?;
        if stored.is_some() {
            self.last_there = Some(index);
        }
        if stored != Some(published) && self.unlike.len() < UNLIKE_MAX {
            self.unlike.push(Unlike { index, stored, published });
        }
        Ok(())
    }

    fn verdict(&self) -> Option<(u64, Tampering)> {
        let first = self.unlike.first()?;
        if self.last_there.is_none_or(|last| last < first.index) {
            return Some((first.index, Tampering::Truncated));
        }
        let mut balance: HashMap<LeafHash, i64> = HashMap::new();
        for unlike in &self.unlike {
            *balance.entry(unlike.stored.unwrap_or_default()).or_default() += 1;
            *balance.entry(unlike.published).or_default() -= 1;
        }
        let kind = match first.stored {
            None => Tampering::Deleted,
            Some(_) if balance.values().all(|count| *count == 0) => Tampering::Reordered,
            Some(_) => Tampering::Rewritten,
        };
        Some((first.index, kind))
    }
}
