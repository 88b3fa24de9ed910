//! What pages of changes are made of.

mod cardholder;
mod desk;
mod not_me;
mod steps;

pub(super) use cardholder::{form, list, preview};
pub(super) use desk::desk;
pub(super) use not_me::not_me;

use super::service::Told;
use maud::{Markup, html};
use platform::access::Caller;
use platform::app::App;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{Notice, Tone, notice};

/// Who reads.
pub(super) struct View<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
}

impl View<'_> {
    fn word(&self, key: &str) -> String {
        t(self.caller.locale, key, &[])
    }

    fn with(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        t(self.caller.locale, key, args)
    }
}

/// What is said about what was done before the page.
fn told(locale: Locale, told: Told) -> Markup {
    let (tone, icon, word) = match told {
        Told::Nothing => return html! {},
        Told::Stopped => (Tone::Ok, Icon::Check, "stopped"),
        Told::Made => (Tone::Look, Icon::Alert, "made"),
        Told::Over => (Tone::Look, Icon::Alert, "over"),
        Told::Wrong => (Tone::No, Icon::X, "wrong"),
        Told::Signed => (Tone::Ok, Icon::Check, "signed"),
        Told::Done => (Tone::Ok, Icon::Check, "done"),
        Told::Undone => (Tone::Ok, Icon::Check, "undone"),
    };
    let text = t(locale, &format!("changes-told-{word}"), &[]);
    let told = Notice { tone, icon, title: "", text: html! { p { (text) } }, acts: html! {} };
    html! { div role="status" { (notice(&told)) } }
}
