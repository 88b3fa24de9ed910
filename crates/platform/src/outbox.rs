//! Events on their way out: written in the transaction of the change, handed on after it, at least once.
//!
//! The relay takes rows that are not marked (never ids above the last one: an id is taken before its
//! transaction commits) in the order of ids, gives each to the consumers that asked for its topic, and
//! marks it when all have taken it. A consumer must therefore bear seeing an event twice.

use crate::{
    db::{Db, DbError, Housekeeping, Write},
    on,
};
use kernel::Timestamp;
use std::{future::Future, pin::Pin, sync::Arc};

/// Events taken in one round.
const ROUND_EVENTS_MAX: i64 = 200;

/// Something that happened, for others to react to.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened, such as `cards.card.frozen`.
    pub topic: &'static str,
    /// The id of the thing: events of one thing keep their order.
    pub object: String,
    /// What a consumer needs to know. No secrets.
    pub body: serde_json::Value,
}

/// An event as it is handed on.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event's id; the same at every attempt.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub topic: String,
    /// The thing it happened to.
    pub object: String,
    /// See [`Event::body`].
    pub body: serde_json::Value,
}

/// What a consumer's work comes to.
pub type Taken = Pin<Box<dyn Future<Output = Result<(), DbError>> + Send>>;

/// One that reacts to events.
#[derive(Clone)]
pub struct Consumer {
    /// The topic it wants.
    pub topic: &'static str,
    /// Its reaction; must bear repetition.
    pub take: Arc<dyn Fn(Delivery) -> Taken + Send + Sync>,
}

/// The statement that stores an event; the engine runs it on its own connection.
pub const INSERT: &str = "INSERT INTO outbox (id, at, topic, object, body) VALUES ($1, $2, $3, $4, $5)";

pub(crate) async fn insert_in_tx(
    write: &mut Write,
    id: i64,
    at: Timestamp,
    event: &Event,
) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(INSERT)
            .bind(id)
            .bind(at.us())
            .bind(event.topic)
            .bind(&event.object)
            .bind(event.body.to_string())
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Hands on what is waiting; returns how many events were taken by all their consumers.
pub async fn relay(db: &Db, consumers: &[Consumer]) -> Result<usize, DbError> {
    let rows: Vec<(i64, i64, String, String, String)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, at, topic, object, body FROM outbox WHERE relayed_at IS NULL ORDER BY id LIMIT $1",
        )
        .bind(ROUND_EVENTS_MAX)
        .fetch_all(p)
        .await
    })?;
    let mut taken = Vec::with_capacity(rows.len());
    for (id, at, topic, object, body) in rows {
        let body = serde_json::from_str(&body).unwrap_or(serde_json::Value::Null);
        let delivery = Delivery { id, at: Timestamp::from_us(at), topic, object, body };
        for consumer in consumers.iter().filter(|consumer| consumer.topic == delivery.topic) {
            (consumer.take)(delivery.clone()).await?;
        }
        taken.push(id);
    }
    mark(db, &taken).await?;
    Ok(taken.len())
}

async fn mark(db: &Db, ids: &[i64]) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    let now = db.clock().now().us();
    let mut write = db.write().await?;
    for id in ids {
        on!(write.conn(), c => {
            sqlx::query("UPDATE outbox SET relayed_at = $2 WHERE id = $1")
                .bind(*id)
                .bind(now)
                .execute(&mut *c)
                .await
                .map(drop)
        })?;
    }
    write.housekeeping(Housekeeping::Outbox).await
}
