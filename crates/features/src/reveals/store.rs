//! Every SQL statement about matters and reveals. What joins a transaction takes it first and ends in `_in_tx`.

use super::model::{Matter, MatterKind};
use kernel::{CustomerId, StaffId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

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
            id: self.id,
            kind: MatterKind::from_word(&self.kind)?,
            customer: CustomerId::from_raw(self.customer),
            reference: self.reference,
            opened_by: StaffId::from_raw(self.opened_by),
            opened_at: Timestamp::from_us(self.opened_at),
            ends_at: Timestamp::from_us(self.ends_at),
        })
    }
}

/// The matter for which `staff` serves `customer` at `now`; the newest where there are several.
pub(super) async fn live_matter(
    db: &Db,
    staff: StaffId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Option<Matter>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, kind, customer, reference, opened_by, opened_at, ends_at FROM matters
             WHERE opened_by = $1 AND customer = $2 AND ends_at > $3 AND closed_at IS NULL
             ORDER BY id DESC LIMIT 1",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    Ok(row.and_then(Row::into_matter))
}

pub(super) async fn insert_matter_in_tx(write: &mut Write, matter: &Matter) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO matters (id, kind, customer, reference, opened_by, opened_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(matter.id)
        .bind(matter.kind.word())
        .bind(matter.customer.raw())
        .bind(&matter.reference)
        .bind(matter.opened_by.raw())
        .bind(matter.opened_at.us())
        .bind(matter.ends_at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Closes the matters that `staff` has open for `customer`; returns how many.
pub(super) async fn close_matters_in_tx(
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

/// Takes the actor's turn: another reveal of theirs waits until this transaction has ended.
pub(super) async fn take_turn_in_tx(write: &mut Write, actor: &str, now: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO reveal_turns (actor, at) VALUES ($1, $2) ON CONFLICT (actor) DO UPDATE SET at = excluded.at",
        )
        .bind(actor)
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// How many values `actor` was shown since `since`.
pub(super) async fn shown_since_in_tx(
    write: &mut Write,
    actor: &str,
    since: Timestamp,
) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM reveals WHERE actor = $1 AND at > $2")
            .bind(actor)
            .bind(since.us())
            .fetch_one(&mut *c)
            .await
    })?)
}

/// A value that is about to be shown.
pub(super) struct NewReveal<'a> {
    pub(super) id: i64,
    pub(super) actor: &'a str,
    pub(super) customer: CustomerId,
    pub(super) matter: Option<i64>,
    pub(super) thing: &'a str,
    pub(super) at: Timestamp,
}

/// Writes a reveal down; `false` when its form was sent before.
pub(super) async fn insert_reveal_in_tx(write: &mut Write, new: &NewReveal<'_>) -> Result<bool, DbError> {
    let written = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO reveals (id, actor, customer, matter, thing, at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(new.id)
        .bind(new.actor)
        .bind(new.customer.raw())
        .bind(new.matter)
        .bind(new.thing)
        .bind(new.at.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(written == 1)
}
