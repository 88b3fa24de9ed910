//! What people do with alerts: take one, close one with what it was.

use super::super::{
    error::MonitoringError,
    events,
    model::{Alert, AlertId, AlertState, Hit, Outcome},
    store::{self, OpenSummary},
};
use super::{cross, watch::Watch};
use crate::authorizations;
use kernel::{AccountId, Actor, AuthorizationId, Channel, StaffId};
use platform::{audit::Entry, db::Db};

/// Payments that get their label in one transaction: on SQLite everybody else waits meanwhile.
const LABELS_AT_ONCE: i64 = 25;
/// Payments shown of an alert.
const HITS_SHOWN: i64 = 50;

/// What closing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Payments that got a label.
    pub labelled: u64,
}

/// Says of an entry that it concerns these accounts; zero is none.
pub fn concerning(entry: Entry, accounts: &[i64]) -> Entry {
    let known = accounts.iter().filter(|account| **account != 0);
    known.fold(entry, |entry, account| entry.concerns(AccountId::from_raw(*account)))
}

/// Alerts, newest first, before `before` (an id): those that are open, or those that are closed.
pub async fn list(
    db: &Db,
    closed: bool,
    before: Option<i64>,
    rows_max: i64,
) -> Result<Vec<Alert>, MonitoringError> {
    Ok(store::list_alerts(db, closed, before, rows_max).await?)
}

/// How many alerts stand open, and since when the oldest does.
pub async fn open_now(db: &Db) -> Result<OpenSummary, MonitoringError> {
    Ok(store::open_summary(db).await?)
}

/// One alert with its newest payments.
pub async fn detail(db: &Db, id: AlertId) -> Result<(Alert, Vec<Hit>), MonitoringError> {
    let alert = store::alert(db, id).await?.ok_or(MonitoringError::Absent)?;
    let hits = store::hits(db, id, HITS_SHOWN).await?;
    Ok((alert, hits))
}

/// The open alerts that `staff` has taken and that are about one of these accounts, newest first.
///
/// # Errors
/// When the database fails.
pub async fn alerts_worked_on(
    db: &Db,
    staff: StaffId,
    accounts: &[AccountId],
) -> Result<Vec<AlertId>, MonitoringError> {
    let mut all = Vec::new();
    for account in accounts {
        all.extend(store::alerts_worked_on(db, staff, *account).await?);
    }
    all.sort_unstable_by_key(|id| std::cmp::Reverse(id.raw()));
    all.dedup();
    Ok(all)
}

/// Gives an alert to `by`, also from somebody else. Taking one's own again changes nothing.
pub async fn take(db: &Db, id: AlertId, by: StaffId) -> Result<Alert, MonitoringError> {
    let alert = store::alert(db, id).await?.ok_or(MonitoringError::Absent)?;
    if !alert.state.may_be_taken() {
        return Err(MonitoringError::Closed);
    }
    if alert.assigned == Some(by) {
        return Ok(alert);
    }
    let mut write = db.write().await?;
    if !store::take_alert_in_tx(&mut write, id, by).await? {
        write.rollback().await?;
        return Err(MonitoringError::Closed);
    }
    let entry = Entry::new(Actor::Staff(by), Channel::Desk, events::ALERT_TAKEN).subject(id);
    write.commit(entry).await?;
    Ok(Alert { state: AlertState::Seen, assigned: Some(by), ..alert })
}

/// Says what an alert was. Fraud and genuine label each of its payments first, a few at a time; if that is cut
/// short, the alert stays open and closing it again goes on where it stopped.
pub async fn close(
    db: &Db,
    watch: &Watch,
    id: AlertId,
    outcome: Outcome,
    by: StaffId,
) -> Result<Closed, MonitoringError> {
    let alert = store::alert(db, id).await?.ok_or(MonitoringError::Absent)?;
    if !alert.state.may_be_taken() {
        return Err(MonitoringError::Closed);
    }
    let mut labelled = 0;
    if let Some(fraud) = outcome.label() {
        loop {
            let some = label_some(db, watch, id, fraud, by).await?;
            labelled += some;
            if some == 0 {
                break;
            }
        }
    }
    let mut write = db.write().await?;
    let now = db.clock().now();
    if !store::close_alert_in_tx(&mut write, id, by, now, outcome).await? {
        write.rollback().await?;
        return Err(MonitoringError::Closed);
    }
    let detail = serde_json::json!({ "outcome": outcome, "labelled": labelled });
    let entry = Entry::new(Actor::Staff(by), Channel::Desk, events::ALERT_CLOSED).subject(id);
    write.commit(entry.detail(detail)).await?;
    Ok(Closed { labelled })
}

/// Labels the next payments of an alert; returns how many.
async fn label_some(
    db: &Db,
    watch: &Watch,
    id: AlertId,
    fraud: bool,
    by: StaffId,
) -> Result<u64, MonitoringError> {
    let ids = store::unlabelled_hits(db, id, LABELS_AT_ONCE).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        rows.push(authorizations::authorization(db, AuthorizationId::from_raw(*id)).await?);
    }
    let now = db.clock().now();
    let mut write = db.write().await?;
    for id in &ids {
        let authorization = AuthorizationId::from_raw(*id);
        authorizations::label_in_tx(&mut write, authorization, now, fraud, "analyst").await?;
        store::mark_labelled_in_tx(&mut write, *id).await?;
    }
    let detail = serde_json::json!({ "fraud": fraud, "source": "analyst", "count": ids.len() });
    let entry = Entry::new(Actor::Staff(by), Channel::Desk, events::LABELLED).subject(id);
    let accounts: Vec<i64> = rows.iter().flatten().map(|row| row.account).collect();
    let entry = concerning(entry, &accounts);
    write.commit(entry.detail(detail)).await?;
    for row in rows.iter().flatten() {
        cross::feed(watch, row, fraud);
    }
    Ok(u64::try_from(ids.len()).unwrap_or(0))
}
