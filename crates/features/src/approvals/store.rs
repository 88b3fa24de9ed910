//! Every SQL statement about approvals. What joins a transaction takes it first and ends in `_in_tx`.

use super::model::State;
use super::rules::Last;
use kernel::{ApprovalId, CustomerId, DeviceId, Timestamp};
use platform::db::{Db, DbError, Side, Write};
use platform::on;

/// An approval's row with its details still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) customer: i64,
    pub(super) act: String,
    pub(super) details: Vec<u8>,
    pub(super) nonce: Vec<u8>,
    pub(super) number: Option<i64>,
    pub(super) asker: String,
    pub(super) elsewhere: i64,
    pub(super) shown: i64,
    pub(super) at: i64,
    pub(super) expires_at: i64,
    pub(super) state: String,
    pub(super) decided_at: Option<i64>,
    pub(super) device: Option<i64>,
    pub(super) has_receipt: i64,
}

macro_rules! approvals {
    ($which:literal) => {
        concat!(
            "SELECT id, customer, act, details, nonce, number, asker, elsewhere, shown, at, expires_at, state, decided_at,
                 device, CAST(CASE WHEN receipt IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_receipt
             FROM approvals WHERE ",
            $which
        )
    };
}

/// Takes the lock on a customer's approvals, so that what waits is counted once. SQLite has one writer anyhow.
pub(super) async fn lock_in_tx(write: &mut Write, owner: CustomerId) -> Result<(), DbError> {
    if let Side::Postgres(c) = write.conn() {
        sqlx::query("SELECT pg_advisory_xact_lock(7411, hashint8($1))")
            .bind(owner.raw())
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

pub(super) async fn insert_in_tx(write: &mut Write, row: &Row) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO approvals (id, customer, act, details, nonce, number, asker, elsewhere, shown, at, expires_at,
                 state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(row.id)
        .bind(row.customer)
        .bind(&row.act)
        .bind(&row.details)
        .bind(&row.nonce)
        .bind(row.number)
        .bind(&row.asker)
        .bind(row.elsewhere)
        .bind(row.shown)
        .bind(row.at)
        .bind(row.expires_at)
        .bind(&row.state)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// How many acts of a customer wait and are shown; from elsewhere, or their own.
pub(super) async fn pending_in_tx(
    write: &mut Write,
    owner: CustomerId,
    elsewhere: bool,
) -> Result<u64, DbError> {
    let now = write.now().us();
    let count: i64 = on!(write.conn(), c => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM approvals
             WHERE customer = $1 AND elsewhere = $2 AND shown = 1 AND state = 'waiting' AND expires_at > $3",
        )
        .bind(owner.raw())
        .bind(i64::from(elsewhere))
        .bind(now)
        .fetch_one(&mut *c)
        .await
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// What became of the last requests from elsewhere that were answered, newest first.
pub(super) async fn last_in_tx(
    write: &mut Write,
    owner: CustomerId,
    rows_max: i64,
) -> Result<Vec<Last>, DbError> {
    let rows: Vec<(String, Option<i64>)> = on!(write.conn(), c => {
        sqlx::query_as(
            "SELECT state, decided_at FROM approvals
             WHERE customer = $1 AND elsewhere = 1 AND decided_at IS NOT NULL ORDER BY decided_at DESC, id DESC LIMIT $2",
        )
        .bind(owner.raw())
        .bind(rows_max)
        .fetch_all(&mut *c)
        .await
    })?;
    let last = |(state, at): (String, Option<i64>)| {
        Some(Last { state: State::from_word(&state)?, decided_at: at.map(Timestamp::from_us) })
    };
    Ok(rows.into_iter().filter_map(last).collect())
}

/// The approval called `id`.
pub(super) async fn approval(db: &Db, id: ApprovalId) -> Result<Option<Row>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(approvals!("id = $1")).bind(id.raw()).fetch_optional(p).await
    })?)
}

/// A customer's approvals that are shown, before `before`, newest first; what was asked and never answered is left out
/// once it has ended.
pub(super) async fn approvals_of(
    db: &Db,
    owner: CustomerId,
    before: i64,
    rows_max: i64,
) -> Result<Vec<Row>, DbError> {
    let now = db.clock().now().us();
    Ok(on!(db.pool(), p => {
        sqlx::query_as(approvals!(
            "customer = $1 AND id < $2 AND shown = 1 AND (state <> 'waiting' OR expires_at > $3)
             ORDER BY id DESC LIMIT $4"
        ))
        .bind(owner.raw())
        .bind(before)
        .bind(now)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// How many acts wait for a customer's answer.
pub(super) async fn waiting_of(db: &Db, owner: CustomerId) -> Result<u64, DbError> {
    let now = db.clock().now().us();
    let count: i64 = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM approvals WHERE customer = $1 AND shown = 1 AND state = 'waiting' AND expires_at > $2",
        )
        .bind(owner.raw())
        .bind(now)
        .fetch_one(p)
        .await
    })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Answers what waits still; says whether it did. Of two answers at the same time one does.
pub(super) async fn decide_in_tx(
    write: &mut Write,
    id: ApprovalId,
    state: State,
    device: Option<DeviceId>,
    receipt: Option<&[u8]>,
) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE approvals SET state = $2, decided_at = $3, device = $4, receipt = $5
             WHERE id = $1 AND state = 'waiting' AND shown = 1 AND expires_at > $3",
        )
        .bind(id.raw())
        .bind(state.word())
        .bind(now)
        .bind(device.map(DeviceId::raw))
        .bind(receipt)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// Refuses what waits, or is approved and was not used; says whether it did. A receipt stays: it was signed.
pub(super) async fn revoke_in_tx(
    write: &mut Write,
    id: ApprovalId,
    device: Option<DeviceId>,
) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE approvals SET state = 'refused', decided_at = $2, device = COALESCE(device, $3)
             WHERE id = $1 AND state IN ('waiting', 'approved') AND shown = 1 AND expires_at > $2",
        )
        .bind(id.raw())
        .bind(now)
        .bind(device.map(DeviceId::raw))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// Uses up what is approved; says whether it did.
pub(super) async fn use_in_tx(write: &mut Write, id: ApprovalId) -> Result<bool, DbError> {
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE approvals SET state = 'used' WHERE id = $1 AND state = 'approved' AND expires_at > $2")
            .bind(id.raw())
            .bind(now)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// Notes that what was signed came to nothing.
pub(super) async fn note_changed_in_tx(write: &mut Write, id: ApprovalId) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE approvals SET state = 'changed' WHERE id = $1 AND state = 'approved'")
            .bind(id.raw())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Notes that what was signed is done, whatever was said of it meanwhile; says whether that was not noted yet.
pub(super) async fn note_done_in_tx(write: &mut Write, id: ApprovalId) -> Result<bool, DbError> {
    let noted = on!(write.conn(), c => {
        sqlx::query("UPDATE approvals SET state = 'used' WHERE id = $1 AND state <> 'used'")
            .bind(id.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(noted == 1)
}

/// The sealed receipt of an approval, and whose it is.
pub(super) async fn receipt(db: &Db, id: ApprovalId) -> Result<Option<(i64, Vec<u8>)>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT customer, receipt FROM approvals WHERE id = $1 AND receipt IS NOT NULL")
            .bind(id.raw())
            .fetch_optional(p)
            .await
    })?)
}

/// Keeps a key that signs receipts.
pub(super) async fn keep_key_in_tx(write: &mut Write, kid: &str, public: &[u8]) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO approval_receipt_keys (kid, public, since) VALUES ($1, $2, $3) ON CONFLICT (kid) DO NOTHING",
        )
        .bind(kid)
        .bind(public)
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Every key that has signed receipts, oldest first.
pub(super) async fn keys(db: &Db) -> Result<Vec<Vec<u8>>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT public FROM approval_receipt_keys ORDER BY since, kid").fetch_all(p).await
    })?)
}

/// Forgets what ended before `before` without a signature.
pub(super) async fn forget_in_tx(write: &mut Write, before: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM approvals WHERE receipt IS NULL AND expires_at < $1")
            .bind(before.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}
