//! Sessions of people, in a table of our own.
//!
//! A session ends by idle time (5 minutes for cardholders, 15 for staff), by absolute time (12 hours),
//! by sign-out, and, for staff, when they are disabled. Using it renews the idle time, written at most
//! once a minute and off the answer's path, so the idle time that a person meets is up to a minute
//! shorter. Role and standing of staff are read with each use: taking a role away holds at once.
//!
//! A session has a level for its life and may have a higher one until a moment; what counts is worked out with each use.
//! A clock that is set back brings nothing to life that had ended when the session was last used.

use super::{Assurance, Role, Token};
use crate::db::{Db, DbError, Housekeeping, Write};
use crate::i18n::Locale;
use crate::{audit, on};
use kernel::{
    Actor, Channel, CustomerId, DAY_US, DeviceId, HOUR_US, MINUTE_US, Random, SessionId, StaffId, Timestamp,
};

/// Idle time of a cardholder's session, microseconds.
const IDLE_CARDHOLDER_US: i64 = 5 * MINUTE_US;
/// Idle time of a session at the desk, microseconds.
const IDLE_STAFF_US: i64 = 15 * MINUTE_US;
/// Longest life of any session, microseconds.
pub const ABSOLUTE_US: i64 = 12 * HOUR_US;
/// Use is written down at most this often, microseconds.
const TOUCH_US: i64 = MINUTE_US;
/// Ended sessions are kept this long, microseconds.
const KEPT_US: i64 = 30 * DAY_US;

/// Who to open a session for.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// A cardholder or a member of staff; nobody else has sessions.
    pub actor: Actor,
    /// What they are.
    pub role: Role,
    /// What they have proved, for the life of the session.
    pub assurance: Assurance,
    /// The device that took part in the proof.
    pub device: Option<DeviceId>,
    /// The browser in words: see [`agent_words`](super::agent_words).
    pub agent: Option<String>,
}

impl NewSession {
    /// Without a device and without a browser's name.
    pub const fn new(actor: Actor, role: Role, assurance: Assurance) -> Self {
        Self { actor, role, assurance, device: None, agent: None }
    }
}

/// A session that is live now.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub actor: Actor,
    /// Their role now.
    pub role: Role,
    /// What it is worth at the moment at which it was found.
    pub assurance: Assurance,
    /// The device that took part in its proofs.
    pub device: Option<DeviceId>,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// When its use was last written down.
    pub seen_at: Timestamp,
    /// The language that staff have set for themselves.
    pub locale: Option<Locale>,
}

/// A session that was just opened, with the only copy of its token.
#[derive(Clone, Debug)]
pub struct Opened {
    /// For the cookie.
    pub token: Token,
    /// The session.
    pub session: Session,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    person_kind: String,
    person: i64,
    role: String,
    assurance: i64,
    raised: i64,
    raised_until: i64,
    device: Option<i64>,
    seen_at: i64,
    ends_at: i64,
    locale: Option<String>,
}

impl Row {
    /// As it is at `now`; what had ended at its last use has ended, whatever the clock says.
    fn into_session(self, now: Timestamp) -> Option<Session> {
        let raised = self.raised_until > now.us().max(self.seen_at);
        let level = if raised { self.assurance.max(self.raised) } else { self.assurance };
        Some(Session {
            id: SessionId::from_raw(self.id),
            actor: person_actor(&self.person_kind, self.person)?,
            role: Role::from_word(&self.role)?,
            assurance: Assurance::from_level(level)?,
            device: self.device.map(DeviceId::from_raw),
            ends_at: Timestamp::from_us(self.ends_at),
            seen_at: Timestamp::from_us(self.seen_at),
            locale: self.locale.as_deref().and_then(Locale::from_tag),
        })
    }
}

/// The two columns that say who a person is, in every table that has them; `None` for an actor who is no person.
pub fn person_columns(actor: Actor) -> Option<(&'static str, i64)> {
    match actor {
        Actor::Cardholder(id) => Some(("cardholder", id.raw())),
        Actor::Staff(id) => Some(("staff", id.raw())),
        Actor::ApiKey(_) | Actor::Network | Actor::System | Actor::Nobody => None,
    }
}

/// The person of two such columns.
pub fn person_actor(kind: &str, person: i64) -> Option<Actor> {
    match kind {
        "cardholder" => Some(Actor::Cardholder(CustomerId::from_raw(person))),
        "staff" => Some(Actor::Staff(StaffId::from_raw(person))),
        _ => None,
    }
}

pub(super) fn person_channel(actor: Actor) -> Channel {
    if matches!(actor, Actor::Staff(_)) { Channel::Desk } else { Channel::App }
}

/// Opens a session; `None` for an actor who is no person.
pub async fn open_session(db: &Db, random: &dyn Random, new: NewSession) -> Result<Option<Opened>, DbError> {
    let mut write = db.write().await?;
    match open_session_in_tx(&mut write, random, new).await? {
        Some((opened, entry)) => {
            write.commit(entry).await?;
            Ok(Some(opened))
        }
        None => {
            write.rollback().await?;
            Ok(None)
        }
    }
}

/// Opens a session in a transaction that does more, and gives the entry to commit it with; `None` for an actor who is no
/// person.
pub async fn open_session_in_tx(
    write: &mut Write,
    random: &dyn Random,
    new: NewSession,
) -> Result<Option<(Opened, audit::Entry)>, DbError> {
    let Some((kind, person)) = person_columns(new.actor) else { return Ok(None) };
    let now = write.now();
    let token = Token::create(random);
    let idle = if new.role.is_staff() { IDLE_STAFF_US } else { IDLE_CARDHOLDER_US };
    let id = SessionId::from_raw(write.next_id());
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO sessions (id, token_hash, person_kind, person, role, assurance, created_at, seen_at,
                 idle_us, ends_at, device, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11)",
        )
        .bind(id.raw())
        .bind(token.hash().as_str())
        .bind(kind)
        .bind(person)
        .bind(new.role.word())
        .bind(i64::from(new.assurance.level()))
        .bind(now.us())
        .bind(idle)
        .bind(now.plus_us(ABSOLUTE_US).us())
        .bind(new.device.map(DeviceId::raw))
        .bind(&new.agent)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    let entry = audit::Entry::new(new.actor, person_channel(new.actor), "access.session.opened")
        .origin(Some(audit::Origin::Session(id)))
        .subject(id)
        .detail(serde_json::json!({ "assurance": new.assurance.level(), "device": new.device }));
    let session = Session {
        id,
        actor: new.actor,
        role: new.role,
        assurance: new.assurance,
        device: new.device,
        ends_at: now.plus_us(ABSOLUTE_US),
        seen_at: now,
        locale: None,
    };
    Ok(Some((Opened { token, session }, entry)))
}

macro_rules! live_session {
    ($which:literal) => {
        concat!(
            "SELECT s.id, s.person_kind, s.person, COALESCE(t.role, s.role) AS role, s.assurance, s.raised, s.raised_until,
                s.device, s.seen_at, s.ends_at, t.locale
             FROM sessions s LEFT JOIN staff t ON s.person_kind = 'staff' AND t.id = s.person
             WHERE s.ended_at IS NULL AND s.ends_at > $1 AND s.seen_at + s.idle_us > $1
               AND (s.person_kind <> 'staff' OR (t.id IS NOT NULL AND t.disabled_at IS NULL)) AND ",
            $which
        )
    };
}

/// The live session that this token opens.
pub async fn find_session(db: &Db, token: &Token) -> Result<Option<Session>, DbError> {
    let now = db.clock().now();
    let hash = token.hash();
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(live_session!("s.token_hash = $2")).bind(now.us()).bind(hash.as_str()).fetch_optional(p).await
    })?;
    Ok(row.and_then(|row| row.into_session(now)))
}

/// A live session, inside the transaction that has changed it.
pub(super) async fn find_by_id_in_tx(write: &mut Write, id: SessionId) -> Result<Option<Session>, DbError> {
    let now = write.now();
    let row: Option<Row> = on!(write.conn(), c => {
        sqlx::query_as(live_session!("s.id = $2")).bind(now.us()).bind(id.raw()).fetch_optional(&mut *c).await
    })?;
    Ok(row.and_then(|row| row.into_session(now)))
}

/// Whether this session is live still; asking does not extend it.
pub async fn is_live(db: &Db, id: SessionId) -> Result<bool, DbError> {
    let now = db.clock().now();
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(live_session!("s.id = $2")).bind(now.us()).bind(id.raw()).fetch_optional(p).await
    })?;
    Ok(row.is_some())
}

/// Writes down that the session was used, when the last time is a minute ago; says whether it wrote.
pub async fn touch_session(db: &Db, session: &Session) -> Result<bool, DbError> {
    let now = db.clock().now();
    if now.since_us(session.seen_at) < TOUCH_US {
        return Ok(false);
    }
    let mut write = db.write().await?;
    let touched = on!(write.conn(), c => {
        sqlx::query("UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at <= $3 AND ended_at IS NULL")
            .bind(session.id.raw())
            .bind(now.us())
            .bind(now.us() - TOUCH_US)
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    write.housekeeping(Housekeeping::SessionTouch).await?;
    Ok(touched > 0)
}

/// Ends a session: signing out. Ending it again changes nothing and is not written down twice.
pub async fn close_session(db: &Db, id: SessionId, by: Actor) -> Result<(), DbError> {
    let mut write = db.write().await?;
    let now = db.clock().now();
    let ended = on!(write.conn(), c => {
        sqlx::query("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    if ended == 0 {
        return write.rollback().await;
    }
    let entry = audit::Entry::new(by, person_channel(by), "access.session.closed")
        .origin(Some(audit::Origin::Session(id)))
        .subject(id);
    write.commit(entry).await
}

/// Marks sessions whose time is over as ended, once a minute, so that no clock that is set back revives one.
///
/// # Errors
/// The database failed.
pub async fn end_sessions_that_are_over(db: &Db) -> Result<(), DbError> {
    let now = db.clock().now().us();
    let first: Option<(i64,)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id FROM sessions WHERE ended_at IS NULL AND (ends_at <= $1 OR seen_at + idle_us <= $1) LIMIT 1",
        )
        .bind(now)
        .fetch_optional(p)
        .await
    })?;
    if first.is_none() {
        return Ok(());
    }
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query(
            "UPDATE sessions SET ended_at = $1
             WHERE ended_at IS NULL AND (ends_at <= $1 OR seen_at + idle_us <= $1)",
        )
        .bind(now)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    write.housekeeping(Housekeeping::SessionTouch).await
}

/// Forgets sessions and sign-in links that ended long ago.
pub async fn sweep_sessions(db: &Db) -> Result<(), DbError> {
    let now = db.clock().now().us();
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM sessions WHERE ends_at < $1").bind(now - KEPT_US).execute(&mut *c).await.map(drop)
    })?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM sign_in_links WHERE expires_at < $1").bind(now - DAY_US).execute(&mut *c).await.map(drop)
    })?;
    write.housekeeping(Housekeeping::SessionTouch).await
}
