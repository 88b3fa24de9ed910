//! Query passwords, as verifiers.

use kernel::CustomerId;
use platform::db::{DbError, Write};
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
