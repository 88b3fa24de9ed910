//! Who can have passkeys: cardholders and staff.

use kernel::{Actor, Channel, CustomerId, StaffId};
use platform::access::person_actor;
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::Uuid;

/// Somebody who can have passkeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Person {
    /// A cardholder, at the app.
    Cardholder(CustomerId),
    /// A colleague, at the desk.
    Staff(StaffId),
}

impl Person {
    /// The person behind an actor; `None` for programs and nobody.
    pub(in super::super) fn of(actor: Actor) -> Option<Self> {
        match actor {
            Actor::Cardholder(id) => Some(Self::Cardholder(id)),
            Actor::Staff(id) => Some(Self::Staff(id)),
            _ => None,
        }
    }

    pub(in super::super) fn from_columns(kind: &str, raw: i64) -> Option<Self> {
        person_actor(kind, raw).and_then(Self::of)
    }

    /// The two columns that say who it is.
    pub(in super::super) fn columns(self) -> (&'static str, i64) {
        match self {
            Self::Cardholder(id) => ("cardholder", id.raw()),
            Self::Staff(id) => ("staff", id.raw()),
        }
    }

    pub(in super::super) fn actor(self) -> Actor {
        match self {
            Self::Cardholder(id) => Actor::Cardholder(id),
            Self::Staff(id) => Actor::Staff(id),
        }
    }

    /// The customer, for entries that concern one.
    pub(in super::super) fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Cardholder(id) => Some(id),
            Self::Staff(_) => None,
        }
    }

    pub(in super::super) fn channel(self) -> Channel {
        match self {
            Self::Cardholder(_) => Channel::App,
            Self::Staff(_) => Channel::Desk,
        }
    }

    /// What authenticators keep as the user's id: the same for all passkeys of a person, and telling nothing.
    pub(in super::super) fn handle(self) -> Uuid {
        let (kind, raw) = self.columns();
        let mut hash = Sha256::new();
        hash.update(b"cardea passkey user v1\0");
        hash.update(kind.as_bytes());
        hash.update(raw.to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Uuid::from_bytes(bytes)
    }
}
