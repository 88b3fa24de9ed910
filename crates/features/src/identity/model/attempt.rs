//! Somebody tries to prove something, and what they learn of it.

use super::{Proof, ProofKind};
use kernel::{Actor, CardId, Channel, CustomerId, Secret};
use platform::access::Assurance;
use sha2::{Digest, Sha256};
use std::fmt;

/// About whom something is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A customer.
    Customer(CustomerId),
    /// Nobody we know, by a number that stands for the name that was typed. Tries are counted and answered as for
    /// anybody else, so that nothing tells who is a customer.
    Nobody(i64),
}

impl From<CustomerId> for Subject {
    fn from(id: CustomerId) -> Self {
        Self::Customer(id)
    }
}

impl Subject {
    /// The customer; `None` for nobody we know.
    pub const fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Customer(id) => Some(id),
            Self::Nobody(_) => None,
        }
    }

    /// The two columns of its counters.
    pub(in super::super) const fn columns(self) -> (&'static str, i64) {
        match self {
            Self::Customer(id) => ("cardholder", id.raw()),
            Self::Nobody(number) => ("nobody", number),
        }
    }
}

/// One try.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What is to be proved.
    pub kind: ProofKind,
    /// What was given for it.
    pub value: Secret<String>,
    /// Over which channel.
    pub channel: Channel,
    /// Who sends it; the log names them.
    pub by: Actor,
    /// What has been proved already where it is tried; from 2 on, a success sets the count back.
    pub assurance: Assurance,
    /// The act that a code must have been sent for.
    pub context: Option<ActionHash>,
    /// The card whose value or expiry is given.
    pub card: Option<CardId>,
}

impl Attempt {
    /// A try by `by`, with nothing proved before and for no act.
    pub const fn new(kind: ProofKind, value: Secret<String>, channel: Channel, by: Actor) -> Self {
        Self { kind, value, channel, by, assurance: Assurance::NONE, context: None, card: None }
    }

    /// With so much proved before.
    #[must_use]
    pub const fn at(mut self, assurance: Assurance) -> Self {
        self.assurance = assurance;
        self
    }

    /// For this act.
    #[must_use]
    pub const fn of(mut self, action: ActionHash) -> Self {
        self.context = Some(action);
        self
    }

    /// Of this card.
    #[must_use]
    pub const fn with_card(mut self, card: CardId) -> Self {
        self.card = Some(card);
        self
    }

    /// Whether a success may set the count back.
    pub(in super::super) fn is_trusted(&self) -> bool {
        self.assurance >= Assurance::TWO
    }
}

/// The one answer to a try. Wrong, refused, expired and unknown are the same, in words and in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is proved.
    Match(Proof),
    /// It is not.
    NoMatch,
}

impl Verdict {
    /// The proof.
    pub const fn proof(self) -> Option<Proof> {
        match self {
            Self::Match(proof) => Some(proof),
            Self::NoMatch => None,
        }
    }
}

/// What a code or a signature is for: SHA-256 over the act and its details, so that it is worth nothing for another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ActionHash(pub [u8; 32]);

impl ActionHash {
    /// Of `act` (`feature.thing.verb`) with its details. Each part goes in with its length before it, in the order given:
    /// no two lists of parts give one text.
    pub fn of(act: &str, details: &[(&str, &str)]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"cardea action v1\0");
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(act);
        for (name, value) in details {
            part(name);
            part(value);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for ActionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
