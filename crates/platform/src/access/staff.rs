//! The people who work at the desk: name, role, language, and whether they still do.

use super::Role;
use crate::db::{Db, DbError, Write};
use crate::{audit, on};
use kernel::{Actor, Channel, Masked, StaffId};

/// The act of taking somebody on.
pub const STAFF_ADDED: &str = "access.staff.added";
/// Staff listed at once, at most.
const LISTED_MAX: i64 = 500;

/// Somebody to take on.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// As colleagues know them.
    pub name: Masked,
    /// One of [`Role::STAFF`].
    pub role: Role,
    /// The language of their screens: `zh-Hans`, `zh-Hant` or `en`.
    pub locale: String,
}

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// As colleagues know them.
    pub name: Masked,
    /// Their role.
    pub role: Role,
    /// The language of their screens.
    pub locale: String,
    /// Whether they may sign in.
    pub active: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    name: String,
    role: String,
    locale: String,
    disabled_at: Option<i64>,
}

impl Row {
    fn into_staff(self) -> Option<Staff> {
        Some(Staff {
            id: StaffId::from_raw(self.id),
            name: Masked::new(self.name),
            role: Role::from_word(&self.role)?,
            locale: self.locale,
            active: self.disabled_at.is_none(),
        })
    }
}

/// Takes somebody on; `None` when the role is none of staff.
pub async fn add_staff(
    db: &Db,
    by: Actor,
    channel: Channel,
    new: NewStaff,
) -> Result<Option<StaffId>, DbError> {
    let mut write = db.write().await?;
    let Some(id) = add_staff_in_tx(&mut write, &new).await? else {
        write.rollback().await?;
        return Ok(None);
    };
    let detail = serde_json::json!({ "role": new.role });
    write.commit(audit::Entry::new(by, channel, STAFF_ADDED).subject(id).detail(detail)).await?;
    Ok(Some(id))
}

/// Takes somebody on in a transaction of the caller's, who writes the entry; `None` when the role is none of staff.
pub async fn add_staff_in_tx(write: &mut Write, new: &NewStaff) -> Result<Option<StaffId>, DbError> {
    if !new.role.is_staff() {
        return Ok(None);
    }
    let (id, now) = (StaffId::from_raw(write.next_id()), write.now());
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO staff (id, name, role, locale, created_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.raw())
            .bind(new.name.reveal())
            .bind(new.role.word())
            .bind(&new.locale)
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(Some(id))
}

/// Lets somebody go, in a transaction of the caller's, who writes the entry: they can't sign in, and their sessions open
/// nothing any more. Says whether it changed anything.
pub async fn disable_staff_in_tx(write: &mut Write, id: StaffId) -> Result<bool, DbError> {
    let now = write.now();
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE staff SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL")
            .bind(id.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Lets somebody in again, in a transaction of the caller's. Sessions from before stay ended.
pub async fn enable_staff_in_tx(write: &mut Write, id: StaffId) -> Result<bool, DbError> {
    let now = write.now();
    on!(write.conn(), c => {
        sqlx::query("UPDATE sessions SET ended_at = $2 WHERE person_kind = 'staff' AND person = $1 AND ended_at IS NULL")
            .bind(id.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE staff SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL")
            .bind(id.raw())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Gives somebody another role, in a transaction of the caller's, when they have `from` still. Sessions have the new
/// role with their next use.
pub async fn change_role_in_tx(
    write: &mut Write,
    id: StaffId,
    from: Role,
    to: Role,
) -> Result<bool, DbError> {
    if !to.is_staff() {
        return Ok(false);
    }
    Ok(on!(write.conn(), c => {
        sqlx::query("UPDATE staff SET role = $3 WHERE id = $1 AND role = $2")
            .bind(id.raw())
            .bind(from.word())
            .bind(to.word())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected() == 1)
    })?)
}

/// Holds the row of a member of staff until the transaction ends, so that what they do at the same moment is done one
/// after the other; the role they have now, `None` when they can't sign in or there is nobody with this id.
pub async fn hold_staff_in_tx(write: &mut Write, id: StaffId) -> Result<Option<Role>, DbError> {
    let row: Option<(String, Option<i64>)> = on!(write.conn(), c => {
        sqlx::query_as("UPDATE staff SET role = role WHERE id = $1 RETURNING role, disabled_at")
            .bind(id.raw())
            .fetch_optional(&mut *c)
            .await
    })?;
    Ok(row.filter(|(_, disabled_at)| disabled_at.is_none()).and_then(|(role, _)| Role::from_word(&role)))
}

/// The member of staff with this id.
pub async fn find_staff(db: &Db, id: StaffId) -> Result<Option<Staff>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as("SELECT id, name, role, locale, disabled_at FROM staff WHERE id = $1")
            .bind(id.raw())
            .fetch_optional(p)
            .await
    })?;
    Ok(row.and_then(Row::into_staff))
}

/// Everybody, first come first; at most 500.
pub async fn list_staff(db: &Db) -> Result<Vec<Staff>, DbError> {
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as("SELECT id, name, role, locale, disabled_at FROM staff ORDER BY id LIMIT $1")
            .bind(LISTED_MAX)
            .fetch_all(p)
            .await
    })?;
    Ok(rows.into_iter().filter_map(Row::into_staff).collect())
}
