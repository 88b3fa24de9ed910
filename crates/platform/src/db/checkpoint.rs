//! Moves SQLite's write-ahead log into the database file, from a connection of its own.
//!
//! A checkpoint inside the writer stalls every answer for tens of milliseconds. Here the bulk is copied
//! while writers go on; only when the log has grown is the short rest copied behind the write gate, so
//! that the next writer can start the log anew and the file stops growing.

use super::{DbError, sqlite};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::Mutex;

/// How often the size of the log is looked at, milliseconds.
const LOOK_MS: u64 = 200;
/// Below this many bytes the log is left alone.
const COPY_BYTES: u64 = 16 << 20;
/// From this many bytes on the rest is copied behind the gate.
const RESTART_BYTES: u64 = 128 << 20;

/// Dropped, it ends its thread in the thread's own time; [`Checkpointer::end`] waits for it.
pub(super) struct Checkpointer(std::sync::Mutex<Option<At>>);

struct At {
    // Dropping the sender wakes the thread and ends it.
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    pub(super) fn start(path: &Path, gate: Arc<Mutex<()>>) -> Result<Self, DbError> {
        let connection = sqlite::connect(path)?;
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("checkpoint".to_owned()).spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(LOOK_MS)) == Err(mpsc::RecvTimeoutError::Timeout)
            {
                if let Err(error) = tend(&connection, &log, &gate) {
                    tracing::warn!(%error, "the write-ahead log could not be checkpointed; it is tried again");
                }
            }
        })?;
        Ok(Self(std::sync::Mutex::new(Some(At { stop, thread }))))
    }

    /// Ends the thread and waits until it has let go of the file: two can't move one log at a time. Blocks.
    pub(super) fn end(&self) {
        let at = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(At { stop, thread }) = at {
            drop(stop);
            // It has told what went wrong itself.
            let _ = thread.join();
        }
    }
}

fn tend(connection: &rusqlite::Connection, log: &Path, gate: &Mutex<()>) -> Result<(), rusqlite::Error> {
    let size = std::fs::metadata(log).map_or(0, |file| file.len());
    if size < COPY_BYTES {
        return Ok(());
    }
    copy(connection)?;
    if size >= RESTART_BYTES {
        let _pass = gate.blocking_lock();
        copy(connection)?;
    }
    Ok(())
}

fn copy(connection: &rusqlite::Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
