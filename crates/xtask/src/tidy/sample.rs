//! What the tests of rules share: run one rule over a few files and see the rule's lines.

use super::{Finding, Workspace};

/// `path:line` of each finding of `rule` over `files`.
pub fn findings(rule: fn(&Workspace) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let mut found: Vec<String> =
        rule(&Workspace::of(files)).iter().map(|f| format!("{}:{}", f.path, f.line)).collect();
    found.sort();
    found
}
