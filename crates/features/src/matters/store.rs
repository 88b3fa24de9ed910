//! Every SQL statement about matters. What joins a transaction takes it first and ends in `_in_tx`.

use super::model::{Matter, MatterKind, ReviewOutcome};
use kernel::{CustomerId, MatterId, StaffId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// Emergencies to review that are listed at once.
const REVIEWS_MAX: i64 = 100;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: String,
    customer: i64,
    reference: Option<String>,
    opened_by: i64,
    opened_at: i64,
    ends_at: i64,
}

impl Row {
    fn into_matter(self) -> Option<Matter> {
        Some(Matter {
            id: MatterId::from_raw(self.id),
            kind: MatterKind::from_word(&self.kind)?,
            customer: CustomerId::from_raw(self.customer),
            reference: self.reference,
            opened_by: StaffId::from_raw(self.opened_by),
            opened_at: Timestamp::from_us(self.opened_at),
            ends_at: Timestamp::from_us(self.ends_at),
        })
    }
}

/// The matters for which `staff` serves `customer` at `now`, newest first.
pub(super) async fn live_matters(
    db: &Db,
    staff: StaffId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Vec<Matter>, DbError> {
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, kind, customer, reference, opened_by, opened_at, ends_at FROM matters
             WHERE opened_by = $1 AND customer = $2 AND ends_at > $3 AND closed_at IS NULL
             ORDER BY id DESC",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(now.us())
        .fetch_all(p)
        .await
    })?;
    Ok(rows.into_iter().filter_map(Row::into_matter).collect())
}

/// Keeps a matter; `words` are the sealed reason.
pub(super) async fn insert_in_tx(
    write: &mut Write,
    matter: &Matter,
    words: Option<&[u8]>,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO matters (id, kind, customer, reference, opened_by, opened_at, ends_at, words)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(matter.id.raw())
        .bind(matter.kind.word())
        .bind(matter.customer.raw())
        .bind(&matter.reference)
        .bind(matter.opened_by.raw())
        .bind(matter.opened_at.us())
        .bind(matter.ends_at.us())
        .bind(words)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The records of how many other customers `staff` opened since `since`.
pub(super) async fn others_since_in_tx(
    write: &mut Write,
    staff: StaffId,
    customer: CustomerId,
    since: Timestamp,
) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar(
            "SELECT COUNT(DISTINCT customer) FROM matters WHERE opened_by = $1 AND opened_at > $2 AND customer <> $3",
        )
        .bind(staff.raw())
        .bind(since.us())
        .bind(customer.raw())
        .fetch_one(&mut *c)
        .await
    })?)
}

/// Closes one matter; whether it was open.
pub(super) async fn close_in_tx(write: &mut Write, id: MatterId, now: Timestamp) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE matters SET closed_at = $2 WHERE id = $1 AND ends_at > $2 AND closed_at IS NULL")
            .bind(id.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() > 0)
    })?)
}

/// Closes the matters that `staff` has open for `customer`; returns how many.
pub(super) async fn close_all_in_tx(
    write: &mut Write,
    staff: StaffId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<u64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE matters SET closed_at = $3
             WHERE opened_by = $1 AND customer = $2 AND ends_at > $3 AND closed_at IS NULL",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?)
}

#[derive(sqlx::FromRow)]
struct ReviewRow {
    #[sqlx(flatten)]
    row: Row,
    words: Option<Vec<u8>>,
}

/// Emergencies that nobody has reviewed, oldest first, with the sealed reasons.
pub(super) async fn unreviewed(db: &Db) -> Result<Vec<(Matter, Option<Vec<u8>>)>, DbError> {
    let rows: Vec<ReviewRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, kind, customer, reference, opened_by, opened_at, ends_at, words FROM matters
             WHERE kind = 'emergency' AND reviewed_at IS NULL ORDER BY id LIMIT $1",
        )
        .bind(REVIEWS_MAX)
        .fetch_all(p)
        .await
    })?;
    Ok(rows.into_iter().filter_map(|row| Some((row.row.into_matter()?, row.words))).collect())
}

/// Who opened an emergency that nobody has reviewed.
pub(super) async fn opened_by(db: &Db, id: MatterId) -> Result<Option<StaffId>, DbError> {
    let found: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT opened_by FROM matters WHERE id = $1 AND kind = 'emergency' AND reviewed_at IS NULL",
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })?;
    Ok(found.map(StaffId::from_raw))
}

/// Says what an emergency came to, by somebody who did not open it; whose record it was.
pub(super) async fn review_in_tx(
    write: &mut Write,
    id: MatterId,
    by: StaffId,
    now: Timestamp,
    outcome: ReviewOutcome,
) -> Result<Option<CustomerId>, DbError> {
    let customer: Option<i64> = on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE matters SET reviewed_by = $2, reviewed_at = $3, outcome = $4
             WHERE id = $1 AND kind = 'emergency' AND reviewed_at IS NULL AND opened_by <> $2 RETURNING customer",
        )
        .bind(id.raw())
        .bind(by.raw())
        .bind(now.us())
        .bind(outcome.word())
        .fetch_optional(&mut *c)
        .await
    })?;
    Ok(customer.map(CustomerId::from_raw))
}
