//! What is counted, what an alert is, and what the wall shows. Pure: no database, no HTTP, no clock.

mod alert;
mod family;
mod group;
mod histogram;
mod live;
mod picture;
mod tried;

pub use alert::{
    Alert, AlertId, AlertKind, AlertState, Hit, NewAlert, OUTCOMES, Outcome, Raised, Signal, group_of,
};
pub use family::{FAMILIES, Family};
pub use group::{Groups, Place, Sums};
pub use histogram::Histogram;
pub use live::{Live, MINUTES_KEPT, MinuteTotal, Pending};
pub use picture::{Level, Picture, PlaceLine, Range, Slots, Usual};
pub use tried::{Tried, TriedRange};
