//! Every SQL statement about cases. What joins a transaction takes it first and ends in `_in_tx`.

mod figures;

pub(super) use figures::figures;

use kernel::{CaseId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// The row that is worked out of a case, for lists and timers.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CaseRow {
    /// Its id.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// The version of its definition.
    pub def_version: i64,
    /// Whose matter.
    pub customer: i64,
    /// Its state.
    pub state: String,
    /// 1 until it ends.
    pub open: i64,
    /// To whom it was given.
    pub assignee: Option<String>,
    /// Who has taken it for a while.
    pub holder: Option<String>,
    /// Until when, µs.
    pub held_until: Option<i64>,
    /// The number of its events.
    pub version: i64,
    /// When it began, µs.
    pub opened_at: i64,
    /// When it last changed, µs.
    pub changed_at: i64,
    /// When it ended, µs.
    pub closed_at: Option<i64>,
    /// When the first of its running clocks is due, µs; the greatest number where none runs.
    pub due_at: i64,
    /// When its next timer comes, µs.
    pub timer_at: Option<i64>,
    /// 0: every clock was met; 1: a promise of the house was late; 2: a clock of the law was.
    pub late: i64,
    /// Its fields that are no texts of people, as JSON.
    pub words: String,
}

macro_rules! case_rows {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, def_version, customer, state, open, assignee, holder, held_until, version, opened_at,
                 changed_at, closed_at, due_at, timer_at, late, words
             FROM cases ",
            $rest
        )
    };
}

/// The number of a request, and the keyed hash of who asks for what.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) request: i64,
    pub(super) hash: Vec<u8>,
}

/// An event's row with its texts still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct EventRow {
    pub(super) seq: i64,
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) body: String,
    pub(super) sealed: Option<Vec<u8>>,
}

/// Whose matter a case is, holding it until the transaction ends; `None` where there is no such case.
pub(super) async fn lock_in_tx(write: &mut Write, id: CaseId) -> Result<Option<i64>, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("UPDATE cases SET version = version WHERE id = $1 RETURNING customer")
            .bind(id.raw())
            .fetch_optional(&mut *c)
            .await
    })?)
}

/// What was carried out on a case under the number of a request, by its hash; `None` where nothing was.
pub(super) async fn done_in_tx(
    write: &mut Write,
    id: CaseId,
    request: i64,
) -> Result<Option<Vec<u8>>, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT request_hash FROM case_events WHERE case_id = $1 AND request = $2")
            .bind(id.raw())
            .bind(request)
            .fetch_optional(&mut *c)
            .await
    })?)
}

/// The case that was opened under the number of a request, with its hash.
pub(super) async fn opening_in_tx(
    write: &mut Write,
    request: i64,
) -> Result<Option<(i64, Vec<u8>)>, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_as("SELECT case_id, request_hash FROM case_events WHERE seq = 1 AND request = $1")
            .bind(request)
            .fetch_optional(&mut *c)
            .await
    })?)
}

pub(super) async fn events_in_tx(write: &mut Write, id: CaseId) -> Result<Vec<EventRow>, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_as("SELECT seq, id, at, actor, body, sealed FROM case_events WHERE case_id = $1 ORDER BY seq")
            .bind(id.raw())
            .fetch_all(&mut *c)
            .await
    })?)
}

pub(super) async fn events(db: &Db, id: CaseId) -> Result<Vec<EventRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT seq, id, at, actor, body, sealed FROM case_events WHERE case_id = $1 ORDER BY seq")
            .bind(id.raw())
            .fetch_all(p)
            .await
    })?)
}

/// Appends an event. Two who append at once can't both have the same number.
pub(super) async fn append_in_tx(
    write: &mut Write,
    case: CaseId,
    row: &EventRow,
    named: Option<&Named>,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO case_events (case_id, seq, id, at, actor, body, sealed, request, request_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(case.raw())
        .bind(row.seq)
        .bind(row.id)
        .bind(row.at)
        .bind(&row.actor)
        .bind(&row.body)
        .bind(&row.sealed)
        .bind(named.map(|named| named.request))
        .bind(named.map(|named| named.hash.as_slice()))
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Writes the row that was worked out of a case.
pub(super) async fn put_row_in_tx(write: &mut Write, row: &CaseRow) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO cases
                 (id, kind, def_version, customer, state, open, assignee, holder, held_until, version, opened_at,
                  changed_at, closed_at, due_at, timer_at, late, words)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, open = excluded.open,
                 assignee = excluded.assignee, holder = excluded.holder, held_until = excluded.held_until,
                 version = excluded.version, changed_at = excluded.changed_at, closed_at = excluded.closed_at,
                 due_at = excluded.due_at, timer_at = excluded.timer_at, late = excluded.late,
                 words = excluded.words",
        )
        .bind(row.id)
        .bind(&row.kind)
        .bind(row.def_version)
        .bind(row.customer)
        .bind(&row.state)
        .bind(row.open)
        .bind(&row.assignee)
        .bind(&row.holder)
        .bind(row.held_until)
        .bind(row.version)
        .bind(row.opened_at)
        .bind(row.changed_at)
        .bind(row.closed_at)
        .bind(row.due_at)
        .bind(row.timer_at)
        .bind(row.late)
        .bind(&row.words)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

pub(super) async fn row(db: &Db, id: CaseId) -> Result<Option<CaseRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            case_rows!("WHERE id = $1"),
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })?)
}

/// When an open case of a kind in one of `states` is due; `None` for any other case, whatever it is.
pub(super) async fn place_in_queue(
    db: &Db,
    kind: &str,
    states: &str,
    id: i64,
) -> Result<Option<(i64, i64)>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT due_at, id FROM cases WHERE kind = $1 AND open = 1 AND id = $3
               AND replace($2, '_', '-') LIKE '%,' || replace(state, '_', '-') || ',%'",
        )
        .bind(kind)
        .bind(states)
        .bind(id)
        .fetch_optional(p)
        .await
    })?)
}

/// The case of a kind in one of `states` that `holder` has taken for a while and still has; the one that is due first.
pub(super) async fn held(
    db: &Db,
    kind: &str,
    states: &str,
    holder: &str,
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT id FROM cases WHERE kind = $1 AND open = 1 AND holder = $3 AND held_until > $4
               AND replace($2, '_', '-') LIKE '%,' || replace(state, '_', '-') || ',%'
             ORDER BY due_at, id LIMIT 1",
        )
        .bind(kind)
        .bind(states)
        .bind(holder)
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?)
}

/// Open cases of a kind in one of `states` (with commas around each) after a place in the list, the ones that are due
/// first; only those that are nobody's at `free_at`, where that is asked.
pub(super) async fn queue(
    db: &Db,
    kind: &str,
    states: &str,
    after: Option<(i64, i64)>,
    free_at: Option<Timestamp>,
    rows_max: i64,
) -> Result<Vec<CaseRow>, DbError> {
    let (due_at, id) = after.unwrap_or((-1, -1));
    Ok(on!(db.pool(), p => {
        // A state's name has underscores, which LIKE would take for any letter.
        sqlx::query_as(case_rows!(
            "WHERE kind = $1 AND open = 1
               AND replace($2, '_', '-') LIKE '%,' || replace(state, '_', '-') || ',%'
               AND (due_at, id) > ($3, $4)
               AND ($5 < 0 OR (assignee IS NULL AND (held_until IS NULL OR held_until <= $5)))
             ORDER BY due_at, id LIMIT $6"
        ))
        .bind(kind)
        .bind(states)
        .bind(due_at)
        .bind(id)
        .bind(free_at.map_or(-1, Timestamp::us))
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Cases of a customer before the case `before`, the newest first, of those that are `visible` (`,kind:version:state,`).
pub(super) async fn of_customer(
    db: &Db,
    customer: i64,
    visible: &str,
    before: Option<i64>,
    rows_max: i64,
) -> Result<Vec<CaseRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(case_rows!(
            "WHERE customer = $1 AND id < $3
               AND replace($2, '_', '-')
                   LIKE '%,' || replace(kind || ':' || CAST(def_version AS TEXT) || ':' || state, '_', '-') || ',%'
             ORDER BY id DESC LIMIT $4"
        ))
        .bind(customer)
        .bind(visible)
        .bind(before.unwrap_or(i64::MAX))
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Cases of a kind that were open at some moment from `from` until `until`, after the case `after`.
pub(super) async fn open_between(
    db: &Db,
    kind: &str,
    (from, until): (Timestamp, Timestamp),
    after: i64,
    rows_max: i64,
) -> Result<Vec<CaseRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(case_rows!(
            "WHERE kind = $1 AND id > $2 AND opened_at < $4 AND (closed_at IS NULL OR closed_at >= $3)
             ORDER BY id LIMIT $5"
        ))
        .bind(kind)
        .bind(after)
        .bind(from.us())
        .bind(until.us())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Cases whose timers have come, the longest waiting first.
pub(super) async fn with_timers(db: &Db, now: Timestamp, rows_max: i64) -> Result<Vec<i64>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT id FROM cases WHERE timer_at <= $1 ORDER BY timer_at LIMIT $2")
            .bind(now.us())
            .bind(rows_max)
            .fetch_all(p)
            .await
    })?)
}

/// Every case after `after`, for a comparison with its events.
pub(super) async fn rows_after(db: &Db, after: i64, rows_max: i64) -> Result<Vec<CaseRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            case_rows!("WHERE id > $1 ORDER BY id LIMIT $2"),
        )
        .bind(after)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Puts the timers of a case off, so that one that can't be read doesn't stand before all others.
pub(super) async fn put_off_in_tx(write: &mut Write, id: CaseId, until: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE cases SET timer_at = $2 WHERE id = $1")
            .bind(id.raw())
            .bind(until.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Keeps a link; twice the same is one.
pub(super) async fn link_in_tx(write: &mut Write, from: i64, link: &str, other: i64) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO case_links (case_id, link, other) VALUES ($1, $2, $3)
             ON CONFLICT (case_id, link, other) DO NOTHING",
        )
        .bind(from)
        .bind(link)
        .bind(other)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Links from and to a case: from, how, to.
pub(super) async fn links(db: &Db, id: i64) -> Result<Vec<(i64, String, i64)>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT case_id, link, other FROM case_links WHERE case_id = $1 OR other = $1
             ORDER BY case_id, other, link",
        )
        .bind(id)
        .fetch_all(p)
        .await
    })?)
}
