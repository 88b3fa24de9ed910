//! What waits for the reader, and what they answered before; the whole page, or the part for the security centre.

use super::super::model::{Approval, State};
use super::approval::{state_word, tone_of};
use super::{View, words_of};
use maud::{Markup, html};
use platform::http::page::Paged;
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Panel, RowEntry, Tone, empty, link_button, panel, rows,
};

/// How many the security centre shows.
const PART_ROWS: usize = 3;

/// The page.
pub(in super::super) fn list(view: &View<'_>, found: &Paged<Approval>) -> Markup {
    let older = view.word("approvals-older");
    html! {
        div.home__hello { h1 { (view.word("approvals-title")) } }
        @if found.data.is_empty() {
            (empty(&view.word("approvals-none"), &view.word("approvals-none-text"), &html! {}))
        } @else {
            section.panel { (entries(view, &found.data)) }
        }
        @if let Some(cursor) = &found.next_cursor {
            (link_button(&Action::new(ButtonKind::Plain, &older), &format!("/approvals?cursor={cursor}")))
        }
        p.label { (view.word("approvals-list-note")) }
    }
}

/// The part for the security centre: what waits first, and a way to the rest.
pub(in super::super) fn part(view: &View<'_>, found: &Paged<Approval>) -> Markup {
    let now = view.app.now();
    let mut shown: Vec<Approval> = found.data.clone();
    shown.sort_by_key(|approval| approval.state_at(now) != State::Waiting);
    shown.truncate(PART_ROWS);
    let (title, all) = (view.word("approvals-title"), view.word("approvals-all"));
    let body = html! {
        @if shown.is_empty() { p.panel__body.label { (view.word("approvals-none-text")) } }
        @else { (entries(view, &shown)) }
    };
    let corner =
        link_button(&Action { of_what: &title, ..Action::new(ButtonKind::Quiet, &all) }, "/approvals");
    panel(&Panel { id: "approvals", title: &title, corner }, &body)
}

fn entries(view: &View<'_>, approvals: &[Approval]) -> Markup {
    let (now, calendar) = (view.app.now(), view.app.calendar(view.caller.locale));
    let lines: Vec<(String, String, String, String, String)> = approvals
        .iter()
        .map(|approval| {
            let (words, _) = words_of(view.app, approval);
            let state = state_word(view, approval.state_at(now));
            let href = format!("/approvals/{}", approval.id);
            (approval.id.to_string(), view.word(words), calendar.date_time(approval.at), state, href)
        })
        .collect();
    let list: Vec<RowEntry<'_>> = approvals
        .iter()
        .zip(&lines)
        .map(|(approval, (id, title, at, state, href))| {
            let (tone, shape) = tone_of(approval.state_at(now));
            RowEntry {
                id,
                icon: if tone == Tone::Look { Icon::Bell } else { Icon::Check },
                title,
                badge: Some(Badge { tone, icon: Some(shape), word: state }),
                meta: at,
                end: html! {},
                href,
                refused: false,
                below: html! {},
            }
        })
        .collect();
    rows(&list)
}
