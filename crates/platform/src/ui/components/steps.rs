//! Status as a line of steps.

use crate::{
    i18n::{Locale, t},
    ui::{Icon, icon},
};
use maud::{Markup, html};

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Done: filled, with a tick.
    Done,
    /// Under way: ringed, with a clock.
    Now,
    /// To come: hollow.
    Later,
    /// Stopped: barred.
    Stopped,
}

/// One step: what, when, by which proof.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Where it stands.
    pub state: StepState,
    /// What it is.
    pub title: &'a str,
    /// When, or until when.
    pub when: &'a str,
    /// More about it.
    pub body: Markup,
}

/// The steps from first to last.
pub fn steps(locale: Locale, steps: &[Step<'_>]) -> Markup {
    html! {
        ol.steps {
            @for step in steps {
                @let (class, shape, word) = match step.state {
                    StepState::Done => ("step step--done", Some(Icon::Check), "shell-step-done"),
                    StepState::Now => ("step step--now", Some(Icon::Clock), "shell-step-now"),
                    StepState::Later => ("step step--later", None, "shell-step-later"),
                    StepState::Stopped => ("step step--stopped", Some(Icon::X), "shell-step-stopped"),
                };
                li class=(class) aria-current=[(step.state == StepState::Now).then_some("step")] {
                    span.step__knuckle {
                        @if let Some(shape) = shape { (icon(shape)) }
                        span.vh { (t(locale, word, &[])) }
                    }
                    div.step__head { h3 { (step.title) } span.step__when { (step.when) } }
                    @if !step.body.0.is_empty() { div.step__body { (step.body) } }
                }
            }
        }
    }
}
