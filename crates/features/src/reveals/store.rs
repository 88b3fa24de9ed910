//! Every SQL statement about reveals. What joins a transaction takes it first and ends in `_in_tx`.

use kernel::{CustomerId, MatterId, Timestamp};
use platform::db::{DbError, Write};
use platform::on;

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
    pub(super) matter: Option<MatterId>,
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
        .bind(new.matter.map(MatterId::raw))
        .bind(new.thing)
        .bind(new.at.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(written == 1)
}
