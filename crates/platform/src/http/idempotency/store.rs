//! The table of named requests: every statement about it.

use super::{KEPT_US, LEASE_US, Operation};
use crate::db::{Db, DbError, Housekeeping, Write};
use crate::on;
use kernel::ApiKeyId;

/// A name, whose it is, and what was asked under it.
pub(super) struct Place {
    pub(super) api_key: ApiKeyId,
    pub(super) name: String,
    pub(super) request_hash: String,
}

/// An answer.
#[derive(sqlx::FromRow)]
pub(super) struct Kept {
    pub(super) status: i64,
    pub(super) content_type: String,
    pub(super) body: String,
}

/// What comes of a name.
pub(super) enum Begun {
    Run(Operation),
    Kept(Kept),
    Running,
    OtherRequest,
}

#[derive(sqlx::FromRow)]
struct Row {
    request_hash: String,
    operation_id: i64,
    leased_until: i64,
    expires_at: i64,
    status: Option<i64>,
    content_type: Option<String>,
    body: Option<String>,
}

/// Puts the name down, or says what stands there.
pub(super) async fn begin(db: &Db, place: &Place) -> Result<Begun, DbError> {
    let now = db.clock().now().us();
    let mut write = db.write().await?;
    let id = write.next_id();
    if insert_in_tx(&mut write, place, id, now).await? {
        write.housekeeping(Housekeeping::Idempotency).await?;
        return Ok(Begun::Run(Operation { id, again: false }));
    }
    // The row is there; nobody else can change it until this transaction ends.
    let row = row_in_tx(&mut write, place).await?;
    let expired = row.expires_at <= now;
    if !expired && row.request_hash != place.request_hash {
        write.rollback().await?;
        return Ok(Begun::OtherRequest);
    }
    if let (false, Some(status), Some(content_type), Some(body)) =
        (expired, row.status, row.content_type, row.body)
    {
        write.rollback().await?;
        return Ok(Begun::Kept(Kept { status, content_type, body }));
    }
    if !expired && row.leased_until > now {
        write.rollback().await?;
        return Ok(Begun::Running);
    }
    let operation = Operation { id: if expired { id } else { row.operation_id }, again: !expired };
    take_over_in_tx(&mut write, place, operation.id, now).await?;
    write.housekeeping(Housekeeping::Idempotency).await?;
    Ok(Begun::Run(operation))
}

async fn insert_in_tx(write: &mut Write, place: &Place, id: i64, now: i64) -> Result<bool, DbError> {
    let inserted = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO idempotency_keys (api_key, idempotency_key, request_hash, operation_id, leased_until,
                 expires_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (api_key, idempotency_key) DO NOTHING",
        )
        .bind(place.api_key.raw())
        .bind(&place.name)
        .bind(&place.request_hash)
        .bind(id)
        .bind(now + LEASE_US)
        .bind(now + KEPT_US)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Locks the row by writing to it, which both databases understand, and reads it.
async fn row_in_tx(write: &mut Write, place: &Place) -> Result<Row, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_as::<_, Row>(
            "UPDATE idempotency_keys SET leased_until = leased_until WHERE api_key = $1 AND idempotency_key = $2
             RETURNING request_hash, operation_id, leased_until, expires_at, status, content_type, body",
        )
        .bind(place.api_key.raw())
        .bind(&place.name)
        .fetch_one(&mut *c)
        .await
    })?)
}

async fn take_over_in_tx(write: &mut Write, place: &Place, id: i64, now: i64) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE idempotency_keys SET request_hash = $3, operation_id = $4, leased_until = $5, expires_at = $6,
                 status = NULL, content_type = NULL, body = NULL WHERE api_key = $1 AND idempotency_key = $2",
        )
        .bind(place.api_key.raw())
        .bind(&place.name)
        .bind(&place.request_hash)
        .bind(id)
        .bind(now + LEASE_US)
        .bind(now + KEPT_US)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Keeps the answer.
pub(super) async fn finish(db: &Db, place: &Place, kept: &Kept) -> Result<(), DbError> {
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE idempotency_keys SET status = $4, content_type = $5, body = $6
             WHERE api_key = $1 AND idempotency_key = $2 AND request_hash = $3",
        )
        .bind(place.api_key.raw())
        .bind(&place.name)
        .bind(&place.request_hash)
        .bind(kept.status)
        .bind(&kept.content_type)
        .bind(&kept.body)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    write.housekeeping(Housekeeping::Idempotency).await
}

/// Lets the next try run at once, as the same operation.
pub(super) async fn release(db: &Db, place: &Place) -> Result<(), DbError> {
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE idempotency_keys SET leased_until = 0
             WHERE api_key = $1 AND idempotency_key = $2 AND request_hash = $3 AND status IS NULL",
        )
        .bind(place.api_key.raw())
        .bind(&place.name)
        .bind(&place.request_hash)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    write.housekeeping(Housekeeping::Idempotency).await
}

/// Forgets answers that are older than they need be.
pub async fn sweep(db: &Db) -> Result<(), DbError> {
    let now = db.clock().now().us();
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM idempotency_keys WHERE expires_at <= $1").bind(now).execute(&mut *c).await.map(drop)
    })?;
    write.housekeeping(Housekeeping::Idempotency).await
}
