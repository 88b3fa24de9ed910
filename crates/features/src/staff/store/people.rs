//! Statements about which accounts of staff are of the same person. A number is kept in capitals: however it was typed, it
//! is one number.

use kernel::StaffId;
use platform::db::{Db, DbError, Write};
use platform::on;

/// Says which person an account of staff is of; `false` where that was said before.
pub(in super::super) async fn tell_employee_in_tx(
    write: &mut Write,
    staff: StaffId,
    employee: &str,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("INSERT INTO staff_people (staff, employee) VALUES ($1, $2) ON CONFLICT (staff) DO NOTHING")
            .bind(staff.raw())
            .bind(employee.to_ascii_uppercase())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Whether an account is of the person with this number.
pub(in super::super) async fn has_employee_in_tx(
    write: &mut Write,
    staff: StaffId,
    employee: &str,
) -> Result<bool, DbError> {
    let known: Option<String> = on!(write.conn(), c => {
        sqlx::query_scalar("SELECT employee FROM staff_people WHERE staff = $1")
            .bind(staff.raw())
            .fetch_optional(&mut *c)
            .await
    })?;
    Ok(known.is_some_and(|known| known == employee.to_ascii_uppercase()))
}

/// Whether two accounts are of the same person.
pub(in super::super) async fn are_one_person(db: &Db, one: StaffId, other: StaffId) -> Result<bool, DbError> {
    if one == other {
        return Ok(true);
    }
    let found: i64 = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT COUNT(*) FROM staff_people a JOIN staff_people b ON a.employee = b.employee
             WHERE a.staff = $1 AND b.staff = $2",
        )
        .bind(one.raw())
        .bind(other.raw())
        .fetch_one(p)
        .await
    })?;
    Ok(found > 0)
}

/// The other accounts of the same person.
pub(in super::super) async fn accounts_of_person(db: &Db, staff: StaffId) -> Result<Vec<StaffId>, DbError> {
    let found: Vec<i64> = on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT b.staff FROM staff_people a JOIN staff_people b ON a.employee = b.employee
             WHERE a.staff = $1 AND b.staff <> $1 ORDER BY b.staff",
        )
        .bind(staff.raw())
        .fetch_all(p)
        .await
    })?;
    Ok(found.into_iter().map(StaffId::from_raw).collect())
}
