//! Conditions of a definition: `outcome.amount > 100.00 and change.risk_signs >= 1`.
//!
//! A condition decides whether four eyes are needed or which span holds. So what is not known counts as true: a
//! missing amount, or one in another currency than the definition's, asks for approval and does not escape it.

use crate::machine::Fields;
use crate::registry::FieldKind;
use crate::value::Value;
use kernel::{Currency, Money};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;

/// Terms that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    order: Order,
    literal: Literal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Less,
    LessEqual,
    Equal,
    NotEqual,
    GreaterEqual,
    Greater,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Literal {
    Flag(bool),
    /// As written: a whole number, or an amount in major units once the field says so.
    Number(String),
    Word(String),
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError(String);

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (a condition is `field > 10`, `field == \"word\"`, joined by `and`)", self.0)
    }
}

impl std::error::Error for ConditionError {}

impl Condition {
    /// Reads a condition.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let terms = text.split(" and ").map(term).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: text.to_owned(), terms })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fields that it looks at.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.field.as_str())
    }

    /// Whether it holds; what is not known counts as true. `currency` is that of amounts in the condition.
    pub fn holds(&self, field: &dyn Fn(&str) -> Option<Value>, currency: Currency) -> bool {
        self.terms.iter().all(|term| match field(&term.field) {
            Some(value) => term.holds(&value, currency).unwrap_or(true),
            None => true,
        })
    }

    /// The first term that doesn't fit the kind of its field, in words.
    pub(crate) fn misfit(
        &self,
        kind_of: &dyn Fn(&str) -> Option<FieldKind>,
        currency: Currency,
    ) -> Option<String> {
        self.terms.iter().find_map(|term| {
            let Some(kind) = kind_of(&term.field) else {
                return Some(format!("`{}` is no field of this kind", term.field));
            };
            let fits = match (kind, &term.literal) {
                (FieldKind::Flag, Literal::Flag(_)) | (FieldKind::Word, Literal::Word(_)) => {
                    term.order.plain()
                }
                (FieldKind::Number, Literal::Number(text)) => text.parse::<i64>().is_ok(),
                (FieldKind::Money, Literal::Number(text)) => Money::parse(text, currency).is_ok(),
                _ => false,
            };
            (!fits).then(|| format!("`{}` is {} and can't be compared like this", term.field, kind.says()))
        })
    }
}

impl Order {
    fn plain(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    fn fits(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::GreaterEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

impl Term {
    /// `None`: can't be told.
    fn holds(&self, value: &Value, currency: Currency) -> Option<bool> {
        let ordering = match (value, &self.literal) {
            (Value::Flag(value), Literal::Flag(wanted)) => value.cmp(wanted),
            (Value::Word(value), Literal::Word(wanted)) => value.cmp(wanted),
            (Value::Number(value), Literal::Number(text)) => value.cmp(&text.parse().ok()?),
            (Value::Money(value), Literal::Number(text)) if value.currency() == currency => {
                value.minor().cmp(&Money::parse(text, currency).ok()?.minor())
            }
            _ => return None,
        };
        Some(self.order.fits(ordering))
    }
}

fn term(text: &str) -> Result<Term, ConditionError> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [field, order, literal] = parts.as_slice() else {
        return Err(ConditionError(format!("`{}` is no comparison", text.trim())));
    };
    let order = match *order {
        "<" => Order::Less,
        "<=" => Order::LessEqual,
        "==" => Order::Equal,
        "!=" => Order::NotEqual,
        ">=" => Order::GreaterEqual,
        ">" => Order::Greater,
        other => return Err(ConditionError(format!("`{other}` compares nothing"))),
    };
    Ok(Term { field: (*field).to_owned(), order, literal: read_literal(literal)? })
}

fn read_literal(text: &str) -> Result<Literal, ConditionError> {
    match text {
        "true" => return Ok(Literal::Flag(true)),
        "false" => return Ok(Literal::Flag(false)),
        _ => {}
    }
    if let Some(word) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok(Literal::Word(word.to_owned()));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = !digits.is_empty() && digits.chars().all(|sign| sign.is_ascii_digit() || sign == '.');
    number
        .then(|| Literal::Number(text.to_owned()))
        .ok_or_else(|| ConditionError(format!("`{text}` is no number, word in quotes, true or false")))
}

/// The fields of a case, overlaid by those of an input.
pub(crate) fn overlaid<'a>(under: &'a Fields, over: &'a Fields) -> impl Fn(&str) -> Option<Value> + 'a {
    |name| over.get(name).or_else(|| under.get(name)).cloned()
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
