//! The list of alerts, and one alert with its payments.

use super::{
    super::model::{Alert, AlertState, Hit, OUTCOMES},
    Words, wall,
};
use kernel::{AccountId, AuthorizationId, StaffId};
use maud::{Markup, html};
use platform::{
    i18n::Locale,
    ui::components::{
        Action, Badge, ButtonKind, Choice, Column, Panel, PostForm, Table, Tone, badge, button, choices,
        empty, facts, link_button, panel, post_form, table,
    },
};

/// The list.
pub struct AlertsPage<'a> {
    /// Language and names.
    pub words: &'a Words<'a>,
    /// The alerts of this page.
    pub alerts: &'a [Alert],
    /// Whether they are the closed ones.
    pub closed: bool,
    /// Where the next page is; empty at the end.
    pub older: String,
    /// Who looks.
    pub reader: StaffId,
    /// The token of their forms.
    pub csrf: &'a str,
}

/// The list as the content of a page.
pub fn alerts_page(page: &AlertsPage<'_>) -> Markup {
    let words = page.words;
    let (title, text) = if page.closed {
        ("monitoring-alerts-closed-empty", "monitoring-alerts-closed-empty-text")
    } else {
        ("monitoring-alerts-empty", "monitoring-alerts-empty-text")
    };
    let key = if page.closed { "monitoring-alerts-closed" } else { "monitoring-alerts-open" };
    let heading = words.t(key);
    let body = html! {
        @if page.alerts.is_empty() { (empty(&words.t(title), &words.t(text), &html! {})) }
        @else { (list(page, &heading)) }
        @if !page.older.is_empty() {
            p.panel__foot { a href=(page.older) { (words.t("monitoring-alerts-more")) } }
        }
    };
    panel(&Panel { id: "alerts", title: &heading, corner: html! {} }, &body)
}

/// Chooses between open and closed ones; stands in the top bar.
pub fn switch(words: &Words<'_>, closed: bool) -> Markup {
    html! {
        nav.chips aria-label=(words.t("monitoring-alerts-title")) {
            a.chip href="/desk/alerts" aria-current=[(!closed).then_some("true")] {
                (words.t("monitoring-alerts-open"))
            }
            a.chip href="/desk/alerts?state=closed" aria-current=[closed.then_some("true")] {
                (words.t("monitoring-alerts-closed"))
            }
        }
    }
}

fn list(page: &AlertsPage<'_>, label: &str) -> Markup {
    let words = page.words;
    let heads = [
        "monitoring-nav-alerts",
        "monitoring-alert-known",
        "monitoring-alert-opened",
        "monitoring-alert-state",
        "monitoring-alert-act",
    ];
    let titles = heads.map(|key| words.t(key));
    let [what, known, opened, state, act] = &titles;
    let columns = [
        Column { title: what, ..Column::default() },
        Column { title: known, ..Column::default() },
        Column { title: opened, sort: Some("descending"), end: false },
        Column { title: state, ..Column::default() },
        Column { title: act, ..Column::default() },
    ];
    let rows = page.alerts.iter().map(|alert| line(page, alert)).collect();
    table(&Table { label, columns: &columns, rows })
}

fn line(page: &AlertsPage<'_>, alert: &Alert) -> Vec<Markup> {
    let words = page.words;
    let address = format!("/desk/alerts/{}", alert.id);
    vec![
        html! { a href=(address) { (words.alert_title(alert)) } },
        html! { (words.alert_text(alert)) },
        html! { time.num datetime=(words.calendar.machine(alert.opened_at)) { (words.time(alert.opened_at)) } },
        html! { (state(words, alert)) " " span.label.nowrap { (whose(words, alert, page.reader)) } },
        html! {
            @if alert.state.may_be_taken() {
                div.btns {
                    (take_form(words, alert, page.reader, page.csrf))
                    (link_button(&Action::new(ButtonKind::Quiet, &words.t("monitoring-alert-close")), &address))
                }
            }
        },
    ]
}

fn whose(words: &Words<'_>, alert: &Alert, reader: StaffId) -> String {
    if alert.state == AlertState::Closed {
        return closing(words, alert);
    }
    if alert.assigned == Some(reader) {
        return words.t("monitoring-alert-mine");
    }
    words.owner(alert)
}

fn closing(words: &Words<'_>, alert: &Alert) -> String {
    let (Some(at), Some(outcome)) = (alert.closed_at, alert.outcome) else { return String::new() };
    let outcome = words.t(&format!("monitoring-outcome-{}", outcome.word()));
    words.with("monitoring-alert-closed-at", &[("time", words.time(at).into()), ("outcome", outcome.into())])
}

fn state(words: &Words<'_>, alert: &Alert) -> Markup {
    let (tone, key) = match alert.state {
        AlertState::Open => (wall::tone(alert), "monitoring-state-open"),
        AlertState::Seen => (Tone::Plain, "monitoring-state-seen"),
        AlertState::Closed => (Tone::Ok, "monitoring-state-closed"),
    };
    badge(&Badge { tone, icon: None, word: &words.t(key) })
}

fn take_form(words: &Words<'_>, alert: &Alert, reader: StaffId, csrf: &str) -> Markup {
    if alert.assigned == Some(reader) {
        return html! {};
    }
    let key = if alert.assigned.is_some() { "monitoring-alert-take-over" } else { "monitoring-alert-take" };
    let (label, title) = (words.t(key), words.alert_title(alert));
    let action = Action { of_what: &title, ..Action::new(ButtonKind::Plain, &label) };
    let address = format!("/desk/alerts/{}/assignment", alert.id);
    let form = PostForm { action: &address, csrf, hidden: &[], swap: false, class: "" };
    post_form(&form, &button(&action))
}

/// One alert.
pub struct AlertPage<'a> {
    /// Language and names.
    pub words: &'a Words<'a>,
    /// The alert.
    pub alert: &'a Alert,
    /// Its newest payments.
    pub hits: &'a [Hit],
    /// Who looks.
    pub reader: StaffId,
    /// The token of their forms.
    pub csrf: &'a str,
}

/// One alert as the content of a page.
pub fn alert_page(page: &AlertPage<'_>) -> Markup {
    let (words, alert) = (page.words, page.alert);
    let title = words.alert_title(alert);
    let details = details(page);
    let entries: Vec<(&str, Markup)> =
        details.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let about = html! {
        div.panel__body {
            p { (words.alert_text(alert)) }
            (facts(&entries))
            @if alert.state.may_be_taken() { div.btns { (take_form(words, alert, page.reader, page.csrf)) } }
        }
    };
    html! {
        p { a href="/desk/alerts" { (words.t("monitoring-alert-back")) } }
        (panel(&Panel { id: "alert", title: &title, corner: state(words, alert) }, &about))
        @if alert.state.may_be_taken() { (close_panel(page)) }
        @if alert.kind.has_payments() { (payments(page)) }
    }
}

fn details(page: &AlertPage<'_>) -> Vec<(String, Markup)> {
    let (words, alert) = (page.words, page.alert);
    let mut all =
        vec![(words.t("monitoring-alert-opened"), html! { (words.calendar.date_time(alert.opened_at)) })];
    if !alert.merchant.is_empty() {
        all.push((words.t("monitoring-alert-merchant-name"), html! { (alert.merchant) }));
    }
    if alert.account != 0 {
        all.push((words.t("monitoring-alert-account-column"), account_link(alert.account)));
    }
    let owner = match alert.assigned {
        Some(owner) if owner == page.reader => words.t("monitoring-alert-mine"),
        Some(owner) => words.staff.get(&owner).cloned().unwrap_or_else(|| owner.to_string()),
        None => words.t("monitoring-alert-nobody"),
    };
    all.push((words.t("monitoring-alert-owner-name"), html! { (owner) }));
    let closing = closing(words, alert);
    if !closing.is_empty() {
        all.push((words.t("monitoring-state-closed"), html! { (closing) }));
    }
    all
}

fn close_panel(page: &AlertPage<'_>) -> Markup {
    let (words, alert) = (page.words, page.alert);
    let texts = OUTCOMES.map(|outcome| {
        let key = format!("monitoring-outcome-{}", outcome.word());
        let note = if alert.kind.has_payments() { words.t(&format!("{key}-note")) } else { String::new() };
        (outcome.word(), words.t(&key), note)
    });
    let offered: Vec<Choice<'_>> = texts
        .iter()
        .map(|(value, label, note)| Choice { value, label, figure: html! {}, note, checked: false })
        .collect();
    let legend = words.t("monitoring-alert-what");
    let label = words.t("monitoring-alert-close");
    let address = format!("/desk/alerts/{}/closure", alert.id);
    let form = PostForm { action: &address, csrf: page.csrf, hidden: &[], swap: false, class: "panel__body" };
    let content = html! {
        (choices("outcome", &legend, &offered))
        div.btns { (button(&Action::new(ButtonKind::Primary, &label))) }
    };
    panel(&Panel { id: "closing", title: &label, corner: html! {} }, &post_form(&form, &content))
}

fn payments(page: &AlertPage<'_>) -> Markup {
    let words = page.words;
    let titles = [
        "monitoring-alert-payment",
        "monitoring-alert-when",
        "monitoring-alert-account-column",
        "monitoring-alert-result",
    ]
    .map(|key| words.t(key));
    let [payment, when, account, result] = &titles;
    let columns = [payment, when, account, result].map(|title| Column { title, ..Column::default() });
    let rows = page.hits.iter().map(|hit| hit_line(words, hit)).collect();
    let title = words.t("monitoring-alert-payments");
    let shown = words.with(
        "monitoring-alert-newest",
        &[("shown", page.hits.len().into()), ("count", page.alert.count.into())],
    );
    let corner = html! { span.label { (shown) } };
    let body = table(&Table { label: &title, columns: &columns, rows });
    panel(&Panel { id: "payments", title: &title, corner }, &body)
}

/// The page of an account is the desk's; it is reached by its address only.
fn account_link(account: i64) -> Markup {
    let id = AccountId::from_raw(account);
    html! { a.num href=(format!("/desk/accounts/{id}")) { (id) } }
}

fn hit_line(words: &Words<'_>, hit: &Hit) -> Vec<Markup> {
    let (tone, key) = if hit.passed {
        (Tone::Look, "monitoring-alert-passed")
    } else {
        (Tone::Ok, "monitoring-alert-declined")
    };
    let seconds = words.calendar.time_with_seconds(hit.at);
    let date = if words.locale == Locale::En {
        format!("{}, {seconds}", words.calendar.short_date(hit.at))
    } else {
        format!("{} {seconds}", words.calendar.short_date(hit.at))
    };
    vec![
        html! { span.num { (AuthorizationId::from_raw(hit.authorization)) } },
        html! { time.num datetime=(words.calendar.machine(hit.at)) { (date) } },
        account_link(hit.account),
        badge(&Badge { tone, icon: None, word: &words.t(key) }),
    ]
}
