//! Work for later, kept in the database: timers and recurring jobs.
//!
//! A job is put in the transaction that wants it. A runner claims due jobs with a lease; a runner that
//! dies lets the lease run out and another takes the job, so work happens at least once and handlers must
//! bear repetition. A recurring job puts its own next run in the same commit that finishes this one.

use crate::{
    db::{Db, DbError, Housekeeping, Write},
    on,
};
use kernel::Timestamp;
use std::{future::Future, pin::Pin, sync::Arc};

/// Jobs claimed in one round.
const ROUND_JOBS_MAX: i64 = 32;
/// How long a claimed job is kept from other runners, microseconds.
const LEASE_US: i64 = 60 * kernel::SECOND_US;
/// Attempts before a job is left for a person to look at.
pub const ATTEMPTS_MAX: i64 = 10;

/// What a handler's work comes to.
pub type Done = Pin<Box<dyn Future<Output = Result<(), DbError>> + Send>>;

/// A kind of job and what to do for it.
#[derive(Clone)]
pub struct Handler {
    /// The kind, such as `authorizations.release_expired_holds`.
    pub kind: &'static str,
    /// For a recurring job: microseconds from the end of one run to the next.
    pub every_us: Option<i64>,
    /// The work; gets the job's body.
    pub run: Arc<dyn Fn(serde_json::Value) -> Done + Send + Sync>,
}

#[derive(sqlx::FromRow)]
struct Claimed {
    id: i64,
    kind: String,
    body: String,
    attempts: i64,
}

/// Puts a job of `kind` that is due at `due`; once only for the same `key`. Says whether it is new.
pub async fn put_in_tx(
    write: &mut Write,
    kind: &str,
    key: &str,
    due: Timestamp,
    body: &serde_json::Value,
) -> Result<bool, DbError> {
    let id = write.next_id();
    let put = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO jobs (id, kind, job_key, due_at, body, attempts) VALUES ($1, $2, $3, $4, $5, 0)
             ON CONFLICT (kind, job_key) DO NOTHING",
        )
        .bind(id)
        .bind(kind)
        .bind(key)
        .bind(due.us())
        .bind(body.to_string())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(put == 1)
}

/// Makes sure that each recurring job has its one row.
pub async fn schedule_recurring(db: &Db, handlers: &[Handler]) -> Result<(), DbError> {
    let mut write = db.write().await?;
    let now = db.clock().now();
    for handler in handlers.iter().filter(|handler| handler.every_us.is_some()) {
        put_in_tx(&mut write, handler.kind, "recurring", now, &serde_json::Value::Null).await?;
    }
    write.housekeeping(Housekeeping::Jobs).await
}

/// Runs what is due; returns how many jobs were finished.
pub async fn run_due(db: &Db, handlers: &[Handler]) -> Result<usize, DbError> {
    let mut finished = 0;
    for job in claim(db).await? {
        let Some(handler) = handlers.iter().find(|handler| handler.kind == job.kind) else {
            tracing::error!(kind = %job.kind, "no handler for this kind of job; it waits for a newer program");
            continue;
        };
        let body = serde_json::from_str(&job.body).unwrap_or(serde_json::Value::Null);
        match (handler.run)(body).await {
            Ok(()) => {
                finish(db, &job, handler).await?;
                finished += 1;
            }
            Err(error) => {
                tracing::warn!(kind = %job.kind, attempt = job.attempts, %error, "a job failed");
                put_off(db, &job).await?;
            }
        }
    }
    Ok(finished)
}

async fn claim(db: &Db) -> Result<Vec<Claimed>, DbError> {
    let now = db.clock().now().us();
    let due: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT MIN(due_at) FROM jobs WHERE done_at IS NULL").fetch_one(p).await
    })?;
    if due.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let mut write = db.write().await?;
    let jobs = on!(write.conn(), c => {
        sqlx::query_as::<_, Claimed>(
            "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id IN (
                 SELECT id FROM jobs WHERE done_at IS NULL AND due_at <= $1 AND attempts < $4
                   AND (leased_until IS NULL OR leased_until <= $1) ORDER BY due_at LIMIT $3)
             RETURNING id, kind, body, attempts",
        )
        .bind(now)
        .bind(now + LEASE_US)
        .bind(ROUND_JOBS_MAX)
        .bind(ATTEMPTS_MAX)
        .fetch_all(&mut *c)
        .await
    })?;
    write.housekeeping(Housekeeping::Jobs).await?;
    Ok(jobs)
}

async fn finish(db: &Db, job: &Claimed, handler: &Handler) -> Result<(), DbError> {
    let now = db.clock().now().us();
    let next = handler.every_us.map(|every| now + every);
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE jobs SET leased_until = NULL, attempts = 0, due_at = COALESCE($2, due_at),
                 done_at = CASE WHEN $2 IS NULL THEN CAST($3 AS BIGINT) ELSE NULL END WHERE id = $1",
        )
        .bind(job.id)
        .bind(next)
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    write.housekeeping(Housekeeping::Jobs).await
}

async fn put_off(db: &Db, job: &Claimed) -> Result<(), DbError> {
    let wait = kernel::SECOND_US << job.attempts.clamp(0, 12);
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query("UPDATE jobs SET leased_until = NULL, due_at = $2 WHERE id = $1")
            .bind(job.id)
            .bind(db.clock().now().us() + wait)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    write.housekeeping(Housekeeping::Jobs).await
}
