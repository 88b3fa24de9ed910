//! One approval: exactly what is signed, in the reader's words and in the exact text, and what can be done with it.

use super::super::error::ApprovalError;
use super::super::model::{Approval, State};
use super::{View, words_of};
use kernel::{Channel, Currency, Money};
use maud::{Markup, html};
use platform::i18n::figures::money;
use platform::i18n::{Arg, t};
use platform::ui::components::{
    Action, ButtonKind, Field, Notice, Panel, PostForm, Tone, button, facts, field, link_button, notice,
    panel, post_form,
};
use platform::ui::{Icon, icon};
use serde_json::Value;

/// The page of one approval.
pub(in super::super) fn one(view: &View<'_>, approval: &Approval) -> Result<Markup, ApprovalError> {
    let text = approval.text().ok_or(ApprovalError::Unreadable)?;
    let (words, _) = words_of(view.app, approval);
    let state = approval.state_at(view.app.now());
    let waits = state == State::Waiting;
    let title = view.word("approvals-what");
    let body = html! {
        div.panel__body {
            (facts_of(view, approval))
            details.approval__exact {
                summary { (view.word("approvals-exact")) }
                p.label { (view.word("approvals-exact-note")) }
                pre { code { (text) } }
            }
        }
    };
    Ok(html! {
        div.home__hello { h1 { (view.word(words)) } }
        @if waits { p { (view.word(if approval.is_push() { "approvals-push-note" } else { "approvals-sign-note" })) } }
        @else { (outcome(view, approval, state)) }
        (panel(&Panel { id: "approval", title: &title, corner: html! {} }, &body))
        @if waits { (acts(view, approval)) }
        @else { (afterwards(view, approval)) }
    })
}

/// What is approved, by whom it was asked, until when.
fn facts_of(view: &View<'_>, approval: &Approval) -> Markup {
    let (words, shown) = words_of(view.app, approval);
    let calendar = view.app.calendar(view.caller.locale);
    let mut entries: Vec<(String, Markup)> = Vec::new();
    for name in shown {
        let label = view.word(&format!("{words}-{}", name.replace('_', "-")));
        if let Some(value) = approval.details.get(name).filter(|value| !is_unchanged(value)) {
            entries.push((label, html! { strong { (shown_value(view, value)) } }));
        }
    }
    let time = |at| html! { time datetime=(calendar.machine(at)) { (calendar.date_time(at)) } };
    entries.push((view.word("approvals-asked-by"), html! { (asked_by(view, approval)) }));
    entries.push((view.word("approvals-asked-at"), time(approval.at)));
    match approval.decided_at {
        Some(at) => entries.push((view.word("approvals-decided-at"), time(at))),
        None => entries.push((view.word("approvals-expires-at"), time(approval.expires_at))),
    }
    let lines: Vec<(&str, Markup)> =
        entries.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    facts(&lines)
}

/// A detail's value in the reader's words.
fn shown_value(view: &View<'_>, value: &Value) -> String {
    match value {
        Value::Null => view.word("approvals-no-bound"),
        Value::Bool(on) => view.word(if *on { "approvals-on" } else { "approvals-off" }),
        Value::String(text) => text.clone(),
        Value::Object(change) if change.contains_key("to") => {
            let side = |side: &str| shown_value(view, change.get(side).unwrap_or(&Value::Null));
            format!("{} → {}", side("from"), side("to"))
        }
        Value::Object(amount) => {
            let currency = amount.get("currency").and_then(Value::as_str);
            let currency = currency.and_then(|code| code.parse::<Currency>().ok());
            let minor = amount.get("minor").and_then(Value::as_i64);
            match (currency, minor) {
                (Some(currency), Some(minor)) => money(Money::new(minor, currency)),
                _ => value.to_string(),
            }
        }
        other => other.to_string(),
    }
}

/// Whether a detail says that something stays as it is.
fn is_unchanged(value: &Value) -> bool {
    value.get("to").is_some_and(|to| value.get("from") == Some(to))
}

fn asked_by(view: &View<'_>, approval: &Approval) -> String {
    let asker = &approval.asker;
    let here = view.caller.session.as_ref().map(|session| session.id) == asker.session;
    let key = match asker.channel {
        Channel::App if here && asker.session.is_some() => "approvals-by-you-here",
        Channel::App => "approvals-by-browser",
        Channel::Api => "approvals-by-payment",
        Channel::Desk | Channel::Phone => "approvals-by-call",
        _ => "approvals-by-us",
    };
    let unknown = view.word("approvals-browser");
    let browser = asker.agent.as_deref().filter(|agent| !agent.is_empty()).unwrap_or(&unknown);
    t(view.caller.locale, key, &[("browser", Arg::from(browser))])
}

fn acts(view: &View<'_>, approval: &Approval) -> Markup {
    let address = |act: &str| format!("/approvals/{}/{act}", approval.id);
    let (no, not_me) = (view.word("approvals-refuse"), view.word("approvals-not-me"));
    html! {
        div.stack {
            @if approval.is_push() { (number_form(view, approval)) } @else { (sign_form(view, approval)) }
            (small_form(view, &address("refuse"), &button(&Action::new(ButtonKind::Plain, &no))))
            (small_form(view, &address("not-me"), &button(&Action::new(ButtonKind::Danger, &not_me))))
            p.label { (view.word("approvals-not-me-note")) }
        }
    }
}

fn small_form(view: &View<'_>, address: &str, content: &Markup) -> Markup {
    let form = PostForm { action: address, csrf: view.caller.csrf(), hidden: &[], swap: false, class: "" };
    post_form(&form, content)
}

/// The script turns it into a conversation with the authenticator, as on every page with a passkey.
fn sign_form(view: &View<'_>, approval: &Approval) -> Markup {
    let address = |act: &str| format!("/approvals/{}/{act}", approval.id);
    html! {
        form.stack method="post" action=(address("signature")) data-passkey="get"
            data-question=(address("question")) data-csrf=(view.caller.csrf()) data-next="/"
            data-text-refused=(view.word("approvals-sign-refused")) data-text-code=""
            data-text-cancelled=(view.word("approvals-sign-cancelled"))
            data-text-known="" data-text-site=(view.word("approvals-sign-failed"))
            data-text-failed=(view.word("approvals-sign-failed")) {
            button.btn.btn--primary.btn--l.btn--wide type="submit" hidden {
                (icon(Icon::Lock)) (view.word("approvals-sign"))
            }
            p.field__hint data-passkey-missing { (view.word("approvals-sign-missing")) }
            p.field__error role="alert" data-passkey-failure hidden {}
        }
    }
}

fn number_form(view: &View<'_>, approval: &Approval) -> Markup {
    let address = format!("/approvals/{}/number", approval.id);
    let (label, hint, act) = (
        view.word("approvals-number"),
        view.word("approvals-number-hint"),
        view.word("approvals-number-send"),
    );
    let number = Field {
        id: "number",
        name: "number",
        label: &label,
        hint: &hint,
        input_mode: "numeric",
        required: true,
        ..Field::default()
    };
    let form =
        PostForm { action: &address, csrf: view.caller.csrf(), hidden: &[], swap: false, class: "stack" };
    let action = Action { wide: true, ..Action::new(ButtonKind::Primary, &act) };
    post_form(&form, &html! { (field(&number)) (button(&action)) })
}

fn outcome(view: &View<'_>, approval: &Approval, state: State) -> Markup {
    let (tone, shape) = tone_of(state);
    let title = state_word(view, state);
    let key = format!("approvals-state-{}-text", state.word());
    let text = match (state, approval.is_push()) {
        (State::Approved | State::Used, true) => view.word("approvals-push-done"),
        (State::Expired, _) if approval.has_receipt => view.word("approvals-state-expired-signed"),
        _ => view.word(&key),
    };
    notice(&Notice { tone, icon: shape, title: &title, text: html! { p { (text) } }, acts: html! {} })
}

fn afterwards(view: &View<'_>, approval: &Approval) -> Markup {
    let (receipt, back, not_me) =
        (view.word("approvals-receipt"), view.word("approvals-back"), view.word("approvals-not-me"));
    let address = format!("/approvals/{}/not-me", approval.id);
    html! {
        div.stack {
            @if approval.has_receipt {
                a.btn href=(format!("/approvals/{}/receipt.jws", approval.id)) download {
                    (icon(Icon::Bill)) (receipt)
                }
                p.label { (view.word("approvals-receipt-note")) }
            }
            (link_button(&Action { icon: Some(Icon::Back), ..Action::new(ButtonKind::Plain, &back) }, "/approvals"))
            (small_form(view, &address, &button(&Action::new(ButtonKind::Quiet, &not_me))))
        }
    }
}

/// Shape and weight of a state.
pub(super) const fn tone_of(state: State) -> (Tone, Icon) {
    match state {
        State::Waiting => (Tone::Look, Icon::Clock),
        State::Approved | State::Used => (Tone::Ok, Icon::Check),
        State::Refused | State::Changed => (Tone::No, Icon::X),
        State::Expired => (Tone::Plain, Icon::Clock),
    }
}

/// The word of a state.
pub(super) fn state_word(view: &View<'_>, state: State) -> String {
    view.word(&format!("approvals-state-{}", state.word()))
}
