//! Timers of a case: what clocks and waiting requests will do, and when.
//!
//! They are derived from the case and stored only as an index. A timer that came twice, or of a run that is over,
//! finds nothing to do.

use super::case::TimerKey;
use super::check::Scene;
use super::command::Act;
use crate::time::runs;
use kernel::Timestamp;

/// Something that `system` will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When.
    pub fire_at: Timestamp,
    /// What.
    pub act: Act,
}

/// Every timer that is set, the earliest first.
pub(crate) fn timers(scene: &Scene<'_>) -> Vec<Timer> {
    let mut found = Vec::new();
    for (name, clock) in &scene.kind.clocks {
        if clock.escalate.is_empty() {
            continue;
        }
        let calendar = clock.calendar.as_ref().and_then(|name| scene.book.calendar(name));
        let Some(run) = runs(name, clock, &scene.case.marks).pop() else { continue };
        for (step, escalation) in (0..).zip(&clock.escalate) {
            let timer = TimerKey { clock: name.clone(), run: run.number, step };
            if scene.case.fired.contains(&timer) {
                continue;
            }
            if let Some(fire_at) = run.at_percent(escalation.at, calendar) {
                found.push(Timer { fire_at, act: Act::Fire { timer } });
            }
        }
    }
    let waiting = scene.case.pending.iter();
    found.extend(
        waiting
            .map(|pending| Timer { fire_at: pending.expires_at, act: Act::Expire { pending: pending.id } }),
    );
    found.sort_by_key(|timer| timer.fire_at);
    found
}

/// When a timer fires; `None` when it isn't set.
pub(super) fn fire_at(scene: &Scene<'_>, timer: &TimerKey) -> Option<Timestamp> {
    let clock = scene.kind.clocks.get(&timer.clock)?;
    let calendar = clock.calendar.as_ref().and_then(|name| scene.book.calendar(name));
    let run = runs(&timer.clock, clock, &scene.case.marks).pop()?;
    let escalation = clock.escalate.get(usize::try_from(timer.step).ok()?)?;
    if run.number != timer.run || scene.case.fired.contains(timer) {
        return None;
    }
    run.at_percent(escalation.at, calendar)
}
