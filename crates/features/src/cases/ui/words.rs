//! What people call the parts of a kind, and the field of a form for each kind of value.

use cases::{Book, FieldKind, Kind, Value};
use maud::{Markup, html};
use platform::i18n::{Locale, t};
use platform::ui::components::{Field, field};

/// A kind in the reader's language.
#[derive(Clone, Copy)]
pub(in super::super) struct Naming<'a> {
    pub(in super::super) locale: Locale,
    pub(in super::super) book: &'a Book,
    pub(in super::super) kind: &'a Kind,
}

impl<'a> Naming<'a> {
    pub(super) fn word(&self, key: &str) -> String {
        t(self.locale, key, &[])
    }

    pub(super) fn kind_name(&self) -> &'a str {
        self.kind.name.in_language(self.locale.tag())
    }

    pub(super) fn state(&self, state: &'a str) -> &'a str {
        self.kind.states.get(state).map_or(state, |def| def.name.in_language(self.locale.tag()))
    }

    pub(super) fn transition(&self, name: &'a str) -> &'a str {
        self.kind.transition(name).map_or(name, |def| def.label.in_language(self.locale.tag()))
    }

    /// The same on a button.
    pub(super) fn act(&self, name: &str) -> String {
        let label = self.kind.transition(name).map_or(name, |def| def.label.in_language(self.locale.tag()));
        let mut letters = label.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// What people call a field.
    pub(super) fn field(&self, name: &str) -> String {
        self.word(&format!("cases-field-{}", name.replace(['.', '_'], "-")))
    }

    /// A value as people read it.
    pub(super) fn value(&self, name: &str, value: &Value) -> Markup {
        match value {
            Value::Flag(flag) => html! { (self.word(if *flag { "cases-yes" } else { "cases-no" })) },
            Value::Number(number) => html! { span.num { (number) } },
            Value::Money(money) => html! { span.num { (money.currency()) " " (money.to_decimal()) } },
            Value::Text(text) => html! { (text) },
            Value::Word(word) => {
                let named = self.kind.words.get(name).and_then(|words| words.get(word));
                html! { (named.map_or(word.as_str(), |words| words.in_language(self.locale.tag()))) }
            }
        }
    }

    /// The field of a form for a field of the case.
    pub(super) fn asked(&self, id: &str, name: &str, required: bool) -> Markup {
        let (label, tag) = (self.field(name), self.locale.tag());
        match (self.book.registry().field(name), self.kind.words.get(name)) {
            (Some(FieldKind::Word), Some(words)) => {
                let options = words.iter().map(|(word, name)| (word.as_str(), name.in_language(tag)));
                let none = (!required).then_some(("", "–"));
                choice(id, name, &label, none.into_iter().chain(options))
            }
            (Some(FieldKind::Flag), _) => {
                let (yes, no) = (self.word("cases-yes"), self.word("cases-no"));
                choice(id, name, &label, [("false", no.as_str()), ("true", yes.as_str())].into_iter())
            }
            (kind, _) => {
                let decimal = matches!(kind, Some(FieldKind::Money | FieldKind::Number));
                let input_mode = if decimal { "decimal" } else { "" };
                let hint = match kind {
                    Some(FieldKind::Money) => self.kind.currency.code(),
                    _ => "",
                };
                field(&Field { id, name, label: &label, input_mode, hint, required, ..Field::default() })
            }
        }
    }
}

/// One of several words.
pub(super) fn choice<'b>(
    id: &str,
    name: &str,
    label: &str,
    options: impl Iterator<Item = (&'b str, &'b str)>,
) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select.input id=(id) name=(name) {
                @for (value, text) in options { option value=(value) { (text) } }
            }
        }
    }
}
