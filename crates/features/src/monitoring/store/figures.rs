//! Sums for charts.

use super::super::model::Pending;
use platform::{
    db::{Db, DbError, Write},
    on,
};

/// Kinds of rows of `monitoring_hours`.
pub const PLACE: i64 = 1;
/// See [`PLACE`].
pub const CLASS: i64 = 2;
/// Rows read at once, at most: a day of minutes with every reason.
const ROWS_MAX: i64 = 50_000;

/// A stored minute and reason.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct MinuteRow {
    /// Minutes since the epoch.
    pub minute: i64,
    /// See `Reason::number`.
    pub reason: i64,
    /// How many.
    pub count: i64,
    /// Sum of amounts.
    pub amount_minor: i64,
}

/// A stored hour of a place or merchant class.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HourRow {
    /// Hours since the epoch.
    pub hour: i64,
    /// 1 a place, 2 a merchant class.
    pub kind: i64,
    /// Which one.
    pub name: String,
    /// Place in arrays of families.
    pub family: i64,
    /// How many.
    pub count: i64,
}

/// Adds differences to what is stored.
pub async fn add_pending_in_tx(write: &mut Write, pending: &Pending) -> Result<(), DbError> {
    for ((minute, reason), total) in &pending.minutes {
        on!(write.conn(), c => {
            sqlx::query(
                "INSERT INTO monitoring_minutes (minute, reason, count, amount_minor) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (minute, reason) DO UPDATE SET count = monitoring_minutes.count + excluded.count,
                     amount_minor = monitoring_minutes.amount_minor + excluded.amount_minor",
            )
            .bind(*minute)
            .bind(i64::from(*reason))
            .bind(i64::try_from(total.count).unwrap_or(i64::MAX))
            .bind(total.minor)
            .execute(&mut *c)
            .await
            .map(drop)
        })?;
    }
    for ((hour, name, family), count) in &pending.places {
        add_hour_in_tx(write, (*hour, PLACE, *family), name, *count).await?;
    }
    for ((hour, class, family), count) in &pending.classes {
        add_hour_in_tx(write, (*hour, CLASS, *family), &class.to_string(), *count).await?;
    }
    Ok(())
}

async fn add_hour_in_tx(
    write: &mut Write,
    (hour, kind, family): (i64, i64, u8),
    name: &str,
    count: u64,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO monitoring_hours (hour, kind, name, family, count) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (hour, kind, name, family) DO UPDATE SET count = monitoring_hours.count + excluded.count",
        )
        .bind(hour)
        .bind(kind)
        .bind(name)
        .bind(i64::from(family))
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Minutes from `from` to `to`, both included.
pub async fn minutes_between(db: &Db, from: i64, to: i64) -> Result<Vec<MinuteRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT minute, reason, count, amount_minor FROM monitoring_minutes
             WHERE minute BETWEEN $1 AND $2 ORDER BY minute, reason LIMIT $3",
        )
        .bind(from)
        .bind(to)
        .bind(ROWS_MAX)
        .fetch_all(p)
        .await
    })?)
}

/// Hours from `from` to `to`, both included.
pub async fn hours_between(db: &Db, from: i64, to: i64) -> Result<Vec<HourRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT hour, kind, name, family, count FROM monitoring_hours
             WHERE hour BETWEEN $1 AND $2 ORDER BY hour, kind, name, family LIMIT $3",
        )
        .bind(from)
        .bind(to)
        .bind(ROWS_MAX)
        .fetch_all(p)
        .await
    })?)
}

/// Forgets figures from before `minute`.
pub async fn forget_figures_in_tx(write: &mut Write, minute: i64) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM monitoring_minutes WHERE minute < $1").bind(minute).execute(&mut *c).await.map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM monitoring_hours WHERE hour < $1")
            .bind(minute.div_euclid(60))
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}
