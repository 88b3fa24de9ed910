//! Statements about sign-ins with a provider, and about searches.

use super::super::port::SignInSecrets;
use kernel::{Secret, StaffId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;

/// A sign-in that is under way at the provider.
pub(in super::super) struct Begun {
    pub(in super::super) next: String,
    pub(in super::super) secrets: SignInSecrets,
}

/// Keeps what a sign-in must bring back, under the hash of its state.
pub(in super::super) async fn keep_begun_in_tx(
    write: &mut Write,
    state_hash: &str,
    begun: &Begun,
    until: Timestamp,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO provider_sign_ins (state_hash, nonce, verifier, next, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(state_hash)
        .bind(begun.secrets.nonce.expose())
        .bind(begun.secrets.verifier.expose())
        .bind(&begun.next)
        .bind(until.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// How many sign-ins are under way.
pub(in super::super) async fn begun_in_tx(write: &mut Write) -> Result<i64, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM provider_sign_ins").fetch_one(&mut *c).await
    })?)
}

/// Takes a sign-in that is under way: whoever comes second finds nothing.
pub(in super::super) async fn take_begun_in_tx(
    write: &mut Write,
    state_hash: &str,
    now: Timestamp,
) -> Result<Option<Begun>, DbError> {
    let row: Option<(String, String, String)> = on!(write.conn(), c => {
        sqlx::query_as(
            "DELETE FROM provider_sign_ins WHERE state_hash = $1 AND expires_at > $2 RETURNING nonce, verifier, next",
        )
        .bind(state_hash)
        .bind(now.us())
        .fetch_optional(&mut *c)
        .await
    })?;
    Ok(row.map(|(nonce, verifier, next)| Begun {
        next,
        secrets: SignInSecrets {
            state: Secret::new(String::new()),
            nonce: Secret::new(nonce),
            verifier: Secret::new(verifier),
        },
    }))
}

/// Forgets sign-ins that nobody came back from.
pub(in super::super) async fn forget_begun_in_tx(write: &mut Write, now: Timestamp) -> Result<(), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("DELETE FROM provider_sign_ins WHERE expires_at < $1")
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?)
}

/// Who of staff has this name at this provider.
pub(in super::super) async fn staff_of_subject(
    db: &Db,
    issuer: &str,
    subject: &str,
) -> Result<Option<StaffId>, DbError> {
    let found: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT staff FROM provider_subjects WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(p)
            .await
    })?;
    Ok(found.map(StaffId::from_raw))
}

/// Says who has this name at this provider; `false` when somebody has it already.
pub(in super::super) async fn bind_subject_in_tx(
    write: &mut Write,
    issuer: &str,
    subject: &str,
    staff: StaffId,
) -> Result<bool, DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO provider_subjects (issuer, subject, staff) VALUES ($1, $2, $3)
             ON CONFLICT (issuer, subject) DO NOTHING",
        )
        .bind(issuer)
        .bind(subject)
        .bind(staff.raw())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?)
}

/// Counts a search of `staff` and returns how many they made since `since`, this one included.
pub(in super::super) async fn count_search_in_tx(
    write: &mut Write,
    staff: StaffId,
    since: Timestamp,
    now: Timestamp,
) -> Result<i64, DbError> {
    let id = write.next_id();
    on!(write.conn(), c => {
        sqlx::query("INSERT INTO staff_searches (id, staff, at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(staff.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(on!(write.conn(), c => {
        sqlx::query_scalar("SELECT COUNT(*) FROM staff_searches WHERE staff = $1 AND at > $2")
            .bind(staff.raw())
            .bind(since.us())
            .fetch_one(&mut *c)
            .await
    })?)
}

/// Forgets searches of before `before`.
pub(in super::super) async fn forget_searches_in_tx(
    write: &mut Write,
    before: Timestamp,
) -> Result<(), DbError> {
    Ok(on!(write.conn(), c => {
        sqlx::query("DELETE FROM staff_searches WHERE at < $1").bind(before.us()).execute(&mut *c).await.map(drop)
    })?)
}
