//! Codes by text message, and how often they were sent.

use kernel::{CustomerId, DAY_US, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// Takes a customer's list of sends for this transaction; only those of the last day.
pub(in super::super) async fn take_sends_in_tx(
    write: &mut Write,
    customer: CustomerId,
) -> Result<(Vec<i64>, Timestamp), DbError> {
    let now = write.now();
    let (sent, latest_at): (String, i64) = on!(write.conn(), c => {
        sqlx::query_as(
            "INSERT INTO code_sends (customer, sent, latest_at) VALUES ($1, '[]', $2)
             ON CONFLICT (customer) DO UPDATE SET latest_at =
                 CASE WHEN code_sends.latest_at > excluded.latest_at THEN code_sends.latest_at
                      ELSE excluded.latest_at END
             RETURNING sent, latest_at",
        )
        .bind(customer.raw())
        .bind(now.us())
        .fetch_one(&mut *c)
        .await
    })?;
    let mut sent: Vec<i64> =
        serde_json::from_str(&sent).map_err(|_| DbError::Damaged("times of codes that were sent"))?;
    sent.retain(|at| latest_at.saturating_sub(*at) < DAY_US);
    Ok((sent, Timestamp::from_us(latest_at)))
}

/// Writes the list that was taken.
pub(in super::super) async fn put_sends_in_tx(
    write: &mut Write,
    customer: CustomerId,
    sent: &[i64],
) -> Result<(), DbError> {
    let sent = serde_json::to_string(sent).map_err(|_| DbError::Damaged("times of codes that were sent"))?;
    on!(write.conn(), c => {
        sqlx::query("UPDATE code_sends SET sent = $2 WHERE customer = $1")
            .bind(customer.raw())
            .bind(sent)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Keeps a code for one act; one that was sent for it before is worth nothing any more.
pub(in super::super) async fn put_code_in_tx(
    write: &mut Write,
    customer: CustomerId,
    action: &[u8; 32],
    verifier: &[u8; 32],
    ends_at: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO text_codes (customer, action, verifier, ends_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (customer, action) DO UPDATE SET verifier = excluded.verifier, ends_at = excluded.ends_at",
        )
        .bind(customer.raw())
        .bind(&action[..])
        .bind(&verifier[..])
        .bind(ends_at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The code that waits for this act; one whose time is over is removed here and never comes back.
pub(in super::super) async fn code_in_tx(
    write: &mut Write,
    customer: i64,
    action: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM text_codes WHERE customer = $1 AND ends_at <= $2")
            .bind(customer)
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT verifier FROM text_codes WHERE customer = $1 AND action = $2")
            .bind(customer)
            .bind(&action[..])
            .fetch_optional(&mut *c)
            .await
    })?)
}

/// Uses a code up.
pub(in super::super) async fn use_code_in_tx(
    write: &mut Write,
    customer: i64,
    action: &[u8; 32],
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM text_codes WHERE customer = $1 AND action = $2")
            .bind(customer)
            .bind(&action[..])
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Whether there is a code whose time is over.
pub(in super::super) async fn has_ended_code(db: &Db) -> Result<bool, DbError> {
    let now = db.clock().now().us();
    let first: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT MIN(ends_at) FROM text_codes").fetch_one(p).await
    })?;
    Ok(first.is_some_and(|first| first <= now))
}

/// Removes codes whose time is over.
pub(in super::super) async fn forget_codes_in_tx(write: &mut Write) -> Result<(), DbError> {
    let now = write.now().us();
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM text_codes WHERE ends_at <= $1").bind(now).execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}

/// Removes what says nothing any more: counts, losses and alarms before `before`, letter codes that were asked for before
/// `codes_before`, lists of sends without one of the last day.
pub(in super::super) async fn forget_old_in_tx(
    write: &mut Write,
    before: Timestamp,
    codes_before: Timestamp,
) -> Result<(), DbError> {
    let yesterday = write.now().plus_us(-DAY_US).us();
    let (before, codes_before) = (before.us(), codes_before.us());
    for (text, bound) in [
        ("DELETE FROM code_sends WHERE latest_at < $1", yesterday),
        // What stays refused until it is set back is kept.
        ("DELETE FROM proof_counters WHERE latest_at < $1 AND refused_until < $1", before),
        ("DELETE FROM phone_losses WHERE at < $1", before),
        ("DELETE FROM session_proofs WHERE at < $1 AND session NOT IN (SELECT id FROM sessions)", before),
        ("DELETE FROM proof_alarms WHERE day < $1", before.div_euclid(DAY_US)),
        ("DELETE FROM activation_codes WHERE made_at < $1", codes_before),
    ] {
        on!(write.conn(), c => sqlx::query(text).bind(bound).execute(&mut *c).await.map(drop))?;
    }
    Ok(())
}
