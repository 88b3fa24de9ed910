//! Query passwords, as verifiers.

use kernel::CustomerId;
use platform::db::{Db, DbError, Write};
use platform::on;

/// What is kept of a customer's query password.
pub(in super::super) async fn verifier_in_tx(
    write: &mut Write,
    customer: i64,
) -> Result<Option<Vec<u8>>, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT verifier FROM query_passwords WHERE customer = $1")
            .bind(customer)
            .fetch_optional(&mut *c)
            .await
    })?)
}

/// Sets a customer's query password.
pub(in super::super) async fn put_password_in_tx(
    write: &mut Write,
    customer: CustomerId,
    verifier: &[u8],
) -> Result<(), DbError> {
    let now = write.now();
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO query_passwords (customer, verifier, set_at) VALUES ($1, $2, $3)
             ON CONFLICT (customer) DO UPDATE SET verifier = excluded.verifier, set_at = excluded.set_at",
        )
        .bind(customer.raw())
        .bind(verifier)
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Takes a customer's query password off; says whether there was one.
pub(in super::super) async fn remove_password_in_tx(
    write: &mut Write,
    customer: CustomerId,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("DELETE FROM query_passwords WHERE customer = $1")
            .bind(customer.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() > 0)
    })?)
}

/// Whether a customer has a query password.
pub(in super::super) async fn has_password(db: &Db, customer: CustomerId) -> Result<bool, DbError> {
    let found: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT customer FROM query_passwords WHERE customer = $1")
            .bind(customer.raw())
            .fetch_optional(p)
            .await
    })?;
    Ok(found.is_some())
}
