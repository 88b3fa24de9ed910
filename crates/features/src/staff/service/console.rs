//! Taking somebody on from the console of the machine, where there is no second person: the first administrator, and the
//! people of a demo.

use super::super::error::StaffError;
use super::super::events;
use super::super::rules::is_employee;
use super::super::store;
use kernel::{Actor, Channel, StaffId};
use platform::access::{NewStaff, STAFF_ADDED, add_staff_in_tx};
use platform::audit::Entry;
use platform::db::Db;
use serde_json::json;

/// Takes somebody on, with the number that they have as an employee: each account with it is of the same person.
///
/// # Errors
/// [`StaffError::Field`] for a number or role that is none; else what the database says.
pub async fn add_person(
    db: &Db,
    (by, channel): (Actor, Channel),
    new: &NewStaff,
    employee: &str,
) -> Result<StaffId, StaffError> {
    if !is_employee(employee) || !new.role.is_staff() {
        return Err(StaffError::Field);
    }
    let mut write = db.write().await?;
    let Some(id) = add_staff_in_tx(&mut write, new).await? else {
        write.rollback().await?;
        return Err(StaffError::Field);
    };
    store::tell_employee_in_tx(&mut write, id, employee).await?;
    let entry = Entry::new(by, channel, STAFF_ADDED).subject(id);
    write.commit(entry.detail(json!({ "role": new.role }))).await?;
    Ok(id)
}

/// Says whose an account is that has no employee's number yet. The one that it has again changes nothing.
///
/// # Errors
/// [`StaffError::Field`] for a number that is none, [`StaffError::Person`] for an account that has another; else what the
/// database says.
pub async fn tell_person(
    db: &Db,
    (by, channel): (Actor, Channel),
    staff: StaffId,
    employee: &str,
) -> Result<(), StaffError> {
    if !is_employee(employee) {
        return Err(StaffError::Field);
    }
    let mut write = db.write().await?;
    if store::tell_employee_in_tx(&mut write, staff, employee).await? {
        return Ok(write.commit(Entry::new(by, channel, events::PERSON_TOLD).subject(staff)).await?);
    }
    let known = store::has_employee_in_tx(&mut write, staff, employee).await?;
    write.rollback().await?;
    if known { Ok(()) } else { Err(StaffError::Person) }
}
