//! What can be changed, and its value before and after.

use crate::accounts::Detail;
use kernel::Masked;
use platform::i18n::Locale;
use serde::{Deserialize, Serialize};

/// What of a person's data can be changed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The telephone number.
    Phone,
    /// The mail address.
    Email,
    /// Street and city; the country stays.
    Address,
    /// The language of messages and pages.
    Language,
    /// The name.
    Name,
    /// The identity document.
    Document,
}

impl Field {
    /// Every field, as they are listed.
    pub const ALL: [Self; 6] =
        [Self::Phone, Self::Email, Self::Address, Self::Language, Self::Name, Self::Document];

    /// The word in columns, addresses and keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Language => "language",
            Self::Name => "name",
            Self::Document => "document",
        }
    }

    /// The field with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.word() == word)
    }

    /// The key of its name.
    pub fn name_key(self) -> String {
        format!("changes-field-{}", self.word())
    }
}

/// A value of a field: what stands in the customer's row.
pub type Value = Detail;

/// As it is sealed beside the change.
#[derive(Serialize, Deserialize)]
pub(in super::super) struct Kept {
    from: Vec<String>,
    to: Vec<String>,
}

impl Kept {
    pub(in super::super) fn of(from: &Value, to: &Value) -> Self {
        Self { from: parts(from), to: parts(to) }
    }

    /// Both values; `None` where it is not of this field.
    pub(in super::super) fn values(&self, field: Field) -> Option<(Value, Value)> {
        Some((value(field, &self.from)?, value(field, &self.to)?))
    }
}

/// The texts of a value.
pub(in super::super) fn parts(value: &Value) -> Vec<String> {
    match value {
        Value::Phone(text) | Value::Email(text) => vec![text.reveal().to_owned()],
        Value::Address { street, city } => vec![street.reveal().to_owned(), city.reveal().to_owned()],
        Value::Language(locale) => vec![locale.tag().to_owned()],
    }
}

/// The value of a field with these texts; `None` for a field that has none here, or too few texts.
pub(in super::super) fn value(field: Field, parts: &[String]) -> Option<Value> {
    let text = |at: usize| parts.get(at).map(|part| Masked::new(part.as_str()));
    Some(match field {
        Field::Phone => Value::Phone(text(0)?),
        Field::Email => Value::Email(text(0)?),
        Field::Address => Value::Address { street: text(0)?, city: text(1)? },
        Field::Language => Value::Language(Locale::from_tag(parts.first()?)?),
        Field::Name | Field::Document => return None,
    })
}

/// In one line, for its owner.
pub(in super::super) fn in_full(value: &Value) -> String {
    match value {
        Value::Language(locale) => locale.own_name().to_owned(),
        other => parts(other).join(", "),
    }
}
