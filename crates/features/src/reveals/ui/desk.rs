//! At the desk's account page: what can be shown of a customer who is served.

use super::super::model::{Thing, Why};
use kernel::{AccountId, Masked};
use maud::{Markup, html};
use platform::i18n::{Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Field, Panel, PostForm, button, field, link_button, panel, post_form,
};

/// What the panel needs to know.
#[derive(Debug)]
pub struct DeskReveals<'a> {
    /// The reader's language.
    pub locale: Locale,
    /// The token of the reader's forms.
    pub csrf: &'a str,
    /// The account of the page.
    pub account: AccountId,
    /// What can be shown, each as its word in forms and masked as the page has it; empty for readers who may not.
    pub things: &'a [(String, String)],
    /// The number of the next reveal.
    pub form: i64,
}

/// What can be shown, as the body of the panel that says what the customer is served for.
pub fn desk_reveals(view: &DeskReveals<'_>) -> Markup {
    html! { @if !view.things.is_empty() { (show_form(view)) } }
}

fn show_form(view: &DeskReveals<'_>) -> Markup {
    let word = |key: &str| t(view.locale, key, &[]);
    let (number, action) = (view.form.to_string(), format!("/desk/accounts/{}/reveals", view.account));
    let hidden = [("form", number.as_str())];
    let form = PostForm {
        action: &action,
        csrf: view.csrf,
        hidden: &hidden,
        swap: false,
        class: "panel__body stack",
    };
    let (words, hint, label) = (word("reveals-words"), word("reveals-words-hint"), word("reveals-show"));
    let reasons = Why::ALL.map(|why| (why.word().to_owned(), word(&reason_key(why))));
    let words =
        Field { id: "words", name: "words", label: &words, hint: &hint, required: true, ..Field::default() };
    let fields = html! {
        h3 { (word("reveals-show-title")) }
        div.filters {
            (select("thing", &word("reveals-thing"), view.things))
            (select("why", &word("reveals-why"), &reasons))
            (field(&words))
        }
        div.btns { (button(&Action { icon: Some(Icon::Eye), ..Action::new(ButtonKind::Plain, &label) })) }
        p.label { (word("reveals-note")) }
    };
    post_form(&form, &fields)
}

fn reason_key(why: Why) -> String {
    format!("audit-log-reason-{}", why.word().replace('_', "-"))
}

fn select(name: &str, label: &str, offered: &[(String, String)]) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select.input id=(name) name=(name) { @for (value, word) in offered { option value=(value) { (word) } } }
        }
    }
}

/// The key of a thing's name.
pub(in super::super) fn title_of(thing: Thing) -> &'static str {
    match thing {
        Thing::Card(_) => "reveals-card-number",
        Thing::Phone => "reveals-phone",
        Thing::Email => "reveals-email",
        Thing::Document => "reveals-document",
    }
}

/// One value in full.
pub(in super::super) fn shown(
    locale: Locale,
    thing: Thing,
    value: &Masked,
    seconds: u32,
    back: &str,
) -> Markup {
    let title = t(locale, title_of(thing), &[]);
    let hide = t(locale, "reveals-hide", &[]);
    html! {
        (panel(
            &Panel { id: "reveal", title: &title, corner: html! {} },
            &html! { div.panel__body { p.reveal__value.num { (value.reveal()) } } },
        ))
        (super::passing(locale, seconds, link_button(&Action::new(ButtonKind::Plain, &hide), back)))
    }
}
