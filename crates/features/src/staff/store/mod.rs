//! Every SQL statement about requests, relations, marks and alarms. What joins a transaction takes it first and ends in
//! `_in_tx`.

mod people;
mod sign_ins;

pub(super) use people::{accounts_of_person, are_one_person, has_employee_in_tx, tell_employee_in_tx};
pub(super) use sign_ins::{
    Begun, begun_in_tx, bind_subject_in_tx, count_search_in_tx, forget_begun_in_tx, forget_searches_in_tx,
    keep_begun_in_tx, staff_of_subject, take_begun_in_tx,
};

use super::model::{Alarm, AlarmKind, Command, Mark, Relation, Request, Standing};
use kernel::{CustomerId, StaffId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// Requests and alarms listed at once, at most.
const LISTED_MAX: i64 = 100;

#[derive(sqlx::FromRow)]
struct RequestRow {
    id: i64,
    body: String,
    hash: String,
    made_by: i64,
    made_at: i64,
    lapses_at: i64,
    decided_at: Option<i64>,
}

impl RequestRow {
    fn into_request(self) -> Result<Request, DbError> {
        let command: Command =
            serde_json::from_str(&self.body).map_err(|_| DbError::Damaged("a request of staff"))?;
        Ok(Request {
            id: self.id,
            command,
            hash: Command::hash_of(&self.body),
            hash_made: self.hash,
            made_by: StaffId::from_raw(self.made_by),
            made_at: Timestamp::from_us(self.made_at),
            lapses_at: Timestamp::from_us(self.lapses_at),
            is_decided: self.decided_at.is_some(),
        })
    }
}

/// Keeps a request with its text and the text's hash.
pub(super) async fn insert_request_in_tx(
    write: &mut Write,
    request: &Request,
    body: &str,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO staff_requests (id, body, hash, made_by, made_at, lapses_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(request.id)
        .bind(body)
        .bind(&request.hash)
        .bind(request.made_by.raw())
        .bind(request.made_at.us())
        .bind(request.lapses_at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The request with this id.
pub(super) async fn request(db: &Db, id: i64) -> Result<Option<Request>, DbError> {
    let row: Option<RequestRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, body, hash, made_by, made_at, lapses_at, decided_at FROM staff_requests WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(p)
        .await
    })?;
    row.map(RequestRow::into_request).transpose()
}

/// What waits for a second person, oldest first.
pub(super) async fn waiting(db: &Db, now: Timestamp) -> Result<Vec<Request>, DbError> {
    let rows: Vec<RequestRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, body, hash, made_by, made_at, lapses_at, decided_at FROM staff_requests
             WHERE decided_at IS NULL AND lapses_at > $1 ORDER BY id LIMIT $2",
        )
        .bind(now.us())
        .bind(LISTED_MAX)
        .fetch_all(p)
        .await
    })?;
    rows.into_iter().map(RequestRow::into_request).collect()
}

/// Decides a request that still waits and still has this text; whether it did.
pub(super) async fn decide_in_tx(
    write: &mut Write,
    request: &Request,
    by: StaffId,
    now: Timestamp,
    outcome: &str,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE staff_requests SET decided_by = $2, decided_at = $3, outcome = $4
             WHERE id = $1 AND decided_at IS NULL AND lapses_at > $3 AND hash = $5 AND made_by <> $2",
        )
        .bind(request.id)
        .bind(by.raw())
        .bind(now.us())
        .bind(outcome)
        .bind(&request.hash)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?)
}

/// Says that somebody is, or is related to, a customer.
pub(super) async fn relate_in_tx(
    write: &mut Write,
    (staff, customer, relation): (StaffId, CustomerId, Relation),
    by: StaffId,
    now: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO staff_relations (staff, customer, relation, told_by, at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (staff, customer)
             DO UPDATE SET relation = excluded.relation, told_by = excluded.told_by, at = excluded.at, ended_at = NULL",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(relation.word())
        .bind(by.raw())
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Ends a relation; whether there was one.
pub(super) async fn end_relation_in_tx(
    write: &mut Write,
    staff: StaffId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE staff_relations SET ended_at = $3 WHERE staff = $1 AND customer = $2 AND ended_at IS NULL",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?)
}

/// Marks a customer.
pub(super) async fn mark_in_tx(
    write: &mut Write,
    customer: CustomerId,
    mark: Mark,
    by: StaffId,
    now: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO customer_marks (customer, mark, set_by, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (customer, mark) DO UPDATE SET set_by = excluded.set_by, at = excluded.at, ended_at = NULL",
        )
        .bind(customer.raw())
        .bind(mark.word())
        .bind(by.raw())
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Takes a mark away; whether there was one.
pub(super) async fn unmark_in_tx(
    write: &mut Write,
    customer: CustomerId,
    mark: Mark,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE customer_marks SET ended_at = $3 WHERE customer = $1 AND mark = $2 AND ended_at IS NULL",
        )
        .bind(customer.raw())
        .bind(mark.word())
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?)
}

/// Lets somebody open an important person's record until `until`.
pub(super) async fn allow_in_tx(
    write: &mut Write,
    staff: StaffId,
    customer: CustomerId,
    by: StaffId,
    until: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO record_allowances (staff, customer, allowed_by, until_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (staff, customer)
             DO UPDATE SET allowed_by = excluded.allowed_by, until_at = excluded.until_at",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(by.raw())
        .bind(until.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// What stands between `staff`, with each of their accounts, and the record of `customer`.
pub(super) async fn standing(
    db: &Db,
    staff: StaffId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Standing, DbError> {
    let (related, important, honey, allowed): (i64, i64, i64, i64) = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT
               (SELECT COUNT(*) FROM staff_relations r WHERE r.customer = $2 AND r.ended_at IS NULL AND (r.staff = $1
                  OR r.staff IN (SELECT b.staff FROM staff_people a JOIN staff_people b ON a.employee = b.employee
                                 WHERE a.staff = $1))),
               (SELECT COUNT(*) FROM customer_marks WHERE customer = $2 AND mark = 'important' AND ended_at IS NULL),
               (SELECT COUNT(*) FROM customer_marks WHERE customer = $2 AND mark = 'honey' AND ended_at IS NULL),
               (SELECT COUNT(*) FROM record_allowances WHERE staff = $1 AND customer = $2 AND until_at > $3)",
        )
        .bind(staff.raw())
        .bind(customer.raw())
        .bind(now.us())
        .fetch_one(p)
        .await
    })?;
    Ok(Standing { related: related > 0, important: important > 0, honey: honey > 0, allowed: allowed > 0 })
}

/// Raises an alarm, or counts it where the same one is unseen.
pub(super) async fn raise_in_tx(
    write: &mut Write,
    kind: AlarmKind,
    staff: StaffId,
    customer: Option<CustomerId>,
    now: Timestamp,
) -> Result<(), DbError> {
    let id = write.next_id();
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO staff_alarms (id, kind, staff, customer, first_at, last_at, count)
             VALUES ($1, $2, $3, $4, $5, $5, 1) ON CONFLICT (kind, staff, customer) WHERE seen_at IS NULL
             DO UPDATE SET count = staff_alarms.count + 1, last_at = excluded.last_at",
        )
        .bind(id)
        .bind(kind.word())
        .bind(staff.raw())
        .bind(customer.map_or(0, CustomerId::raw))
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct AlarmRow {
    id: i64,
    kind: String,
    staff: i64,
    customer: i64,
    first_at: i64,
    last_at: i64,
    count: i64,
}

/// Alarms that nobody has seen to, newest first.
pub(super) async fn unseen(db: &Db) -> Result<Vec<Alarm>, DbError> {
    let rows: Vec<AlarmRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, kind, staff, customer, first_at, last_at, count FROM staff_alarms
             WHERE seen_at IS NULL ORDER BY last_at DESC, id DESC LIMIT $1",
        )
        .bind(LISTED_MAX)
        .fetch_all(p)
        .await
    })?;
    let alarm = |row: AlarmRow| {
        Some(Alarm {
            id: row.id,
            kind: AlarmKind::from_word(&row.kind)?,
            staff: StaffId::from_raw(row.staff),
            customer: (row.customer != 0).then(|| CustomerId::from_raw(row.customer)),
            first_at: Timestamp::from_us(row.first_at),
            last_at: Timestamp::from_us(row.last_at),
            count: row.count,
        })
    };
    Ok(rows.into_iter().filter_map(alarm).collect())
}

/// Says that an alarm is seen to, by somebody whom it is not about; whether it was unseen.
pub(super) async fn see_in_tx(
    write: &mut Write,
    id: i64,
    by: StaffId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE staff_alarms SET seen_by = $2, seen_at = $3 WHERE id = $1 AND seen_at IS NULL AND staff <> $2
             AND staff NOT IN (SELECT b.staff FROM staff_people a JOIN staff_people b ON a.employee = b.employee
                               WHERE a.staff = $2)",
        )
        .bind(id)
        .bind(by.raw())
        .bind(now.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?)
}
