//! Every SQL statement about passkeys, ceremonies and enrolment codes. What joins a transaction takes it first and ends in
//! `_in_tx`.

use super::model::{Ceremony, EndReason, Passkey, Person, Purpose};
use kernel::{DeviceId, SessionId, Timestamp};
use platform::access::Assurance;
use platform::db::{Db, DbError, Write};
use platform::on;
use webauthn_rs::prelude::{Credential as Internals, Passkey as Credential};

/// Passkeys read at once, at most; a person has fewer.
const READ_MAX: i64 = 100;

/// A passkey's row, with its name still sealed.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) passkey: Passkey,
    pub(super) sealed_name: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    person_kind: String,
    person: i64,
    credential: String,
    counter: i64,
    can_sync: i64,
    name: Option<Vec<u8>>,
    made_with: String,
    made_at: i64,
    made_assurance: i64,
    used_at: Option<i64>,
}

impl Row {
    /// `None` for a row that can't be read: it opens nothing.
    fn into_held(self) -> Option<Held> {
        let counter = u32::try_from(self.counter).ok()?;
        let passkey = Passkey {
            id: DeviceId::from_raw(self.id),
            person: Person::from_columns(&self.person_kind, self.person)?,
            credential: with_counter(serde_json::from_str(&self.credential).ok()?, counter),
            counter,
            can_sync: self.can_sync != 0,
            name: None,
            made_with: self.made_with,
            made_at: Timestamp::from_us(self.made_at),
            made_assurance: Assurance::from_level(self.made_assurance)?,
            used_at: self.used_at.map(Timestamp::from_us),
        };
        Some(Held { passkey, sealed_name: self.name })
    }
}

/// The credential with the counter of its column, which signatures under acts move alone.
fn with_counter(credential: Credential, counter: u32) -> Credential {
    let mut inside = Internals::from(credential);
    inside.counter = counter;
    inside.into()
}

macro_rules! live_passkeys {
    ($which:literal) => {
        concat!(
            "SELECT id, person_kind, person, credential, counter, can_sync, name, made_with, made_at, made_assurance,
                 used_at FROM passkeys WHERE ended_at IS NULL AND waiting = 0 AND ",
            $which
        )
    };
}

/// A person's passkeys that work, first made first.
pub(super) async fn passkeys_of(db: &Db, person: Person) -> Result<Vec<Held>, DbError> {
    let (kind, raw) = person.columns();
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(live_passkeys!("person_kind = $1 AND person = $2 ORDER BY id LIMIT $3"))
            .bind(kind)
            .bind(raw)
            .bind(READ_MAX)
            .fetch_all(p)
            .await
    })?;
    Ok(rows.into_iter().filter_map(Row::into_held).collect())
}

/// The passkey with this id, while it works.
pub(super) async fn passkey(db: &Db, id: DeviceId) -> Result<Option<Held>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(live_passkeys!("id = $1")).bind(id.raw()).fetch_optional(p).await
    })?;
    Ok(row.and_then(Row::into_held))
}

/// The passkey with this credential, while it works.
pub(super) async fn passkey_by_credential(db: &Db, hash: &str) -> Result<Option<Passkey>, DbError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(live_passkeys!("credential_hash = $1")).bind(hash).fetch_optional(p).await
    })?;
    Ok(row.and_then(Row::into_held).map(|held| held.passkey))
}

/// A passkey to be kept.
pub(super) struct NewPasskey<'a> {
    pub(super) passkey: &'a Passkey,
    pub(super) credential_hash: &'a str,
    pub(super) credential: &'a str,
    pub(super) sealed_name: Option<&'a [u8]>,
    /// Whether it opens nothing until its owner has signed for it.
    pub(super) waiting: bool,
}

/// Adds a passkey; says whether it was new, since a credential belongs to one person once and for all.
pub(super) async fn insert_passkey_in_tx(write: &mut Write, new: &NewPasskey<'_>) -> Result<bool, DbError> {
    let passkey = new.passkey;
    let (kind, raw) = passkey.person.columns();
    let added = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO passkeys (id, person_kind, person, credential_hash, credential, counter, can_sync, name,
                 made_with, made_at, made_assurance, waiting) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (credential_hash) DO NOTHING",
        )
        .bind(passkey.id.raw())
        .bind(kind)
        .bind(raw)
        .bind(new.credential_hash)
        .bind(new.credential)
        .bind(i64::from(passkey.counter))
        .bind(i64::from(passkey.can_sync))
        .bind(new.sealed_name)
        .bind(&passkey.made_with)
        .bind(passkey.made_at.us())
        .bind(i64::from(passkey.made_assurance.level()))
        .bind(i64::from(new.waiting))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(added == 1)
}

/// Lets a waiting passkey work; says whether it waited still, with this credential.
pub(super) async fn settle_in_tx(
    write: &mut Write,
    id: DeviceId,
    credential_hash: &str,
) -> Result<bool, DbError> {
    let settled = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE passkeys SET waiting = 0 WHERE id = $1 AND credential_hash = $2 AND waiting = 1 AND ended_at IS NULL",
        )
        .bind(id.raw())
        .bind(credential_hash)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(settled == 1)
}

/// Forgets passkeys that nobody signed for before `before`.
pub(super) async fn forget_waiting_in_tx(write: &mut Write, before: Timestamp) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM passkeys WHERE waiting = 1 AND made_at < $1")
            .bind(before.us())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Keeps what a use changed. Says whether it did: not when the passkey was ended meanwhile, nor when another answer
/// with the same or a later counter was first. A counter of zero is none.
pub(super) async fn use_passkey_in_tx(
    write: &mut Write,
    id: DeviceId,
    counter: u32,
    credential: Option<&str>,
    at: Timestamp,
) -> Result<bool, DbError> {
    let used = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE passkeys SET counter = $2, credential = COALESCE($3, credential), used_at = $4
             WHERE id = $1 AND ended_at IS NULL AND (counter < $2 OR (counter = 0 AND $2 = 0))",
        )
        .bind(id.raw())
        .bind(i64::from(counter))
        .bind(credential)
        .bind(at.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(used == 1)
}

pub(super) async fn rename_in_tx(
    write: &mut Write,
    id: DeviceId,
    sealed: Option<&[u8]>,
) -> Result<bool, DbError> {
    let renamed = on!(write.conn(), c => {
        sqlx::query("UPDATE passkeys SET name = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.raw())
            .bind(sealed)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(renamed == 1)
}

/// Ends a passkey; says whether it worked until now.
pub(super) async fn end_passkey_in_tx(
    write: &mut Write,
    id: DeviceId,
    why: EndReason,
    at: Timestamp,
) -> Result<bool, DbError> {
    let ended = on!(write.conn(), c => {
        sqlx::query("UPDATE passkeys SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.raw())
            .bind(at.us())
            .bind(why.word())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(ended == 1)
}

/// Ends all of a person's passkeys, also those that wait; which ones worked until now.
pub(super) async fn end_all_in_tx(
    write: &mut Write,
    person: Person,
    why: EndReason,
    at: Timestamp,
) -> Result<Vec<DeviceId>, DbError> {
    let (kind, raw) = person.columns();
    let ended: Vec<i64> = on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE passkeys SET ended_at = $3, end_reason = $4
             WHERE person_kind = $1 AND person = $2 AND ended_at IS NULL RETURNING id",
        )
        .bind(kind)
        .bind(raw)
        .bind(at.us())
        .bind(why.word())
        .fetch_all(&mut *c)
        .await
    })?;
    Ok(ended.into_iter().map(DeviceId::from_raw).collect())
}

/// Ends a person's passkeys that were made at `since` or later, but for `kept`; which ones.
pub(super) async fn end_made_since_in_tx(
    write: &mut Write,
    person: Person,
    (since, kept): (Timestamp, Option<DeviceId>),
    why: EndReason,
) -> Result<Vec<DeviceId>, DbError> {
    let (kind, raw) = person.columns();
    let now = write.now().us();
    let ended: Vec<i64> = on!(write.conn(), c => {
        sqlx::query_scalar(
            "UPDATE passkeys SET ended_at = $4, end_reason = $5
             WHERE person_kind = $1 AND person = $2 AND made_at >= $3 AND id <> $6 AND ended_at IS NULL
             RETURNING id",
        )
        .bind(kind)
        .bind(raw)
        .bind(since.us())
        .bind(now)
        .bind(why.word())
        .bind(kept.map_or(0, DeviceId::raw))
        .fetch_all(&mut *c)
        .await
    })?;
    Ok(ended.into_iter().map(DeviceId::from_raw).collect())
}

#[derive(sqlx::FromRow)]
struct CeremonyRow {
    person_kind: Option<String>,
    person: Option<i64>,
    session: Option<i64>,
    code_hash: Option<String>,
    state: String,
    expires_at: i64,
}

pub(super) async fn insert_ceremony_in_tx(
    write: &mut Write,
    token_hash: &str,
    ceremony: &Ceremony,
) -> Result<(), DbError> {
    let person = ceremony.person.map(Person::columns);
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO passkey_ceremonies (token_hash, purpose, person_kind, person, session, code_hash, state,
                 expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(token_hash)
        .bind(ceremony.purpose.word())
        .bind(person.map(|(kind, _)| kind))
        .bind(person.map(|(_, raw)| raw))
        .bind(ceremony.session.map(SessionId::raw))
        .bind(&ceremony.code_hash)
        .bind(&ceremony.state)
        .bind(ceremony.expires_at.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// A ceremony that was begun for this purpose and waits for its answer.
pub(super) async fn ceremony(
    db: &Db,
    token_hash: &str,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Ceremony>, DbError> {
    let row: Option<CeremonyRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT person_kind, person, session, code_hash, state, expires_at FROM passkey_ceremonies
             WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3",
        )
        .bind(token_hash)
        .bind(purpose.word())
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    Ok(row.map(|row| Ceremony {
        purpose,
        person: row
            .person_kind
            .as_deref()
            .zip(row.person)
            .and_then(|(kind, raw)| Person::from_columns(kind, raw)),
        session: row.session.map(SessionId::from_raw),
        code_hash: row.code_hash,
        state: row.state,
        expires_at: Timestamp::from_us(row.expires_at),
    }))
}

/// Uses a ceremony up; says whether it was there. Of two who answer at once, one hears yes.
pub(super) async fn use_ceremony_in_tx(write: &mut Write, token_hash: &str) -> Result<bool, DbError> {
    let used = on!(write.conn(), c => {
        sqlx::query("DELETE FROM passkey_ceremonies WHERE token_hash = $1")
            .bind(token_hash)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(used == 1)
}

/// Writes down that a question to anybody was answered; says whether this was the first answer.
pub(super) async fn answered_in_tx(
    write: &mut Write,
    token_hash: &str,
    expires_at: Timestamp,
) -> Result<bool, DbError> {
    let first = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO passkey_answers (token_hash, expires_at) VALUES ($1, $2) ON CONFLICT (token_hash) DO NOTHING",
        )
        .bind(token_hash)
        .bind(expires_at.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(first == 1)
}

/// A code to be kept.
pub(super) struct NewCode<'a> {
    pub(super) code_hash: &'a str,
    pub(super) person: Person,
    pub(super) made_by: &'a str,
    pub(super) made_at: Timestamp,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

pub(super) async fn insert_code_in_tx(write: &mut Write, new: &NewCode<'_>) -> Result<(), DbError> {
    let (kind, raw) = new.person.columns();
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO enrolment_codes (code_hash, person_kind, person, made_by, made_at, valid_from, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(new.code_hash)
        .bind(kind)
        .bind(raw)
        .bind(new.made_by)
        .bind(new.made_at.us())
        .bind(new.from.us())
        .bind(new.until.us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Withdraws every unused code of a person; how many there were.
pub(super) async fn withdraw_codes_in_tx(
    write: &mut Write,
    person: Person,
    at: Timestamp,
) -> Result<u64, DbError> {
    let (kind, raw) = person.columns();
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE enrolment_codes SET withdrawn_at = $3
             WHERE person_kind = $1 AND person = $2 AND used_at IS NULL AND withdrawn_at IS NULL",
        )
        .bind(kind)
        .bind(raw)
        .bind(at.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
        .map_err(DbError::from)
    })
}

/// Whose code this is, while it works.
pub(super) async fn owner_of_code(
    db: &Db,
    code_hash: &str,
    now: Timestamp,
) -> Result<Option<Person>, DbError> {
    let row: Option<(String, i64)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT person_kind, person FROM enrolment_codes
             WHERE code_hash = $1 AND used_at IS NULL AND withdrawn_at IS NULL AND valid_from <= $2 AND expires_at > $2",
        )
        .bind(code_hash)
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    Ok(row.and_then(|(kind, raw)| Person::from_columns(&kind, raw)))
}

/// Uses a code up; says whether it still worked.
pub(super) async fn use_code_in_tx(
    write: &mut Write,
    code_hash: &str,
    at: Timestamp,
) -> Result<bool, DbError> {
    let used = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE enrolment_codes SET used_at = $2
             WHERE code_hash = $1 AND used_at IS NULL AND withdrawn_at IS NULL AND valid_from <= $2 AND expires_at > $2",
        )
        .bind(code_hash)
        .bind(at.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(used == 1)
}

/// Whether a person has had no passkey yet and no code but the one that they use now.
pub(super) async fn is_first_in_tx(write: &mut Write, person: Person) -> Result<bool, DbError> {
    let (kind, raw) = person.columns();
    let (passkeys, codes): (i64, i64) = on!(write.conn(), c => {
        sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM passkeys WHERE person_kind = $1 AND person = $2),
                    (SELECT COUNT(*) FROM enrolment_codes WHERE person_kind = $1 AND person = $2)",
        )
        .bind(kind)
        .bind(raw)
        .fetch_one(&mut *c)
        .await
    })?;
    Ok(passkeys == 0 && codes <= 1)
}

/// Whether somebody with this role has a passkey that works.
pub(super) async fn any_of_role(db: &Db, role: &str) -> Result<bool, DbError> {
    let found: Option<(i64,)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT p.id FROM passkeys p JOIN staff s ON p.person_kind = 'staff' AND s.id = p.person
             WHERE s.role = $1 AND s.disabled_at IS NULL AND p.ended_at IS NULL LIMIT 1",
        )
        .bind(role)
        .fetch_optional(p)
        .await
    })?;
    Ok(found.is_some())
}

/// Forgets ceremonies, answers, codes and passkeys that ended before these moments.
pub(super) async fn sweep_in_tx(
    write: &mut Write,
    ceremonies: Timestamp,
    answers: Timestamp,
    codes: Timestamp,
    passkeys: Timestamp,
) -> Result<(), DbError> {
    for (text, before) in [
        ("DELETE FROM passkey_ceremonies WHERE expires_at < $1", ceremonies),
        ("DELETE FROM passkey_answers WHERE expires_at < $1", answers),
        ("DELETE FROM enrolment_codes WHERE expires_at < $1", codes),
        ("DELETE FROM passkeys WHERE ended_at < $1", passkeys),
    ] {
        on!(write.conn(), c => sqlx::query(text).bind(before.us()).execute(&mut *c).await.map(drop))?;
    }
    Ok(())
}
