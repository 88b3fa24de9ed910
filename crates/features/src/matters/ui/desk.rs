//! Asking what a customer is served for, and saying what they are served for.

use super::super::model::{Matter, MatterKind};
use crate::staff::ask_for_record;
use kernel::{CaseId, CustomerId};
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Choice, Field, Notice, Panel, PostForm, Tone, button, choices, field, notice, panel,
    post_form,
};

/// What the page needs to know that asks.
pub(in super::super) struct Asking<'a> {
    pub(in super::super) locale: Locale,
    pub(in super::super) csrf: &'a str,
    pub(in super::super) customer: CustomerId,
    /// What the reader can open, the usual one first.
    pub(in super::super) kinds: &'a [MatterKind],
    /// The alert about the customer that the reader works on.
    pub(in super::super) alert: Option<&'a str>,
    /// The case that they wanted to open.
    pub(in super::super) case: Option<CaseId>,
    /// Whether they can open it for an emergency.
    pub(in super::super) emergency: bool,
    /// Where they wanted to go.
    pub(in super::super) next: &'a str,
}

/// The page of somebody for whom the record is closed. It shows nothing about the customer but the id.
pub(in super::super) fn asking(view: &Asking<'_>) -> Markup {
    let word = |key: &str| t(view.locale, key, &[]);
    html! {
        @if view.kinds.is_empty() { (ask_for_record(view.locale, view.csrf, view.customer)) }
        @else {
            (notice(&Notice {
                tone: Tone::Look,
                icon: Icon::Lock,
                title: &word("matters-closed"),
                text: html! { p { (word("matters-closed-text")) } },
                acts: html! {},
            }))
            (opening_form(view))
        }
        @if view.emergency { (emergency_form(view)) }
    }
}

fn emergency_form(view: &Asking<'_>) -> Markup {
    let word = |key: &str| t(view.locale, key, &[]);
    let (title, label) = (word("matters-kind-emergency"), word("matters-emergency-open"));
    let action = format!("/desk/customers/{}/emergencies", view.customer);
    let hidden = [("next", view.next)];
    let form = PostForm {
        action: &action,
        csrf: view.csrf,
        hidden: &hidden,
        swap: false,
        class: "panel__body stack",
    };
    let fields = html! {
        p.label { (word("matters-kind-emergency-note")) }
        (words_field(view.locale, "emergency-words", true))
        div.btns { (button(&Action::new(ButtonKind::Danger, &label))) }
    };
    panel(&Panel { id: "emergency", title: &title, corner: html! {} }, &post_form(&form, &fields))
}

fn opening_form(view: &Asking<'_>) -> Markup {
    let word = |key: &str| t(view.locale, key, &[]);
    let offered: Vec<MatterKind> = view
        .kinds
        .iter()
        .copied()
        .filter(|kind| *kind != MatterKind::Alert || view.alert.is_some())
        .collect();
    let labels: Vec<(MatterKind, String, String)> = offered
        .iter()
        .map(|kind| {
            let note = match (kind, view.alert) {
                (MatterKind::Alert, Some(alert)) => alert.to_owned(),
                _ => word(&format!("matters-kind-{}-note", kind.word())),
            };
            (*kind, word(&format!("matters-kind-{}", kind.word())), note)
        })
        .collect();
    let ways: Vec<Choice<'_>> = labels
        .iter()
        .enumerate()
        .map(|(at, (kind, label, note))| Choice {
            value: kind.word(),
            label,
            figure: html! {},
            note,
            checked: match view.case {
                Some(_) => *kind == MatterKind::Case,
                None => at == 0,
            },
        })
        .collect();
    let (legend, label) = (word("matters-what-for"), word("matters-begin"));
    let (reference, hint) = (word("matters-reference"), word("matters-reference-hint"));
    let case = view.case.map_or_else(String::new, |case| case.to_string());
    let action = format!("/desk/customers/{}/matters", view.customer);
    let hidden = [("next", view.next)];
    let form = PostForm {
        action: &action,
        csrf: view.csrf,
        hidden: &hidden,
        swap: false,
        class: "panel__body stack",
    };
    let fields = html! {
        (choices("kind", &legend, &ways))
        @if offered.contains(&MatterKind::Case) {
            (field(&Field { id: "reference", name: "reference", label: &reference, value: &case, hint: &hint, ..Field::default() }))
        }
        @if offered.contains(&MatterKind::Review) { (words_field(view.locale, "words", false)) }
        div.btns { (button(&Action { icon: Some(Icon::Case), ..Action::new(ButtonKind::Primary, &label) })) }
    };
    let title = word("matters-none");
    let corner = html! { span.label.num { (view.customer) } };
    panel(&Panel { id: "matter", title: &title, corner }, &post_form(&form, &fields))
}

fn words_field(locale: Locale, id: &str, required: bool) -> Markup {
    let (label, hint) = (t(locale, "matters-words", &[]), t(locale, "matters-words-hint", &[]));
    field(&Field { id, name: "words", label: &label, hint: &hint, required, ..Field::default() })
}

/// What the panel of a live matter needs to know.
#[derive(Debug)]
pub struct MatterPanel<'a> {
    /// Dates for the reader.
    pub calendar: &'a Calendar,
    /// The token of the reader's forms.
    pub csrf: &'a str,
    /// The live matter.
    pub matter: &'a Matter,
}

/// What the reader serves the customer for, since when and until when; `body` is what can be done for it.
pub fn matter_panel(view: &MatterPanel<'_>, body: &Markup) -> Markup {
    let (calendar, matter) = (view.calendar, view.matter);
    let locale = calendar.locale();
    let title = t(locale, &format!("matters-for-{}", matter.kind.word()), &[]);
    let (from, until) = (calendar.time(matter.opened_at), calendar.time(matter.ends_at));
    let facts = [("from", Arg::from(&from)), ("until", Arg::from(&until))];
    let label = t(locale, "matters-end", &[]);
    let action = format!("/desk/customers/{}/matters/closure", matter.customer);
    let close = PostForm { action: &action, csrf: view.csrf, hidden: &[], swap: false, class: "" };
    let close = post_form(&close, &button(&Action::new(ButtonKind::Quiet, &label)));
    let inside = html! {
        p.panel__body.label {
            @if let Some(reference) = &matter.reference { span.num { (reference) } " · " }
            (t(locale, "matters-since", &facts))
        }
        (body)
    };
    panel(&Panel { id: "matter", title: &title, corner: close }, &inside)
}
