//! The log at the desk: what is looked for, and each entry as a sentence.

use super::super::http::Asked;
use super::super::model::Teller;
use kernel::Masked;
use maud::{Markup, html};
use platform::audit::{Found, Outcome};
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::components::{
    Action, Badge, ButtonKind, Field, Panel, PostForm, Tone, badge, button, empty, field, link_button, panel,
    post_form,
};
use platform::ui::{Icon, icon};
use std::collections::BTreeMap;

/// What the page shows.
pub(in super::super) struct DeskLog<'a> {
    pub(in super::super) teller: &'a Teller,
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) csrf: &'a str,
    pub(in super::super) asked: &'a Asked,
    pub(in super::super) entries: &'a [Found],
    /// What was typed as reasons, by the ids of entries.
    pub(in super::super) words: &'a BTreeMap<i64, Masked>,
    pub(in super::super) older: Option<&'a str>,
    /// Whether the person that was sought is nobody's.
    pub(in super::super) nobody: bool,
}

/// The page.
pub(in super::super) fn desk_page(log: &DeskLog<'_>) -> Markup {
    let word = |key: &str| log.teller.word(key);
    let (title, file) = (word("audit-log-entries"), word("audit-log-file"));
    let address = log.asked.address("/desk/audit-log/entries.csv", None);
    let corner = html! {
        @if !log.nobody { (link_button(&Action::new(ButtonKind::Quiet, &file), &address)) }
    };
    let body = html! {
        @if log.nobody {
            (empty(&word("audit-log-nobody-found"), &word("audit-log-nobody-found-text"), &html! {}))
        } @else if log.entries.is_empty() {
            (empty(&word("audit-log-none"), &word("audit-log-none-text"), &html! {}))
        } @else {
            div.timeline { @for (at, entry) in log.entries.iter().enumerate() { (line(log, at, entry)) } }
        }
        @if let Some(older) = log.older { p.panel__foot { a href=(older) { (word("audit-log-older")) } } }
    };
    html! {
        (search(log))
        (panel(&Panel { id: "entries", title: &title, corner }, &body))
        p.label { (word("audit-log-read-noted")) }
    }
}

fn search(log: &DeskLog<'_>) -> Markup {
    let (teller, asked) = (log.teller, log.asked);
    let word = |key: &str| teller.word(key);
    let labels = ["person", "from", "until"].map(|name| word(&format!("audit-log-{name}")));
    let [person, from, until] = &labels;
    let hint = word("audit-log-person-hint");
    let day = |id, name, label, value| Field { id, name, label, value, kind: "date", ..Field::default() };
    let title = word("audit-log-search");
    let action = Action { icon: Some(Icon::Search), ..Action::new(ButtonKind::Primary, &title) };
    let outcomes = [Outcome::Done, Outcome::Refused].map(|one| (one.word(), teller.outcome(one)));
    let all = word("audit-log-all");
    let clear = word("audit-log-clear");
    let fields = html! {
        div.filters {
            (field(&Field {
                id: "person", name: "person", label: person, value: &asked.person, hint: &hint, ..Field::default()
            }))
            (select("actor", &word("audit-log-actor"), &all, &teller.colleagues(), &asked.actor))
            (select("act", &word("audit-log-act"), &all, &teller.acts(), &asked.act))
            (select("outcome", &word("audit-log-outcome"), &all, &outcomes, &asked.outcome))
            (field(&day("from", "from", from, &asked.from)))
            (field(&day("until", "until", until, &asked.until)))
        }
        div.btns {
            (button(&action))
            (link_button(&Action::new(ButtonKind::Plain, &clear), "/desk/audit-log"))
        }
    };
    let form = PostForm {
        action: "/desk/audit-log",
        csrf: log.csrf,
        hidden: &[],
        swap: false,
        class: "panel__body stack",
    };
    panel(&Panel { id: "search", title: &title, corner: html! {} }, &post_form(&form, &fields))
}

/// A field that offers what there is. What was chosen and is not offered (an id from an address) stays chosen.
fn select(name: &str, label: &str, all: &str, offered: &[(&str, String)], chosen: &str) -> Markup {
    let known = chosen.is_empty() || offered.iter().any(|(value, _)| *value == chosen);
    html! {
        div.field {
            label for=(name) { (label) }
            select.input id=(name) name=(name) {
                option value="" selected[chosen.is_empty()] { (all) }
                @if !known { option value=(chosen) selected { (chosen) } }
                @for (value, word) in offered {
                    option value=(value) selected[*value == chosen] { (word) }
                }
            }
        }
    }
}

fn line(log: &DeskLog<'_>, at: usize, entry: &Found) -> Markup {
    let (teller, calendar) = (log.teller, log.calendar);
    let before = at.checked_sub(1).and_then(|before| log.entries.get(before));
    let channel = teller.word(&format!("audit-log-channel-{}", entry.channel));
    let shape = match entry.channel.as_str() {
        "app" => Icon::Phone,
        "desk" => Icon::User,
        "network" => Icon::Card,
        _ => Icon::Bolt,
    };
    html! {
        @if before.is_none_or(|before| !calendar.same_day(before.at, entry.at)) {
            h3.timeline__day { (calendar.day_heading(entry.at)) }
        }
        div.event id=(format!("entry-{}", entry.id)) {
            time.num datetime=(calendar.machine(entry.at)) { (calendar.time_with_seconds(entry.at)) }
            span.event__via { (icon(shape)) (channel) }
            div {
                p {
                    (teller.sentence(entry))
                    @if entry.outcome == Outcome::Refused {
                        " " (badge(&Badge { tone: Tone::No, icon: Some(Icon::X), word: &teller.outcome(entry.outcome) }))
                    }
                }
                @if let Some(words) = log.words.get(&entry.id) { p.support { (words.reveal()) } }
                p.label { (facts(teller, entry)) }
            }
        }
    }
}

/// Beneath the sentence: whose data, from where, and where it stands in the tree.
fn facts(teller: &Teller, entry: &Found) -> Markup {
    let with = |key: &str, name: &'static str, value: &str| t(teller.locale, key, &[(name, value.into())]);
    let place = match entry.leaf_index {
        Some(index) => with("audit-log-leaf", "index", &index.to_string()),
        None => teller.word("audit-log-not-integrated"),
    };
    html! {
        @for whose in &entry.concerns {
            a href=(format!("/desk/audit-log?person={whose}")) { (whose) } " · "
        }
        span.num { (entry.act) } " · "
        @if let Some(origin) = &entry.origin { span.num { (origin) } " · " }
        a.num href=(format!("/desk/audit-log/entries/{}", entry.id)) { (place) }
    }
}
