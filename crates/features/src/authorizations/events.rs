//! What others may react to.

/// A payment that an analyst should look at: body `account`, `reason`, `at`.
pub const ALERTED: &str = "authorizations.authorization.alerted";
/// Somebody read a payment, or the payments of an account. An audit entry only.
pub const PAYMENT_READ: &str = "authorizations.payment.read";
/// Somebody said whether an authorization was fraud: body `authorization`, `account`, `fraud`, `source`. The name
/// is also that of the audit entry.
pub const FRAUD_REPORTED: &str = "authorizations.fraud.reported";
