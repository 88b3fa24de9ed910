//! Acts in the audit log, by the names that others may rely on.

/// Staff said what they serve a customer for.
pub const OPENED: &str = "matters.matter.opened";
/// Staff said that they are done.
pub const CLOSED: &str = "matters.matter.closed";
/// A record was asked for and not opened.
pub const REFUSED: &str = "matters.record.refused";
