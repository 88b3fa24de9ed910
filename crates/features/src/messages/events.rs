//! Acts in the audit log, by the names that others may rely on.

/// A message was put on its way by itself, not within another act.
pub const SENT: &str = "messages.message.sent";
/// A cardholder opened a message of their inbox for the first time.
pub const READ: &str = "messages.message.read";
/// A message could not be delivered over one of its channels.
pub const UNDELIVERED: &str = "messages.message.undelivered";
/// Staff let an undelivered message be tried again.
pub const RETRIED: &str = "messages.message.retried";
