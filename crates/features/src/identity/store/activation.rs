//! Codes by letter.

use kernel::{CustomerId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// A code to be kept.
pub(in super::super) struct NewActivation<'a> {
    pub id: i64,
    pub customer: CustomerId,
    pub verifier: &'a [u8; 32],
    pub made_by: &'a str,
    pub usable_at: Timestamp,
    pub ends_at: Timestamp,
    /// The letter, sealed.
    pub letter: &'a [u8],
}

/// Keeps a code; those that waited before are stopped, so that one letter is worth something at a time.
pub(in super::super) async fn put_activation_in_tx(
    write: &mut Write,
    new: &NewActivation<'_>,
) -> Result<(), DbError> {
    stop_activation_in_tx(write, new.customer).await?;
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO activation_codes (id, customer, verifier, made_by, made_at, usable_at, ends_at, letter)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(new.id)
        .bind(new.customer.raw())
        .bind(&new.verifier[..])
        .bind(new.made_by)
        .bind(now)
        .bind(new.usable_at.us())
        .bind(new.ends_at.us())
        .bind(new.letter)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Stops every code of a customer that waits; returns how many.
pub(in super::super) async fn stop_activation_in_tx(
    write: &mut Write,
    customer: CustomerId,
) -> Result<u64, DbError> {
    let now = write.now().us();
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE activation_codes SET stopped_at = $2, letter = NULL
             WHERE customer = $1 AND used_at IS NULL AND stopped_at IS NULL AND ends_at > $2",
        )
        .bind(customer.raw())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?)
}

/// How many codes of a customer were asked for since `since`.
pub(in super::super) async fn asked_since_in_tx(
    write: &mut Write,
    customer: CustomerId,
    since: Timestamp,
) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM activation_codes WHERE customer = $1 AND made_at > $2")
            .bind(customer.raw())
            .bind(since.us())
            .fetch_one(&mut *c)
            .await
    })?)
}

/// Whose letter this is, and the letter as it is sealed; `None` where it was taken over or stopped.
pub(in super::super) async fn letter(db: &Db, id: i64) -> Result<Option<(CustomerId, Vec<u8>)>, DbError> {
    let row: Option<(i64, Vec<u8>)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT customer, letter FROM activation_codes
             WHERE id = $1 AND letter IS NOT NULL AND used_at IS NULL AND stopped_at IS NULL",
        )
        .bind(id)
        .fetch_optional(p)
        .await
    })?;
    Ok(row.map(|(customer, letter)| (CustomerId::from_raw(customer), letter)))
}

/// The letter was taken over: it is gone from here.
pub(in super::super) async fn forget_letter_in_tx(write: &mut Write, id: i64) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE activation_codes SET letter = NULL WHERE id = $1")
            .bind(id)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Whether there is a code whose time is over and that is not marked so.
pub(in super::super) async fn has_activation_that_is_over(db: &Db) -> Result<bool, DbError> {
    let now = db.clock().now().us();
    let first: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT MIN(ends_at) FROM activation_codes WHERE used_at IS NULL AND stopped_at IS NULL")
            .fetch_one(p)
            .await
    })?;
    Ok(first.is_some_and(|first| first <= now))
}

/// Stops codes whose time is over.
pub(in super::super) async fn stop_activations_that_are_over_in_tx(write: &mut Write) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE activation_codes SET stopped_at = $1, letter = NULL
             WHERE used_at IS NULL AND stopped_at IS NULL AND ends_at <= $1",
        )
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Whose the code with this verifier is, while it works.
pub(in super::super) async fn usable_activation(
    db: &Db,
    verifier: &[u8; 32],
) -> Result<Option<CustomerId>, DbError> {
    let now = db.clock().now().us();
    let customer: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT customer FROM activation_codes
             WHERE verifier = $1 AND used_at IS NULL AND stopped_at IS NULL AND usable_at <= $2 AND ends_at > $2",
        )
        .bind(&verifier[..])
        .bind(now)
        .fetch_optional(p)
        .await
    })?;
    Ok(customer.map(CustomerId::from_raw))
}

/// Uses up the code with this verifier; whose it is. `None`: unknown, used, stopped, over, or not usable yet.
pub(in super::super) async fn use_activation_in_tx(
    write: &mut Write,
    verifier: &[u8; 32],
) -> Result<Option<CustomerId>, DbError> {
    let now = write.now().us();
    let customer: Option<i64> = on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE activation_codes SET used_at = $2, letter = NULL
             WHERE verifier = $1 AND used_at IS NULL AND stopped_at IS NULL AND usable_at <= $2 AND ends_at > $2
             RETURNING customer",
        )
        .bind(&verifier[..])
        .bind(now)
        .fetch_optional(&mut *c)
        .await
    })?;
    Ok(customer.map(CustomerId::from_raw))
}

/// When the code of a customer that waits can be used, and until when; `None` where none waits.
pub(in super::super) async fn waiting_activation(
    db: &Db,
    customer: CustomerId,
) -> Result<Option<(Timestamp, Timestamp)>, DbError> {
    let now = db.clock().now().us();
    let row: Option<(i64, i64)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT usable_at, ends_at FROM activation_codes
             WHERE customer = $1 AND used_at IS NULL AND stopped_at IS NULL AND ends_at > $2 ORDER BY id DESC LIMIT 1",
        )
        .bind(customer.raw())
        .bind(now)
        .fetch_optional(p)
        .await
    })?;
    Ok(row.map(|(usable_at, ends_at)| (Timestamp::from_us(usable_at), Timestamp::from_us(ends_at))))
}
