//! What the memory of this process holds stays in it.
//!
//! Keys and card numbers are in the memory of a running server. A crash must not write them to a disk, and another
//! process of the same user must not read them. So every command begins by taking its right to core dumps away: the
//! limit is zero, for it and for what it starts, and the process is marked as not dumpable, which also holds where the
//! system pipes dumps to a program in spite of the limit. It does not lock memory against swapping: encrypt the swap,
//! or have none (see docs/operating/running.md).

use crate::commands::CommandError;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Turns core dumps off for this process. Where that fails, the command must not run.
pub fn keep_out_of_dumps() -> Result<(), CommandError> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|error| told(&error))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| told(&error))
}

fn told(error: &rustix::io::Errno) -> CommandError {
    CommandError::Other(format!("core dumps can't be turned off, and they would hold keys: {error}"))
}
