//! Every SQL statement about changes. What joins a transaction takes it first and ends in `_in_tx`. Each step from one state
//! to the next is one statement that names the state before, so that it is taken once.

use super::model::{Change, Field, State};
use kernel::{ApprovalId, ChangeId, CustomerId, DeviceId, Timestamp};
use platform::db::{Db, DbError, Side, Write};
use platform::on;

/// A change's row with its values still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) customer: i64,
    pub(super) field: String,
    pub(super) value: Vec<u8>,
    pub(super) signs: String,
    pub(super) state: String,
    pub(super) exposing: i64,
    pub(super) requested_at: i64,
    pub(super) delay_us: i64,
    pub(super) undo_us: i64,
    pub(super) due_at: i64,
    pub(super) undo_until: i64,
    pub(super) approval: Option<i64>,
    pub(super) device: Option<i64>,
    pub(super) signed_at: Option<i64>,
    pub(super) made_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) disowned_at: Option<i64>,
}

/// A code of a notice.
pub(super) struct StopRow<'a> {
    pub(super) hash: &'a str,
    pub(super) change: ChangeId,
    pub(super) contact: &'a str,
}

macro_rules! changes {
    ($which:literal) => {
        concat!(
            "SELECT id, customer, field, value, signs, state, exposing, requested_at, delay_us, undo_us, due_at, undo_until,
                 approval, device, signed_at, made_at, ended_at, disowned_at
             FROM changes WHERE ",
            $which
        )
    };
}

/// Takes the lock on a customer's changes, so that what they come to together is counted once. SQLite has one writer anyhow.
pub(super) async fn lock_in_tx(write: &mut Write, owner: CustomerId) -> Result<(), DbError> {
    if let Side::Postgres(c) = write.conn() {
        sqlx::query("SELECT pg_advisory_xact_lock(7412, hashint8($1))")
            .bind(owner.raw())
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

pub(super) async fn insert_in_tx(write: &mut Write, row: &Row) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO changes (id, customer, field, value, signs, state, exposing, requested_at, delay_us, undo_us,
                 due_at, undo_until, approval, signed_at, made_at, ended_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(row.id)
        .bind(row.customer)
        .bind(&row.field)
        .bind(&row.value)
        .bind(&row.signs)
        .bind(&row.state)
        .bind(row.exposing)
        .bind(row.requested_at)
        .bind(row.delay_us)
        .bind(row.undo_us)
        .bind(row.due_at)
        .bind(row.undo_until)
        .bind(row.approval)
        .bind(row.signed_at)
        .bind(row.made_at)
        .bind(row.ended_at)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

pub(super) async fn change(db: &Db, id: ChangeId) -> Result<Option<Row>, DbError> {
    Ok(on!(db.pool(), p => sqlx::query_as(changes!("id = $1")).bind(id.raw()).fetch_optional(p).await)?)
}

/// A customer's signed changes before `before`, newest first.
pub(super) async fn changes_of(
    db: &Db,
    owner: CustomerId,
    before: i64,
    rows_max: i64,
) -> Result<Vec<Row>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(changes!(
            "customer = $1 AND id < $2 AND state <> 'requested' ORDER BY id DESC LIMIT $3"
        ))
        .bind(owner.raw())
        .bind(before)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Waiting changes whose moment has come, after the place `(due_at, id)`, in order.
pub(super) async fn due(
    db: &Db,
    now: Timestamp,
    after: (i64, i64),
    rows_max: i64,
) -> Result<Vec<Row>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(changes!(
            "state = 'waiting' AND due_at <= $1 AND (due_at > $2 OR (due_at = $2 AND id > $3))
             ORDER BY due_at, id LIMIT $4"
        ))
        .bind(now.us())
        .bind(after.0)
        .bind(after.1)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// How many other exposing changes of a customer wait, or were made since `since` and stand: of other fields, and earlier
/// ones of this field that were made.
pub(super) async fn others(
    db: &Db,
    owner: CustomerId,
    field: Field,
    since: Timestamp,
) -> Result<usize, DbError> {
    let count: i64 = on!(db.pool(), p => {
        sqlx::query_scalar(OTHERS).bind(owner.raw()).bind(field.word()).bind(since.us()).fetch_one(p).await
    })?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// The same under the lock of [`lock_in_tx`].
pub(super) async fn others_in_tx(
    write: &mut Write,
    owner: CustomerId,
    field: Field,
    since: Timestamp,
) -> Result<usize, DbError> {
    let count: i64 = on!(write.conn(), c => {
        sqlx::query_scalar(OTHERS).bind(owner.raw()).bind(field.word()).bind(since.us()).fetch_one(&mut *c).await
    })?;
    Ok(usize::try_from(count).unwrap_or(0))
}

const OTHERS: &str = "SELECT COUNT(*) FROM changes WHERE customer = $1 AND exposing = 1
     AND ((state = 'waiting' AND field <> $2) OR (state IN ('made', 'final') AND made_at > $3))";

/// Whether a change of this field waits.
pub(super) async fn waits(db: &Db, owner: CustomerId, field: Field) -> Result<bool, DbError> {
    let count: i64 = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM changes WHERE customer = $1 AND field = $2 AND state = 'waiting'",
        )
        .bind(owner.raw())
        .bind(field.word())
        .fetch_one(p)
        .await
    })?;
    Ok(count > 0)
}

/// Whether a made change of a customer's stands of which somebody said that it was not they.
pub(super) async fn disowned_stands(db: &Db, owner: CustomerId) -> Result<bool, DbError> {
    let count: i64 = on!(db.pool(), p => {
        sqlx::query_scalar(DISOWNED).bind(owner.raw()).fetch_one(p).await
    })?;
    Ok(count > 0)
}

/// The same under the lock of [`lock_in_tx`].
pub(super) async fn disowned_stands_in_tx(write: &mut Write, owner: CustomerId) -> Result<bool, DbError> {
    let count: i64 = on!(write.conn(), c => {
        sqlx::query_scalar(DISOWNED).bind(owner.raw()).fetch_one(&mut *c).await
    })?;
    Ok(count > 0)
}

const DISOWNED: &str =
    "SELECT COUNT(*) FROM changes WHERE customer = $1 AND state = 'made' AND disowned_at IS NOT NULL";

/// Stops all of a customer's changes that wait; which ones.
pub(super) async fn stop_waiting_in_tx(write: &mut Write, owner: CustomerId) -> Result<Vec<i64>, DbError> {
    let now = write.now().us();
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE changes SET state = 'stopped', ended_at = $2
             WHERE customer = $1 AND state = 'waiting' RETURNING id",
        )
        .bind(owner.raw())
        .bind(now)
        .fetch_all(&mut *c)
        .await
    })?)
}

/// From requested to waiting, with the moments that `change` has, where none of the field waits; says whether it was so.
pub(super) async fn sign_in_tx(
    write: &mut Write,
    change: &Change,
    (approval, device): (ApprovalId, DeviceId),
) -> Result<bool, DbError> {
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE changes SET state = 'waiting', approval = $2, device = $3, signed_at = $4, due_at = $5,
                 undo_until = $6
             WHERE id = $1 AND state = 'requested' AND NOT EXISTS (
                 SELECT 1 FROM changes AS other WHERE other.state = 'waiting'
                     AND other.customer = changes.customer AND other.field = changes.field)",
        )
        .bind(change.id.raw())
        .bind(approval.raw())
        .bind(device.raw())
        .bind(change.signed_at.map(Timestamp::us))
        .bind(change.due_at.us())
        .bind(change.undo_until.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// From waiting to made, once its moment has come; its time to be undone begins now, however late this is.
pub(super) async fn make_in_tx(write: &mut Write, id: ChangeId) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE changes SET state = 'made', made_at = $2, undo_until = $2 + undo_us
             WHERE id = $1 AND state = 'waiting' AND due_at <= $2",
        )
        .bind(id.raw())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// From waiting to stopped or overtaken.
pub(super) async fn end_in_tx(write: &mut Write, id: ChangeId, state: State) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE changes SET state = $2, ended_at = $3 WHERE id = $1 AND state = 'waiting'")
            .bind(id.raw())
            .bind(state.word())
            .bind(now)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// From made to undone, in time.
pub(super) async fn undo_in_tx(write: &mut Write, id: ChangeId) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE changes SET state = 'undone', ended_at = $2 WHERE id = $1 AND state = 'made' AND undo_until > $2",
        )
        .bind(id.raw())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// Lets a change that stays made be undone anew, and marks it as one that somebody did not want: for a restore alone, where
/// the log says that it was undone. Says whether there was one.
pub(super) async fn reopen_in_tx(write: &mut Write, id: ChangeId) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE changes SET state = 'made', undo_until = $2 + undo_us, disowned_at = COALESCE(disowned_at, $2)
             WHERE id = $1 AND exposing = 1 AND state IN ('made', 'final')",
        )
        .bind(id.raw())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// Marks a made change as one that somebody says they did not want; says whether nobody had.
pub(super) async fn disown_in_tx(write: &mut Write, id: ChangeId) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE changes SET disowned_at = $2 WHERE id = $1 AND state = 'made' AND disowned_at IS NULL")
            .bind(id.raw())
            .bind(now)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// From made to final, where the time to undo is over; the changes that were.
pub(super) async fn settle_in_tx(write: &mut Write, rows_max: i64) -> Result<Vec<(i64, i64)>, DbError> {
    let now = write.now().us();
    Ok(on!(write.conn(), c => {
        sqlx::query_as(
            "UPDATE changes SET state = 'final' WHERE id IN (
                 SELECT id FROM changes WHERE state = 'made' AND undo_until <= $1 ORDER BY undo_until, id LIMIT $2)
                 AND state = 'made'
             RETURNING id, customer",
        )
        .bind(now)
        .bind(rows_max)
        .fetch_all(&mut *c)
        .await
    })?)
}

pub(super) async fn add_stop_in_tx(write: &mut Write, stop: &StopRow<'_>) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO change_stops (hash, change, contact) VALUES ($1, $2, $3)")
            .bind(stop.hash)
            .bind(stop.change.raw())
            .bind(stop.contact)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// The change that a code stops, with the contact that got it, while the change waits or its time to be undone lasts.
pub(super) async fn stop_of(
    db: &Db,
    hash: &str,
    now: Timestamp,
) -> Result<Option<(ChangeId, String)>, DbError> {
    let found: Option<(i64, String)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT change_stops.change, change_stops.contact FROM change_stops
                 JOIN changes ON changes.id = change_stops.change
             WHERE change_stops.hash = $1 AND (changes.state = 'waiting' OR changes.undo_until > $2)",
        )
        .bind(hash)
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    Ok(found.map(|(change, contact)| (ChangeId::from_raw(change), contact)))
}

pub(super) async fn note_stop_used_in_tx(write: &mut Write, hash: &str) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query("UPDATE change_stops SET used_at = COALESCE(used_at, $2) WHERE hash = $1")
            .bind(hash)
            .bind(now)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Forgets a request whose signature could not be asked for.
pub(super) async fn forget_request_in_tx(write: &mut Write, id: ChangeId) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM changes WHERE id = $1 AND state = 'requested'")
            .bind(id.raw())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Forgets requests that nobody signed and looks, both from before `unsigned`; `rows_max` changes at most that have ended and
/// were due before `signed`; and codes whose change neither waits nor can be undone.
pub(super) async fn forget_in_tx(
    write: &mut Write,
    (unsigned, signed): (Timestamp, Timestamp),
    rows_max: i64,
) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM changes WHERE state = 'requested' AND requested_at < $1")
            .bind(unsigned.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query(
            "DELETE FROM changes WHERE id IN (
                 SELECT id FROM changes
                 WHERE state IN ('final', 'stopped', 'undone', 'overtaken') AND due_at < $1 LIMIT $2)",
        )
        .bind(signed.us())
        .bind(rows_max)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query(
            "DELETE FROM change_stops WHERE NOT EXISTS (
                 SELECT 1 FROM changes WHERE changes.id = change_stops.change
                     AND (changes.state = 'waiting' OR changes.undo_until > $1))",
        )
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM change_looks WHERE at < $1").bind(unsigned.us()).execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}

/// How often an owner has looked at what a new contact would do since `since`; under the lock of [`lock_in_tx`].
pub(super) async fn looks_since_in_tx(
    write: &mut Write,
    owner: CustomerId,
    since: Timestamp,
) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM change_looks WHERE customer = $1 AND at > $2")
            .bind(owner.raw())
            .bind(since.us())
            .fetch_one(&mut *c)
            .await
    })?)
}

pub(super) async fn add_look_in_tx(write: &mut Write, owner: CustomerId) -> Result<(), DbError> {
    let (id, now) = (write.next_id(), write.now().us());
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO change_looks (id, customer, at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(owner.raw())
            .bind(now)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// How many changes of a customer wait, for the menu.
pub(super) async fn open_of(db: &Db, owner: CustomerId) -> Result<u64, DbError> {
    let count: i64 = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(*) FROM changes WHERE customer = $1 AND state = 'waiting'")
            .bind(owner.raw())
            .fetch_one(p)
            .await
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}
