//! Backup and restore: one portable file for both databases, taken while the server works.
//!
//! **Taking.** One snapshot (a read transaction) is read table by table in the order of the keys and streamed
//! into an archive (see [`archive`]); memory is bounded, and no lock is held that a writer would wait for. A
//! database in SQLite can be restored into PostgreSQL and back, and gives the same hashes there.
//!
//! **What is not in it.** No key: sealed fields stay sealed, and wrapped data keys open with the issuer's keys
//! only, which are kept elsewhere. No session, no link or code that opens something, and no kept answer of the API
//! (see [`tables`]).
//!
//! **Restoring.** The whole file is checked before anything is touched; rows go into an empty database, which
//! becomes whole in one step: on PostgreSQL one transaction, on SQLite a file under another name that gets its own
//! last. A killed restore leaves nothing that could be served. The caller re-applies what must not be undone in
//! the same transaction ([`Restoring::write`]).
//!
//! What it does not do: continuous archiving to a moment, which PostgreSQL has of its own; backups of the keys.

mod archive;
mod epoch;
mod load;
mod replay;
mod rows;
mod tables;
mod take;

pub use epoch::{Beginning, EPOCH_BEGAN, Epoch, FENCE, Fence, FenceError};
pub use load::{Restoring, check, restore};
pub use replay::{LOG_RECOVERED, LogReplay, Replayed, Told};
pub use rows::Kind;
pub use tables::Column;
pub use take::{Taken, take};

use crate::db::DbError;
use crate::feature::{AuditAct, Feature};
use serde::{Deserialize, Serialize};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// What the manifest begins with.
const FORMAT: &str = "cardea backup 1";

/// The act of taking a backup, in the log: written before the snapshot, so that it is in it.
pub const BACKUP_TAKEN: &str = "platform.backup.taken";
/// The act of restoring a database, in the log.
pub const DATABASE_RESTORED: &str = "platform.database.restored";

/// Its sentences and table.
pub(crate) static FEATURE: Feature = Feature {
    name: "backup",
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: BACKUP_TAKEN, sentence: "audit-backup-taken" },
        AuditAct { name: DATABASE_RESTORED, sentence: "audit-backup-restored" },
        AuditAct { name: LOG_RECOVERED, sentence: "audit-backup-log-recovered" },
        AuditAct { name: EPOCH_BEGAN, sentence: "audit-backup-epoch-began" },
    ],
    tables: &["epochs"],
    ..Feature::EMPTY
};

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format and its version.
    pub format: String,
    /// The version of the program that made it.
    pub program: String,
    /// When its snapshot was opened, microseconds.
    pub made_at: i64,
    /// The kind of database it was taken from.
    pub database: String,
    /// The migrations that were applied.
    pub migrations: Vec<Applied>,
    /// The newest entry of the log in the snapshot; absent in an empty one.
    pub newest_entry: Option<i64>,
    /// The tables, in the order of their names.
    pub tables: Vec<TableMark>,
    /// Tables that were left out.
    pub left_out: Vec<String>,
}

/// A migration that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Applied {
    /// Its number.
    pub number: i64,
    /// The hash of its file.
    pub hash: String,
}

/// One table of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMark {
    /// Its name.
    pub name: String,
    /// Its columns, those left out not among them.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub rows: u64,
    /// How many bytes these are before compression.
    pub bytes: u64,
    /// In how many members they lie.
    pub chunks: u32,
    /// SHA-256 of these bytes, in hex.
    pub sha256: String,
}

impl Manifest {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// Why there is no backup, or no restored database.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database refused or failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file system refused or failed.
    #[error("{path}: {source}. Nothing was left behind")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a file of this name.
    #[error("{0} exists already, and nothing is written over")]
    Exists(PathBuf),
    /// Another run is at work there.
    #[error("another backup or restore is writing {0} at this moment")]
    Busy(PathBuf),
    /// It is something else.
    #[error("{0} is no backup made by this program, or only the beginning of one")]
    NoBackup(PathBuf),
    /// A byte of it is not as it was written.
    #[error(
        "the backup is damaged: {0}. Nothing of it was used; take another copy of it, or an older backup"
    )]
    Damaged(String),
    /// Its schema is not one that this program knows.
    #[error(
        "the backup's migration {0} is not one of this program: use the version that made it, or a newer one"
    )]
    Unknown(i64),
    /// The published log is not that of the backup.
    #[error("the log in {path} does not go on from this backup: {why}")]
    ForeignLog {
        /// Its folder.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// The database that it should go into has a newer schema.
    #[error("the database is further migrated than the backup: restore into a database without any tables")]
    Ahead,
    /// The database that it should go into is in use.
    #[error("the database is not empty (table {0} has rows): restore into a new database")]
    NotEmpty(String),
    /// A table has no primary key.
    #[error("table {0} has no primary key, so its rows have no order")]
    NoKey(String),
    /// A column holds what the format has no place for.
    #[error("table {table}, column {column}: the backup has no place for {what}")]
    Column {
        /// In which table.
        table: String,
        /// Which column.
        column: String,
        /// What it holds.
        what: String,
    },
    /// A part of the work ended before its time.
    #[error("the work on the backup stopped before its end")]
    Stopped,
}

impl BackupError {
    /// A driver's error.
    fn of_sqlite(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }

    fn of_sqlx(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// How far the work has come: for a progress bar. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Stand>>);

/// See [`Progress::stand`].
#[derive(Clone, Debug, Default)]
pub struct Stand {
    /// Tables that are done.
    pub tables_done: u64,
    /// Tables in all; 0 as long as nobody knows.
    pub tables: u64,
    /// Rows so far.
    pub rows: u64,
    /// The table at work.
    pub table: String,
}

impl Progress {
    /// Where the work stands.
    pub fn stand(&self) -> Stand {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, change: impl FnOnce(&mut Stand)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn begin_table(&self, at: usize, of: usize, name: &str) {
        self.set(|stand| {
            stand.tables_done = at as u64;
            stand.tables = of as u64;
            name.clone_into(&mut stand.table);
        });
    }
}
