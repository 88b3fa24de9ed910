//! What happens to sessions after they were opened: they rise, are looked at by their owner, and are ended together.
//!
//! A rise changes the token: whoever had the old one (a thief, a browser that was left open) does not rise with it.
//! Old token and new level change in one statement, so there is no moment in which both tokens open the session.

use super::session::{find_by_id_in_tx, person_columns};
use super::{Assurance, Opened, Token};
use crate::db::{Db, DbError, Write};
use crate::on;
use kernel::{Actor, DeviceId, Random, SessionId, Timestamp};

/// Sessions of one person that are listed at most.
const LISTED_MAX: i64 = 50;

/// What a session is worth from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raise {
    /// For the rest of its life. A session does not fall below what it had.
    pub lasting: Assurance,
    /// Beyond that, for a time.
    pub to: Assurance,
    /// Until when.
    pub until: Timestamp,
    /// The device that took part in the proof; one that is known stays where this is `None`.
    pub device: Option<DeviceId>,
}

/// Raises a live session and gives it a new token; the old one is dead when this is committed. `None` when the session
/// has ended meanwhile.
pub async fn raise_session_in_tx(
    write: &mut Write,
    random: &dyn Random,
    id: SessionId,
    raise: Raise,
) -> Result<Option<Opened>, DbError> {
    let token = Token::create(random);
    let now = write.now();
    let lasting = i64::from(raise.lasting.level());
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE sessions SET token_hash = $2, seen_at = CASE WHEN seen_at > $3 THEN seen_at ELSE $3 END,
                 assurance = CASE WHEN assurance > $4 THEN assurance ELSE $4 END,
                 raised = $5, raised_until = $6, device = COALESCE($7, device)
             WHERE id = $1 AND ended_at IS NULL AND ends_at > $3 AND seen_at + idle_us > $3",
        )
        .bind(id.raw())
        .bind(token.hash().as_str())
        .bind(now.us())
        .bind(lasting)
        .bind(i64::from(raise.to.level()))
        .bind(raise.until.us())
        .bind(raise.device.map(DeviceId::raw))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Ok(None);
    }
    let session = find_by_id_in_tx(write, id).await?;
    Ok(session.map(|session| Opened { token, session }))
}

/// Gives a live session a new token and nothing else: after a change of its owner's proofs, whoever had the old token is
/// out. `None` when the session has ended meanwhile.
pub async fn renew_session_in_tx(
    write: &mut Write,
    random: &dyn Random,
    id: SessionId,
) -> Result<Option<Opened>, DbError> {
    let token = Token::create(random);
    let now = write.now().us();
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE sessions SET token_hash = $2
             WHERE id = $1 AND ended_at IS NULL AND ends_at > $3 AND seen_at + idle_us > $3",
        )
        .bind(id.raw())
        .bind(token.hash().as_str())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Ok(None);
    }
    let session = find_by_id_in_tx(write, id).await?;
    Ok(session.map(|session| Opened { token, session }))
}

/// Whether a person had a session in this browser in the last 30 days, as long as sessions are kept; a browser that says
/// no name is one of its own.
pub async fn knows_browser(db: &Db, actor: Actor, agent: Option<&str>) -> Result<bool, DbError> {
    let Some((kind, person)) = person_columns(actor) else { return Ok(false) };
    let found: Option<(i64,)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id FROM sessions WHERE person_kind = $1 AND person = $2 AND COALESCE(agent, '') = $3 LIMIT 1",
        )
        .bind(kind)
        .bind(person)
        .bind(agent.unwrap_or_default())
        .fetch_optional(p)
        .await
    })?;
    Ok(found.is_some())
}

/// A live session as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeen {
    /// Its id.
    pub id: SessionId,
    /// The device that took part in its proofs.
    pub device: Option<DeviceId>,
    /// The browser in words, such as `Chrome · Android`.
    pub agent: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When its use was last written down; up to a minute late.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// The live sessions of a person, newest first; at most 50.
pub async fn sessions_of(db: &Db, actor: Actor) -> Result<Vec<SessionSeen>, DbError> {
    let Some((kind, person)) = person_columns(actor) else { return Ok(Vec::new()) };
    let now = db.clock().now().us();
    type Row = (i64, Option<i64>, Option<String>, i64, i64, i64);
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, device, agent, created_at, seen_at, ends_at FROM sessions
             WHERE person_kind = $1 AND person = $2 AND ended_at IS NULL AND ends_at > $3 AND seen_at + idle_us > $3
             ORDER BY id DESC LIMIT $4",
        )
        .bind(kind)
        .bind(person)
        .bind(now)
        .bind(LISTED_MAX)
        .fetch_all(p)
        .await
    })?;
    let seen = |(id, device, agent, created_at, seen_at, ends_at): Row| SessionSeen {
        id: SessionId::from_raw(id),
        device: device.map(DeviceId::from_raw),
        agent,
        created_at: Timestamp::from_us(created_at),
        seen_at: Timestamp::from_us(seen_at),
        ends_at: Timestamp::from_us(ends_at),
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// Ends all sessions of a person, but for the one that they keep; returns how many. The caller commits with the entry
/// of what it was done for.
pub async fn end_sessions_of_in_tx(
    write: &mut Write,
    actor: Actor,
    except: Option<SessionId>,
) -> Result<u64, DbError> {
    let Some((kind, person)) = person_columns(actor) else { return Ok(0) };
    let now = write.now().us();
    Ok(on!(write.conn(), c => {
        sqlx::query(
            "UPDATE sessions SET ended_at = $3 WHERE person_kind = $1 AND person = $2 AND ended_at IS NULL AND id <> $4",
        )
        .bind(kind)
        .bind(person)
        .bind(now)
        .bind(except.map_or(0, SessionId::raw))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?)
}

/// Ends one session of a person; somebody else's is none of theirs. Says whether it changed anything.
pub async fn end_session_of_in_tx(write: &mut Write, actor: Actor, id: SessionId) -> Result<bool, DbError> {
    let Some((kind, person)) = person_columns(actor) else { return Ok(false) };
    let now = write.now().us();
    let ended = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE sessions SET ended_at = $4 WHERE id = $3 AND person_kind = $1 AND person = $2 AND ended_at IS NULL",
        )
        .bind(kind)
        .bind(person)
        .bind(id.raw())
        .bind(now)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(ended > 0)
}
