//! A change as a line of steps with dates; the same for customer and desk.

use super::View;
use crate::changes::model::{Change, State};
use maud::{Markup, html};
use platform::ui::components::{Step, StepState, steps};

/// The steps of a change.
pub(super) fn line(view: &View<'_>, change: &Change) -> Markup {
    let calendar = view.app.calendar(view.caller.locale);
    let at = |moment: Option<kernel::Timestamp>| {
        moment.map(|moment| calendar.date_time(moment)).unwrap_or_default()
    };
    let until =
        view.with("changes-step-until", &[("when", calendar.date_time(change.undo_until).as_str().into())]);
    let from = view.with("changes-step-from", &[("when", calendar.date_time(change.due_at).as_str().into())]);
    let ended = matches!(change.state, State::Stopped | State::Overtaken);
    let mut line = vec![(StepState::Done, "changes-step-signed", at(change.signed_at.or(change.made_at)))];
    line.push(match change.state {
        State::Requested | State::Waiting => (StepState::Now, "changes-step-waiting", from),
        State::Stopped => (StepState::Stopped, "changes-step-stopped", at(change.ended_at)),
        State::Overtaken => (StepState::Stopped, "changes-step-overtaken", at(change.ended_at)),
        State::Made | State::Final | State::Undone => {
            (StepState::Done, "changes-step-made", at(change.made_at))
        }
    });
    if !ended {
        line.push(match change.state {
            State::Made => (StepState::Now, "changes-step-undo", until),
            State::Undone => (StepState::Stopped, "changes-step-undone", at(change.ended_at)),
            State::Final => (StepState::Done, "changes-step-final", String::new()),
            _ => (StepState::Later, "changes-step-undo", until),
        });
    }
    let named: Vec<(StepState, String, String)> =
        line.into_iter().map(|(state, key, when)| (state, view.word(key), when)).collect();
    let shown: Vec<Step<'_>> = named
        .iter()
        .map(|(state, title, when)| Step { state: *state, title, when, body: html! {} })
        .collect();
    steps(view.caller.locale, &shown)
}

/// What made the wait longer, as sentences.
pub(super) fn signs(view: &View<'_>, change: &[crate::changes::rules::Sign]) -> Markup {
    html! {
        @if !change.is_empty() {
            p.label { (view.word("changes-longer")) }
            ul { @for sign in change { li { (view.word(&format!("changes-sign-{}", sign.word().replace('_', "-")))) } } }
        }
    }
}
