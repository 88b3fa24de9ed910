//! Who did what, to what, when: one entry in the transaction of each change.
//!
//! An entry is stored as the exact text that was hashed, with its leaf hash as RFC 6962 defines it
//! (SHA-256 over a zero byte and the text). Entries get no position when they are written: ids are taken
//! before a commit, so their order is not the order of commits. One integrator later takes rows whose
//! `position` is empty and orders them; it never asks for ids above the last one.
//!
//! A batch of authorizations is one row: the leaf hashes of its decisions, one behind the other, beside
//! the ids of the decisions they cover.

use crate::db::{DbError, Write};
use crate::on;
use kernel::{Actor, Channel, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A leaf hash: SHA-256.
pub type LeafHash = [u8; 32];

/// What an actor did.
#[derive(Debug, Clone)]
pub struct Entry {
    actor: Actor,
    channel: Channel,
    act: &'static str,
    subject: Option<String>,
    detail: Value,
}

/// An entry with its id, time and hash: ready to be stored.
#[derive(Debug, Clone)]
pub struct Stamped {
    /// The row's id.
    pub id: i64,
    /// When, microseconds.
    pub at: i64,
    /// Who, as text.
    pub actor: String,
    /// What, such as `cards.card.frozen`.
    pub act: &'static str,
    /// To what.
    pub subject: Option<String>,
    /// The text that was hashed.
    pub body: String,
    /// Its leaf hash.
    pub leaf: LeafHash,
}

impl Entry {
    /// `actor` did `act` (feature, noun, verb in the past: `cards.card.frozen`) over `channel`.
    pub fn new(actor: Actor, channel: Channel, act: &'static str) -> Self {
        Self { actor, channel, act, subject: None, detail: Value::Null }
    }

    /// What it was done to: the id of one thing.
    #[must_use]
    pub fn subject(mut self, id: impl std::fmt::Display) -> Self {
        self.subject = Some(id.to_string());
        self
    }

    /// Facts that the sentence needs. No secrets and no personal text: ids, enums and amounts.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Gives the entry its identity and hash.
    pub fn stamp(self, id: i64, at: Timestamp) -> Stamped {
        let body = json!({
            "id": id, "at": at.us(), "actor": self.actor.to_string(), "channel": self.channel,
            "act": self.act, "subject": self.subject, "detail": self.detail,
        })
        .to_string();
        Stamped {
            id,
            at: at.us(),
            actor: self.actor.to_string(),
            act: self.act,
            subject: self.subject,
            leaf: leaf_hash(body.as_bytes()),
            body,
        }
    }
}

/// The leaf hash of RFC 6962, section 2.1: SHA-256 over a zero byte and `data`.
pub fn leaf_hash(data: &[u8]) -> LeafHash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(data);
    hash.finalize().into()
}

/// The statement that stores an entry; the engine runs it on its own connection.
pub const INSERT: &str = "INSERT INTO audit_entries (id, at, actor, act, subject, body, leaves, refs)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

pub(crate) async fn insert_in_tx(write: &mut Write, entry: &Stamped) -> Result<(), DbError> {
    on!(write.conn(), c => {
        sqlx::query(INSERT)
            .bind(entry.id)
            .bind(entry.at)
            .bind(&entry.actor)
            .bind(entry.act)
            .bind(&entry.subject)
            .bind(&entry.body)
            .bind(&entry.leaf[..])
            .bind(None::<Vec<u8>>)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    Ok(())
}
