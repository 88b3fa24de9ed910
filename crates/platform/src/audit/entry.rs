//! What one entry says, and its form as hashed text.
//!
//! An entry has the fields that PCI DSS 4.0.1 asks for (10.2.2): who, what, when, whether it went well, from where,
//! and to what; and beside them whose data it concerns, so that a person can be told who looked. Actor, act, subject,
//! channel, outcome, origin and concerns are ids and words, never personal text, so they can be searched in clear.
//! What a person typed goes into [`Entry::sealed`], under the key of the person it is about: the hash covers the
//! sealed bytes, so destroying the key takes the words away and leaves every proof valid.

use super::{LeafHash, Origin, leaf_hash};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Actor, Channel, Timestamp};
use serde_json::{Value, json};

/// Whether what was asked was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, or shown.
    #[default]
    Done,
    /// It was refused, and nothing was shown.
    Refused,
}

impl Outcome {
    /// The word in the column and in the text.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The outcome with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Done, Self::Refused].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// What an actor did.
#[derive(Debug, Clone)]
pub struct Entry {
    id: Option<i64>,
    actor: Actor,
    channel: Channel,
    origin: Option<Origin>,
    act: &'static str,
    subject: Option<String>,
    concerns: Vec<String>,
    outcome: Outcome,
    detail: Value,
    sealed: Option<Vec<u8>>,
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
    /// Over which channel.
    pub channel: &'static str,
    /// From where: a session or a key of the API.
    pub origin: Option<String>,
    /// What, such as `cards.card.frozen`.
    pub act: &'static str,
    /// To what.
    pub subject: Option<String>,
    /// Whether it was done.
    pub outcome: &'static str,
    /// Whose data it concerns: ids of customers and accounts.
    pub concerns: Vec<String>,
    /// The text that was hashed.
    pub body: String,
    /// Its leaf hash.
    pub leaf: LeafHash,
}

impl Entry {
    /// `actor` did `act` (feature, noun, verb in the past: `cards.card.frozen`) over `channel`. Inside of a request
    /// its session or key is the origin; see [`Origin`].
    pub fn new(actor: Actor, channel: Channel, act: &'static str) -> Self {
        Self {
            id: None,
            actor,
            channel,
            origin: Origin::current(),
            act,
            subject: None,
            concerns: Vec::new(),
            outcome: Outcome::Done,
            detail: Value::Null,
            sealed: None,
        }
    }

    /// What it was done to: the id of one thing.
    #[must_use]
    pub fn subject(mut self, id: impl std::fmt::Display) -> Self {
        self.subject = Some(id.to_string());
        self
    }

    /// Whose data it concerns: a customer, or an account whose holder the caller does not know. Each once, however
    /// often it is said.
    #[must_use]
    pub fn concerns(mut self, id: impl std::fmt::Display) -> Self {
        let id = id.to_string();
        if !self.concerns.contains(&id) {
            self.concerns.push(id);
        }
        self
    }

    /// It was refused.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }

    /// From where, for work that does not run inside of its request.
    #[must_use]
    pub fn origin(mut self, origin: Option<Origin>) -> Self {
        self.origin = origin;
        self
    }

    /// Facts that the sentence needs. No secrets and no personal text: ids, enums and amounts.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Words that somebody typed, sealed under the key of the person they are about, for the entry `id`: the id is
    /// taken beforehand because the seal is bound to it.
    #[must_use]
    pub fn sealed(mut self, id: i64, text: Vec<u8>) -> Self {
        self.id = Some(id);
        self.sealed = Some(text);
        self
    }

    /// Gives the entry its identity and hash. `id` serves unless the entry has one of its own.
    pub fn stamp(self, id: i64, at: Timestamp) -> Stamped {
        let id = self.id.unwrap_or(id);
        let (actor, origin) = (self.actor.to_string(), self.origin.map(|origin| origin.to_string()));
        let mut body = json!({
            "id": id, "at": at.us(), "actor": actor, "channel": self.channel, "origin": origin,
            "act": self.act, "subject": self.subject, "outcome": self.outcome.word(), "detail": self.detail,
        });
        if let Value::Object(fields) = &mut body {
            if !self.concerns.is_empty() {
                fields.insert("concerns".to_owned(), json!(self.concerns));
            }
            if let Some(sealed) = &self.sealed {
                fields.insert("sealed".to_owned(), json!(URL_SAFE_NO_PAD.encode(sealed)));
            }
        }
        let body = body.to_string();
        Stamped {
            id,
            at: at.us(),
            actor,
            channel: self.channel.word(),
            origin,
            act: self.act,
            subject: self.subject,
            outcome: self.outcome.word(),
            concerns: self.concerns,
            leaf: leaf_hash(body.as_bytes()),
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{AccountId, CustomerId, SessionId, StaffId};

    fn read() -> Entry {
        let (who, whose) = (Actor::Staff(StaffId::from_raw(7)), CustomerId::from_raw(1));
        Entry::new(who, Channel::Desk, "accounts.account.read")
            .subject(AccountId::from_raw(2))
            .concerns(whose)
            .concerns(whose)
            .origin(Some(Origin::Session(SessionId::from_raw(9))))
    }

    #[test]
    fn the_text_has_the_six_fields_and_whose_data_it_was() {
        let stamped = read().refused().stamp(5, Timestamp::from_us(1_000));
        let body: Value = serde_json::from_str(&stamped.body).unwrap();
        for (field, value) in [
            ("actor", json!("staf_0000000000007")),
            ("act", json!("accounts.account.read")),
            ("at", json!(1_000)),
            ("outcome", json!("refused")),
            ("origin", json!("sess_0000000000009")),
            ("subject", json!("acct_0000000000002")),
            ("channel", json!("desk")),
            ("concerns", json!(["cust_0000000000001"])),
        ] {
            assert_eq!(body[field], value, "{field}");
        }
        assert_eq!(stamped.leaf, leaf_hash(stamped.body.as_bytes()));
    }

    #[test]
    fn the_hash_covers_the_sealed_words_and_not_the_words() {
        let one = read().sealed(5, vec![1, 2, 3]).stamp(8, Timestamp::from_us(1_000));
        let other = read().sealed(5, vec![1, 2, 4]).stamp(8, Timestamp::from_us(1_000));
        assert_eq!((one.id, other.id), (5, 5), "the id that the seal is bound to");
        assert_ne!(one.leaf, other.leaf);
        assert!(one.body.contains("\"sealed\":\"AQID\""), "{}", one.body);
    }
}
