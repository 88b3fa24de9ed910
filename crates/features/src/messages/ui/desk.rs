//! What could not be delivered: to whom and why, not what it says.

use super::super::model::{Failure, Undelivered};
use maud::{Markup, html};
use platform::http::page::Paged;
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::components::{
    Action, Badge, ButtonKind, Column, Panel, PostForm, Table, Tone, badge, button, empty, link_button,
    panel, post_form, table,
};

/// The list. `csrf` for readers who may let a message be tried again.
pub(in super::super) fn undelivered(
    calendar: &Calendar,
    csrf: Option<&str>,
    found: &Paged<(Undelivered, String)>,
) -> Markup {
    let locale = calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    if found.data.is_empty() {
        return empty(&word("messages-undelivered-none"), &word("messages-undelivered-none-text"), &html! {});
    }
    let titles = ["at", "customer", "kind", "way", "why", "attempts", "act"]
        .map(|key| word(&format!("messages-column-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let older = word("messages-older");
    let rows = found.data.iter().map(|(one, title)| {
        let why = word(&format!("messages-why-{}", one.failure.word().replace('_', "-")));
        vec![
            html! { span.num { (calendar.date_time(one.at)) } },
            html! { span.num { (one.to) } },
            html! { (title) },
            html! { (word(&format!("messages-way-{}", one.way.word()))) },
            badge(&Badge { tone: tone(one.failure), icon: None, word: &why }),
            html! { span.num { (one.attempts) } },
            html! { @if let Some(csrf) = csrf { (again(calendar, csrf, one)) } },
        ]
    });
    let title = word("messages-desk-title");
    html! {
        p.label { (word("messages-desk-note")) }
        (panel(
            &Panel { id: "undelivered", title: &title, corner: html! {} },
            &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
        ))
        @if let Some(cursor) = &found.next_cursor {
            (link_button(&Action::new(ButtonKind::Plain, &older), &format!("/desk/messages?cursor={cursor}")))
        }
    }
}

fn tone(failure: Failure) -> Tone {
    if failure.can_be_retried() { Tone::No } else { Tone::Plain }
}

fn again(calendar: &Calendar, csrf: &str, one: &Undelivered) -> Markup {
    if !one.failure.can_be_retried() {
        return html! {};
    }
    let (label, of) = (t(calendar.locale(), "messages-retry", &[]), one.message.to_string());
    let action = format!("/desk/messages/{}/retry", one.message);
    let form = PostForm { action: &action, csrf, hidden: &[], swap: false, class: "" };
    post_form(&form, &button(&Action { of_what: &of, ..Action::new(ButtonKind::Quiet, &label) }))
}
