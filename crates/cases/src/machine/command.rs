//! What can be asked of a case.

use super::Fields;
use super::approval::ContentHash;
use super::case::TimerKey;
use kernel::{Actor, Timestamp};
use serde::{Deserialize, Serialize};

/// Who acts, with which roles, when. The caller has recognised them.
#[derive(Clone, Debug)]
pub struct Acting {
    /// Who.
    pub actor: Actor,
    /// Roles of the kind that they hold, `customer` where the case is theirs, `system` for timers.
    pub roles: Vec<String>,
    /// Other accounts of the same person: who has two is one when it comes to four eyes.
    pub same: Vec<Actor>,
    /// Now.
    pub at: Timestamp,
}

impl Acting {
    /// Whether an account is of the one who acts.
    pub fn is(&self, account: Actor) -> bool {
        self.actor == account || self.same.contains(&account)
    }

    /// Whether one of the roles is among those wanted.
    pub fn has_any(&self, wanted: &[String]) -> bool {
        wanted.iter().any(|role| self.roles.contains(role))
    }
}

/// A command: an act, and the version of the case that its maker saw.
#[derive(Clone, Debug)]
pub struct Command {
    /// What.
    pub act: Act,
    /// The version seen. `None` only for what can't clash: a note, a document, a link, a timer.
    pub expected_version: Option<u64>,
}

/// How two cases belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The other one is the same matter.
    Duplicate,
    /// The other one is the reason for this one.
    CausedBy,
    /// The other one is a part of this one.
    Child,
    /// This one was made out of the other one.
    ConvertedFrom,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Makes a transition, or asks for it where four eyes are needed.
    Move {
        /// The transition.
        transition: String,
        /// Fields that it sets.
        input: Fields,
        /// Why, in words.
        reason: Option<String>,
    },
    /// Makes a transition without the quorum; somebody else reviews it afterwards.
    BreakGlass {
        /// The transition.
        transition: String,
        /// Fields that it sets.
        input: Fields,
        /// Why it can't wait.
        reason: String,
    },
    /// Reviews a break-glass act.
    Review {
        /// The version at which it was done.
        of: u64,
        /// Whether it was right.
        right: bool,
        /// What was found.
        reason: String,
    },
    /// Changes what waits for approval; its votes are void.
    Amend {
        /// Which request.
        pending: u64,
        /// The fields in place of those before.
        input: Fields,
        /// Why, in words.
        reason: Option<String>,
    },
    /// Agrees or denies.
    Vote {
        /// Which request.
        pending: u64,
        /// The content that was seen.
        seen: ContentHash,
        /// Agrees.
        agrees: bool,
        /// Why, in words.
        reason: Option<String>,
    },
    /// Takes one's own request back.
    Withdraw {
        /// Which request.
        pending: u64,
    },
    /// Ends a request that has waited too long.
    Expire {
        /// Which request.
        pending: u64,
    },
    /// Sets fields.
    Edit {
        /// The fields.
        fields: Fields,
    },
    /// Takes the case, until.
    Claim {
        /// When the claim lapses.
        until: Timestamp,
    },
    /// Gives the case back.
    Release,
    /// Gives the case to somebody, for good.
    Assign {
        /// To whom.
        to: Actor,
    },
    /// Writes a note.
    Note {
        /// The text, sealed by who stores it.
        text: String,
    },
    /// Attaches a document that is stored elsewhere.
    Attach {
        /// Its id.
        document: String,
    },
    /// Links another case.
    Link {
        /// How.
        link: Link,
        /// Its id.
        other: String,
    },
    /// Does what a clock has come to.
    Fire {
        /// Which clock, run and step.
        timer: TimerKey,
    },
}

impl Act {
    /// Whether it may come without the version that was seen.
    pub(crate) const fn commutes(&self) -> bool {
        matches!(
            self,
            Self::Note { .. }
                | Self::Attach { .. }
                | Self::Link { .. }
                | Self::Fire { .. }
                | Self::Expire { .. }
        )
    }
}
