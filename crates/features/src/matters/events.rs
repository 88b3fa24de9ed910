//! Acts in the audit log, by the names that others may rely on.

/// Staff said what they serve a customer for.
pub const OPENED: &str = "matters.matter.opened";
/// Staff said that they are done.
pub const CLOSED: &str = "matters.matter.closed";
/// A record was asked for and not opened.
pub const REFUSED: &str = "matters.record.refused";
/// Staff opened a record for an emergency.
pub const EMERGENCY_OPENED: &str = "matters.emergency.opened";
/// Emergencies that wait for a review were read.
pub const REVIEWS_READ: &str = "matters.emergencies.read";
/// What an emergency came to was said.
pub const REVIEWED: &str = "matters.emergency.reviewed";
