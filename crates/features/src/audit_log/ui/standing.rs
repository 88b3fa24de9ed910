//! One entry at the desk: what it says, whether it is as it was logged, and what vouches for that.

use super::super::model::Teller;
use kernel::{Masked, Timestamp};
use maud::{Markup, html};
use platform::audit::{Covering, Found, Outcome, Standing};
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Notice, Panel, Tone, badge, facts, link_button, notice, panel,
};

/// What the page shows.
pub(in super::super) struct EntryPage<'a> {
    pub(in super::super) teller: &'a Teller,
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) entry: &'a Found,
    /// What was typed as a reason.
    pub(in super::super) words: Option<&'a Masked>,
    /// Nothing while the entry waits for its place.
    pub(in super::super) standing: Option<&'a Standing>,
    /// How many witnesses the settings name.
    pub(in super::super) witnesses: usize,
}

/// The page.
pub(in super::super) fn entry_page(page: &EntryPage<'_>) -> Markup {
    let word = |key: &str| page.teller.word(key);
    html! {
        p { a href="/desk/audit-log" { (word("audit-log-back")) } }
        (verdict(page))
        (panel(&Panel { id: "entry", title: &word("audit-log-entry"), corner: html! {} }, &what(page)))
        @if let Some(standing) = page.standing {
            (panel(&Panel { id: "standing", title: &word("audit-log-standing"), corner: html! {} }, &place(page, standing)))
            (panel(&Panel { id: "text", title: &word("audit-log-text"), corner: html! {} }, &html! {
                div.panel__body { p.mono.exact { (standing.text) } }
            }))
        }
        p.label { (word("audit-log-read-noted")) }
    }
}

/// In one sentence: whether it can be relied on.
fn verdict(page: &EntryPage<'_>) -> Markup {
    let (tone, icon, key) = match page.standing {
        Some(standing) if !standing.as_logged => (Tone::No, Icon::X, "audit-log-verdict-changed"),
        Some(Standing { covering: Some(_), .. }) => (Tone::Ok, Icon::Check, "audit-log-verdict-covered"),
        _ => (Tone::Plain, Icon::Clock, "audit-log-verdict-waits"),
    };
    let provable = page.standing.is_some_and(|one| one.leaves == 1 && one.covering.is_some());
    let save = page.teller.word("audit-log-proof-save");
    let address = format!("/desk/audit-log/entries/{}/proof", page.entry.id);
    notice(&Notice {
        tone,
        icon,
        title: &page.teller.word(key),
        text: html! { p { (page.teller.word(&format!("{key}-text"))) } },
        acts: html! { @if provable { (link_button(&Action::new(ButtonKind::Plain, &save), &address)) } },
    })
}

fn what(page: &EntryPage<'_>) -> Markup {
    let (teller, entry) = (page.teller, page.entry);
    let word = |key: &str| teller.word(key);
    let names =
        ["at", "act", "channel", "origin", "concerns"].map(|name| word(&format!("audit-log-fact-{name}")));
    let [at, act, channel, origin, concerns] = &names;
    let mut told = vec![
        (
            at.as_str(),
            html! { time datetime=(page.calendar.machine(entry.at)) { (page.calendar.date_time(entry.at)) } },
        ),
        (act.as_str(), html! { span.mono { (entry.act) } }),
        (channel.as_str(), html! { (word(&format!("audit-log-channel-{}", entry.channel))) }),
    ];
    if let Some(from) = &entry.origin {
        told.push((origin.as_str(), html! { span.mono { (from) } }));
    }
    if !entry.concerns.is_empty() {
        told.push((
            concerns.as_str(),
            html! {
                @for (at, whose) in entry.concerns.iter().enumerate() {
                    @if at > 0 { ", " }
                    a.mono href=(format!("/desk/audit-log?person={whose}")) { (whose) }
                }
            },
        ));
    }
    html! {
        div.panel__body.stack {
            p.lead {
                (teller.sentence(entry))
                @if entry.outcome == Outcome::Refused {
                    " " (badge(&Badge { tone: Tone::No, icon: Some(Icon::X), word: &teller.outcome(entry.outcome) }))
                }
            }
            @if let Some(words) = page.words { p.support { (words.reveal()) } }
            (facts(&told))
        }
    }
}

fn place(page: &EntryPage<'_>, standing: &Standing) -> Markup {
    let word = |key: &str| page.teller.word(key);
    let names = ["index", "leaf", "checkpoint", "root", "witnesses"];
    let names = names.map(|name| word(&format!("audit-log-fact-{name}")));
    let [index, leaf, checkpoint, root, witnesses] = &names;
    let last = standing.index + standing.leaves.saturating_sub(1);
    let mut told = vec![(
        index.as_str(),
        html! {
            span.num { (standing.index) @if last > standing.index { "–" (last) } }
        },
    )];
    if standing.leaves == 1 {
        told.push((leaf.as_str(), html! { span.mono.exact { (standing.leaf) } }));
    }
    match &standing.covering {
        Some(covering) => {
            told.push((checkpoint.as_str(), signed(page, covering)));
            told.push((root.as_str(), html! { span.mono.exact { (covering.root) } }));
            told.push((witnesses.as_str(), cosigned(page, covering)));
        }
        None => told.push((checkpoint.as_str(), html! { (word("audit-log-uncovered")) })),
    }
    html! {
        div.panel__body.stack {
            (facts(&told))
            p.label {
                @if standing.leaves > 1 { (word("audit-log-batch-note")) } @else { (word("audit-log-proof-note")) }
            }
        }
    }
}

fn signed(page: &EntryPage<'_>, covering: &Covering) -> Markup {
    let at = Timestamp::from_us(covering.at);
    let size = i64::try_from(covering.size).unwrap_or(i64::MAX);
    let told = [("size", size.into()), ("at", page.calendar.date_time(at).into())];
    html! { (t(page.teller.locale, "audit-log-checkpoint", &told)) }
}

fn cosigned(page: &EntryPage<'_>, covering: &Covering) -> Markup {
    let key = if page.witnesses == 0 { "audit-log-no-witnesses" } else { "audit-log-not-cosigned" };
    html! {
        @if covering.cosigned_by.is_empty() { (page.teller.word(key)) }
        @for (at, name) in covering.cosigned_by.iter().enumerate() {
            @if at > 0 { ", " }
            span.mono { (name) }
        }
    }
}
