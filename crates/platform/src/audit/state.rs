//! What the database keeps of the tree: its size and frontier, who integrates, and the checkpoints.

use super::{LeafHash, note::Checkpoint, tree::Frontier};
use crate::{
    db::{Conn, Db, DbError, Housekeeping, Write},
    on,
};

/// The tree as the last integration left it.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Raised by each change: who changes it on the ground of an older one changes nothing.
    pub version: i64,
    /// The node that integrates; 0: none.
    pub holder: i64,
    /// The tree.
    pub frontier: Frontier,
}

/// Rows of the log that wait for their place, in the order in which they get it.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Waiting {
    pub id: i64,
    pub leaves: Vec<u8>,
}

/// A row of the log that has its place.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Placed {
    pub position: i64,
    pub body: String,
    pub leaves: Vec<u8>,
    pub refs: Option<Vec<u8>>,
}

/// A signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Signed {
    /// Leaves in the tree.
    pub size: i64,
    /// When it was signed, microseconds.
    pub at: i64,
    /// The note, with the lines of the witnesses that have cosigned it.
    pub note: String,
}

pub(super) async fn read(db: &Db) -> Result<State, DbError> {
    let row: Option<(i64, i64, i64, Vec<u8>)> = on!(db.pool(), p => {
        sqlx::query_as("SELECT version, holder, size, frontier FROM log_state WHERE id = 1").fetch_optional(p).await
    })?;
    // Before the first entry has its place there is no row: an empty database stays empty, for a restore.
    let (version, holder, size, frontier) = row.unwrap_or_default();
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    let frontier = Frontier::from_bytes(size, &frontier).ok_or(DbError::Damaged("the log's state"))?;
    Ok(State { version, holder, frontier })
}

/// The log's name, fixed by the first who asks: `wanted` where nobody did before. It is part of every checkpoint, so
/// a log that changed its name would be another log.
pub async fn log_origin(db: &Db, wanted: &str) -> Result<String, DbError> {
    let mut write = db.write().await?;
    begin_in_tx(&mut write).await?;
    on!(write.conn(), c => {
        sqlx::query("UPDATE log_state SET origin = $1 WHERE id = 1 AND origin IS NULL")
            .bind(wanted)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    let origin: String = on!(write.conn(), c => {
        sqlx::query_scalar("SELECT origin FROM log_state WHERE id = 1").fetch_one(&mut *c).await
    })?;
    write.housekeeping(Housekeeping::Log).await?;
    Ok(origin)
}

/// Makes the one row, when it is not there.
async fn begin_in_tx(write: &mut Write) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO log_state (id, version, holder, size, frontier) VALUES (1, 0, 0, 0, $1) ON CONFLICT (id) DO NOTHING",
        )
        .bind(Vec::<u8>::new())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Replaces the state of `version`; nothing happens, and the answer is no, when it was changed since.
pub(super) async fn replace_in_tx(
    write: &mut Write,
    version: i64,
    holder: i64,
    frontier: &Frontier,
) -> Result<bool, DbError> {
    let size = i64::try_from(frontier.size()).map_err(|_| DbError::Damaged("the log's size"))?;
    if version == 0 {
        begin_in_tx(write).await?;
    }
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE log_state SET version = version + 1, holder = $2, size = $3, frontier = $4
             WHERE id = 1 AND version = $1",
        )
        .bind(version)
        .bind(holder)
        .bind(size)
        .bind(frontier.to_bytes())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

pub(super) async fn waiting(db: &Db, rows_max: i64) -> Result<Vec<Waiting>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT id, leaves FROM audit_entries WHERE position IS NULL ORDER BY id LIMIT $1")
            .bind(rows_max)
            .fetch_all(p)
            .await
    })?)
}

pub(super) async fn count_waiting(db: &Db) -> Result<i64, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE position IS NULL").fetch_one(p).await
    })?)
}

/// Gives rows their places; how many of them had none yet.
pub(super) async fn place_in_tx(write: &mut Write, ids: &[i64], positions: &[i64]) -> Result<u64, DbError> {
    let placed = match write.conn() {
        Conn::Sqlite(c) => {
            let pairs: Vec<[i64; 2]> = ids.iter().zip(positions).map(|(id, at)| [*id, *at]).collect();
            sqlx::query(
                "UPDATE audit_entries SET position = n.value ->> 1 FROM json_each($1) AS n
                 WHERE audit_entries.id = n.value ->> 0 AND audit_entries.position IS NULL",
            )
            .bind(serde_json::json!(pairs).to_string())
            .execute(&mut *c)
            .await?
            .rows_affected()
        }
        Conn::Postgres(c) => sqlx::query(
            "UPDATE audit_entries AS a SET position = n.position
             FROM UNNEST($1::bigint[], $2::bigint[]) AS n(id, position) WHERE a.id = n.id AND a.position IS NULL",
        )
        .bind(ids)
        .bind(positions)
        .execute(&mut *c)
        .await?
        .rows_affected(),
    };
    Ok(placed)
}

/// Rows from `position` on, in order.
pub(super) async fn placed_from(db: &Db, position: i64, rows_max: i64) -> Result<Vec<Placed>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT position, body, leaves, refs FROM audit_entries WHERE position >= $1 ORDER BY position LIMIT $2",
        )
        .bind(position)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Places and leaves of the rows from `position` on, in order.
pub(super) async fn leaves_from(
    db: &Db,
    position: i64,
    rows_max: i64,
) -> Result<Vec<(i64, Vec<u8>)>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT position, leaves FROM audit_entries WHERE position >= $1 ORDER BY position LIMIT $2")
            .bind(position)
            .bind(rows_max)
            .fetch_all(p)
            .await
    })?)
}

/// The newest checkpoint; nothing before the first.
pub async fn newest_checkpoint(db: &Db) -> Result<Option<Signed>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT size, at, note FROM log_checkpoints ORDER BY size DESC LIMIT 1").fetch_optional(p).await
    })?)
}

/// The smallest checkpoints that cover the leaf at `position`, at most `rows_max`: since when it is vouched for.
pub(super) async fn checkpoints_over(db: &Db, position: i64, rows_max: i64) -> Result<Vec<Signed>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT size, at, note FROM log_checkpoints WHERE size > $1 ORDER BY size LIMIT $2")
            .bind(position)
            .bind(rows_max)
            .fetch_all(p)
            .await
    })?)
}

/// The row of the entry with this id, once it has its place.
pub(super) async fn placed_by_id(db: &Db, id: i64) -> Result<Option<Placed>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT position, body, leaves, refs FROM audit_entries WHERE id = $1 AND position IS NOT NULL",
        )
        .bind(id)
        .fetch_optional(p)
        .await
    })?)
}

/// Keeps a checkpoint; of those older than `thin_before`, one for each hour stays.
pub(super) async fn keep_checkpoint(
    db: &Db,
    checkpoint: &Checkpoint,
    note: &str,
    thin_before: i64,
) -> Result<(), DbError> {
    let size = i64::try_from(checkpoint.size).map_err(|_| DbError::Damaged("the log's size"))?;
    let now = db.clock().now().us();
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO log_checkpoints (size, at, root, note) VALUES ($1, $2, $3, $4) ON CONFLICT (size) DO NOTHING",
        )
        .bind(size)
        .bind(now)
        .bind(&checkpoint.root[..])
        .bind(note)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query(
            "DELETE FROM log_checkpoints WHERE at < $1 AND size NOT IN
                 (SELECT MAX(size) FROM log_checkpoints GROUP BY at / $2)",
        )
        .bind(thin_before)
        .bind(kernel::HOUR_US)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    write.housekeeping(Housekeeping::Log).await
}

/// Puts `lines` of witnesses behind the checkpoint of `seen`; whether it was done. It is not when another node has put
/// some there since: who asks again finds them.
pub(super) async fn add_lines(db: &Db, seen: &Signed, lines: &str) -> Result<bool, DbError> {
    let mut write = db.write().await?;
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE log_checkpoints SET note = note || $2 WHERE size = $1 AND note = $3")
            .bind(seen.size)
            .bind(lines)
            .bind(&seen.note)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    write.housekeeping(Housekeeping::Log).await?;
    Ok(changed == 1)
}

/// The leaf hashes of a row, one by one; nothing when their bytes are no whole number of hashes.
pub(super) fn leaves_of(bytes: &[u8]) -> Option<&[LeafHash]> {
    let (leaves, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && !leaves.is_empty()).then_some(leaves)
}
