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

/// Adds differences to what is stored. One statement for each kind: while it runs on SQLite, authorizations wait.
pub async fn add_pending_in_tx(write: &mut Write, pending: &Pending) -> Result<(), DbError> {
    if !pending.minutes.is_empty() {
        let sql = format!(
            "INSERT INTO monitoring_minutes (minute, reason, count, amount_minor) VALUES {}
             ON CONFLICT (minute, reason) DO UPDATE SET count = monitoring_minutes.count + excluded.count,
                 amount_minor = monitoring_minutes.amount_minor + excluded.amount_minor",
            placeholders(pending.minutes.len(), 4)
        );
        on!(write.conn(), c => {
            // The text holds placeholders only, never a value.
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
            for ((minute, reason), total) in &pending.minutes {
                query = query.bind(*minute).bind(i64::from(*reason)).bind(number(total.count)).bind(total.minor);
            }
            query.execute(&mut *c).await.map(drop)
        })?;
    }
    let places = pending
        .places
        .iter()
        .map(|((hour, name, family), count)| (*hour, PLACE, name.clone(), *family, *count));
    let classes = pending
        .classes
        .iter()
        .map(|((hour, class, family), count)| (*hour, CLASS, class.to_string(), *family, *count));
    add_hours_in_tx(write, &places.chain(classes).collect::<Vec<_>>()).await
}

async fn add_hours_in_tx(write: &mut Write, rows: &[(i64, i64, String, u8, u64)]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO monitoring_hours (hour, kind, name, family, count) VALUES {}
         ON CONFLICT (hour, kind, name, family) DO UPDATE SET count = monitoring_hours.count + excluded.count",
        placeholders(rows.len(), 5)
    );
    on!(write.conn(), c => {
        // The text holds placeholders only, never a value.
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
        for (hour, kind, name, family, count) in rows {
            query = query.bind(*hour).bind(*kind).bind(name).bind(i64::from(*family)).bind(number(*count));
        }
        query.execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `($1, $2), ($3, $4)` for two rows of two.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let names: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", names.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
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
