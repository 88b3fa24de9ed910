//! Clocks as a fold over the marks of a case: nothing ticks, nothing is stored but what happened.
//!
//! A clock has a budget: the time between its start and its plain due date, measured as the span asks. Time in a
//! pausing state is a break in this case's own calendar, so it doesn't count, and the clock is due when the
//! budget is used up. A legal clock has no breaks.
//!
//! A clock stands still once it was stopped. A mark that starts it again begins a new run, so that "thanks" after
//! the answer starts nothing unless the definition says that it does.

use super::calendar::Calendar;
use super::span::Span;
use crate::definition::{ClockDef, ClockKind, Words};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Stretches in a trace at most: the newest ones.
pub const TRACE_MAX: usize = 400;

/// What an event leaves for clocks: an action was done, and the case is in a state since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When. A mark before the one before it counts as made at the same time.
    pub at: Timestamp,
    /// The transition that was made.
    pub action: String,
    /// The state after it.
    pub state: String,
    /// Whether that state ends the case.
    pub closes: bool,
    /// Spans that hold from now on for clocks, where they aren't those of the definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spans: BTreeMap<String, Span>,
}

/// One run of a clock, read at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Which run: 0 for the first.
    pub run: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// When it is due. While it pauses: if it went on now. `None` beyond the calendar.
    pub due_at: Option<Timestamp>,
    /// The span that holds.
    pub span: Span,
    /// What was used up, in µs of the clock's own time.
    pub consumed_us: i64,
    /// What is left, in µs of the clock's own time.
    pub remaining_us: i64,
    /// Whether it stands in a pausing state.
    pub paused: bool,
    /// When what it waits for was done.
    pub stopped_at: Option<Timestamp>,
    /// The due date, once it has passed before the clock stopped.
    pub breached_at: Option<Timestamp>,
    /// The due date lies where holidays are not known yet.
    pub provisional: bool,
}

/// A stretch of time in the explanation of a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
    /// Why it counted or not.
    pub why: Why,
}

/// Why a stretch counted or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// It counted.
    Counted,
    /// Outside the opening hours.
    Closed,
    /// A day with hours of its own, by name.
    Day {
        /// Its name.
        name: Words,
    },
    /// In a pausing state.
    Paused {
        /// The state.
        state: String,
    },
}

/// A run while it is folded: what is known of it from the marks alone.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub number: u32,
    pub started_at: Timestamp,
    pub span: Span,
    /// Breaks, in order, not touching; the last one is open while `paused_since` is set.
    pauses: Vec<(i64, i64, String)>,
    paused_since: Option<(i64, String)>,
    pub stopped_at: Option<Timestamp>,
}

/// Every run of a clock.
pub(crate) fn runs(name: &str, clock: &ClockDef, marks: &[Mark]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut now = i64::MIN;
    for mark in marks {
        now = now.max(mark.at.us());
        let hits = |names: &[String]| names.iter().any(|name| *name == mark.action || *name == mark.state);
        let running = runs.last().is_some_and(|run| run.stopped_at.is_none());
        let number = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        if !running && (runs.is_empty() || clock.repeats) && hits(&clock.start) {
            let span = mark.spans.get(name).copied().unwrap_or(clock.span);
            let started_at = Timestamp::from_us(now);
            runs.push(Run {
                number,
                started_at,
                span,
                pauses: Vec::new(),
                paused_since: None,
                stopped_at: None,
            });
        }
        let Some(run) = runs.last_mut().filter(|run| run.stopped_at.is_none()) else { continue };
        if let Some(span) = mark.spans.get(name) {
            run.span = *span;
        }
        if mark.closes || hits(&clock.stop) {
            run.resume(now);
            run.stopped_at = Some(Timestamp::from_us(now));
        } else if clock.kind == ClockKind::Service && clock.pause_in.contains(&mark.state) {
            run.pause(now, &mark.state);
        } else {
            run.resume(now);
        }
    }
    runs
}

impl Run {
    fn pause(&mut self, now: i64, state: &str) {
        if self.paused_since.is_none() {
            self.paused_since = Some((now, state.to_owned()));
        }
    }

    fn resume(&mut self, now: i64) {
        if let Some((since, state)) = self.paused_since.take()
            && since < now
        {
            self.pauses.push((since, now, state));
        }
    }

    /// The clock at a moment.
    pub(crate) fn read(&self, calendar: Option<&Calendar>, now: Timestamp) -> Reading {
        let measure = Measure::of(self.span, calendar);
        let end = self.stopped_at.unwrap_or(now).us().max(self.started_at.us());
        let pauses = self.pauses_until(end);
        let plain = self.span.after(self.started_at, calendar);
        let budget = plain.map(|due| measure.between(self.started_at.us(), due.us()));
        let consumed = self.consumed(&measure, &pauses, end);
        let due_at = plain.zip(budget).and_then(|(plain, budget)| {
            let undisturbed = pauses.iter().all(|pause| pause.0 >= plain.us());
            if undisturbed { Some(plain) } else { self.moment(&measure, &pauses, budget) }
        });
        // Done at the very moment it is due is in time.
        let breached_at = due_at.filter(|due| self.stopped_at.unwrap_or(now) > *due);
        let provisional = match (calendar, due_at) {
            (Some(calendar), Some(due)) => self.span.unit.needs_calendar() && due >= calendar.known_until(),
            (_, due) => due.is_none(),
        };
        Reading {
            run: self.number,
            started_at: self.started_at,
            due_at,
            span: self.span,
            consumed_us: consumed,
            remaining_us: budget.map_or(i64::MAX, |budget| (budget - consumed).max(0)),
            paused: self.paused_since.is_some() && self.stopped_at.is_none(),
            stopped_at: self.stopped_at,
            breached_at,
            provisional,
        }
    }

    /// When `percent` of the budget are used up; `None` while it pauses, is stopped, or beyond the calendar.
    pub(crate) fn at_percent(&self, percent: u32, calendar: Option<&Calendar>) -> Option<Timestamp> {
        if self.paused_since.is_some() || self.stopped_at.is_some() {
            return None;
        }
        let plain = self.span.after(self.started_at, calendar)?;
        let measure = Measure::of(self.span, calendar);
        if percent == 100 && self.pauses.iter().all(|pause| pause.0 >= plain.us()) {
            return Some(plain);
        }
        let budget = i128::from(measure.between(self.started_at.us(), plain.us()));
        let part = i64::try_from(budget * i128::from(percent) / 100).ok()?;
        self.moment(&measure, &self.pauses, part)
    }

    /// Which time counted, from the start to the due date or the stop, in order and without a gap.
    pub(crate) fn trace(&self, calendar: Option<&Calendar>, now: Timestamp) -> Vec<Stretch> {
        let reading = self.read(calendar, now);
        let to = self.stopped_at.or(reading.due_at).unwrap_or(now).us();
        let pauses = self.pauses_until(self.stopped_at.unwrap_or(now).us());
        let measure = Measure::of(self.span, calendar);
        let mut stretches = Vec::new();
        let mut at = self.started_at.us();
        for (from, until, state) in pauses.iter().chain([&(to, to, String::new())]) {
            let from = (*from).min(to);
            measure.explain(at, from, calendar, &mut stretches);
            push(&mut stretches, from, (*until).min(to), Why::Paused { state: state.clone() });
            at = (*until).max(at);
        }
        shorten(stretches)
    }

    fn pauses_until(&self, end: i64) -> Vec<(i64, i64, String)> {
        let open = self.paused_since.iter().map(|(since, state)| (*since, end, state.clone()));
        self.pauses.iter().cloned().chain(open).filter(|(from, to, _)| from < to).collect()
    }

    fn consumed(&self, measure: &Measure<'_>, pauses: &[(i64, i64, String)], end: i64) -> i64 {
        let paused: i64 = pauses.iter().map(|(from, to, _)| measure.between(*from, (*to).min(end))).sum();
        measure.between(self.started_at.us(), end) - paused
    }

    /// The first moment at which `wanted` was consumed.
    fn moment(
        &self,
        measure: &Measure<'_>,
        pauses: &[(i64, i64, String)],
        mut wanted: i64,
    ) -> Option<Timestamp> {
        let mut at = self.started_at.us();
        for (from, to, _) in pauses {
            let run = measure.between(at, *from);
            if run >= wanted {
                break;
            }
            wanted -= run;
            at = *to;
        }
        measure.after(at, wanted)
    }
}

/// How time is measured: by the wall, or by opening hours.
enum Measure<'a> {
    Elapsed,
    Open(&'a Calendar),
}

impl<'a> Measure<'a> {
    fn of(span: Span, calendar: Option<&'a Calendar>) -> Self {
        match calendar {
            Some(calendar) if span.unit.needs_calendar() => Self::Open(calendar),
            _ => Self::Elapsed,
        }
    }

    fn between(&self, from: i64, to: i64) -> i64 {
        match self {
            Self::Elapsed => to.saturating_sub(from).max(0),
            Self::Open(calendar) => calendar.open_us(Timestamp::from_us(from), Timestamp::from_us(to)),
        }
    }

    fn after(&self, from: i64, us: i64) -> Option<Timestamp> {
        match self {
            Self::Elapsed => Some(Timestamp::from_us(from).plus_us(us)),
            Self::Open(calendar) => calendar.after_open_us(Timestamp::from_us(from), us),
        }
    }

    fn explain(&self, from: i64, to: i64, calendar: Option<&Calendar>, into: &mut Vec<Stretch>) {
        let (Self::Open(open), Some(calendar)) = (self, calendar) else {
            push(into, from, to, Why::Counted);
            return;
        };
        let mut at = from;
        for (since, until) in open.within(from, to) {
            closed(calendar, at, since, into);
            push(into, since, until, Why::Counted);
            at = until;
        }
        closed(calendar, at, to, into);
    }
}

/// Closed time, told apart at the days that have a name.
fn closed(calendar: &Calendar, from: i64, to: i64, into: &mut Vec<Stretch>) {
    let mut at = from;
    while at < to {
        let here = Timestamp::from_us(at);
        let next =
            calendar.date(here).and_then(|date| date.tomorrow().ok()).map(|date| calendar.midnight(date));
        let until = next.map_or(to, |next| next.us().min(to)).max(at + 1);
        let why = match calendar.day_name(here) {
            Some(name) => Why::Day { name: name.clone() },
            None => Why::Closed,
        };
        push(into, at, until, why);
        at = until;
    }
}

fn push(into: &mut Vec<Stretch>, from: i64, to: i64, why: Why) {
    if from >= to {
        return;
    }
    if let Some(last) = into.last_mut()
        && last.why == why
        && last.to.us() == from
    {
        last.to = Timestamp::from_us(to);
        return;
    }
    into.push(Stretch { from: Timestamp::from_us(from), to: Timestamp::from_us(to), why });
}

fn shorten(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    let over = stretches.len().saturating_sub(TRACE_MAX);
    stretches.drain(..over);
    stretches
}
