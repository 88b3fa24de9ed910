//! One-use sign-in links, for demos.
//!
//! A demo prints them so that anybody can look around without enrolling a device. The link holds a
//! token; the table holds its hash, whose it is and until when. Redeeming marks it used and opens the
//! session, the mark first: of two who redeem at once, one gets a session. A demo's sign-in page also
//! offers its people by name, for a session there ends as early as any. Outside a demo all of this is
//! refused here, not only on the page.

use super::session::{person_actor, person_columns};
use super::{Assurance, NewSession, Opened, Role, Token, open_session};
use crate::app::App;
use crate::config::Environment;
use crate::db::{Db, DbError};
use crate::{audit, on};
use kernel::{Actor, Channel, DAY_US, Masked};

/// How long a link waits to be used, microseconds.
pub const LINK_LIFE_US: i64 = 30 * DAY_US;

/// People offered on the sign-in page, at most.
const DEMO_PEOPLE_MAX: i64 = 20;

#[derive(sqlx::FromRow)]
struct Used {
    person_kind: String,
    person: i64,
    role: String,
}

/// Somebody whom a visitor of a demo can be.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// Who.
    pub actor: Actor,
    /// What they are.
    pub role: Role,
    /// Their name.
    pub name: Masked,
}

/// Makes a link for `actor`, called `name`; `None` outside a demo, and for an actor who is no person. The address is
/// `/sign-in/link/` and the token.
pub async fn new_sign_in_link(
    app: &App,
    actor: Actor,
    role: Role,
    name: &Masked,
) -> Result<Option<Token>, DbError> {
    let (Environment::Demo, Some((kind, person))) = (app.config.environment, person_columns(actor)) else {
        return Ok(None);
    };
    let token = Token::create(&*app.random);
    let now = app.db.clock().now();
    let mut write = app.db.write().await?;
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO sign_in_links (token_hash, person_kind, person, role, name, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(token.hash().as_str())
        .bind(kind)
        .bind(person)
        .bind(role.word())
        .bind(name.reveal())
        .bind(now.us())
        .bind(now.plus_us(LINK_LIFE_US).us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    write
        .commit(audit::Entry::new(Actor::System, Channel::Console, "access.link.made").subject(actor))
        .await?;
    Ok(Some(token))
}

/// Uses a link up and opens the session it stands for; `None` when it is unknown, used, too old, or
/// this is no demo. Assurance is 2: a demo's visitor stands for somebody who has proved enough to look.
pub async fn redeem_sign_in_link(app: &App, token: &Token) -> Result<Option<Opened>, DbError> {
    if app.config.environment != Environment::Demo {
        return Ok(None);
    }
    let Some(used) = use_up(&app.db, token).await? else { return Ok(None) };
    let (Some(actor), Some(role)) =
        (person_actor(&used.person_kind, used.person), Role::from_word(&used.role))
    else {
        return Ok(None);
    };
    open_session(&app.db, &*app.random, NewSession::new(actor, role, Assurance::TWO)).await
}

/// The people of a demo: everybody who was given a link, in the order of their first one.
pub async fn demo_people(app: &App) -> Result<Vec<DemoPerson>, DbError> {
    if app.config.environment != Environment::Demo {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i64, String, String)> = on!(app.db.pool(), p => {
        sqlx::query_as(
            "SELECT person_kind, person, role, MIN(name) FROM sign_in_links
             GROUP BY person_kind, person, role ORDER BY MIN(created_at), person LIMIT $1",
        )
        .bind(DEMO_PEOPLE_MAX)
        .fetch_all(p)
        .await
    })?;
    let person = |(kind, person, role, name): (String, i64, String, String)| {
        let (actor, role) = (person_actor(&kind, person)?, Role::from_word(&role)?);
        Some(DemoPerson { actor, role, name: Masked::new(name) })
    };
    Ok(rows.into_iter().filter_map(person).collect())
}

/// Opens a session for one of the [`demo_people`]: how a visitor gets back in after the idle time, or
/// becomes somebody else. `None` for anybody who is none of them, and outside a demo.
pub async fn sign_in_as(app: &App, who: &str) -> Result<Option<Opened>, DbError> {
    let people = demo_people(app).await?;
    let Some(person) = people.into_iter().find(|person| person.actor.to_string() == who) else {
        return Ok(None);
    };
    let new = NewSession::new(person.actor, person.role, Assurance::TWO);
    open_session(&app.db, &*app.random, new).await
}

async fn use_up(db: &Db, token: &Token) -> Result<Option<Used>, DbError> {
    let now = db.clock().now().us();
    let mut write = db.write().await?;
    let used: Option<Used> = on!(write.conn(), c => {
        sqlx::query_as(
            "UPDATE sign_in_links SET used_at = $2
             WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
             RETURNING person_kind, person, role",
        )
        .bind(token.hash().as_str())
        .bind(now)
        .fetch_optional(&mut *c)
        .await
    })?;
    let Some(person) = used else {
        write.rollback().await?;
        return Ok(None);
    };
    let Some(actor) = person_actor(&person.person_kind, person.person) else {
        write.rollback().await?;
        return Ok(None);
    };
    let channel = super::session::person_channel(actor);
    write.commit(audit::Entry::new(actor, channel, "access.link.used")).await?;
    Ok(Some(person))
}
