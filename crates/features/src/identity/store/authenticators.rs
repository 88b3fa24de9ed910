//! Secrets of authenticator apps, sealed.

use kernel::CustomerId;
use platform::db::{Db, DbError, Write};
use platform::on;

/// A secret as it is kept.
#[derive(sqlx::FromRow)]
pub(in super::super) struct AuthenticatorRow {
    pub id: i64,
    pub secret: Vec<u8>,
}

/// The confirmed authenticator of a customer, or the one that waits to be confirmed; the newest.
pub(in super::super) async fn authenticator(
    db: &Db,
    customer: i64,
    confirmed: bool,
) -> Result<Option<AuthenticatorRow>, DbError> {
    let text = if confirmed {
        "SELECT id, secret FROM authenticators WHERE customer = $1 AND confirmed_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    } else {
        "SELECT id, secret FROM authenticators WHERE customer = $1 AND confirmed_at IS NULL ORDER BY id DESC LIMIT 1"
    };
    Ok(on!(db.pool(), p => sqlx::query_as(text).bind(customer).fetch_optional(p).await)?)
}

/// Keeps a secret that waits to be confirmed; one that waited before is gone.
pub(in super::super) async fn put_authenticator_in_tx(
    write: &mut Write,
    customer: CustomerId,
    id: i64,
    secret: &[u8],
) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM authenticators WHERE customer = $1 AND confirmed_at IS NULL")
            .bind(customer.raw())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO authenticators (id, customer, secret, last_step, made_at) VALUES ($1, $2, $3, 0, $4)",
        )
        .bind(id)
        .bind(customer.raw())
        .bind(secret)
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Takes a step of an authenticator, once: a step that was taken, or one before it, is refused.
pub(in super::super) async fn take_step_in_tx(
    write: &mut Write,
    id: i64,
    step: i64,
) -> Result<bool, DbError> {
    let taken = on!(write.conn(), c => {
        sqlx::query("UPDATE authenticators SET last_step = $2 WHERE id = $1 AND last_step < $2")
            .bind(id)
            .bind(step)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(taken == 1)
}

/// Confirms an authenticator and takes the place of the one before.
pub(in super::super) async fn confirm_in_tx(
    write: &mut Write,
    customer: CustomerId,
    id: i64,
) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM authenticators WHERE customer = $1 AND id <> $2")
            .bind(customer.raw())
            .bind(id)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query("UPDATE authenticators SET confirmed_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Takes an authenticator off; says whether there was one.
pub(in super::super) async fn remove_authenticators_in_tx(
    write: &mut Write,
    customer: CustomerId,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("DELETE FROM authenticators WHERE customer = $1")
            .bind(customer.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() > 0)
    })?)
}
