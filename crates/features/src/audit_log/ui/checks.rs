//! How the reader was recognised, and who tried: sign-ins, proofs, passkeys and signatures.

use super::super::model::CHECKS;
use maud::{Markup, html};
use platform::audit::{Found, Outcome};
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Panel, RowEntry, Tone, empty, link_button, panel, rows,
};

/// Checks that the security centre shows.
const PART_LINES: usize = 4;

/// The page.
pub(in super::super) fn checks_page(calendar: &Calendar, checks: &[Found], older: Option<&str>) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let more = word("audit-log-older");
    html! {
        div.home__hello { h1 { (word("audit-log-checks")) } }
        p { (word("audit-log-checks-intro")) }
        @if checks.is_empty() { (empty(&word("audit-log-checks"), &word("audit-log-checks-none"), &html! {})) }
        @else { section.panel aria-label=(word("audit-log-checks")) { (lines(calendar, checks)) } }
        @if let Some(older) = older { (link_button(&Action::new(ButtonKind::Plain, &more), older)) }
    }
}

/// The part for the security centre.
pub(in super::super) fn checks_part(calendar: &Calendar, checks: &[Found]) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let (title, all) = (word("audit-log-checks"), word("audit-log-checks-all"));
    let body = html! {
        @if checks.is_empty() { p.panel__body.label { (word("audit-log-checks-none")) } }
        @else { (lines(calendar, checks.get(..PART_LINES).unwrap_or(checks))) }
    };
    let corner =
        link_button(&Action { of_what: &title, ..Action::new(ButtonKind::Quiet, &all) }, "/security/checks");
    panel(&Panel { id: "checks", title: &title, corner }, &body)
}

fn lines(calendar: &Calendar, checks: &[Found]) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let refused = word("audit-log-check-refused");
    let told: Vec<(String, String, String)> = checks
        .iter()
        .map(|check| {
            let key =
                CHECKS.iter().find(|(act, _)| *act == check.act).map_or("audit-log-checks", |(_, key)| key);
            let channel = word(&format!("audit-log-channel-{}", check.channel));
            (
                format!("check-{}", check.id),
                word(key),
                format!("{} · {channel}", calendar.date_time(check.at)),
            )
        })
        .collect();
    let entries: Vec<RowEntry<'_>> = checks
        .iter()
        .zip(&told)
        .map(|(check, (id, title, meta))| {
            let went_wrong = check.outcome != Outcome::Done;
            RowEntry {
                id,
                icon: if went_wrong { Icon::Alert } else { Icon::Check },
                title,
                badge: went_wrong.then_some(Badge { tone: Tone::No, icon: Some(Icon::X), word: &refused }),
                meta,
                end: html! {},
                href: "",
                refused: false,
                below: html! {},
            }
        })
        .collect();
    rows(&entries)
}
