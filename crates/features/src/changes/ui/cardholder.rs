//! One's own data, the form of one field, what a change would do, and the changes there are.

use super::super::model::{Change, Field, Value, in_full};
use super::super::rules::Path;
use super::super::service::{Preview, Told, present};
use super::steps::{line, signs};
use super::{View, told as said};
use crate::accounts::Person;
use kernel::Timestamp;
use maud::{Markup, html};
use platform::i18n::Locale;
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Choice, Field as Input, Notice, Panel, PostForm, RowEntry, Tone, button, choices,
    empty, facts, field, link_button, notice, panel, post_form, rows,
};

fn icon(of: Field) -> Icon {
    match of {
        Field::Phone => Icon::Phone,
        Field::Email => Icon::Mail,
        Field::Address => Icon::Home,
        Field::Language => Icon::Globe,
        Field::Name => Icon::User,
        Field::Document => Icon::Card,
    }
}

/// What is known of the reader, and their changes; `device_since` is the age of the bound device of their session.
pub(in super::super) fn list(
    view: &View<'_>,
    person: &Person,
    (changes, device_since): (&[Change], Option<Timestamp>),
    told: Told,
) -> Markup {
    let locale = view.caller.locale;
    let title = view.word("changes-title");
    let shown = |of: Field| match (of, present(of, person)) {
        (Field::Address, Some(value)) => in_full(&value),
        (_, Some(value)) => value.masked(),
        (Field::Document, None) => person.masked_document().unwrap_or_else(|| "—".to_owned()),
        (_, None) => match locale {
            Locale::En => person.name_latin.reveal().to_owned(),
            Locale::ZhHans | Locale::ZhHant => person.name.reveal().to_owned(),
        },
    };
    let act = view.word("changes-change");
    let named: Vec<(Field, String, String, String)> = Field::ALL
        .iter()
        .map(|of| (*of, view.word(&of.name_key()), shown(*of), format!("/details/{}", of.word())))
        .collect();
    let entries: Vec<RowEntry<'_>> = named
        .iter()
        .map(|(of, name, value, href)| RowEntry {
            id: of.word(),
            icon: icon(*of),
            title: name,
            badge: None,
            meta: value,
            end: link_button(&Action { of_what: name, ..Action::new(ButtonKind::Quiet, &act) }, href),
            href: "",
            refused: false,
            below: html! {},
        })
        .collect();
    let heading = view.word("changes-list");
    html! {
        div.home__hello { h1 { (title) } }
        (said(locale, told))
        section.panel aria-label=(title) { (rows(&entries)) }
        h2 { (heading) }
        @if changes.is_empty() {
            (empty(&view.word("changes-none"), &view.word("changes-none-text"), &html! {}))
        }
        @for change in changes { (one(view, change, device_since)) }
    }
}

/// A change with its steps and what can be done about it.
fn one(view: &View<'_>, change: &Change, device_since: Option<Timestamp>) -> Markup {
    let (id, title) = (change.id.to_string(), view.word(&change.field.name_key()));
    let act = |verb: &str, key: &str| {
        let action = format!("/details/changes/{id}/{verb}");
        let label = view.word(key);
        let form =
            PostForm { action: &action, csrf: view.caller.csrf(), hidden: &[], swap: false, class: "" };
        post_form(&form, &button(&Action { of_what: &title, ..Action::new(ButtonKind::Guard, &label) }))
    };
    let body = html! {
        div.panel__body.stack {
            p { (change.from.masked()) " → " (change.to.masked()) }
            @if change.disowned_at.is_some() { p { (view.word("changes-disowned")) } }
            (line(view, change))
            @if change.can_be_stopped() { (signs(view, &change.signs)) (act("stop", "changes-stop")) }
            @if change.can_be_undone(view.app.now()) {
                @if change.is_younger_than(device_since) { (act("undo", "changes-undo")) }
                @else { p { (view.word("changes-undo-device")) } }
            }
            @if let Some(approval) = change.approval {
                p { a href=(format!("/approvals/{approval}")) { (view.word("changes-receipt")) } }
            }
        }
    };
    panel(&Panel { id: &id, title: &title, corner: html! {} }, &body)
}

/// The form of one field, or why there is none; `wrong` is what can be done about a refusal.
pub(in super::super) fn form(
    view: &View<'_>,
    (of, path): (Field, Path),
    value: Option<&Value>,
    wrong: Option<&str>,
) -> Markup {
    let title = view.word(&of.name_key());
    let action = format!("/details/{}/preview", of.word());
    let form = PostForm {
        action: &action,
        csrf: view.caller.csrf(),
        hidden: &[],
        swap: false,
        class: "panel__body stack",
    };
    let next = view.word("changes-next");
    html! {
        div.home__hello { h1 { (title) } }
        @if path == Path::Evidence { (evidence(view)) }
        @else {
            section.panel aria-label=(title) {
                @if let Some(wrong) = wrong { div role="alert" { (refusal(wrong)) } }
                (post_form(&form, &html! {
                    (inputs(view, of, value))
                    div.btns { (button(&Action::new(ButtonKind::Primary, &next))) }
                    p.label { (view.word("changes-form-note")) }
                }))
            }
        }
        p { a href="/details" { (view.word("changes-back")) } }
    }
}

fn refusal(wrong: &str) -> Markup {
    notice(&Notice {
        tone: Tone::No,
        icon: Icon::Alert,
        title: "",
        text: html! { p { (wrong) } },
        acts: html! {},
    })
}

/// Why this is not changed here, where it is, and whom to ask when that is refused.
fn evidence(view: &View<'_>) -> Markup {
    notice(&Notice {
        tone: Tone::Look,
        icon: Icon::Shield,
        title: "",
        text: html! {
            p { (view.word("changes-evidence")) }
            p { (view.word("changes-evidence-how")) }
            p { (view.word("changes-evidence-appeal")) }
        },
        acts: html! {},
    })
}

fn inputs(view: &View<'_>, of: Field, value: Option<&Value>) -> Markup {
    let words =
        |name: &str| (view.word(&format!("changes-new-{name}")), view.word(&format!("changes-hint-{name}")));
    let input = |name: &'static str, mode: &'static str, complete: &'static str, value: &str| {
        let (label, hint) = words(name);
        field(&Input {
            id: name,
            name,
            label: &label,
            hint: &hint,
            value,
            input_mode: mode,
            autocomplete: complete,
            required: true,
            ..Input::default()
        })
    };
    match (of, value) {
        (Field::Phone, _) => input("phone", "tel", "tel", ""),
        (Field::Email, _) => input("email", "email", "email", ""),
        (Field::Address, Some(Value::Address { street, city })) => html! {
            (input("street", "text", "street-address", street.reveal()))
            (input("city", "text", "address-level2", city.reveal()))
        },
        (Field::Address, _) => html! {
            (input("street", "text", "street-address", ""))
            (input("city", "text", "address-level2", ""))
        },
        (Field::Language, value) => {
            let offered: Vec<Choice<'_>> = Locale::ALL
                .iter()
                .map(|locale| Choice {
                    value: locale.tag(),
                    label: locale.own_name(),
                    figure: html! {},
                    note: "",
                    checked: value == Some(&Value::Language(*locale)),
                })
                .collect();
            choices("language", &view.word("changes-field-language"), &offered)
        }
        (Field::Name | Field::Document, _) => html! {},
    }
}

/// What a change would do, in plain words with its dates, and the way to sign it.
pub(in super::super) fn preview(view: &View<'_>, preview: &Preview) -> Markup {
    let calendar = view.app.calendar(view.caller.locale);
    let (due, until) = (calendar.date_time(preview.due_at), calendar.date_time(preview.undo_until));
    let of = preview.field;
    let at_once = preview.plan.delay_us == 0;
    let sentence =
        |key: &str| view.with(key, &[("due", due.as_str().into()), ("until", until.as_str().into())]);
    let mut consequences = Vec::new();
    if at_once {
        consequences.push(sentence("changes-effect-now"));
    } else {
        consequences.push(sentence("changes-effect-wait"));
        consequences.push(sentence(&format!("changes-effect-{}", of.word())));
        if matches!(of, Field::Phone | Field::Email) {
            consequences.push(sentence("changes-effect-sessions"));
        }
        consequences.push(sentence("changes-effect-notices"));
        consequences.push(sentence("changes-effect-stop"));
        consequences.push(sentence("changes-effect-undo"));
    }
    let parts = super::super::model::parts(&preview.to);
    let names: &[&str] = match of {
        Field::Phone => &["phone"],
        Field::Email => &["email"],
        Field::Address => &["street", "city"],
        Field::Language => &["language"],
        Field::Name | Field::Document => &[],
    };
    let hidden: Vec<(&str, &str)> = names.iter().copied().zip(parts.iter().map(String::as_str)).collect();
    let action = format!("/details/{}", of.word());
    let form = PostForm {
        action: &action,
        csrf: view.caller.csrf(),
        hidden: &hidden,
        swap: false,
        class: "panel__body",
    };
    let act = view.word(if at_once { "changes-save" } else { "changes-go-sign" });
    let title = view.word("changes-preview");
    let (before, after) = (view.word("changes-before"), view.word("changes-after"));
    html! {
        div.home__hello { h1 { (view.word(&of.name_key())) } }
        section.panel aria-label=(title) {
            div.panel__body.stack {
                h2 { (title) }
                (facts(&[
                    (&before, html! { (preview.from.masked()) }),
                    (&after, html! { (in_full(&preview.to)) }),
                ]))
                ul.bullets { @for sentence in &consequences { li { (sentence) } } }
                (signs(view, &preview.plan.signs))
            }
            (post_form(&form, &button(&Action::new(ButtonKind::Primary, &act))))
        }
        p { a href="/details" { (view.word("changes-back")) } }
    }
}
