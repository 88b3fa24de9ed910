//! What the published log knows and a backup does not: read back, bundle by bundle, into the restored database.
//!
//! **Design.** The log is published beside the database (tiles, bundles of entries, checkpoint). A backup ends at
//! some size of the tree; the bundles go on from there. Each entry is put back with its place, so that the tree of
//! the restored database has the size and root of the checkpoint and goes on as the same log. What an entry
//! says is handed to the caller, who does again what must not be undone and counts the rest as missing.
//!
//! **Why safe.** The leaves are computed from the entries and pushed onto the tree that the backup ended with; only
//! when that leads to the root of the checkpoint is the log the continuation of this backup, and no entry was
//! changed. With the log's public key the checkpoint's signature is checked too. All of it happens in the open
//! transaction of the restore: a failure leaves nothing.
//!
//! What it does not do: bring back rows of features. An entry says that an account was opened, not all that was
//! in it.

use super::{BackupError, Restoring};
use crate::{
    audit::{
        INSERT_CONCERN, LeafHash, leaf_hash,
        note::{Checkpoint, Note, VerifierKey},
        tiles::{Folder, WIDTH},
        tree::Frontier,
    },
    db::{DbError, Write},
    on,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// The act under which decisions stand that only the log knows of.
pub const LOG_RECOVERED: &str = "platform.log.recovered";
/// Decisions that one row of the log covers at most.
const COVERED_MAX: usize = 1_024;

/// What one missing leaf of the log tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// An act.
    Entry {
        /// Such as `cards.card.frozen`.
        act: String,
        /// To what.
        subject: Option<String>,
        /// The facts of its sentence.
        detail: Value,
    },
    /// A decision of a batch: its record, as it was stored.
    Covered {
        /// Its id.
        id: i64,
        /// Its bytes.
        record: Vec<u8>,
    },
}

/// From which size to which the log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The size with which the backup ended.
    pub from: u64,
    /// The size of the checkpoint.
    pub to: u64,
}

#[derive(Deserialize)]
struct Body {
    id: i64,
    at: i64,
    actor: String,
    channel: Option<String>,
    origin: Option<String>,
    act: String,
    subject: Option<String>,
    outcome: Option<String>,
    #[serde(default)]
    concerns: Vec<String>,
    #[serde(default)]
    detail: Value,
}

/// A row that the backup has without its place.
struct Waiting {
    row: i64,
    leaves: usize,
}

/// The log being read back.
pub struct LogReplay {
    folder: Folder,
    note: String,
    checkpoint: Checkpoint,
    from: u64,
    frontier: Frontier,
    /// By the id of the entry, or of the first decision that it covers.
    waiting: HashMap<i64, Waiting>,
    /// Leaves that belong to a row which has its place already.
    skip: usize,
    run: Run,
}

/// Decisions side by side that no row covers.
#[derive(Default)]
struct Run {
    at: u64,
    leaves: Vec<u8>,
    ids: Vec<u8>,
}

impl LogReplay {
    /// Opens the log in `folder`, which must go on from where the backup ended.
    pub async fn open(
        restoring: &mut Restoring,
        folder: Folder,
        key: Option<&VerifierKey>,
    ) -> Result<Self, BackupError> {
        let failed = |source| BackupError::File { path: folder.path().to_owned(), source };
        let foreign =
            |why: &str| BackupError::ForeignLog { path: folder.path().to_owned(), why: why.to_owned() };
        let note = folder.checkpoint().map_err(failed)?.ok_or_else(|| foreign("it has no checkpoint"))?;
        let checkpoint = match key {
            Some(key) => Checkpoint::open(&note, key),
            None => Note::parse(&note).and_then(|note| Checkpoint::parse(note.text)),
        };
        let checkpoint = checkpoint.map_err(|error| foreign(&error.to_string()))?;
        let write = restoring.write();
        let row: Option<(i64, Vec<u8>, Option<String>)> = on!(write.conn(), c => {
            sqlx::query_as("SELECT size, frontier, origin FROM log_state WHERE id = 1").fetch_optional(&mut *c).await
        })
        .map_err(DbError::from)?;
        let (size, parts, origin) = row.unwrap_or_default();
        let from = size.cast_unsigned();
        let frontier = Frontier::from_bytes(from, &parts).ok_or(DbError::Damaged("the log's state"))?;
        if origin.is_some_and(|origin| origin != checkpoint.origin) {
            return Err(foreign("it has another name"));
        }
        if checkpoint.size < from {
            return Err(foreign(&format!("it has {} entries, the backup {from}", checkpoint.size)));
        }
        let waiting = waiting_in_tx(write).await?;
        Ok(Self { folder, note, checkpoint, from, frontier, waiting, skip: 0, run: Run::default() })
    }

    /// Takes in the next bundle; what it tells that the backup does not have. Nothing at the end.
    pub async fn next(
        &mut self,
        restoring: &mut Restoring,
        id_of: fn(&[u8]) -> Option<i64>,
    ) -> Result<Option<Vec<Told>>, BackupError> {
        let at = self.frontier.size();
        if at >= self.checkpoint.size {
            return Ok(None);
        }
        let failed = |source| BackupError::File { path: self.folder.path().to_owned(), source };
        let entries = self.folder.entries(at, self.checkpoint.size).map_err(failed)?;
        let mut told = Vec::new();
        for entry in entries.into_iter().skip(usize::try_from(at % WIDTH).unwrap_or(0)) {
            let leaf = leaf_hash(&entry);
            let place = self.frontier.size();
            self.frontier.push(leaf);
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            match serde_json::from_slice::<Body>(&entry) {
                Ok(body) => {
                    self.end_run(restoring.write()).await?;
                    if self.place(restoring.write(), body.id, place).await? {
                        continue;
                    }
                    insert_in_tx(restoring.write(), &body, &entry, &leaf, place).await?;
                    told.push(Told::Entry { act: body.act, subject: body.subject, detail: body.detail });
                }
                Err(_) => {
                    let id = id_of(&entry).ok_or_else(|| self.foreign("an entry of it can't be read"))?;
                    if self.waiting.contains_key(&id) {
                        self.end_run(restoring.write()).await?;
                        self.place(restoring.write(), id, place).await?;
                        continue;
                    }
                    self.run.add(place, id, &leaf);
                    if self.run.ids.len() >= 8 * COVERED_MAX {
                        self.end_run(restoring.write()).await?;
                    }
                    told.push(Told::Covered { id, record: entry });
                }
            }
        }
        Ok(Some(told))
    }

    /// Compares the tree with the checkpoint; from here on the restored database goes on as this log.
    pub async fn close(mut self, restoring: &mut Restoring) -> Result<Replayed, BackupError> {
        self.end_run(restoring.write()).await?;
        if self.frontier.size() != self.checkpoint.size || self.frontier.root() != self.checkpoint.root {
            return Err(self.foreign("its entries do not lead from the backup to its checkpoint"));
        }
        let write = restoring.write();
        let (size, now) = (self.checkpoint.size.cast_signed(), write.now().us());
        on!(write.conn(), c => {
            sqlx::query(
                "INSERT INTO log_state (id, version, holder, size, frontier, origin) VALUES (1, 1, 0, $1, $2, $3)
                 ON CONFLICT (id) DO UPDATE SET version = log_state.version + 1, holder = 0, size = excluded.size,
                     frontier = excluded.frontier, origin = excluded.origin",
            )
            .bind(size)
            .bind(self.frontier.to_bytes())
            .bind(&self.checkpoint.origin)
            .execute(&mut *c)
            .await
            .map(drop)
        })
        .map_err(DbError::from)?;
        on!(write.conn(), c => {
            sqlx::query(
                "INSERT INTO log_checkpoints (size, at, root, note) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (size) DO NOTHING",
            )
            .bind(size)
            .bind(now)
            .bind(&self.checkpoint.root[..])
            .bind(&self.note)
            .execute(&mut *c)
            .await
            .map(drop)
        })
        .map_err(DbError::from)?;
        Ok(Replayed { from: self.from, to: self.checkpoint.size })
    }

    fn foreign(&self, why: &str) -> BackupError {
        BackupError::ForeignLog { path: self.folder.path().to_owned(), why: why.to_owned() }
    }

    /// Gives a row of the backup its place, when it has one under this id.
    async fn place(&mut self, write: &mut Write, id: i64, place: u64) -> Result<bool, BackupError> {
        let Some(waiting) = self.waiting.remove(&id) else { return Ok(false) };
        self.skip = waiting.leaves - 1;
        on!(write.conn(), c => {
            sqlx::query("UPDATE audit_entries SET position = $2 WHERE id = $1 AND position IS NULL")
                .bind(waiting.row)
                .bind(place.cast_signed())
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .map_err(DbError::from)?;
        Ok(true)
    }

    /// Stores the decisions of the run as one row of the log.
    async fn end_run(&mut self, write: &mut Write) -> Result<(), BackupError> {
        let run = std::mem::take(&mut self.run);
        if run.ids.is_empty() {
            return Ok(());
        }
        let body = serde_json::json!({ "act": LOG_RECOVERED, "count": run.ids.len() / 8 }).to_string();
        let (id, now) = (write.next_id(), write.now().us());
        on!(write.conn(), c => {
            sqlx::query(
                "INSERT INTO audit_entries (id, at, actor, act, subject, body, leaves, refs, position)
                 VALUES ($1, $2, $3, $4, NULL, $5, $6, $7, $8)",
            )
            .bind(id)
            .bind(now)
            .bind(kernel::Actor::System.to_string())
            .bind(LOG_RECOVERED)
            .bind(&body)
            .bind(&run.leaves)
            .bind(&run.ids)
            .bind(run.at.cast_signed())
            .execute(&mut *c)
            .await
            .map(drop)
        })
        .map_err(DbError::from)?;
        Ok(())
    }
}

impl Run {
    fn add(&mut self, place: u64, id: i64, leaf: &LeafHash) {
        if self.ids.is_empty() {
            self.at = place;
        }
        self.leaves.extend_from_slice(leaf);
        self.ids.extend_from_slice(&id.to_be_bytes());
    }
}

async fn waiting_in_tx(write: &mut Write) -> Result<HashMap<i64, Waiting>, BackupError> {
    let rows: Vec<(i64, i64, Option<Vec<u8>>)> = on!(write.conn(), c => {
        sqlx::query_as(
            "SELECT id, CAST(LENGTH(leaves) AS BIGINT), refs FROM audit_entries WHERE position IS NULL ORDER BY id",
        )
        .fetch_all(&mut *c)
        .await
    })
    .map_err(DbError::from)?;
    let keyed = rows.into_iter().map(|(row, bytes, refs)| {
        let first = refs.as_deref().and_then(|refs| refs.first_chunk::<8>());
        let leaves = usize::try_from(bytes / 32).unwrap_or(1).max(1);
        (first.map_or(row, |first| i64::from_be_bytes(*first)), Waiting { row, leaves })
    });
    Ok(keyed.collect())
}

/// Puts an entry back, as it was written.
async fn insert_in_tx(
    write: &mut Write,
    body: &Body,
    text: &[u8],
    leaf: &LeafHash,
    place: u64,
) -> Result<(), BackupError> {
    let text = String::from_utf8_lossy(text);
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO audit_entries (id, at, actor, channel, origin, act, subject, outcome, body, leaves, position)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(body.id)
        .bind(body.at)
        .bind(&body.actor)
        .bind(&body.channel)
        .bind(&body.origin)
        .bind(&body.act)
        .bind(&body.subject)
        .bind(&body.outcome)
        .bind(text.as_ref())
        .bind(&leaf[..])
        .bind(place.cast_signed())
        .execute(&mut *c)
        .await
        .map(drop)
    })
    .map_err(DbError::from)?;
    for whose in &body.concerns {
        on!(write.conn(), c => {
            sqlx::query(INSERT_CONCERN).bind(whose).bind(body.id).execute(&mut *c).await.map(drop)
        })
        .map_err(DbError::from)?;
    }
    Ok(())
}
