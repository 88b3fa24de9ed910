//! The open cases of a kind, the ones that are due first. It names no customer: whose a case is stands on its own page.

use super::super::store::CaseRow;
use cases::Kind;
use kernel::{CaseId, HOUR_US, Timestamp};
use maud::{Markup, html};
use platform::http::page::Paged;
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::components::{
    Action, Badge, ButtonKind, Column, Panel, PostForm, Table, Tone, badge, button, empty, link_button,
    panel, post_form, table,
};

/// Less than this until the due date is worth a look.
const SOON_US: i64 = 24 * HOUR_US;

/// What the page shows.
pub(in super::super) struct QueuePage<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) now: Timestamp,
    /// Kinds that the reader has a part in.
    pub(in super::super) kinds: &'a [&'a Kind],
    pub(in super::super) chosen: Option<&'a Kind>,
    pub(in super::super) found: Paged<CaseRow>,
    /// The token of the reader's forms.
    pub(in super::super) csrf: &'a str,
}

/// The list.
pub(in super::super) fn queue(page: &QueuePage<'_>) -> Markup {
    let locale = page.calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    let none = || empty(&word("cases-none"), &word("cases-none-text"), &html! {});
    let Some(kind) = page.chosen else { return none() };
    let titles = ["due", "case", "state", "assignee"].map(|key| word(&format!("cases-column-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let rows = page.found.data.iter().map(|row| line(page, kind, row)).collect();
    let name = kind.name.in_language(locale.tag());
    let older = word("cases-more");
    html! {
        nav.btns aria-label=(word("cases-column-kind")) {
            @for other in page.kinds {
                @let ordinary = if other.id == kind.id { ButtonKind::Plain } else { ButtonKind::Quiet };
                (link_button(
                    &Action::new(ordinary, other.name.in_language(locale.tag())),
                    &format!("/desk/cases?kind={}", other.id),
                ))
            }
            (link_button(
                &Action::new(ButtonKind::Quiet, &word("cases-figures-title")),
                &format!("/desk/cases/figures?kind={}", kind.id),
            ))
        }
        @let list = if page.found.data.is_empty() { none() } else {
            table(&Table { label: name, columns: &columns, rows })
        };
        @let corner = if page.found.data.is_empty() { html! {} } else { take_next(page, kind) };
        (panel(&Panel { id: "cases", title: name, corner }, &list))
        @if let Some(cursor) = &page.found.next_cursor {
            (link_button(
                &Action::new(ButtonKind::Plain, &older),
                &format!("/desk/cases?kind={}&cursor={cursor}", kind.id),
            ))
        }
    }
}

/// The button that takes the case that is due first and nobody's.
fn take_next(page: &QueuePage<'_>, kind: &Kind) -> Markup {
    let label = t(page.calendar.locale(), "cases-take-next", &[]);
    let hidden = [("kind", kind.id.as_str())];
    let form =
        PostForm { action: "/desk/cases/next", csrf: page.csrf, hidden: &hidden, swap: false, class: "" };
    post_form(&form, &button(&Action::new(ButtonKind::Primary, &label)))
}

fn line(page: &QueuePage<'_>, kind: &Kind, row: &CaseRow) -> Vec<Markup> {
    let (locale, id) = (page.calendar.locale(), CaseId::from_raw(row.id));
    let state =
        kind.states.get(&row.state).map_or(row.state.as_str(), |state| state.name.in_language(locale.tag()));
    vec![
        due(page.calendar, page.now, row),
        html! { a.num href=(format!("/desk/cases/{id}")) { (id) } },
        html! { (state) },
        html! { span.num { (row.held_by(page.now).unwrap_or_default()) } },
    ]
}

/// The due date, with a word where it is near or past.
pub(super) fn due(calendar: &Calendar, now: Timestamp, row: &CaseRow) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    if row.due_at == i64::MAX {
        return html! { (word("cases-no-clock")) };
    }
    let at = Timestamp::from_us(row.due_at);
    let mark = match at.since_us(now) {
        left if left < 0 => Some((Tone::No, word("cases-overdue"))),
        left if left < SOON_US => Some((Tone::Look, word("cases-soon"))),
        _ => None,
    };
    html! {
        span.num { (calendar.date_time(at)) }
        @if let Some((tone, mark)) = mark { " " (badge(&Badge { tone, icon: None, word: &mark })) }
    }
}
