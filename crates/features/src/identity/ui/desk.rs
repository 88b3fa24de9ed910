//! A customer's proofs at the desk: what is refused, and the code by letter.

use super::super::model::ProofKind;
use super::step_up::waiting_sentence;
use kernel::AccountId;
use maud::{Markup, html};
use platform::access::Caller;
use platform::feature::Panel as Part;
use platform::i18n::t;
use platform::ui::components::{Action, ButtonKind, Panel, PostForm, button, panel, post_form};

/// What the page shows.
pub(in super::super) struct DeskProofs {
    pub(in super::super) account: AccountId,
    /// From when a code by letter can be used, where one waits.
    pub(in super::super) waiting: Option<String>,
    /// Proofs that are refused after wrong tries.
    pub(in super::super) refused: Vec<ProofKind>,
    /// Whether the reader may set tries back.
    pub(in super::super) may_reset: bool,
    /// What other features have about it, on pages of their own.
    pub(in super::super) more: Vec<&'static Part>,
}

/// The page.
pub(in super::super) fn desk(caller: &Caller, state: &DeskProofs) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let path = |rest: &str| format!("/desk/accounts/{}/{rest}", state.account);
    let act = |action: &str, hidden: &[(&str, &str)], kind, label: &str, of_what: &str| {
        let form = PostForm { action, csrf: caller.csrf(), hidden, swap: false, class: "panel__body" };
        post_form(&form, &button(&Action { of_what, ..Action::new(kind, label) }))
    };
    let (title, refused) = (word("identity-activation"), word("identity-refused"));
    let body = html! {
        div.panel__body {
            p.label { (word("identity-activation-text")) }
            @if let Some(from) = &state.waiting { p { (waiting_sentence(caller, from)) } }
        }
        (act(&path("activation"), &[], ButtonKind::Plain, &word("identity-activation-ask"), ""))
        @if state.waiting.is_some() {
            (act(&path("activation/stop"), &[], ButtonKind::Guard, &word("identity-activation-stop"), ""))
        }
    };
    let kinds = html! {
        @if state.refused.is_empty() { div.panel__body { p { (word("identity-refused-none")) } } }
        @for kind in &state.refused {
            @let name = word(&kind.name_key());
            div.panel__body { p { (name) } }
            @if state.may_reset {
                (act(&path("proofs/reset"), &[("kind", kind.word())], ButtonKind::Plain, &word("identity-reset"), &name))
            }
        }
    };
    html! {
        (panel(&Panel { id: "activation", title: &title, corner: html! {} }, &body))
        (panel(&Panel { id: "refused", title: &refused, corner: html! {} }, &kinds))
        @for part in &state.more {
            @let address = part.path.replace("{account}", &state.account.to_string());
            p { a href=(address) { (word(part.label)) } }
        }
    }
}
