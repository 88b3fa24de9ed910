//! The inbox and one of its messages.

use super::super::model::Item;
use maud::{Markup, html};
use platform::http::page::Paged;
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, PostForm, RowEntry, Tone, button, empty, link_button, post_form, rows,
};

/// The list, newest first.
pub(in super::super) fn inbox(calendar: &Calendar, csrf: &str, found: &Paged<Item>) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let (new, older, all) = (word("messages-new"), word("messages-older"), word("messages-read-all"));
    let ids: Vec<(String, String, String)> = found
        .data
        .iter()
        .map(|item| (item.id.to_string(), format!("/inbox/{}", item.id), calendar.date_time(item.at)))
        .collect();
    let entries: Vec<RowEntry<'_>> = found
        .data
        .iter()
        .zip(&ids)
        .map(|(item, (id, href, at))| RowEntry {
            id,
            icon: Icon::Mail,
            title: &item.title,
            badge: item.unread.then(|| Badge { tone: Tone::Look, icon: None, word: &new }),
            meta: at,
            end: html! {},
            href,
            refused: false,
            below: html! {},
        })
        .collect();
    let form = PostForm { action: "/inbox/read", csrf, hidden: &[], swap: false, class: "" };
    html! {
        h1 { (word("messages-title")) }
        @if found.data.is_empty() { (empty(&word("messages-none"), &word("messages-none-text"), &html! {})) }
        @else {
            @if found.data.iter().any(|item| item.unread) {
                (post_form(&form, &button(&Action::new(ButtonKind::Plain, &all))))
            }
            section.panel { (rows(&entries)) }
        }
        @if let Some(cursor) = &found.next_cursor {
            (link_button(&Action::new(ButtonKind::Plain, &older), &format!("/inbox?cursor={cursor}")))
        }
        p.label { (word("messages-never-ask")) }
    }
}

/// One message.
pub(in super::super) fn message(calendar: &Calendar, item: &Item) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let back = word("messages-back");
    html! {
        h1 { (item.title) }
        p.label { time datetime=(calendar.machine(item.at)) { (calendar.date_time(item.at)) } }
        section.panel { div.panel__body { p { (item.text) } } }
        (link_button(&Action { icon: Some(Icon::Back), ..Action::new(ButtonKind::Plain, &back) }, "/inbox"))
        p.label { (word("messages-never-ask")) }
    }
}
