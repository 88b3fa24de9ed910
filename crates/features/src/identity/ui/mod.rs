//! The parts of pages about proofs.

mod cardholder;
mod desk;
mod lost;
mod step_up;

pub(super) use cardholder::{Own, authenticator, enrolment, part, password, proofs};
pub(super) use desk::{DeskProofs, desk};
pub(super) use lost::lost_phone;
pub(super) use step_up::{Ways, step_up};

use maud::{Markup, html};
use platform::i18n::{Locale, t};
use platform::ui::Icon;
use platform::ui::components::{Field, Notice, Tone, notice};
use serde::Deserialize;

/// What a page has to say about the form that was sent before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// Nothing was sent.
    #[default]
    Nothing,
    /// It was not right; which part, is not told.
    No,
    /// A code is on its way, if one may be sent.
    Sent,
    /// It was right, and more is needed.
    More,
    /// It was taken.
    Done,
}

impl Told {
    fn notice(self, locale: Locale, prefix: &str) -> Markup {
        let (tone, icon, word) = match self {
            Self::Nothing => return html! {},
            Self::No => (Tone::Look, Icon::Alert, "no"),
            Self::Sent => (Tone::Look, Icon::Phone, "sent"),
            Self::More => (Tone::Look, Icon::Shield, "more"),
            Self::Done => (Tone::Ok, Icon::Check, "done"),
        };
        let text = t(locale, &format!("{prefix}-{word}"), &[]);
        let told = Notice { tone, icon, title: "", text: html! { p { (text) } }, acts: html! {} };
        html! { div role="status" { (notice(&told)) } }
    }
}

/// A field for digits that a browser must not keep.
fn digits<'a>(id: &'a str, name: &'a str, label: &'a str, hint: &'a str) -> Field<'a> {
    Field { id, name, label, hint, input_mode: "numeric", required: true, ..Field::default() }
}

/// The same for a secret that is not shown while it is typed.
fn secret<'a>(id: &'a str, name: &'a str, label: &'a str, hint: &'a str) -> Field<'a> {
    Field { kind: "password", ..digits(id, name, label, hint) }
}
