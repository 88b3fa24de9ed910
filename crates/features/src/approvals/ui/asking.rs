//! The page at the other screen: the number, and a button for when it was chosen in the app.

use super::super::model::{Approval, State};
use super::View;
use maud::{Markup, html};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Notice, Panel, PostForm, Tone, button, link_button, notice, panel, post_form,
};

/// What one asks from.
pub(in super::super) fn offer(view: &View<'_>, address: &str, next: &str) -> Markup {
    let hidden = [("next", next)];
    let form =
        PostForm { action: address, csrf: view.caller.csrf(), hidden: &hidden, swap: false, class: "" };
    let (title, act) = (view.word("approvals-ask-title"), view.word("approvals-ask-start"));
    let body = html! {
        div.panel__body.stack {
            p { (view.word("approvals-ask-offer")) }
            (post_form(&form, &button(&Action { icon: Some(Icon::Phone), ..Action::new(ButtonKind::Plain, &act) })))
        }
    };
    panel(&Panel { id: "ask-app", title: &title, corner: html! {} }, &body)
}

/// The page; `next` is where the reader wanted to go.
pub(in super::super) fn asking(view: &View<'_>, approval: &Approval, next: &str) -> Markup {
    let state = approval.state_at(view.app.now());
    html! {
        div.home__hello { h1 { (view.word("approvals-ask-title")) } }
        @match state {
            State::Waiting | State::Approved => (number(view, approval, state, next)),
            _ => (over(view)),
        }
    }
}

fn number(view: &View<'_>, approval: &Approval, state: State, next: &str) -> Markup {
    let address = format!("/step-up/app/{}", approval.id);
    let hidden = [("next", next)];
    let form =
        PostForm { action: &address, csrf: view.caller.csrf(), hidden: &hidden, swap: false, class: "" };
    let go = view.word("approvals-ask-go");
    let number = approval.number.unwrap_or_default().to_string();
    html! {
        section.panel {
            div.panel__body.stack {
                p { (view.word("approvals-ask-text")) }
                p.approval__number aria-label=(format!("{}: {number}", view.word("approvals-ask-number"))) { (number) }
                @if state == State::Approved { p { (view.word("approvals-ask-done")) } }
                (post_form(&form, &button(&Action { wide: true, ..Action::new(ButtonKind::Primary, &go) })))
                p.label { (view.word("approvals-ask-note")) }
            }
        }
    }
}

fn over(view: &View<'_>) -> Markup {
    let (title, back) = (view.word("approvals-ask-over"), view.word("approvals-ask-again"));
    let acts = link_button(&Action::new(ButtonKind::Plain, &back), "/step-up");
    let text = html! { p { (view.word("approvals-ask-over-text")) } };
    notice(&Notice { tone: Tone::Look, icon: Icon::Clock, title: &title, text, acts })
}
