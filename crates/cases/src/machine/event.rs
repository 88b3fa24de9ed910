//! What happened to a case: the only thing that is stored about it.

use super::Fields;
use super::approval::ContentHash;
use super::case::TimerKey;
use super::command::Link;
use crate::time::Span;
use kernel::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the case, from 1, without gaps: the version of the case after it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: for what four eyes carried out, the maker.
    pub actor: Actor,
    /// What.
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventBody {
    /// The case began.
    Opened {
        /// Its kind.
        case_kind: String,
        /// The version of the definition that holds for its life.
        def_version: u32,
        /// The pack of clocks.
        pack: Option<String>,
        /// The first state.
        state: String,
        /// Its fields.
        fields: Fields,
        /// Spans that hold in place of those of the definition.
        spans: BTreeMap<String, Span>,
    },
    /// A transition was made.
    Moved {
        /// Which.
        transition: String,
        /// Where it led.
        to: String,
        /// Whether that ends the case.
        closes: bool,
        /// Fields that it set.
        fields: Fields,
        /// Why, in words.
        reason: Option<String>,
        /// The request that was carried out, and who agreed.
        approved: Option<Approved>,
        /// Whether it was a break-glass act.
        broke_glass: bool,
        /// Spans that hold from now on.
        spans: BTreeMap<String, Span>,
        /// Those of them that are extensions.
        extended: Vec<String>,
        /// The timer that did it.
        timer: Option<TimerKey>,
    },
    /// A timer told a role, or found that its transition can't be made any more.
    Fired {
        /// Which.
        timer: TimerKey,
        /// Who was told.
        told: Option<String>,
    },
    /// Fields were set.
    Edited {
        /// The fields.
        fields: Fields,
    },
    /// A transition waits for approval.
    Proposed {
        /// The transition.
        transition: String,
        /// Its fields.
        input: Fields,
        /// Why, in words.
        reason: Option<String>,
        /// The content that it applies to.
        content: ContentHash,
        /// Until when it waits.
        expires_at: Timestamp,
    },
    /// What waits was changed; its votes are void.
    Amended {
        /// Which request.
        pending: u64,
        /// Its fields now.
        input: Fields,
        /// Why, in words.
        reason: Option<String>,
    },
    /// Somebody agreed.
    Agreed {
        /// Which request.
        pending: u64,
        /// Why, in words.
        reason: Option<String>,
    },
    /// A request ended without being carried out.
    Dropped {
        /// Which request.
        pending: u64,
        /// How.
        how: Drop,
        /// Why, in words.
        reason: Option<String>,
    },
    /// A break-glass act was reviewed.
    Reviewed {
        /// The version at which it was done.
        of: u64,
        /// Whether it was right.
        right: bool,
        /// What was found.
        reason: String,
    },
    /// Somebody took the case.
    Claimed {
        /// Until when.
        until: Timestamp,
    },
    /// Somebody gave it back.
    Released,
    /// Somebody was given the case.
    Assigned {
        /// Who.
        to: Actor,
    },
    /// A note.
    Noted {
        /// The text.
        text: String,
    },
    /// A document.
    Attached {
        /// Its id.
        document: String,
    },
    /// A link.
    Linked {
        /// How.
        link: Link,
        /// The other case.
        other: String,
    },
}

/// What four eyes carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// The request.
    pub pending: u64,
    /// Who agreed.
    pub by: Vec<Actor>,
}

/// How a request ended without being carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drop {
    /// Somebody denied it.
    Denied,
    /// It waited too long.
    Expired,
    /// Its maker took it back.
    Withdrawn,
    /// The case went on to where it doesn't apply.
    Overtaken,
}
