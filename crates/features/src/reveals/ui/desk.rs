//! At the desk's account page: what the reader serves the customer for, and what can be shown for it.

use super::super::model::{Matter, MatterKind, Thing, Why};
use kernel::{AccountId, Masked};
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Choice, Field, Panel, PostForm, button, choices, field, link_button, panel, post_form,
};

/// What the panel needs to know.
#[derive(Debug)]
pub struct DeskReveals<'a> {
    /// Dates for the reader.
    pub calendar: &'a Calendar,
    /// The token of the reader's forms.
    pub csrf: &'a str,
    /// The account of the page.
    pub account: AccountId,
    /// What the reader serves the customer for now.
    pub matter: Option<&'a Matter>,
    /// What can be shown, each as its word in forms and masked as the page has it; empty for readers who may not.
    pub things: &'a [(String, String)],
    /// The number of the next reveal.
    pub form: i64,
}

/// The panel.
pub fn desk_reveals(view: &DeskReveals<'_>) -> Markup {
    let word = |key: &str| t(view.calendar.locale(), key, &[]);
    match view.matter {
        None => {
            let title = word("reveals-matter-none");
            panel(&Panel { id: "matter", title: &title, corner: html! {} }, &open_form(view))
        }
        Some(matter) => {
            let title = word(match matter.kind {
                MatterKind::Call => "reveals-matter-call",
                MatterKind::Case => "reveals-matter-case",
            });
            let body = html! {
                (since(view, matter))
                @if !view.things.is_empty() { (show_form(view)) }
            };
            panel(&Panel { id: "matter", title: &title, corner: close_form(view) }, &body)
        }
    }
}

fn open_form(view: &DeskReveals<'_>) -> Markup {
    let word = |key: &str| t(view.calendar.locale(), key, &[]);
    let labels = ["call", "case"].map(|kind| word(&format!("reveals-kind-{kind}")));
    let notes = ["call", "case"].map(|kind| word(&format!("reveals-kind-{kind}-note")));
    let ways = ["call", "case"].iter().zip(labels.iter().zip(&notes)).map(|(value, (label, note))| Choice {
        value,
        label,
        figure: html! {},
        note,
        checked: *value == "call",
    });
    let (legend, label) = (word("reveals-what-for"), word("reveals-begin"));
    let (reference, hint) = (word("reveals-reference"), word("reveals-reference-hint"));
    let action = format!("/desk/accounts/{}/matters", view.account);
    let form =
        PostForm { action: &action, csrf: view.csrf, hidden: &[], swap: false, class: "panel__body stack" };
    let fields = html! {
        (choices("kind", &legend, &ways.collect::<Vec<_>>()))
        (field(&Field { id: "reference", name: "reference", label: &reference, hint: &hint, ..Field::default() }))
        div.btns { (button(&Action { icon: Some(Icon::Case), ..Action::new(ButtonKind::Plain, &label) })) }
    };
    post_form(&form, &fields)
}

fn since(view: &DeskReveals<'_>, matter: &Matter) -> Markup {
    let calendar = view.calendar;
    let (from, until) = (calendar.time(matter.opened_at), calendar.time(matter.ends_at));
    let facts = [("from", Arg::from(&from)), ("until", Arg::from(&until))];
    html! {
        p.panel__body.label {
            @if let Some(reference) = &matter.reference { span.num { (reference) } " · " }
            (t(calendar.locale(), "reveals-since", &facts))
        }
    }
}

fn close_form(view: &DeskReveals<'_>) -> Markup {
    let label = t(view.calendar.locale(), "reveals-end", &[]);
    let action = format!("/desk/accounts/{}/matters/closure", view.account);
    let form = PostForm { action: &action, csrf: view.csrf, hidden: &[], swap: false, class: "" };
    post_form(&form, &button(&Action::new(ButtonKind::Quiet, &label)))
}

fn show_form(view: &DeskReveals<'_>) -> Markup {
    let word = |key: &str| t(view.calendar.locale(), key, &[]);
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
