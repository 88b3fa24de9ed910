//! One case: what it is, its clocks, what waits for approval, what can be done and what is in the way, what happened.

use super::super::model::Seen;
use super::clocks::clocks;
use super::links::links;
use super::words::Naming;
use cases::{Blocker, Event, EventBody, Offer, Stretch};
use kernel::Timestamp;
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Field, Notice, Panel, PostForm, Tone, badge, button, facts, field, notice,
    panel, post_form,
};
use std::collections::BTreeMap;

/// What the page shows.
pub(in super::super) struct CasePage<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) naming: Naming<'a>,
    pub(in super::super) now: Timestamp,
    pub(in super::super) seen: &'a Seen,
    /// Which time counted, by clock.
    pub(in super::super) explained: BTreeMap<String, Vec<Stretch>>,
    pub(in super::super) csrf: &'a str,
    /// A number for each form of the page: what is sent from one twice is done once.
    pub(in super::super) form: &'a dyn Fn() -> i64,
    /// What was sent from an older page and could not be done.
    pub(in super::super) refused: Option<Refused>,
}

/// What was sent and could not be done.
pub(in super::super) struct Refused {
    /// What was in the way.
    pub(in super::super) blockers: Vec<Blocker>,
    /// The version that its page showed.
    pub(in super::super) seen: u64,
    /// What was typed, so that nobody types it twice.
    pub(in super::super) words: String,
}

impl CasePage<'_> {
    pub(super) fn word(&self, key: &str) -> String {
        self.naming.word(key)
    }

    /// What was typed on the page before this one.
    fn typed(&self) -> &str {
        self.refused.as_ref().map_or("", |refused| refused.words.as_str())
    }

    /// A form that sends one act.
    pub(super) fn form(&self, act: &str, hidden: &[(&str, &str)], content: &Markup) -> Markup {
        let (version, form) = (self.seen.case.version.to_string(), (self.form)().to_string());
        let mut all = vec![("act", act), ("version", version.as_str()), ("form", form.as_str())];
        all.extend_from_slice(hidden);
        let action = format!("/desk/cases/{}/acts", self.seen.id);
        let form = PostForm {
            action: &action,
            csrf: self.csrf,
            hidden: &all,
            swap: false,
            class: "panel__body stack",
        };
        post_form(&form, content)
    }
}

/// The page.
pub(in super::super) fn case(page: &CasePage<'_>) -> Markup {
    html! {
        (refusal(page))
        (head(page))
        (waiting(page))
        (acts(page))
        (clocks(page))
        (links(page))
        (timeline(page))
    }
}

/// Why what was sent was not done; where somebody else was faster, what they did meanwhile.
fn refusal(page: &CasePage<'_>) -> Markup {
    let Some(refused) = &page.refused else { return html! {} };
    let collided = refused.blockers.iter().any(|blocker| matches!(blocker, Blocker::VersionChanged { .. }));
    let title = page.word(if collided { "cases-collision" } else { "cases-refused" });
    let since = page.seen.events.iter().filter(|event| event.seq > refused.seen);
    let text = html! {
        @if collided {
            p { (page.word("cases-collision-text")) }
            ol { @for event in since { (told(page, event)) } }
        } @else { (blockers(page, &refused.blockers)) }
    };
    notice(&Notice { tone: Tone::Look, icon: Icon::Alert, title: &title, text, acts: html! {} })
}

fn head(page: &CasePage<'_>) -> Markup {
    let case = &page.seen.case;
    let titles =
        ["state", "customer", "opened", "assignee"].map(|key| page.word(&format!("cases-column-{key}")));
    let [state, customer, opened, assignee] = &titles;
    let claimed = case.claimed(page.now);
    let holder = case.assignee.or(claimed.map(|(by, _)| by)).map(|by| by.to_string());
    let holder = holder.unwrap_or_else(|| page.word("cases-nobody"));
    let until = claimed.map(|(_, until)| page.calendar.date_time(until));
    let mut entries = vec![
        (state.as_str(), html! { (page.naming.state(&case.state)) }),
        (
            customer.as_str(),
            html! { a.num href=(format!("/desk/customers/{}", page.seen.customer)) { (page.seen.customer) } },
        ),
        (opened.as_str(), html! { span.num { (page.calendar.date_time(case.opened_at)) } }),
        (assignee.as_str(), html! { span.num { (holder) } @if let Some(until) = until { " · " (until) } }),
    ];
    let named: Vec<(String, Markup)> = case
        .fields
        .iter()
        .map(|(name, value)| (page.naming.field(name), page.naming.value(name, value)))
        .collect();
    entries.extend(named.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let corner = html! { (badge(&Badge { tone: Tone::Plain, icon: Some(Icon::Case), word: page.naming.state(&case.state) })) };
    let body = html! { div.panel__body { (facts(&entries)) } };
    panel(&Panel { id: "case", title: page.naming.kind_name(), corner }, &body)
}

/// Requests that wait for others, each with the votes that its content has.
fn waiting(page: &CasePage<'_>) -> Markup {
    let case = &page.seen.case;
    if case.pending.is_empty() {
        return html! {};
    }
    let (agree, deny) = (page.word("cases-agree"), page.word("cases-deny"));
    let body = html! {
        @for pending in &case.pending {
            @let offer = page.seen.offers.iter().find(|offer| offer.act == "vote" && offer.of == Some(pending.id));
            @let (of, seen) = (pending.id.to_string(), pending.content_now(case).to_string());
            div.panel__body.stack {
                p {
                    strong { (page.naming.transition(&pending.transition)) }
                    " " span.num.label { (page.word("cases-votes")) " " (pending.votes.len()) " · " (page.word("cases-until")) " " (page.calendar.date_time(pending.expires_at)) }
                }
                @for (name, value) in &pending.input { p.label { (page.naming.field(name)) ": " (page.naming.value(name, value)) } }
                @if let Some(reason) = &pending.reason { p.label { (reason) } }
                p.label { (page.word("cases-asked-by")) " " span.num { (pending.maker) } }
                @if let Some(offer) = offer {
                    @if offer.blockers.is_empty() {
                        (page.form("agree", &[("of", &of), ("seen", &seen)], &button(&Action::new(ButtonKind::Plain, &agree))))
                        (page.form("deny", &[("of", &of), ("seen", &seen)], &button(&Action::new(ButtonKind::Quiet, &deny))))
                    } @else { (blockers(page, &offer.blockers)) }
                }
            }
        }
    };
    panel(&Panel { id: "waiting", title: &page.word("cases-waiting"), corner: html! {} }, &body)
}

/// What can be done, and what is in the way of the rest.
fn acts(page: &CasePage<'_>) -> Markup {
    let moves = page.seen.offers.iter().filter(|offer| offer.transition.is_some() && offer.act != "vote");
    let possible =
        |act: &str| page.seen.offers.iter().any(|offer| offer.act == act && offer.blockers.is_empty());
    let (claim, release, note) =
        (page.word("cases-claim"), page.word("cases-release"), page.word("cases-note"));
    let label = page.word("cases-note-label");
    let body = html! {
        @if possible("claim") { (page.form("claim", &[], &html! { div.btns { (button(&Action::new(ButtonKind::Plain, &claim))) } })) }
        @if page.seen.case.claimed(page.now).is_some() {
            (page.form("release", &[], &html! { div.btns { (button(&Action::new(ButtonKind::Plain, &release))) } }))
        }
        @if possible("note") {
            (page.form("note", &[], &html! {
                (field(&Field { id: "note", name: "words", label: &label, value: page.typed(), required: true, ..Field::default() }))
                div.btns { (button(&Action::new(ButtonKind::Plain, &note))) }
            }))
        }
        @for offer in moves { (offered(page, offer)) }
    };
    panel(&Panel { id: "acts", title: &page.word("cases-acts"), corner: html! {} }, &body)
}

fn offered(page: &CasePage<'_>, offer: &Offer) -> Markup {
    let name = offer.transition.as_deref().unwrap_or_default();
    let label = match offer.act {
        "break_glass" => format!("{} ({})", page.naming.act(name), page.word("cases-break-glass")),
        "review" => format!("{} ({})", page.naming.act(name), page.word("cases-review")),
        _ => page.naming.act(name),
    };
    // From another state it is no matter of now; everything else that is in the way is worth knowing.
    if offer.blockers.iter().any(|blocker| matches!(blocker, Blocker::WrongState { .. } | Blocker::NoGlass)) {
        return html! {};
    }
    if !offer.blockers.is_empty() {
        return html! { div.panel__body { p { (label) } (blockers(page, &offer.blockers)) } };
    }
    let of = offer.of.unwrap_or_default().to_string();
    let hidden = [("transition", name), ("of", of.as_str())];
    // That it is done at once is what a button says by itself.
    let others = match offer.asks_others {
        Some(true) => Some("cases-asks-others"),
        Some(false) => None,
        None => Some("cases-asks-perhaps"),
    };
    let content = html! {
        @for need in &offer.needs { (needed(page, name, need)) }
        div.btns { (button(&Action::new(ButtonKind::Plain, &label))) }
        @if let Some(others) = others { p.label { (page.word(others)) } }
    };
    page.form(offer.act, &hidden, &content)
}

/// The field of a form for what has to come with an act.
fn needed(page: &CasePage<'_>, transition: &str, need: &str) -> Markup {
    let id = format!("{transition}-{}", need.replace('.', "-"));
    if need == "reason" {
        let (label, value) = (page.word("cases-reason"), page.typed());
        return field(&Field {
            id: &id,
            name: "words",
            label: &label,
            value,
            required: true,
            ..Field::default()
        });
    }
    page.naming.asked(&id, need, true)
}

fn blockers(page: &CasePage<'_>, found: &[Blocker]) -> Markup {
    html! { ul.panel__body { @for blocker in found {
        li.label { (page.word(&format!("cases-blocker-{}", blocker.code().replace('_', "-")))) }
    } } }
}

fn timeline(page: &CasePage<'_>) -> Markup {
    let body = html! { ol.panel__body.stack { @for event in page.seen.events.iter().rev() { (told(page, event)) } } };
    panel(&Panel { id: "timeline", title: &page.word("cases-timeline"), corner: html! {} }, &body)
}

fn told(page: &CasePage<'_>, event: &Event) -> Markup {
    html! {
        li {
            span.num { (page.calendar.date_time(event.at)) } " "
            strong { (sentence(page, event)) } " "
            span.num.label { (event.actor) }
            @if let Some(text) = text(event) { p { (text) } }
        }
    }
}

fn sentence(page: &CasePage<'_>, event: &Event) -> String {
    match &event.body {
        EventBody::Moved { transition, .. } => page.naming.transition(transition).to_owned(),
        EventBody::Proposed { transition, .. } => {
            format!("{}: {}", page.word("cases-event-proposed"), page.naming.transition(transition))
        }
        other => page.word(event_key(other)),
    }
}

fn event_key(body: &EventBody) -> &'static str {
    match body {
        EventBody::Opened { .. } => "cases-event-opened",
        EventBody::Moved { .. } | EventBody::Proposed { .. } => "cases-event-proposed",
        EventBody::Fired { .. } => "cases-event-fired",
        EventBody::Edited { .. } => "cases-event-edited",
        EventBody::Amended { .. } => "cases-event-amended",
        EventBody::Agreed { .. } => "cases-event-agreed",
        EventBody::Dropped { .. } => "cases-event-dropped",
        EventBody::Reviewed { .. } => "cases-event-reviewed",
        EventBody::Claimed { .. } => "cases-event-claimed",
        EventBody::Released => "cases-event-released",
        EventBody::Assigned { .. } => "cases-event-assigned",
        EventBody::Noted { .. } => "cases-event-noted",
        EventBody::Attached { .. } => "cases-event-attached",
        EventBody::Linked { .. } => "cases-event-linked",
    }
}

/// What somebody wrote with it.
fn text(event: &Event) -> Option<&str> {
    let text = match &event.body {
        EventBody::Noted { text } => Some(text),
        EventBody::Reviewed { reason, .. } => Some(reason),
        EventBody::Moved { reason, .. }
        | EventBody::Proposed { reason, .. }
        | EventBody::Amended { reason, .. }
        | EventBody::Agreed { reason, .. }
        | EventBody::Dropped { reason, .. } => reason.as_ref(),
        _ => None,
    };
    text.map(String::as_str).filter(|text| !text.is_empty())
}
