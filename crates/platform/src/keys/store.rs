//! The statements over columns with wrapped keys. Table and column are constants of the program, never input.

use super::KeyColumn;
use crate::db::{Db, DbError, Write};
use crate::on;
use kernel::CustomerId;
use sqlx::AssertSqlSafe;

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
