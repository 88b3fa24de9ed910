//! Things and reasons. Pure: no SQL, no HTTP, no clock.

use kernel::CardId;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

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
