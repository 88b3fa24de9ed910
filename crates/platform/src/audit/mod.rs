//! Who did what, to what, when: one entry in the transaction of each change.
//!
//! An entry is stored as the exact text that was hashed, with its leaf hash as RFC 6962 defines it
//! (SHA-256 over a zero byte and the text). Entries get no position when they are written: ids are taken
//! before a commit, so their order is not the order of commits. One integrator later takes rows whose
//! `position` is empty and orders them; it never asks for ids above the last one.
//!
//! A batch of authorizations is one row: the leaf hashes of its decisions, one behind the other, beside
//! the ids of the decisions they cover.

mod entry;
mod http;
mod integrator;
mod keeping;
pub mod note;
mod origin;
mod outside;
pub mod port;
mod publisher;
mod rows;
mod search;
mod service;
mod standing;
mod state;
#[cfg(test)]
mod tests;
pub mod tiles;
pub mod tree;
mod witnessing;

pub use entry::{Entry, Outcome, Stamped};
pub use http::FEATURE;
pub use integrator::{Integrator, LEASE_US, Step};
pub use keeping::Keeping;
pub use origin::Origin;
pub use outside::OUTSIDE_US_MAX;
pub use publisher::{Covered, PublishError, Published, Publisher};
pub use rows::{RowsReport, Tampering, compare_rows};
pub use search::{Found, Search, entry_by_id, search};
pub use service::{LAG_US_MAX, Log, LogParts};
pub use standing::{Covering, Standing, proof, standing};
pub use state::{Signed, log_origin, newest_checkpoint};
pub use witnessing::Witnessing;

use crate::db::{Db, DbError, Write};
use crate::on;
use sha2::{Digest, Sha256};

/// A leaf hash: SHA-256.
pub type LeafHash = [u8; 32];

/// The leaf hash of RFC 6962, section 2.1: SHA-256 over a zero byte and `data`.
pub fn leaf_hash(data: &[u8]) -> LeafHash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(data);
    hash.finalize().into()
}

/// The statement that stores an entry; the engine runs it on its own connection.
pub const INSERT: &str =
    "INSERT INTO audit_entries (id, at, actor, channel, origin, act, subject, outcome, body,
        leaves, refs)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// The statement that says whose data an entry concerns.
pub const INSERT_CONCERN: &str = "INSERT INTO audit_concerns (whose, entry) VALUES ($1, $2)";

pub(crate) async fn insert_in_tx(write: &mut Write, entry: &Stamped) -> Result<(), DbError> {
    // Found out only when it is published, it would keep everything behind it from being published too.
    if entry.body.len() > tiles::ENTRY_BYTES_MAX {
        return Err(DbError::EntryTooLong(entry.body.len()));
    }
    on!(write.conn(), c => {
        sqlx::query(INSERT)
            .bind(entry.id)
            .bind(entry.at)
            .bind(&entry.actor)
            .bind(entry.channel)
            .bind(&entry.origin)
            .bind(entry.act)
            .bind(&entry.subject)
            .bind(entry.outcome)
            .bind(&entry.body)
            .bind(&entry.leaf[..])
            .bind(None::<Vec<u8>>)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    for whose in &entry.concerns {
        on!(write.conn(), c => {
            sqlx::query(INSERT_CONCERN).bind(whose).bind(entry.id).execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Writes an entry by itself: a look at somebody's data, a refusal. Call it before anything is shown; where it
/// fails, nothing may be.
pub async fn record(db: &Db, entry: Entry) -> Result<(), DbError> {
    let write = db.write().await.map_err(DbError::unlogged)?;
    write.commit(entry).await
}
