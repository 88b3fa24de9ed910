//! The database: SQLite by default, PostgreSQL for servers, one SQL text for both.
//!
//! `Db` is an enum over two typed pools; [`on!`](crate::on) picks the driver, so a query is written once
//! with `$1` placeholders and real types and there is no storage interface to keep. Reads go through
//! [`Db::pool`]. Changes go through [`Db::write`], which gives a [`Write`]: the only way to a
//! transaction, and it can be committed only together with an audit entry.
//!
//! SQLite has one writer. All writes of the process pass one fair gate (first come, first served), so
//! `BEGIN IMMEDIATE` never waits on a lock inside the database and nobody starves. The authorization
//! engine takes the same gate for each of its batches, over its own connection.

mod checkpoint;
mod migrate;
mod postgres;
mod sqlite;
mod write;

pub use migrate::{Migration, migrations};
pub use postgres::PostgresDb;
pub use sqlite::{SqliteDb, SqliteWriter};
pub(crate) use sqlite::{close as sqlite_close, loader as sqlite_loader, reader as sqlite_reader};
pub use write::{Conn, Housekeeping, Write};

use crate::audit;
use kernel::{Clock, Fault, IdMint};
use std::{path::Path, sync::Arc};

/// Runs one SQL text on whichever driver is in use.
///
/// `on!(db.pool(), p => sqlx::query_as::<_, Row>(SQL).bind(id).fetch_optional(p).await)` for reads,
/// `on!(write.conn(), c => sqlx::query(SQL).bind(id).execute(&mut *c).await)` inside a transaction.
#[macro_export]
macro_rules! on {
    ($target:expr, $name:ident => $body:expr) => {
        match $target {
            $crate::db::Side::Sqlite($name) => $body,
            $crate::db::Side::Postgres($name) => $body,
        }
    };
}

/// One of two things, by driver. What [`on!`](crate::on) matches.
#[derive(Debug)]
pub enum Side<S, P> {
    /// For SQLite.
    Sqlite(S),
    /// For PostgreSQL.
    Postgres(P),
}

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address of the database is not one we understand.
    #[error("{0:?} is no database address: write sqlite://PATH or postgres://USER@HOST/NAME")]
    Address(String),
    /// The database refused or failed.
    #[error("the database failed: {0}")]
    Sqlx(#[from] sqlx::Error),
    /// SQLite refused or failed on the engine's own connection.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A migration that was applied has been edited since, or the database is newer than the program.
    #[error("migration {number} of the database is not the one in this program: {why}")]
    Migration {
        /// Its number.
        number: i64,
        /// What differs.
        why: &'static str,
    },
    /// Something stored is not what this program writes.
    #[error("{0} in the database can't be right: somebody else has changed them")]
    Damaged(&'static str),
    /// The row was changed by somebody else meanwhile; a retry reads the new state.
    #[error("the row was changed meanwhile; try again")]
    Stale,
    /// Another server has the file.
    #[error("another server is running on {0}: a SQLite file has one. Several servers share a PostgreSQL")]
    Served(std::path::PathBuf),
    /// The entry of the log is too long to be published, bytes.
    #[error(
        "an entry of the log has {0} bytes; 65,535 is the most that can be published: put less into its detail"
    )]
    EntryTooLong(usize),
    /// The entry of the log could not be written, so nothing else was. The cause is in the program's log.
    #[error("the log can't be written, so nothing was changed or shown")]
    Unlogged,
    /// The file system refused.
    #[error("the data directory can't be used: {0}")]
    Io(#[from] std::io::Error),
}

impl DbError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Stale => Fault::Conflict,
            Self::Unlogged => Fault::Busy,
            _ if self.is_storage_full() => Fault::Busy,
            _ => Fault::Internal,
        }
    }

    /// The failure of writing an entry. What asks to be tried again stays as it is; the rest fails closed, and is
    /// counted, because a log that can't be written must be noticed (PCI DSS 4.0.1, 10.7.2).
    pub(crate) fn unlogged(self) -> Self {
        if self.is_retryable() || self.is_unique_violation() {
            return self;
        }
        tracing::error!(error = %self, "an entry of the log could not be written");
        metrics::counter!("cardea_audit_unwritten_total").increment(1);
        Self::Unlogged
    }

    /// Whether the disk has no room left.
    pub fn is_storage_full(&self) -> bool {
        match self {
            // SQLITE_FULL, and PostgreSQL's disk_full.
            Self::Sqlx(sqlx::Error::Database(e)) => matches!(e.code().as_deref(), Some("13" | "53100")),
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => e.code == rusqlite::ErrorCode::DiskFull,
            _ => false,
        }
    }

    /// Whether a row with this key exists already.
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Sqlx(sqlx::Error::Database(e)) => e.is_unique_violation(),
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => {
                e.code == rusqlite::ErrorCode::ConstraintViolation
            }
            _ => false,
        }
    }

    /// Whether the database asks for the transaction to be run again (serialization failure, deadlock).
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Stale => true,
            Self::Sqlx(sqlx::Error::Database(e)) => {
                matches!(e.code().as_deref(), Some("40001" | "40P01"))
            }
            _ => false,
        }
    }
}

/// A database, opened. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    side: Side<SqliteDb, PostgresDb>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMint>,
}

impl Db {
    /// Opens the database at `url` (`sqlite://PATH` or `postgres://…`), creating a SQLite file that is
    /// missing. Does not migrate.
    pub async fn connect(url: &str, clock: Arc<dyn Clock>, ids: Arc<IdMint>) -> Result<Self, DbError> {
        let side = if let Some(path) = url.strip_prefix("sqlite://") {
            Side::Sqlite(SqliteDb::open(Path::new(path)).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Side::Postgres(PostgresDb::connect(url).await?)
        } else {
            return Err(DbError::Address(url.split('@').next_back().unwrap_or_default().to_owned()));
        };
        Ok(Self { inner: Arc::new(Inner { side, clock, ids }) })
    }

    /// Applies the migrations that are missing, each in a transaction of its own.
    pub async fn migrate(&self) -> Result<usize, DbError> {
        migrate::apply(self).await
    }

    /// The pools to read from. SQLite's can only read.
    pub fn pool(&self) -> Side<&sqlx::SqlitePool, &sqlx::PgPool> {
        match &self.inner.side {
            Side::Sqlite(db) => Side::Sqlite(db.readers()),
            Side::Postgres(db) => Side::Postgres(db.pool()),
        }
    }

    /// Opens a transaction that must be committed with an audit entry.
    pub async fn write(&self) -> Result<Write, DbError> {
        Write::begin(self).await
    }

    /// The drivers themselves, for the engine's batches.
    pub fn side(&self) -> Side<&SqliteDb, &PostgresDb> {
        match &self.inner.side {
            Side::Sqlite(db) => Side::Sqlite(db),
            Side::Postgres(db) => Side::Postgres(db),
        }
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match &self.inner.side {
            Side::Sqlite(_) => "sqlite",
            Side::Postgres(_) => "postgres",
        }
    }

    /// The clock that stamps entries.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// The mint of ids.
    pub fn ids(&self) -> &Arc<IdMint> {
        &self.inner.ids
    }

    /// Makes sure that no other server serves a SQLite file while the returned lock is held; the system lets go of
    /// it when the process ends. On PostgreSQL several may.
    pub fn serve_alone(&self) -> Result<Option<std::fs::File>, DbError> {
        match &self.inner.side {
            Side::Sqlite(db) => sqlite::lock(db.path()).map(Some),
            Side::Postgres(_) => Ok(None),
        }
    }

    /// Ends the pools; nothing can be asked afterwards.
    pub async fn close(&self) {
        match &self.inner.side {
            Side::Sqlite(db) => db.close().await,
            Side::Postgres(db) => db.pool().close().await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        on!(self.pool(), p => sqlx::query("SELECT 1").execute(p).await.map(drop))?;
        Ok(())
    }

    fn stamp(&self, entry: audit::Entry) -> audit::Stamped {
        entry.stamp(self.inner.ids.next(self.inner.clock.now()), self.inner.clock.now())
    }
}
