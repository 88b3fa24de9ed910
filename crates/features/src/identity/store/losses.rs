//! Words that a phone is gone. A word is written down before anything is compared, and gets a customer where it came to
//! something.

use kernel::{CustomerId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// Holds the counts for this transaction: another word waits until it has ended.
pub(in super::super) async fn hold_losses_in_tx(write: &mut Write) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO phone_loss_turns (one, taken) VALUES (1, 1)
             ON CONFLICT (one) DO UPDATE SET taken = phone_loss_turns.taken + 1",
        )
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// How many cards were asked to be frozen with nothing proved since `since`.
pub(in super::super) async fn unproved_losses_since_in_tx(
    write: &mut Write,
    since: Timestamp,
) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM phone_losses WHERE at > $1 AND proved = 0 AND customer IS NOT NULL",
        )
        .bind(since.us())
        .fetch_one(&mut *c)
        .await
    })?)
}

/// How often it was said since `since`, whatever came of it.
pub(in super::super) async fn losses_since_in_tx(
    write: &mut Write,
    since: Timestamp,
) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM phone_losses WHERE at > $1")
            .bind(since.us())
            .fetch_one(&mut *c)
            .await
    })?)
}

/// Writes one down, of nobody so far.
pub(in super::super) async fn put_loss_in_tx(write: &mut Write, proved: bool) -> Result<i64, DbError> {
    let (id, now) = (write.next_id(), write.now().us());
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO phone_losses (id, customer, at, proved) VALUES ($1, NULL, $2, $3)")
            .bind(id)
            .bind(now)
            .bind(i64::from(proved))
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(id)
}

/// Writes down whose phone it was; nobody's where it came to nothing.
pub(in super::super) async fn end_loss_in_tx(
    write: &mut Write,
    id: i64,
    customer: Option<CustomerId>,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE phone_losses SET customer = $2 WHERE id = $1")
            .bind(id)
            .bind(customer.map(CustomerId::raw))
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Whether there is a word before `before` that came to nothing.
pub(in super::super) async fn has_loss_of_nobody_before(db: &Db, before: Timestamp) -> Result<bool, DbError> {
    let first: Option<(i64,)> = on!(db.pool(), p => {
        sqlx::query_as("SELECT id FROM phone_losses WHERE at < $1 AND customer IS NULL LIMIT 1")
            .bind(before.us())
            .fetch_optional(p)
            .await
    })?;
    Ok(first.is_some())
}

/// Forgets words before `before` that came to nothing.
pub(in super::super) async fn forget_losses_of_nobody_in_tx(
    write: &mut Write,
    before: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM phone_losses WHERE at < $1 AND customer IS NULL")
            .bind(before.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}
