//! Decides what may happen to a case: any matter with a state, an owner and a clock.
//!
//! Problem: complaints, disputes, change requests and reports are the same thing in different words. Where each
//! is a module of its own, each has its own clocks, its own four-eyes rule and its own way around it.
//!
//! Design: a kind of case is data ([`Kind`], a TOML file). A case is the fold of its events ([`Case`]).
//! [`Book::apply`] answers a command with the events to append, or with every [`Blocker`] in its way;
//! [`Book::offers`] says beforehand what an actor may do and what is in the way of the rest. Both ask the same
//! function, so that a page, the API, an assistant and a timer can't differ. Clocks are a pure function of the
//! marks that events leave, a calendar and the definition ([`Reading`]).
//!
//! Why safe: nothing here reads a clock, draws a number, or touches a disk or a network. A [`Book`] is made only
//! of definitions without findings ([`lint`]). Approval is no module beside the path but a part of it: a
//! transition with an `approve` block can only be carried out by the vote that completes the quorum.
//!
//! What it does not do: it stores nothing, sends nothing, knows no customer and no card. Effects and notices are
//! names; whoever appends the events carries them out after the commit.

mod book;
mod condition;
mod definition;
mod machine;
mod registry;
mod time;
mod value;

pub use book::Book;
pub use condition::{Condition, ConditionError};
pub use definition::{
    Approve, Capability, Category, ClockDef, ClockKind, Escalation, FileError, Finding, Kind, LANGUAGES,
    Lint, Notice, Pack, RoleDef, StateDef, Step, Transition, Words, diagram, lint,
};
pub use machine::{
    Act, Acting, Approved, Blocker, CLAIM_US_MAX, Case, Command, ContentHash, Drop, Event, EventBody,
    Exclusion, Fields, Link, Offer, PENDING_MAX, Pending, Review, TEXT_CHARS_MAX, Timer, TimerKey, Votes,
};
pub use registry::{EffectDef, FacetDef, FieldDef, FieldKind, GuardDef, GuardFacts, Registry};
pub use time::{
    Calendar, CalendarError, Calendars, Mark, Reading, Span, SpanError, Stretch, TRACE_MAX, Unit, Why,
};
pub use value::Value;
