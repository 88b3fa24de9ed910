//! What is wrong with a rule file, where, and what to do.

use std::fmt;

/// A mistake in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The rule's id, where the mistake is in a rule.
    pub rule: Option<String>,
    /// Line in the file, from 1.
    pub line: u32,
    /// Character in the line, from 1.
    pub column: u32,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(rule) = &self.rule {
            write!(f, "rule {rule}, ")?;
        }
        write!(f, "line {}, column {}: {}; {}", self.line, self.column, self.problem, self.help)
    }
}

impl std::error::Error for RuleError {}

/// A mistake in a condition, before its place in the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Byte in the condition.
    pub(super) at: usize,
    pub(super) problem: String,
    pub(super) help: String,
}

impl Fault {
    pub(super) fn new(at: usize, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, problem: problem.into(), help: help.into() }
    }
}
