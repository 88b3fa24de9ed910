//! Every SQL statement about messages and their deliveries. What joins a transaction takes it first and ends in
//! `_in_tx`.

use super::model::{Failure, Undelivered, Way};
use super::port::CARRY_MAX;
use kernel::{CustomerId, MessageId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// How long a claimed delivery is kept from other relays, microseconds: longer than a carrier may take and its end takes to
/// be written down.
const LEASE_US: i64 = 60 * kernel::SECOND_US;
const _: () = assert!(LEASE_US.unsigned_abs() / 1_000_000 > 2 * CARRY_MAX.as_secs());

/// A message's row with its values still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct MessageRow {
    pub(super) id: i64,
    pub(super) customer: i64,
    pub(super) kind: String,
    pub(super) params: Vec<u8>,
    pub(super) at: i64,
    pub(super) read_at: Option<i64>,
}

/// A delivery with its letter still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct DeliveryRow {
    pub(super) id: i64,
    pub(super) message: i64,
    pub(super) customer: i64,
    pub(super) kind: String,
    pub(super) way: String,
    pub(super) at: i64,
    pub(super) ends_at: Option<i64>,
    pub(super) attempts: i64,
    pub(super) letter: Option<Vec<u8>>,
}

pub(super) async fn insert_message_in_tx(write: &mut Write, row: &MessageRow) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO messages (id, customer, kind, params, at) VALUES ($1, $2, $3, $4, $5)")
            .bind(row.id)
            .bind(row.customer)
            .bind(&row.kind)
            .bind(&row.params)
            .bind(row.at)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

pub(super) async fn insert_delivery_in_tx(write: &mut Write, row: &DeliveryRow) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO message_deliveries
                 (id, message, customer, kind, way, state, at, ends_at, due_at, attempts, letter)
             VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $6, 0, $8)",
        )
        .bind(row.id)
        .bind(row.message)
        .bind(row.customer)
        .bind(&row.kind)
        .bind(&row.way)
        .bind(row.at)
        .bind(row.ends_at)
        .bind(&row.letter)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Messages of a customer before `before`, newest first.
pub(super) async fn inbox(
    db: &Db,
    owner: CustomerId,
    before: i64,
    rows_max: i64,
) -> Result<Vec<MessageRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer, kind, params, at, read_at FROM messages
             WHERE customer = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(owner.raw())
        .bind(before)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// The message called `id` if it is `owner`'s.
pub(super) async fn message_of(
    db: &Db,
    owner: CustomerId,
    id: MessageId,
) -> Result<Option<MessageRow>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer, kind, params, at, read_at FROM messages WHERE id = $1 AND customer = $2",
        )
        .bind(id.raw())
        .bind(owner.raw())
        .fetch_optional(p)
        .await
    })?)
}

/// How many messages of a customer nobody has opened.
pub(super) async fn unread(db: &Db, owner: CustomerId) -> Result<i64, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(*) FROM messages WHERE customer = $1 AND read_at IS NULL")
            .bind(owner.raw())
            .fetch_one(p)
            .await
    })?)
}

/// Marks messages as opened: the one called `id`, or all of the customer's; returns how many were not before.
pub(super) async fn mark_read_in_tx(
    write: &mut Write,
    owner: CustomerId,
    id: Option<MessageId>,
    now: Timestamp,
) -> Result<u64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE messages SET read_at = $3 WHERE customer = $1 AND read_at IS NULL
                 AND (CAST($2 AS BIGINT) IS NULL OR id = $2)",
        )
        .bind(owner.raw())
        .bind(id.map(MessageId::raw))
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?)
}

/// Whether something is due by this way, without taking the turn to write.
pub(super) async fn is_due(db: &Db, way: Way, now: Timestamp) -> Result<bool, DbError> {
    let due: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT MIN(due_at) FROM message_deliveries WHERE state = 'waiting' AND due_at <= $1 AND way = $2
                 AND (leased_until IS NULL OR leased_until <= $1)",
        )
        .bind(now.us())
        .bind(way.word())
        .fetch_one(p)
        .await
    })?;
    Ok(due.is_some())
}

/// Claims due deliveries of one way, at most one for each customer: the oldest that waits, so that they keep their order.
/// The lease is looked at again by the update itself, since two servers may have chosen the same rows.
pub(super) async fn claim_in_tx(
    write: &mut Write,
    way: Way,
    now: Timestamp,
    rows_max: i64,
) -> Result<Vec<DeliveryRow>, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_as(
            "UPDATE message_deliveries SET leased_until = $2, attempts = attempts + 1
             WHERE (leased_until IS NULL OR leased_until <= $1) AND state = 'waiting' AND id IN (
                 SELECT head.id FROM message_deliveries head
                 WHERE head.state = 'waiting' AND head.way = $4 AND head.due_at <= $1
                   AND (head.leased_until IS NULL OR head.leased_until <= $1)
                   AND NOT EXISTS (
                       SELECT 1 FROM message_deliveries earlier
                       WHERE earlier.customer = head.customer AND earlier.way = head.way
                         AND earlier.state = 'waiting' AND earlier.id < head.id)
                 ORDER BY head.due_at LIMIT $3)
             RETURNING id, message, customer, kind, way, at, ends_at, attempts, letter",
        )
        .bind(now.us())
        .bind(now.us() + LEASE_US)
        .bind(rows_max)
        .bind(way.word())
        .fetch_all(&mut *c)
        .await
    })?)
}

/// The letter was taken over by its carrier: it is gone from here.
pub(super) async fn sent_in_tx(write: &mut Write, id: i64, now: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE message_deliveries SET state = 'sent', letter = NULL, leased_until = NULL, ended_at = $2
             WHERE id = $1 AND state = 'waiting'",
        )
        .bind(id)
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The letter is tried again at `due`.
pub(super) async fn put_off_in_tx(write: &mut Write, id: i64, due: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE message_deliveries SET leased_until = NULL, due_at = $2 WHERE id = $1")
            .bind(id)
            .bind(due.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// The delivery is given up. What was sealed stays where another try can help, and goes at once otherwise.
pub(super) async fn give_up_in_tx(
    write: &mut Write,
    id: i64,
    failure: Failure,
    now: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE message_deliveries SET state = 'undelivered', failure = $2, leased_until = NULL, ended_at = $3,
                 letter = CASE WHEN $4 THEN letter ELSE NULL END WHERE id = $1 AND state = 'waiting'",
        )
        .bind(id)
        .bind(failure.word())
        .bind(now.us())
        .bind(failure.can_be_retried())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// How deliveries stand.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(super) struct Counted {
    /// Those that wait.
    pub(super) waiting: i64,
    /// Those that were given up and could be tried again.
    pub(super) undelivered: i64,
    /// Those among them that were given up because nobody carries by their way.
    pub(super) without_carrier: i64,
}

/// Counts deliveries. One whose letter is gone, or is of no use any more, can't be tried again and counts for nothing.
pub(super) async fn standing(db: &Db, now: Timestamp) -> Result<Counted, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM message_deliveries WHERE state = 'waiting') AS waiting,
                    COUNT(*) AS undelivered,
                    COUNT(CASE WHEN failure = 'no_carrier' THEN 1 END) AS without_carrier
             FROM message_deliveries
             WHERE state = 'undelivered' AND letter IS NOT NULL AND (ends_at IS NULL OR ends_at > $1)",
        )
        .bind(now.us())
        .fetch_one(p)
        .await
    })?)
}

/// What was given up, before `before`, newest first.
pub(super) async fn undelivered(db: &Db, before: i64, rows_max: i64) -> Result<Vec<Undelivered>, DbError> {
    type Row = (i64, i64, i64, String, String, String, i64, i64);
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, message, customer, kind, way, failure, attempts, at FROM message_deliveries
             WHERE state = 'undelivered' AND id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    let read = |(id, message, customer, kind, way, failure, attempts, at): Row| {
        Some(Undelivered {
            id,
            message: MessageId::from_raw(message),
            to: CustomerId::from_raw(customer),
            kind,
            way: Way::from_word(&way)?,
            failure: Failure::from_word(&failure)?,
            attempts,
            at: Timestamp::from_us(at),
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Lets the deliveries of a message that were given up wait again, where their letter is still there; returns to whom
/// it is, or `None` where nothing was changed.
pub(super) async fn retry_in_tx(
    write: &mut Write,
    message: MessageId,
    now: Timestamp,
) -> Result<Option<CustomerId>, DbError> {
    let rows: Vec<i64> = on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE message_deliveries SET state = 'waiting', failure = NULL, ended_at = NULL, attempts = 0, due_at = $2
             WHERE message = $1 AND state = 'undelivered' AND letter IS NOT NULL
               AND (ends_at IS NULL OR ends_at > $2) RETURNING customer",
        )
        .bind(message.raw())
        .bind(now.us())
        .fetch_all(&mut *c)
        .await
    })?;
    Ok(rows.first().copied().map(CustomerId::from_raw))
}

/// Forgets the letters of deliveries that were given up before `before`.
pub(super) async fn forget_letters_in_tx(write: &mut Write, before: Timestamp) -> Result<u64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE message_deliveries SET letter = NULL
             WHERE state = 'undelivered' AND letter IS NOT NULL AND ended_at < $1",
        )
        .bind(before.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?)
}

/// Forgets messages before `before` with their deliveries, oldest first, at most `rows_max`.
pub(super) async fn forget_messages_in_tx(
    write: &mut Write,
    before: Timestamp,
    rows_max: i64,
) -> Result<(), DbError> {
    for text in [
        "DELETE FROM message_deliveries WHERE state <> 'waiting' AND message IN
             (SELECT id FROM messages WHERE at < $1 ORDER BY at LIMIT $2)",
        "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE at < $1 ORDER BY at LIMIT $2)
             AND NOT EXISTS (SELECT 1 FROM message_deliveries d WHERE d.message = messages.id)",
    ] {
        on!(write.conn(), c => {
            sqlx::query(text).bind(before.us()).bind(rows_max).execute(&mut *c).await.map(drop)
        })?;
    }
    Ok(())
}
