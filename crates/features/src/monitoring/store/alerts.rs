//! Alerts and the payments behind them.

use super::super::model::{Alert, AlertId, AlertKind, AlertState, Hit, NewAlert, Outcome};
use kernel::{AccountId, StaffId, Timestamp};
use platform::{
    db::{Db, DbError, Write},
    on,
};

#[derive(sqlx::FromRow)]
struct AlertRow {
    id: i64,
    kind: i64,
    rule: String,
    reason: String,
    account_id: i64,
    merchant: String,
    opened_at: i64,
    last_at: i64,
    hits: i64,
    passed: i64,
    amount_minor: i64,
    worst: i64,
    bound: i64,
    state: i64,
    assigned: Option<i64>,
    closed_at: Option<i64>,
    outcome: Option<i64>,
}

impl AlertRow {
    fn into_alert(self) -> Alert {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Alert {
            id: AlertId::from_raw(self.id),
            kind: AlertKind::from_number(self.kind),
            rule: self.rule,
            reason: self.reason,
            account: self.account_id,
            merchant: self.merchant,
            opened_at: Timestamp::from_us(self.opened_at),
            last_at: Timestamp::from_us(self.last_at),
            count: count(self.hits),
            passed: count(self.passed),
            minor: self.amount_minor,
            worst: self.worst,
            bound: self.bound,
            state: AlertState::from_number(self.state),
            assigned: self.assigned.map(StaffId::from_raw),
            closed_at: self.closed_at.map(Timestamp::from_us),
            outcome: self.outcome.and_then(Outcome::from_number),
        }
    }
}

#[derive(sqlx::FromRow)]
struct HitRow {
    authorization_id: i64,
    account_id: i64,
    at: i64,
    amount_minor: i64,
    passed: i64,
}

impl HitRow {
    fn into_hit(self) -> Hit {
        Hit {
            authorization: self.authorization_id,
            account: self.account_id,
            at: Timestamp::from_us(self.at),
            minor: self.amount_minor,
            passed: self.passed != 0,
        }
    }
}

/// What stands open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenSummary {
    /// How many alerts.
    pub count: u64,
    /// When the oldest was opened.
    pub oldest: Option<Timestamp>,
}

/// Keeps the payment behind an alert; `false` when it is there already.
pub async fn add_hit_in_tx(write: &mut Write, alert: AlertId, hit: &Hit) -> Result<bool, DbError> {
    let written = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO monitoring_hits (authorization_id, alert_id, account_id, at, amount_minor, passed, labelled)
             VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (authorization_id) DO NOTHING",
        )
        .bind(hit.authorization)
        .bind(alert.raw())
        .bind(hit.account)
        .bind(hit.at.us())
        .bind(hit.minor)
        .bind(i64::from(hit.passed))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(written > 0)
}

/// The open alert of a group.
pub async fn find_open_in_tx(write: &mut Write, group: &str) -> Result<Option<AlertId>, DbError> {
    let found: Option<i64> = on!(write.conn(), c => {
        sqlx::query_scalar("SELECT id FROM monitoring_alerts WHERE group_key = $1 AND state < 3")
            .bind(group)
            .fetch_optional(&mut *c)
            .await
    })?;
    Ok(found.map(AlertId::from_raw))
}

/// Opens an alert.
pub async fn insert_alert_in_tx(write: &mut Write, id: AlertId, new: &NewAlert) -> Result<(), DbError> {
    let (minor, passed) = new.hit.map_or((0, false), |hit| (hit.minor, hit.passed));
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO monitoring_alerts (id, group_key, kind, rule, reason, account_id, merchant, opened_at, last_at,
                 hits, passed, amount_minor, worst, bound, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, $9, $10, $11, $12, 1)",
        )
        .bind(id.raw())
        .bind(&new.group)
        .bind(new.kind.number())
        .bind(&new.rule)
        .bind(&new.reason)
        .bind(new.account)
        .bind(&new.merchant)
        .bind(new.at.us())
        .bind(i64::from(passed))
        .bind(minor)
        .bind(new.worst)
        .bind(new.bound)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Adds one more payment or minute to an open alert.
pub async fn grow_alert_in_tx(write: &mut Write, id: AlertId, new: &NewAlert) -> Result<(), DbError> {
    let (minor, passed) = new.hit.map_or((0, false), |hit| (hit.minor, hit.passed));
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE monitoring_alerts SET hits = hits + 1, passed = passed + $2, amount_minor = amount_minor + $3,
                 last_at = CASE WHEN last_at > $4 THEN last_at ELSE $4 END,
                 worst = CASE WHEN worst > $5 THEN worst ELSE $5 END WHERE id = $1",
        )
        .bind(id.raw())
        .bind(i64::from(passed))
        .bind(minor)
        .bind(new.at.us())
        .bind(new.worst)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// One alert.
pub async fn alert(db: &Db, id: AlertId) -> Result<Option<Alert>, DbError> {
    let found: Option<AlertRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, kind, rule, reason, account_id, merchant, opened_at, last_at, hits, passed, amount_minor, worst,
                 bound, state, assigned, closed_at, outcome FROM monitoring_alerts WHERE id = $1",
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })?;
    Ok(found.map(AlertRow::into_alert))
}

/// Alerts before `before` (by id), newest first: those that are open, or those that are closed.
pub async fn list_alerts(
    db: &Db,
    closed: bool,
    before: Option<i64>,
    rows_max: i64,
) -> Result<Vec<Alert>, DbError> {
    let (from, to) = if closed { (3, 3) } else { (1, 2) };
    let found: Vec<AlertRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, kind, rule, reason, account_id, merchant, opened_at, last_at, hits, passed, amount_minor, worst,
                 bound, state, assigned, closed_at, outcome FROM monitoring_alerts
             WHERE state BETWEEN $1 AND $2 AND id < $3 ORDER BY id DESC LIMIT $4",
        )
        .bind(from)
        .bind(to)
        .bind(before.unwrap_or(i64::MAX))
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    Ok(found.into_iter().map(AlertRow::into_alert).collect())
}

/// How many are open, and since when the oldest is.
pub async fn open_summary(db: &Db) -> Result<OpenSummary, DbError> {
    let (count, oldest): (i64, Option<i64>) = on!(db.pool(), p => {
        sqlx::query_as("SELECT COUNT(*), MIN(opened_at) FROM monitoring_alerts WHERE state < 3").fetch_one(p).await
    })?;
    Ok(OpenSummary { count: u64::try_from(count).unwrap_or(0), oldest: oldest.map(Timestamp::from_us) })
}

/// Payments behind an alert, newest first.
pub async fn hits(db: &Db, id: AlertId, rows_max: i64) -> Result<Vec<Hit>, DbError> {
    let found: Vec<HitRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT authorization_id, account_id, at, amount_minor, passed FROM monitoring_hits WHERE alert_id = $1
             ORDER BY authorization_id DESC LIMIT $2",
        )
        .bind(id.raw())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    Ok(found.into_iter().map(HitRow::into_hit).collect())
}

/// Ids of payments behind an alert that have no label from it yet.
pub async fn unlabelled_hits(db: &Db, id: AlertId, rows_max: i64) -> Result<Vec<i64>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT authorization_id FROM monitoring_hits WHERE alert_id = $1 AND labelled = 0
             ORDER BY authorization_id LIMIT $2",
        )
        .bind(id.raw())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Notes that a payment has its label.
pub async fn mark_labelled_in_tx(write: &mut Write, authorization: i64) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE monitoring_hits SET labelled = 1 WHERE authorization_id = $1")
            .bind(authorization)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Gives an alert that is not closed to somebody; `false` when it is closed or absent.
pub async fn take_alert_in_tx(write: &mut Write, id: AlertId, by: StaffId) -> Result<bool, DbError> {
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE monitoring_alerts SET state = 2, assigned = $2 WHERE id = $1 AND state < 3")
            .bind(id.raw())
            .bind(by.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

/// Closes an alert that is not closed; `false` when it is closed or absent.
pub async fn close_alert_in_tx(
    write: &mut Write,
    id: AlertId,
    by: StaffId,
    at: Timestamp,
    outcome: Outcome,
) -> Result<bool, DbError> {
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE monitoring_alerts SET state = 3, assigned = $2, closed_at = $3, outcome = $4
             WHERE id = $1 AND state < 3",
        )
        .bind(id.raw())
        .bind(by.raw())
        .bind(at.us())
        .bind(outcome.number())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

/// Forgets alerts that were closed before `at`, with their payments.
pub async fn forget_closed_in_tx(write: &mut Write, at: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "DELETE FROM monitoring_hits WHERE alert_id IN
                 (SELECT id FROM monitoring_alerts WHERE state = 3 AND closed_at < $1)",
        )
        .bind(at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM monitoring_alerts WHERE state = 3 AND closed_at < $1")
            .bind(at.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// The open alerts that `staff` has taken and that are about `account`, or have a payment of it behind them.
pub async fn alerts_worked_on(db: &Db, staff: StaffId, account: AccountId) -> Result<Vec<AlertId>, DbError> {
    let found: Vec<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT id FROM monitoring_alerts a WHERE a.assigned = $1 AND a.state < 3 AND (a.account_id = $2
               OR EXISTS (SELECT 1 FROM monitoring_hits h WHERE h.alert_id = a.id AND h.account_id = $2))",
        )
        .bind(staff.raw())
        .bind(account.raw())
        .fetch_all(p)
        .await
    })?;
    Ok(found.into_iter().map(AlertId::from_raw).collect())
}
