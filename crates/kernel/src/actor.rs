//! Who acts, and over which channel: part of every audit entry and every permission check.

use crate::{ApiKeyId, CustomerId, StaffId};
use serde::{Deserialize, Serialize};

/// The one who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A cardholder, signed in.
    Cardholder(CustomerId),
    /// A member of staff, signed in.
    Staff(StaffId),
    /// A program with an API key.
    ApiKey(ApiKeyId),
    /// The payment network, over ISO 8583.
    Network,
    /// Cardea itself: timers, jobs, set-up.
    System,
    /// Nobody has been recognised.
    Nobody,
}

/// The kinds of actor, for tables of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// See [`Actor::Cardholder`].
    Cardholder,
    /// See [`Actor::Staff`].
    Staff,
    /// See [`Actor::ApiKey`].
    ApiKey,
    /// See [`Actor::Network`].
    Network,
    /// See [`Actor::System`].
    System,
    /// See [`Actor::Nobody`].
    Nobody,
}

/// How the actor reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The cardholder's app in a browser.
    App,
    /// The desk.
    Desk,
    /// The REST API.
    Api,
    /// The phone: a call at the desk or the menu that answers first.
    Phone,
    /// ISO 8583.
    Network,
    /// The command line.
    Console,
    /// A job or timer.
    Job,
}

impl Channel {
    /// Every channel.
    pub const ALL: &'static [Self] =
        &[Self::App, Self::Desk, Self::Api, Self::Phone, Self::Network, Self::Console, Self::Job];

    /// The word in columns and texts; the same as it serializes to.
    pub const fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Desk => "desk",
            Self::Api => "api",
            Self::Phone => "phone",
            Self::Network => "network",
            Self::Console => "console",
            Self::Job => "job",
        }
    }
}

impl Actor {
    /// Which kind of actor this is.
    pub const fn kind(self) -> ActorKind {
        match self {
            Self::Cardholder(_) => ActorKind::Cardholder,
            Self::Staff(_) => ActorKind::Staff,
            Self::ApiKey(_) => ActorKind::ApiKey,
            Self::Network => ActorKind::Network,
            Self::System => ActorKind::System,
            Self::Nobody => ActorKind::Nobody,
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cardholder(id) => write!(f, "{id}"),
            Self::Staff(id) => write!(f, "{id}"),
            Self::ApiKey(id) => write!(f, "{id}"),
            Self::Network => f.write_str("network"),
            Self::System => f.write_str("system"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}
