//! The page that offers the proofs that a person has.

use super::{Told, digits, secret};
use kernel::CardId;
use maud::{Markup, html};
use platform::access::Caller;
use platform::i18n::{Arg, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Field, Panel, PostForm, button, field, link_button, panel, post_form,
};

/// What the person has.
pub(in super::super) struct Ways {
    pub(in super::super) authenticator: bool,
    pub(in super::super) password: bool,
    /// Cards with what is shown of their number.
    pub(in super::super) cards: Vec<(CardId, String)>,
}

/// The page; a proof that was right leads to `next`.
pub(in super::super) fn step_up(caller: &Caller, ways: &Ways, next: &str, told: Told) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    html! {
        div.home__hello {
            h1 { (word("identity-step-up")) }
            p.label { (word("identity-step-up-text")) }
        }
        (told.notice(caller.locale, "identity-step-up"))
        div.panel {
            div.panel__body {
                (link_button(&Action { icon: Some(Icon::Shield), ..Action::new(ButtonKind::Primary, &word("identity-way-passkey")) }, &format!("/sign-in?next={next}")))
            }
        }
        @if ways.authenticator {
            (way(caller, next, "authenticator_code", &html! {
                (field(&Field { autocomplete: "one-time-code", ..digits("authenticator", "value", &word("identity-code"), &word("identity-authenticator-hint")) }))
            }))
        }
        (text_code(caller, next))
        @if ways.password {
            (way(caller, next, "query_password", &html! {
                (field(&secret("password", "value", &word("identity-password-value"), &word("identity-password-hint"))))
            }))
        }
        @if !ways.cards.is_empty() { (card_value(caller, next, &ways.cards)) }
    }
}

fn way(caller: &Caller, next: &str, kind: &str, fields: &Markup) -> Markup {
    let locale = caller.locale;
    let title = t(locale, &format!("identity-way-{}", kind.replace('_', "-")), &[]);
    let label = t(locale, "identity-prove", &[]);
    let hidden = [("kind", kind), ("next", next)];
    let form = PostForm {
        action: "/step-up/proofs",
        csrf: caller.csrf(),
        hidden: &hidden,
        swap: false,
        class: "panel__body stack",
    };
    let action = Action { of_what: &title, ..Action::new(ButtonKind::Plain, &label) };
    let content = html! { (fields) div.btns { (button(&action)) } };
    panel(&Panel { id: kind, title: &title, corner: html! {} }, &post_form(&form, &content))
}

fn text_code(caller: &Caller, next: &str) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let (title, send, label) =
        (word("identity-way-text-code"), word("identity-send"), word("identity-prove"));
    let hidden = [("next", next)];
    let sending = PostForm {
        action: "/step-up/codes",
        csrf: caller.csrf(),
        hidden: &hidden,
        swap: false,
        class: "panel__body",
    };
    let proving = [("kind", "text_code"), ("next", next)];
    let form = PostForm {
        action: "/step-up/proofs",
        csrf: caller.csrf(),
        hidden: &proving,
        swap: false,
        class: "panel__body stack",
    };
    let (code, hint) = (word("identity-code"), word("identity-text-code-hint"));
    let code = Field { autocomplete: "one-time-code", ..digits("text-code", "value", &code, &hint) };
    let action = Action { of_what: &title, ..Action::new(ButtonKind::Plain, &label) };
    let body = html! {
        (post_form(&sending, &button(&Action { icon: Some(Icon::Phone), ..Action::new(ButtonKind::Plain, &send) })))
        (post_form(&form, &html! { (field(&code)) div.btns { (button(&action)) } }))
    };
    panel(&Panel { id: "text_code", title: &title, corner: html! {} }, &body)
}

fn card_value(caller: &Caller, next: &str, cards: &[(CardId, String)]) -> Markup {
    let word = |key: &str| t(caller.locale, key, &[]);
    let fields = html! {
        div.field {
            label for="card" { (word("identity-card")) }
            select.input id="card" name="card" {
                @for (id, shown) in cards { option value=(id) { (shown) } }
            }
        }
        (field(&secret("card-value", "value", &word("identity-card-value"), &word("identity-card-value-hint"))))
    };
    way(caller, next, "card_value", &fields)
}

/// A sentence with the moment from which a code by letter can be used.
pub(super) fn waiting_sentence(caller: &Caller, from: &str) -> String {
    t(caller.locale, "identity-activation-waits", &[("from", Arg::from(from))])
}
