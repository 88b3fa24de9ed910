//! Reading the log back: by person, actor, act, outcome and time, newest first, a piece at a time.
//!
//! Ids of entries rise with time, so a piece begins at an id and a span of time is a span of ids; the exact moment
//! is compared as well, because an id is taken a little before its entry and can run ahead of a clock that was moved.
//! Batches of authorizations are left out unless they are asked for by name: they outnumber everything else, and
//! what they decided is found at the account.
//!
//! Who reads is not decided here, and reading is itself an entry: both are the feature `audit_log`'s.

use super::Outcome;
use crate::db::{Db, DbError};
use crate::on;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{DAY_US, MINUTE_US, Timestamp, first_id_at};
use serde_json::Value;

/// An id is taken at most this long before its entry, microseconds.
const ID_BEFORE_ENTRY_US: i64 = MINUTE_US;
/// An id runs ahead of its entry's clock by at most this much, microseconds.
const ID_AHEAD_US: i64 = DAY_US;
/// The one act whose entries stand for many.
const BATCH: &str = "authorizations.batch.decided";

/// What is looked for; what is empty matches everything.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Entries that concern one of these: a customer, and their accounts.
    pub concerns: Vec<String>,
    /// By this actor, as text.
    pub actor: Option<String>,
    /// One of these acts.
    pub acts: Vec<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Entries before this id, which the piece before ended with.
    pub before: Option<i64>,
    /// At most so many.
    pub rows_max: i64,
}

/// An entry as it was read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as text.
    pub actor: String,
    /// Over which channel.
    pub channel: String,
    /// From where; entries that came from no request have none.
    pub origin: Option<String>,
    /// What.
    pub act: String,
    /// To what.
    pub subject: Option<String>,
    /// Whether it was done.
    pub outcome: Outcome,
    /// Whose data it concerns.
    pub concerns: Vec<String>,
    /// Facts that its sentence needs.
    pub detail: Value,
    /// What somebody typed, sealed under the key of the person it is about.
    pub sealed: Option<Vec<u8>>,
    /// Its place in the tree, once it was integrated.
    pub leaf_index: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: i64,
    actor: String,
    act: String,
    subject: Option<String>,
    body: String,
    position: Option<i64>,
}

impl Row {
    /// Everything that the columns are for finding by is in the hashed text, so the text is what is told.
    fn into_found(self) -> Found {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
        let concerns = body.get("concerns").and_then(Value::as_array).into_iter().flatten();
        Found {
            id: self.id,
            at: Timestamp::from_us(self.at),
            actor: self.actor,
            channel: text("channel").unwrap_or_default(),
            origin: text("origin"),
            act: self.act,
            subject: self.subject,
            outcome: text("outcome").and_then(|word| Outcome::from_word(&word)).unwrap_or_default(),
            concerns: concerns.filter_map(|whose| whose.as_str().map(ToOwned::to_owned)).collect(),
            detail: body.get("detail").cloned().unwrap_or_default(),
            sealed: text("sealed").and_then(|sealed| URL_SAFE_NO_PAD.decode(sealed).ok()),
            leaf_index: self.position,
        }
    }
}

const SELECT: &str = "SELECT id, at, actor, act, subject, body, position FROM audit_entries WHERE ";

/// The entries that fit, newest first.
pub async fn search(db: &Db, wanted: &Search) -> Result<Vec<Found>, DbError> {
    let (from, until) = (wanted.from.map(Timestamp::us), wanted.until.map(Timestamp::us));
    let first = from.map(|us| first_id_at(Timestamp::from_us(us.saturating_sub(ID_BEFORE_ENTRY_US))));
    let ahead = until.map(|us| first_id_at(Timestamp::from_us(us.saturating_add(ID_AHEAD_US))));
    // Both are bounds on the id; the nearer one counts.
    let before = [wanted.before, ahead].into_iter().flatten().min();
    let rows: Vec<Row> = on!(db.pool(), p => {
        let batches = matches!(wanted.acts.as_slice(), [only] if only == BATCH);
        let mut query = sqlx::QueryBuilder::new(SELECT);
        query.push(if batches { "refs IS NOT NULL" } else { "refs IS NULL" });
        if let Some(before) = before {
            query.push(" AND id < ").push_bind(before);
        }
        if let Some(first) = first {
            query.push(" AND id >= ").push_bind(first);
        }
        if let Some(from) = from {
            query.push(" AND at >= ").push_bind(from);
        }
        if let Some(until) = until {
            query.push(" AND at < ").push_bind(until);
        }
        if let Some(actor) = &wanted.actor {
            query.push(" AND actor = ").push_bind(actor.as_str());
        }
        if !wanted.acts.is_empty() {
            query.push(" AND act IN (");
            let mut list = query.separated(", ");
            for act in &wanted.acts {
                list.push_bind(act.as_str());
            }
            query.push(")");
        }
        if let Some(outcome) = wanted.outcome {
            query.push(" AND outcome = ").push_bind(outcome.word());
        }
        if !wanted.concerns.is_empty() {
            query.push(" AND id IN (SELECT entry FROM audit_concerns WHERE whose IN (");
            let mut list = query.separated(", ");
            for whose in &wanted.concerns {
                list.push_bind(whose.as_str());
            }
            query.push("))");
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(wanted.rows_max);
        query.build_query_as().fetch_all(p).await
    })?;
    Ok(rows.into_iter().map(Row::into_found).collect())
}

/// The entry with this id.
pub async fn entry_by_id(db: &Db, id: i64) -> Result<Option<Found>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as("SELECT id, at, actor, act, subject, body, position FROM audit_entries WHERE id = $1")
            .bind(id)
            .fetch_optional(p)
            .await
    })?;
    Ok(row.map(Row::into_found))
}
