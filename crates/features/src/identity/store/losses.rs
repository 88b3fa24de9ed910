//! Words that a phone is gone.

use kernel::{CustomerId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

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
pub(in super::super) async fn losses_since(db: &Db, since: Timestamp) -> Result<i64, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(*) FROM phone_losses WHERE at > $1").bind(since.us()).fetch_one(p).await
    })?)
}

/// Writes one down; without a customer where it came to nothing.
pub(in super::super) async fn put_loss_in_tx(
    write: &mut Write,
    id: i64,
    customer: Option<CustomerId>,
    proved: bool,
) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO phone_losses (id, customer, at, proved) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(customer.map(CustomerId::raw))
            .bind(now)
            .bind(i64::from(proved))
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}
