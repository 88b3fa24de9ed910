//! Calendars, spans and clocks: when something is due, and which time counted.

mod calendar;
mod fold;
mod span;

pub use calendar::{Calendar, CalendarError, Calendars};
pub use fold::{Mark, Reading, Stretch, TRACE_MAX, Why};
pub use span::{Span, SpanError, Unit};

pub(crate) use fold::runs;
