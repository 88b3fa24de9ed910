//! Every SQL statement about calls. What joins a transaction takes it first and ends in `_in_tx`.

use super::model::{Ask, Call, Fact, Question};
use super::rules::Options;
use crate::identity::{Proof, ProofKind, Subject};
use kernel::{CallId, CardId, Channel, CustomerId, MatterId, StaffId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    customer: Option<i64>,
    nobody: i64,
    card: Option<i64>,
    staff: Option<i64>,
    matter: Option<i64>,
    opened_at: i64,
    ends_at: i64,
    closed_at: Option<i64>,
}

impl From<Row> for Call {
    fn from(row: Row) -> Self {
        let customer = row.customer.map(CustomerId::from_raw);
        Self {
            id: CallId::from_raw(row.id),
            subject: customer.map_or(Subject::Nobody(row.nobody), Subject::Customer),
            card: row.card.map(CardId::from_raw),
            staff: row.staff.map(StaffId::from_raw),
            matter: row.matter.map(MatterId::from_raw),
            opened_at: Timestamp::from_us(row.opened_at),
            ends_at: Timestamp::from_us(row.ends_at),
            closed_at: row.closed_at.map(Timestamp::from_us),
        }
    }
}

pub(super) async fn insert_in_tx(write: &mut Write, call: &Call) -> Result<(), DbError> {
    let nobody = match call.subject {
        Subject::Nobody(number) => number,
        Subject::Customer(_) => 0,
    };
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO calls (id, customer, nobody, card, staff, matter, opened_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(call.id.raw())
        .bind(call.customer().map(CustomerId::raw))
        .bind(nobody)
        .bind(call.card.map(CardId::raw))
        .bind(call.staff.map(StaffId::raw))
        .bind(call.matter.map(MatterId::raw))
        .bind(call.opened_at.us())
        .bind(call.ends_at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

pub(super) async fn call(db: &Db, id: CallId) -> Result<Option<Call>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer, nobody, card, staff, matter, opened_at, ends_at, closed_at FROM calls WHERE id = $1",
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })?;
    Ok(row.map(Call::from))
}

/// The newest live call in which `staff` serves `customer`; with `None`, of whoever serves them.
pub(super) async fn live_of(
    db: &Db,
    customer: CustomerId,
    staff: Option<StaffId>,
    now: Timestamp,
) -> Result<Option<Call>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer, nobody, card, staff, matter, opened_at, ends_at, closed_at FROM calls
             WHERE customer = $1 AND staff IS NOT NULL AND (CAST($2 AS BIGINT) IS NULL OR staff = $2)
               AND closed_at IS NULL AND opened_at <= $3 AND ends_at > $3 ORDER BY id DESC LIMIT 1",
        )
        .bind(customer.raw())
        .bind(staff.map(StaffId::raw))
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    Ok(row.map(Call::from))
}

/// Live calls: those of `staff`, and those of known customers that wait for an agent since `waiting_since`. Oldest
/// first.
pub(super) async fn open_calls(
    db: &Db,
    staff: StaffId,
    waiting_since: Timestamp,
    now: Timestamp,
    rows_max: i64,
) -> Result<Vec<Call>, DbError> {
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer, nobody, card, staff, matter, opened_at, ends_at, closed_at FROM calls
             WHERE closed_at IS NULL AND ends_at > $2 AND customer IS NOT NULL
               AND (staff = $1 OR (staff IS NULL AND opened_at > $3)) ORDER BY id LIMIT $4",
        )
        .bind(staff.raw())
        .bind(now.us())
        .bind(waiting_since.us())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    Ok(rows.into_iter().map(Call::from).collect())
}

/// Gives a call that nobody serves to `staff`; whether it was free.
pub(super) async fn take_in_tx(
    write: &mut Write,
    id: CallId,
    staff: StaffId,
    matter: MatterId,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE calls SET staff = $2, matter = $3 WHERE id = $1 AND staff IS NULL AND closed_at IS NULL")
            .bind(id.raw())
            .bind(staff.raw())
            .bind(matter.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Ends a call; whether it was open.
pub(super) async fn close_in_tx(write: &mut Write, id: CallId, now: Timestamp) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE calls SET closed_at = $2, code_hash = NULL WHERE id = $1 AND closed_at IS NULL")
            .bind(id.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Keeps the newest proof of its kind.
pub(super) async fn put_proof_in_tx(write: &mut Write, call: CallId, proof: &Proof) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO call_proofs (call, kind, at, channel) VALUES ($1, $2, $3, $4)
             ON CONFLICT (call, kind) DO UPDATE SET at = excluded.at, channel = excluded.channel",
        )
        .bind(call.raw())
        .bind(proof.kind.word())
        .bind(proof.at.us())
        .bind(proof.channel.word())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// What was proved in a call, oldest first.
pub(super) async fn proofs(db: &Db, call: CallId) -> Result<Vec<Proof>, DbError> {
    let rows: Vec<(String, i64, String)> = on!(db.pool(), p => {
        sqlx::query_as("SELECT kind, at, channel FROM call_proofs WHERE call = $1 ORDER BY at, kind")
            .bind(call.raw())
            .fetch_all(p)
            .await
    })?;
    let read = |(kind, at, channel): (String, i64, String)| {
        Some(Proof {
            kind: ProofKind::from_word(&kind)?,
            at: Timestamp::from_us(at),
            channel: *Channel::ALL.iter().find(|one| one.word() == channel)?,
            device: None,
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Takes the call's turn, so that two at once are done one after the other; whether it is open.
pub(super) async fn take_turn_in_tx(write: &mut Write, id: CallId) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE calls SET ends_at = ends_at WHERE id = $1 AND closed_at IS NULL")
            .bind(id.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Confirmations asked of a customer since `since`, and how many of them still wait.
pub(super) async fn asks_in_tx(
    write: &mut Write,
    customer: CustomerId,
    since: Timestamp,
    now: Timestamp,
) -> Result<(i64, i64), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_as(
            "SELECT COUNT(*), COUNT(CASE WHEN answered_at IS NULL AND ends_at > $3 THEN 1 END) FROM call_asks
             WHERE customer = $1 AND at > $2",
        )
        .bind(customer.raw())
        .bind(since.us())
        .bind(now.us())
        .fetch_one(&mut *c)
        .await
    })?)
}

pub(super) async fn insert_ask_in_tx(
    write: &mut Write,
    customer: CustomerId,
    ask: &Ask,
    now: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO call_asks (id, call, customer, number, at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(ask.id)
        .bind(ask.call.raw())
        .bind(customer.raw())
        .bind(ask.number)
        .bind(now.us())
        .bind(ask.ends_at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The confirmation that waits for an answer in a call.
pub(super) async fn waiting_ask(db: &Db, call: CallId, now: Timestamp) -> Result<Option<Ask>, DbError> {
    let row: Option<(i64, i64, i64)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, number, ends_at FROM call_asks WHERE call = $1 AND answered_at IS NULL AND ends_at > $2
             ORDER BY id DESC LIMIT 1",
        )
        .bind(call.raw())
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    Ok(row.map(|(id, number, ends_at)| Ask { id, call, number, ends_at: Timestamp::from_us(ends_at) }))
}

/// Marks a confirmation as answered; whether it still waited, so that each is answered once.
pub(super) async fn answer_in_tx(write: &mut Write, ask: &Ask, now: Timestamp) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE call_asks SET answered_at = $2 WHERE id = $1 AND answered_at IS NULL AND ends_at > $2")
            .bind(ask.id)
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Keeps what a code of the app is compared with; an earlier one is worth nothing any more.
pub(super) async fn put_code_in_tx(
    write: &mut Write,
    call: CallId,
    hash: &[u8],
    until: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("UPDATE calls SET code_hash = $2, code_until = $3 WHERE id = $1")
            .bind(call.raw())
            .bind(hash)
            .bind(until.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Uses up the code of a call if it is the one with `hash`; whether it was.
pub(super) async fn use_code_in_tx(
    write: &mut Write,
    call: CallId,
    hash: &[u8],
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE calls SET code_hash = NULL WHERE id = $1 AND code_hash = $2 AND code_until > $3
               AND closed_at IS NULL",
        )
        .bind(call.raw())
        .bind(hash)
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?)
}

/// Whether a call has its questions about payments.
pub(super) async fn has_facts_in_tx(write: &mut Write, call: CallId) -> Result<bool, DbError> {
    let count: i64 = on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM call_facts WHERE call = $1")
            .bind(call.raw())
            .fetch_one(&mut *c)
            .await
    })?;
    Ok(count > 0)
}

/// Keeps a question about payments.
pub(super) async fn put_fact_in_tx(
    write: &mut Write,
    call: CallId,
    question: Question,
    options: &Options,
) -> Result<(), DbError> {
    let values: Vec<String> = options.values.iter().map(i64::to_string).collect();
    let (values, now) = (values.join(","), write.now().us());
    let truth = i64::try_from(options.truth).unwrap_or(0);
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO call_facts (call, question, options, truth, currency, at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(call.raw())
        .bind(question.word())
        .bind(&values)
        .bind(truth)
        .bind(options.currency.code())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The questions of a call, without which option is true.
pub(super) async fn facts(db: &Db, call: CallId) -> Result<Vec<Fact>, DbError> {
    let rows: Vec<(String, String, String, Option<i64>)> = on!(db.pool(), p => {
        sqlx::query_as("SELECT question, options, currency, fits FROM call_facts WHERE call = $1")
            .bind(call.raw())
            .fetch_all(p)
            .await
    })?;
    let read = |question: Question| {
        let (_, options, currency, fits) = rows.iter().find(|row| row.0 == question.word())?;
        let options = options.split(',').filter_map(|value| value.parse().ok()).collect();
        let currency = currency.parse().ok()?;
        Some(Fact { question, options, currency, fits: fits.map(|fits| fits == 1) })
    };
    Ok(Question::ALL.into_iter().filter_map(read).collect())
}

/// Answers a question that waits; whether it fits. `None`: there is none, or it was answered before.
pub(super) async fn answer_fact_in_tx(
    write: &mut Write,
    call: CallId,
    question: Question,
    option: i64,
) -> Result<Option<bool>, DbError> {
    let now = write.now().us();
    let fits: Option<i64> = on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE call_facts SET fits = CASE WHEN truth = $3 THEN 1 ELSE 0 END, answered_at = $4
             WHERE call = $1 AND question = $2 AND fits IS NULL
             RETURNING CAST(fits AS BIGINT)",
        )
        .bind(call.raw())
        .bind(question.word())
        .bind(option)
        .bind(now)
        .fetch_optional(&mut *c)
        .await
    })?;
    Ok(fits.map(|fits| fits == 1))
}

/// How many questions of a call were answered wrongly.
pub(super) async fn wrong_facts(db: &Db, call: CallId) -> Result<i64, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT COUNT(*) FROM call_facts WHERE call = $1 AND fits = 0")
            .bind(call.raw())
            .fetch_one(p)
            .await
    })?)
}
