//! SQLite: one file, write-ahead log, every commit flushed to disk before it is acknowledged.

use super::{DbError, checkpoint::Checkpointer};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Connections that read at the same time.
const READERS_MAX: u32 = 4;
/// How long a statement waits for a lock of another process (an import beside a server), seconds.
const BUSY_SECONDS: u64 = 10;
/// A writer locks the file at once, so that no lock has to be raised in the middle.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Prepared statements kept on each of the engine's connections.
const STATEMENTS_MAX: usize = 64;
/// Page cache of the engine's connection, in KiB.
const WRITER_CACHE_KIB: i64 = 65_536;
/// Page cache of a connection that fills a new file, in KiB.
const LOADER_CACHE_KIB: i64 = 262_144;
/// Bytes of the file that are read through a memory map instead of copies.
const MMAP_BYTES: i64 = 256 << 20;

/// A SQLite database: readers, one writer, the gate before it, and the checkpointer behind it.
pub struct SqliteDb {
    path: PathBuf,
    readers: SqlitePool,
    writer: SqlitePool,
    gate: Arc<Mutex<()>>,
    checkpointer: Arc<Checkpointer>,
}

impl SqliteDb {
    pub(super) async fn open(path: &Path) -> Result<Self, DbError> {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(BUSY_SECONDS))
            // Only the checkpointer moves the log into the file: never a writer in the middle of its work.
            .pragma("wal_autocheckpoint", "0");
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        let gate = Arc::new(Mutex::new(()));
        let checkpointer = Arc::new(Checkpointer::start(path, Arc::clone(&gate))?);
        Ok(Self { path: path.to_owned(), readers, writer, gate, checkpointer })
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// A transaction of the one writer, which has passed the gate.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, DbError> {
        match self.writer.begin_with(BEGIN).await {
            // After a write without room SQLite has rolled back by itself, and the driver counts the transaction still:
            // on this connection none would ever begin again. A new one counts from nothing.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    pub(super) async fn pass_gate(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.gate).lock_owned().await
    }

    /// A connection of the engine's own, with statements prepared once.
    pub fn open_writer(&self) -> Result<SqliteWriter, DbError> {
        let connection = connect(&self.path)?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        connection.pragma_update(None, "mmap_size", MMAP_BYTES)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(SqliteWriter { connection, gate: Arc::clone(&self.gate) })
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        let checkpointer = Arc::clone(&self.checkpointer);
        let ended = tokio::task::spawn_blocking(move || checkpointer.end()).await;
        if let Err(error) = ended {
            tracing::warn!(%error, "the checkpointer of the write-ahead log did not end well");
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

pub(super) fn connect(path: &Path) -> Result<rusqlite::Connection, rusqlite::Error> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// A connection that only reads, for a long look at one state.
pub(crate) fn reader(path: &Path) -> Result<rusqlite::Connection, DbError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// A connection that fills a file nobody may use before [`close`]: it leaves the flushing to the end.
pub(crate) fn loader(path: &Path) -> Result<rusqlite::Connection, DbError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -LOADER_CACHE_KIB)?;
    Ok(connection)
}

/// The lock of the one server of this file.
pub(super) fn lock(path: &Path) -> Result<std::fs::File, DbError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(name)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(DbError::Served(path.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Moves all of the log into the file, which is then whole without it.
pub(crate) fn close(path: &Path) -> Result<(), DbError> {
    let connection = connect(path)?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        return Err(std::io::Error::other("the log is in use, so the file can't be closed").into());
    }
    Ok(())
}

/// The engine's connection. Belongs to one thread, which may block.
pub struct SqliteWriter {
    connection: rusqlite::Connection,
    gate: Arc<Mutex<()>>,
}

impl SqliteWriter {
    /// Runs `work` in one transaction behind the write gate and commits it: durable when this returns
    /// `Ok`. On an error nothing is kept. Must not be called from an async task.
    pub fn transaction<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let _pass = self.gate.blocking_lock();
        let tx = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }
}
