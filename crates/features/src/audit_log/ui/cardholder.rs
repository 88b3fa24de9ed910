//! Who looked at my data: a list by days, each line who, when, which part and why.

use super::super::model::{Teller, part_of};
use maud::{Markup, html};
use platform::audit::Found;
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Panel, RowEntry, day_heading, empty, link_button, panel, row,
};

/// Looks that the security centre shows.
const PART_LINES: usize = 3;

/// The page.
pub(in super::super) fn own_page(
    teller: &Teller,
    calendar: &Calendar,
    looks: &[Found],
    older: Option<&str>,
    is_first: bool,
) -> Markup {
    let word = |key: &str| teller.word(key);
    let newest = word("audit-log-newest");
    let more = word("audit-log-older");
    html! {
        div.home__hello { h1 { (word("audit-log-own-title")) } }
        p { (word("audit-log-own-intro")) }
        @if looks.is_empty() {
            (empty(&word("audit-log-own-none"), &word("audit-log-own-none-text"), &html! {}))
        } @else {
            section.panel.home__list aria-label=(word("audit-log-own-title")) {
                @for (at, look) in looks.iter().enumerate() {
                    @let before = at.checked_sub(1).and_then(|before| looks.get(before));
                    @if before.is_none_or(|before| !calendar.same_day(before.at, look.at)) {
                        (day_heading(&calendar.day_heading(look.at)))
                    }
                    (line(teller, &calendar.time(look.at), look))
                }
            }
        }
        @if !is_first || older.is_some() {
            div.btns {
                @if !is_first { (link_button(&Action::new(ButtonKind::Plain, &newest), "/who-looked")) }
                @if let Some(older) = older { (link_button(&Action::new(ButtonKind::Plain, &more), older)) }
            }
        }
        p.label { (word("audit-log-own-note")) }
    }
}

/// The part for the security centre: the last looks, and a way to the rest.
pub(in super::super) fn own_part(teller: &Teller, calendar: &Calendar, looks: &[Found]) -> Markup {
    let (title, all) = (teller.word("audit-log-own-title"), teller.word("audit-log-own-all"));
    let body = html! {
        @if looks.is_empty() { p.panel__body.label { (teller.word("audit-log-own-none-text")) } }
        @else {
            @for look in looks.iter().take(PART_LINES) { (line(teller, &calendar.date_time(look.at), look)) }
        }
    };
    let corner =
        link_button(&Action { of_what: &title, ..Action::new(ButtonKind::Quiet, &all) }, "/who-looked");
    panel(&Panel { id: "who-looked", title: &title, corner }, &body)
}

fn line(teller: &Teller, at: &str, look: &Found) -> Markup {
    let part = part_of(&look.act).map(|key| teller.word(key)).unwrap_or_default();
    let who = teller.who_for_owner(&look.actor);
    let meta = format!("{at} · {who} · {}", why(teller, look));
    html! {
        ul.rows {
            (row(&RowEntry {
                id: &format!("look-{}", look.id),
                icon: Icon::Eye,
                title: &part,
                badge: None,
                meta: &meta,
                end: html! {},
                href: "",
                refused: false,
                below: html! {},
            }))
        }
    }
}

/// Why they looked: the reason they gave, else the call or case it was for, else that none was noted.
fn why(teller: &Teller, look: &Found) -> String {
    let fact = |name: &str| look.detail.get(name).and_then(serde_json::Value::as_str);
    if let Some(reason) = fact("reason") {
        return teller.word(&format!("audit-log-reason-{}", reason.replace('_', "-")));
    }
    match (fact("matter"), fact("reference")) {
        (Some(kind @ ("call" | "alert" | "review" | "emergency")), _) => {
            teller.word(&format!("audit-log-for-{kind}"))
        }
        (Some("case"), Some(reference)) => {
            t(teller.locale, "audit-log-for-case", &[("reference", reference.into())])
        }
        (Some(_), _) => teller.word("audit-log-for-case-unnamed"),
        (None, _) => teller.word("audit-log-for-service"),
    }
}
