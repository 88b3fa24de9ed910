//! The statements over columns with wrapped keys. Table and column are constants of the program, never input.

use super::{KeyColumn, Progress, RowsOfVersion};
use crate::db::{Db, DbError, Write};
use crate::on;
use kernel::{CustomerId, Timestamp};
use sqlx::AssertSqlSafe;
use vault::KeyCheck;

/// The wrapped key of a person: `None` without such a row, `Some(None)` once it was destroyed.
pub(super) async fn wrapped(
    db: &Db,
    column: &KeyColumn,
    person: CustomerId,
) -> Result<Option<Option<Vec<u8>>>, DbError> {
    let KeyColumn { table, column, person: owner, .. } = column;
    let sql = format!("SELECT {column} FROM {table} WHERE {owner} = $1");
    let row: Option<(Option<Vec<u8>>,)> = on!(db.pool(), p => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(person.raw()).fetch_optional(p).await
    })?;
    Ok(row.map(|(wrapped,)| wrapped))
}

/// Destroys the keys of a person's rows; returns how many.
pub(super) async fn destroy_in_tx(
    write: &mut Write,
    column: &KeyColumn,
    person: CustomerId,
) -> Result<u64, DbError> {
    let KeyColumn { table, column, person: owner, hashes } = column;
    // An empty hash is nobody's: real ones have 32 bytes.
    let emptied: String = hashes.iter().map(|hash| format!(", {hash} = $2")).collect();
    let sql =
        format!("UPDATE {table} SET {column} = NULL{emptied} WHERE {owner} = $1 AND {column} IS NOT NULL");
    let empty = (!hashes.is_empty()).then(Vec::<u8>::new);
    Ok(on!(write.conn(), c => {
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(person.raw());
        if let Some(empty) = empty {
            query = query.bind(empty);
        }
        query.execute(&mut *c).await.map(|done| done.rows_affected())
    })?)
}

/// A key that the database was written with.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Known {
    pub name: String,
    pub number: i64,
    pub check_value: String,
    pub retired_at: Option<i64>,
}

pub(super) async fn checks(db: &Db) -> Result<Vec<Known>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT name, number, check_value, retired_at FROM key_checks").fetch_all(p).await
    })?)
}

pub(super) async fn note_in_tx(write: &mut Write, check: &KeyCheck, at: Timestamp) -> Result<(), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO key_checks (name, number, check_value, noted_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name, number) DO NOTHING",
        )
        .bind(&check.name)
        .bind(i64::from(check.number))
        .bind(&check.value)
        .bind(at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?)
}

pub(super) async fn retire_in_tx(write: &mut Write, version: u32, at: Timestamp) -> Result<(), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE key_checks SET retired_at = $2 WHERE name = 'master' AND number = $1")
            .bind(i64::from(version))
            .bind(at.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?)
}

/// A row with its wrapped key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct WrappedRow {
    pub id: i64,
    pub wrapped: Vec<u8>,
}

/// Rows after an id whose key is not wrapped under the version of this label.
pub(super) async fn rows_of_others(
    db: &Db,
    column: &KeyColumn,
    label: &[u8],
    (after, rows_max): (i64, i64),
) -> Result<Vec<WrappedRow>, DbError> {
    let KeyColumn { table, column, .. } = column;
    let sql = format!(
        "SELECT id, {column} AS wrapped FROM {table}
         WHERE id > $1 AND {column} IS NOT NULL AND SUBSTR({column}, 1, 5) <> $2 ORDER BY id LIMIT $3"
    );
    Ok(on!(db.pool(), p => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(after).bind(label).bind(rows_max).fetch_all(p).await
    })?)
}

/// Writes the newly wrapped key of a row, if the row still has the one that was read; returns how many rows.
pub(super) async fn rewrap_in_tx(
    write: &mut Write,
    column: &KeyColumn,
    row: &WrappedRow,
    wrapped: &[u8],
) -> Result<u32, DbError> {
    let KeyColumn { table, column, .. } = column;
    let sql = format!("UPDATE {table} SET {column} = $2 WHERE id = $1 AND {column} = $3");
    let done = on!(write.conn(), c => {
        sqlx::query(AssertSqlSafe(sql))
            .bind(row.id)
            .bind(wrapped)
            .bind(&row.wrapped)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(u32::try_from(done).unwrap_or(u32::MAX))
}

/// Rows by the version that their wrapped key names.
pub(super) async fn rows_by_version(db: &Db, column: &KeyColumn) -> Result<Vec<RowsOfVersion>, DbError> {
    let KeyColumn { table, column, .. } = column;
    let sql = format!(
        "SELECT SUBSTR({column}, 2, 4) AS version, COUNT(*) FROM {table}
         WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
    );
    let rows: Vec<(Vec<u8>, i64)> =
        on!(db.pool(), p => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(p).await)?;
    let version = |bytes: Vec<u8>| <[u8; 4]>::try_from(bytes).map_or(0, u32::from_be_bytes);
    Ok(rows.into_iter().map(|(bytes, rows)| RowsOfVersion { table, version: version(bytes), rows }).collect())
}

pub(super) async fn note_rotation_in_tx(
    write: &mut Write,
    version: u32,
    at: Timestamp,
    rows: i64,
) -> Result<(), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO key_rotations (version, started_at, rows_total, rows_done) VALUES ($1, $2, $3, 0)
             ON CONFLICT (version) DO NOTHING",
        )
        .bind(i64::from(version))
        .bind(at.us())
        .bind(rows)
        .execute(&mut *c)
        .await
        .map(drop)
    })?)
}

pub(super) async fn count_in_tx(write: &mut Write, version: u32, rows: u32) -> Result<(), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE key_rotations SET rows_done = rows_done + $2 WHERE version = $1")
            .bind(i64::from(version))
            .bind(i64::from(rows))
            .execute(&mut *c)
            .await
            .map(drop)
    })?)
}

/// Marks a rotation as finished; false if it was before.
pub(super) async fn finish_in_tx(write: &mut Write, version: u32, at: Timestamp) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE key_rotations SET finished_at = $2 WHERE version = $1 AND finished_at IS NULL")
            .bind(i64::from(version))
            .bind(at.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() > 0)
    })?)
}

const ROTATIONS: &str = "SELECT version, started_at, rows_total, rows_done, finished_at FROM key_rotations";

pub(super) async fn rotation(db: &Db, version: u32) -> Result<Option<Progress>, DbError> {
    let sql = format!("{ROTATIONS} WHERE version = $1");
    Ok(on!(db.pool(), p => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(i64::from(version)).fetch_optional(p).await
    })?)
}

pub(super) async fn newest_rotation(db: &Db) -> Result<Option<Progress>, DbError> {
    let sql = format!("{ROTATIONS} ORDER BY version DESC LIMIT 1");
    Ok(on!(db.pool(), p => sqlx::query_as(AssertSqlSafe(sql)).fetch_optional(p).await)?)
}
