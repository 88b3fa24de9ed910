//! What a change is, which fields there are and which states it can be in. Pure: no SQL, no HTTP, no clock.

mod code;
mod state;
mod value;

pub(super) use code::{StopCode, hash_of_typed};
pub use state::{Change, State};
pub use value::{Field, Value};
pub(super) use value::{Kept, in_full, parts, value};
