//! Fields and choices.

use crate::ui::{Icon, icon};
use maud::{Markup, html};

/// A field for one line of text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field<'a> {
    /// Unique in the page.
    pub id: &'a str,
    /// Its name in the form.
    pub name: &'a str,
    /// What goes in.
    pub label: &'a str,
    /// What is in it.
    pub value: &'a str,
    /// HTML input type; `text` when empty.
    pub kind: &'a str,
    /// `inputmode`; may be empty.
    pub input_mode: &'a str,
    /// `autocomplete`; `off` when empty.
    pub autocomplete: &'a str,
    /// Help beneath; may be empty.
    pub hint: &'a str,
    /// What is wrong; empty if nothing.
    pub error: &'a str,
    /// Whether it must be filled.
    pub required: bool,
}

/// A field with its label, help and error, tied together for a screen reader.
pub fn field(field: &Field<'_>) -> Markup {
    let or =
        |text: &'static str, value| if field_is_empty(value) { text.to_owned() } else { value.to_owned() };
    let (hint, error) = (format!("{}-hint", field.id), format!("{}-error", field.id));
    let described = match (field.hint.is_empty(), field.error.is_empty()) {
        (_, false) => Some(error.as_str()),
        (false, true) => Some(hint.as_str()),
        (true, true) => None,
    };
    let invalid = (!field.error.is_empty()).then_some("true");
    let mode = (!field.input_mode.is_empty()).then_some(field.input_mode);
    html! {
        div.field {
            label for=(field.id) { (field.label) }
            input.input id=(field.id) name=(field.name) value=(field.value) type=(or("text", field.kind))
                inputmode=[mode] autocomplete=(or("off", field.autocomplete)) required[field.required]
                aria-invalid=[invalid] aria-describedby=[described];
            @if !field.error.is_empty() { p.field__error id=(error) { (icon(Icon::Alert)) (field.error) } }
            @else if !field.hint.is_empty() { p.field__hint id=(hint) { (field.hint) } }
        }
    }
}

fn field_is_empty(value: &str) -> bool {
    value.is_empty()
}

/// One of several ways, with what it costs.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// Its value in the form.
    pub value: &'a str,
    /// What it is.
    pub label: &'a str,
    /// The figure at the end of the line.
    pub figure: Markup,
    /// What it costs, what follows from it.
    pub note: &'a str,
    /// Whether it is chosen at first.
    pub checked: bool,
}

/// Ways to choose from, each a whole row.
pub fn choices(name: &str, legend: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        fieldset.choices {
            legend { (legend) }
            @for choice in choices {
                label.choice {
                    input type="radio" name=(name) value=(choice.value) checked[choice.checked];
                    span { (choice.label) }
                    span { (choice.figure) }
                    @if !choice.note.is_empty() { span.note { (choice.note) } }
                }
            }
        }
    }
}
