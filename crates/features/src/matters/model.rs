//! Matters and references. Pure: no SQL, no HTTP, no clock.

use kernel::{CustomerId, MatterId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest reference of a case, characters.
const REFERENCE_CHARS_MAX: usize = 24;
/// A reference with so many digits in a row could be a number of a card.
const REFERENCE_DIGITS_MAX: usize = 11;

/// What somebody serves a customer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterKind {
    /// The customer is on the line.
    Call,
    /// Something about the customer is being worked on.
    Case,
    /// An alert about the customer is being worked on, by the one who took it.
    Alert,
    /// An officer checks, for a reason in words.
    Review,
    /// There is no time for a call or case: reason in words, an alarm, and a review afterwards.
    Emergency,
}

impl MatterKind {
    const ALL: [Self; 5] = [Self::Call, Self::Case, Self::Alert, Self::Review, Self::Emergency];

    /// The word in columns and in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Case => "case",
            Self::Alert => "alert",
            Self::Review => "review",
            Self::Emergency => "emergency",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Why somebody may see a customer's data now: it begins with a word of theirs and ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Its id.
    pub id: MatterId,
    /// Call, case, alert and so on.
    pub kind: MatterKind,
    /// Whose data.
    pub customer: CustomerId,
    /// How the case or alert is called elsewhere.
    pub reference: Option<String>,
    /// Who opened it; nobody else is served by it.
    pub opened_by: StaffId,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
}

impl Matter {
    /// What the log says about it in an entry of something that was done for it.
    pub fn facts(&self) -> serde_json::Value {
        serde_json::json!({ "matter": self.kind.word(), "matter_id": self.id, "reference": self.reference })
    }
}

/// How a case is called elsewhere: letters, digits and hyphens, so that it carries nothing about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(pub(super) String);

impl Reference {
    /// From what was typed; `None` for what is no reference.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let signs = typed.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        let digits = typed.chars().filter(char::is_ascii_digit).count();
        let good =
            (1..=REFERENCE_CHARS_MAX).contains(&typed.len()) && signs && digits <= REFERENCE_DIGITS_MAX;
        good.then(|| Self(typed.to_owned()))
    }
}

/// An emergency that nobody has reviewed.
pub(super) struct ToReview {
    pub(super) matter: Matter,
    /// The reason in words; `None` where it went with the person's key.
    pub(super) words: Option<String>,
}

/// What an emergency came to, in the eyes of compliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReviewOutcome {
    /// There was one.
    Justified,
    /// There was none.
    Unjustified,
}

impl ReviewOutcome {
    /// The word in the column and in the log.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::Unjustified => "unjustified",
        }
    }
}
