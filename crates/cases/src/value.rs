//! What a field of a case can hold.

use kernel::Money;
use serde::{Deserialize, Serialize};

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", content = "is", rename_all = "snake_case")]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// An amount in minor units of its currency.
    Money(Money),
    /// One of the words that the definition lists for the field.
    Word(String),
    /// Free text. Who stores it may store a sealed form; nothing here looks into it.
    Text(String),
}
