//! Misses of the last day by the value that was tried, to see one value tried on many people.

use super::super::model::ProofKind;
use super::counters::Person;
use kernel::Timestamp;
use platform::db::{Db, DbError, Write};
use platform::on;

/// Writes down which value was tried, as a keyed hash without its owner.
pub(in super::super) async fn put_miss_in_tx(
    write: &mut Write,
    kind: ProofKind,
    value: &[u8; 32],
    (person_kind, person): Person,
) -> Result<(), DbError> {
    let (id, now) = (write.next_id(), write.now().us());
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO proof_misses (id, kind, value, person_kind, person, at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(kind.word())
        .bind(&value[..])
        .bind(person_kind)
        .bind(person)
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// On how many people the same query password was tried in vain since `since`, at most; and how many people had a miss of
/// any kind. Other kinds have so few values that the same one on many people says nothing.
pub(in super::super) async fn sprays(db: &Db, since: Timestamp) -> Result<(i64, i64), DbError> {
    let widest: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT MAX(people) FROM (SELECT COUNT(DISTINCT person) AS people FROM proof_misses
                 WHERE at > $1 AND kind = 'query_password' GROUP BY value) AS tried",
        )
        .bind(since.us())
        .fetch_one(p)
        .await
    })?;
    let missed: i64 = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(DISTINCT person) FROM proof_misses WHERE at > $1")
            .bind(since.us())
            .fetch_one(p)
            .await
    })?;
    Ok((widest.unwrap_or(0), missed))
}

/// Writes an alarm of this day down; `false` when it was raised today already.
pub(in super::super) async fn put_alarm_in_tx(
    write: &mut Write,
    kind: &str,
    day: i64,
) -> Result<bool, DbError> {
    let made = on!(write.conn(), c => {
        sqlx::query("INSERT INTO proof_alarms (kind, day) VALUES ($1, $2) ON CONFLICT (kind, day) DO NOTHING")
            .bind(kind)
            .bind(day)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(made == 1)
}

/// Whether there is a miss before `before`.
pub(in super::super) async fn has_miss_before(db: &Db, before: Timestamp) -> Result<bool, DbError> {
    let first: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT MIN(at) FROM proof_misses").fetch_one(p).await
    })?;
    Ok(first.is_some_and(|first| first < before.us()))
}

/// Forgets misses before `before`.
pub(in super::super) async fn forget_misses_in_tx(
    write: &mut Write,
    before: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM proof_misses WHERE at < $1").bind(before.us()).execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}
