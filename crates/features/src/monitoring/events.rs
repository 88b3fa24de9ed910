//! Acts in the audit log, by the names that others may rely on.

/// Somebody looked at an alert and its payments.
pub const ALERT_READ: &str = "monitoring.alert.read";
/// An alert was opened.
pub const ALERT_OPENED: &str = "monitoring.alert.opened";
/// A payment or a minute joined an open alert.
pub const ALERT_JOINED: &str = "monitoring.alert.joined";
/// Somebody took an alert.
pub const ALERT_TAKEN: &str = "monitoring.alert.taken";
/// Somebody said what an alert was.
pub const ALERT_CLOSED: &str = "monitoring.alert.closed";
/// Payments were called fraud or genuine.
pub const LABELLED: &str = "monitoring.payment.labelled";
