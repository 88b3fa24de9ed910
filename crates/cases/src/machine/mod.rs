//! The machine: a case as the fold of its events, what may be done to it, and what is in the way.

mod approval;
mod blocker;
mod case;
mod check;
mod command;
mod decide;
mod event;
mod offers;
mod timers;

use crate::value::Value;
use std::collections::BTreeMap;

pub use approval::ContentHash;
pub use blocker::{Blocker, Exclusion};
pub use case::{Case, Pending, Review, TimerKey, Votes};
pub use command::{Act, Acting, Command, Link};
pub use event::{Approved, Drop, Event, EventBody};
pub use offers::Offer;
pub use timers::Timer;

pub(crate) use check::Scene;
pub(crate) use decide::{decide, open};
pub(crate) use offers::offers;
pub(crate) use timers::timers;

/// Fields by full name, as `outcome.amount`.
pub type Fields = BTreeMap<String, Value>;

/// Requests that wait for approval on one case at most.
pub const PENDING_MAX: usize = 8;
/// Characters of a text in a command at most.
pub const TEXT_CHARS_MAX: usize = 8_000;
/// The longest claim, in µs: a shift.
pub const CLAIM_US_MAX: i64 = 8 * kernel::HOUR_US;
