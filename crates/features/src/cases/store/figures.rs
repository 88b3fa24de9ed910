//! Counting cases: how the open ones are, how those went that ended.

use super::super::model::{Figures, IN_TIME, LATE_BY_LAW, NEVER};
use kernel::{DAY_US, Timestamp};
use platform::db::{Db, DbError};
use platform::on;

/// Open, by age up to three bounds, and by due date up to four.
type OpenCounts = (i64, i64, i64, i64, i64, i64, i64, i64);

/// The figures of a kind, of cases in one of `states` (with commas around each).
pub(in super::super) async fn figures(
    db: &Db,
    kind: &str,
    states: &str,
    now: Timestamp,
    since: Timestamp,
) -> Result<Figures, DbError> {
    let (open, day, week, month, past, soon, days, later) = open_counts(db, kind, states, now).await?;
    let (ended, within_law, within_promise) = ended_counts(db, kind, states, since).await?;
    // The nearest rank: the time that at least so many of a hundred needed at most.
    let rank = |percent: i64| (ended * percent + 99) / 100 - 1;
    Ok(Figures {
        open,
        ages: [day, week - day, month - week, open - month],
        due: [past, soon - past, days - soon, later - days],
        ended,
        within_law,
        within_promise,
        median_us: took(db, kind, states, since, rank(50)).await?,
        p90_us: took(db, kind, states, since, rank(90)).await?,
    })
}

async fn open_counts(db: &Db, kind: &str, states: &str, now: Timestamp) -> Result<OpenCounts, DbError> {
    let before = |days: i64| now.plus_us(-days * DAY_US).us();
    let within = |days: i64| now.plus_us(days * DAY_US).us().min(NEVER - 1);
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT COUNT(*), COUNT(CASE WHEN opened_at >= $3 THEN 1 END), COUNT(CASE WHEN opened_at >= $4 THEN 1 END),
                 COUNT(CASE WHEN opened_at >= $5 THEN 1 END), COUNT(CASE WHEN due_at < $6 THEN 1 END),
                 COUNT(CASE WHEN due_at < $7 THEN 1 END), COUNT(CASE WHEN due_at < $8 THEN 1 END),
                 COUNT(CASE WHEN due_at < $9 THEN 1 END)
             FROM cases WHERE kind = $1 AND open = 1
               AND replace($2, '_', '-') LIKE '%,' || replace(state, '_', '-') || ',%'",
        )
        .bind(kind)
        .bind(states)
        .bind(before(1))
        .bind(before(7))
        .bind(before(30))
        .bind(now.us())
        .bind(within(1))
        .bind(within(3))
        .bind(within(7))
        .fetch_one(p)
        .await
    })?)
}

async fn ended_counts(
    db: &Db,
    kind: &str,
    states: &str,
    since: Timestamp,
) -> Result<(i64, i64, i64), DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT COUNT(*), COUNT(CASE WHEN late < $4 THEN 1 END), COUNT(CASE WHEN late = $5 THEN 1 END)
             FROM cases WHERE kind = $1 AND closed_at >= $3
               AND replace($2, '_', '-') LIKE '%,' || replace(state, '_', '-') || ',%'",
        )
        .bind(kind)
        .bind(states)
        .bind(since.us())
        .bind(LATE_BY_LAW)
        .bind(IN_TIME)
        .fetch_one(p)
        .await
    })?)
}

/// How long the case of this rank took, counted from the fastest, µs; 0 where none ended.
async fn took(db: &Db, kind: &str, states: &str, since: Timestamp, rank: i64) -> Result<i64, DbError> {
    let found: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT closed_at - opened_at AS took FROM cases WHERE kind = $1 AND closed_at >= $3
               AND replace($2, '_', '-') LIKE '%,' || replace(state, '_', '-') || ',%'
             ORDER BY took LIMIT 1 OFFSET $4",
        )
        .bind(kind)
        .bind(states)
        .bind(since.us())
        .bind(rank.max(0))
        .fetch_optional(p)
        .await
    })?;
    Ok(found.unwrap_or_default())
}
