//! Matters, things and reasons. Pure: no SQL, no HTTP, no clock.

use kernel::{CardId, CustomerId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

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
}

impl MatterKind {
    /// The word in columns and in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Case => "case",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Call, Self::Case].into_iter().find(|kind| kind.word() == word)
    }
}

/// Why somebody may see a customer's data now: it begins with a word of theirs and ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Its id.
    pub id: i64,
    /// Call or case.
    pub kind: MatterKind,
    /// Whose data.
    pub customer: CustomerId,
    /// How the case is called elsewhere.
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
        serde_json::json!({ "matter": self.kind.word(), "matter_id": self.id.to_string(), "reference": self.reference })
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

/// What can be shown in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The number of a card.
    Card(CardId),
    /// The telephone number.
    Phone,
    /// The mail address.
    Email,
    /// The number of the identity document.
    Document,
}

impl Thing {
    /// The word in forms and columns: `phone`, `email`, `document`, or the card's id.
    pub fn word(self) -> String {
        match self {
            Self::Card(id) => id.to_string(),
            Self::Phone => "phone".to_owned(),
            Self::Email => "email".to_owned(),
            Self::Document => "document".to_owned(),
        }
    }
}

impl FromStr for Thing {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "phone" => Ok(Self::Phone),
            "email" => Ok(Self::Email),
            "document" => Ok(Self::Document),
            card => card.parse().map(Self::Card).map_err(drop),
        }
    }
}

/// Why a full value is needed. A list, so that compliance can count; the words beside it say the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// To compare with what the caller says.
    Compare,
    /// To call or write back.
    CallBack,
    /// To work on a trouble with a card or payment.
    CardTrouble,
    /// A court or authority asks for it.
    Authority,
}

impl Why {
    /// Every reason, as offered.
    pub(super) const ALL: [Self; 4] = [Self::Compare, Self::CallBack, Self::CardTrouble, Self::Authority];

    /// The word in the log; its sentence has a text for each.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Compare => "compare",
            Self::CallBack => "call_back",
            Self::CardTrouble => "card_trouble",
            Self::Authority => "authority",
        }
    }
}
