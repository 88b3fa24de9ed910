//! What others may react to.

/// A payment that an analyst should look at: body `account`, `reason`, `at`.
pub const ALERTED: &str = "authorizations.authorization.alerted";
