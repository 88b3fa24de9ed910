//! Named bounds. Every queue, page, loop, upload and retry has one, with its unit in its name.

/// A bound with a name that error messages can quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is bounded, with the unit last: `frame_bytes`.
    pub name: &'static str,
    /// The largest value allowed.
    pub max: u64,
}

/// A value went over its limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value}, the limit is {max}")]
pub struct LimitExceeded {
    /// What is bounded.
    pub name: &'static str,
    /// The value that was too large.
    pub value: u64,
    /// The largest value allowed.
    pub max: u64,
}

impl Limit {
    /// A limit of `max`, called `name`.
    pub const fn new(name: &'static str, max: u64) -> Self {
        Self { name, max }
    }

    /// `value` when it is within the limit.
    pub const fn check(self, value: u64) -> Result<u64, LimitExceeded> {
        if value <= self.max {
            Ok(value)
        } else {
            Err(LimitExceeded { name: self.name, value, max: self.max })
        }
    }
}
