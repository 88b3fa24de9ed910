//! Kinds of failure. Each feature has its own error enum; this says which kind each error is, and the
//! kind alone decides HTTP status, log level and whether a retry can help.

/// What kind of failure an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller sent something that can't be understood or is not allowed to have this value.
    Invalid,
    /// Who is there was not proved, or not strongly enough.
    Unproved,
    /// The actor is known and may not do this.
    Forbidden,
    /// There is nothing here, or not for this actor.
    Absent,
    /// The state of the thing, or an earlier request with the same key, does not allow it.
    Conflict,
    /// Too much at once; later it may work.
    Busy,
    /// Something of ours failed.
    Internal,
}
