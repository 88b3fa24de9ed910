//! What a form about a case brings: fields by their names, as `outcome.amount`, beside what the act needs.

use super::super::error::CaseError;
use cases::{Blocker, Book, FieldKind, Fields, Kind, Value};
use kernel::{Fault, Money};
use platform::http::problem::Problem;
use std::collections::BTreeMap;

/// `act`, `version`, the number of the form (sent twice, it is done once), what the act is on, and fields of the case.
pub(super) struct Sent(pub(super) BTreeMap<String, String>);

impl Sent {
    pub(super) fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn number(&self, name: &'static str) -> Result<u64, Problem> {
        let number = self.text(name).parse();
        number.map_err(|_| Problem::new(Fault::Invalid, "field_invalid").at(format!("field {name}")))
    }

    /// The number of the page's form.
    pub(super) fn request(&self) -> Result<i64, Problem> {
        let wrong = |_| Problem::new(Fault::Invalid, "field_invalid").at("field form");
        i64::try_from(self.number("form")?).map_err(wrong)
    }

    /// The fields of the case; empty ones are not set.
    pub(super) fn fields(&self, book: &Book, kind: &Kind) -> Result<Fields, CaseError> {
        let mut fields = Fields::new();
        for (name, text) in self.0.iter().filter(|(name, text)| name.contains('.') && !text.trim().is_empty())
        {
            let field = book.registry().field(name);
            let value = match field {
                Some(FieldKind::Flag) => Some(Value::Flag(text == "true")),
                Some(FieldKind::Number) => text.trim().parse().ok().map(Value::Number),
                Some(FieldKind::Money) => Money::parse(text.trim(), kind.currency).ok().map(Value::Money),
                Some(FieldKind::Word | FieldKind::Reference(_)) => Some(Value::Word(text.trim().to_owned())),
                Some(FieldKind::Text) => Some(Value::Text(text.clone())),
                None => None,
            };
            let wrong = || Blocker::FieldWrong {
                field: name.clone(),
                expected: field.map_or("a field of this kind", FieldKind::says),
            };
            fields.insert(name.clone(), value.ok_or_else(|| CaseError::Blocked(vec![wrong()]))?);
        }
        Ok(fields)
    }
}
