//! Acts in the audit log and topics of events, by the names that others may rely on.

/// An act was stored and waits for its owner.
pub const ASKED: &str = "approvals.approval.asked";
/// A request was not shown to its owner: too many wait, or two were refused.
pub const NOT_SHOWN: &str = "approvals.approval.not_shown";
/// Its owner signed it.
pub const SIGNED: &str = "approvals.approval.signed";
/// Its owner chose the right number.
pub const MATCHED: &str = "approvals.approval.matched";
/// Its owner said no, or the number was wrong.
pub const REFUSED: &str = "approvals.approval.refused";
/// Its owner said that it was not they who asked.
pub const DISOWNED: &str = "approvals.approval.disowned";
/// A signature was not accepted.
pub const NOT_SIGNED: &str = "approvals.approval.not_signed";
/// What it allowed was done.
pub const USED: &str = "approvals.approval.used";
/// It was signed and not done: what it started from had changed, or something failed.
pub const CHANGED: &str = "approvals.approval.changed";
/// A colleague read a receipt.
pub const RECEIPT_READ: &str = "approvals.receipt.read";
/// The topic of the event that an approval was answered.
pub const DECIDED: &str = "approvals.approval.decided";
