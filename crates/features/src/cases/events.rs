//! Acts in the audit log, by the names that others may rely on.

/// A case was opened.
pub const OPENED: &str = "cases.case.opened";
/// Somebody acted on a case.
pub const ACTED: &str = "cases.case.acted";
/// A timer of a case came.
pub const FIRED: &str = "cases.timer.fired";
/// Somebody read a case with what people wrote in it.
pub const READ: &str = "cases.case.read";
/// Somebody took the regulator's return.
pub const RETURN_READ: &str = "cases.return.read";
