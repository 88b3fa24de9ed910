//! The house rules as a program: reads the whole workspace once and reports what breaks a rule.
//!
//! Each rule is a module here with a function `check(&Workspace) -> Vec<Finding>` and tests of its own
//! with a sample that passes and one that fails. Rules see files in memory only, so a test is a list of
//! paths and texts. Known debt is written into `tidy.toml`, which may only shrink.
//!
//! Not done here: that every command audits and every route stands in the permission matrix. Those need
//! the program itself and are tests of the whole application.

mod banned;
mod cases;
mod catalogues;
mod debt;
mod decisions;
mod digits;
mod docs;
mod faces;
mod free_text;
mod header;
mod layers;
mod length;
mod migrations;
mod names;
mod rooms;
#[cfg(test)]
mod sample;
mod settings;
mod shape;
mod source;
mod traits;
mod tree;
mod words;
mod workspace;

use std::fmt;
use std::path::Path;
use workspace::Workspace;

pub use migrations::lock_released;

/// Something that breaks a house rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the workspace.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule's name, as debt entries and exceptions in `tidy.toml` use it.
    pub rule: &'static str,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
    /// For rules that measure: the name of what is measured and its size.
    pub measured: Option<(String, usize)>,
}

impl Finding {
    fn new(
        rule: &'static str,
        path: &str,
        line: usize,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { path: path.to_owned(), line, rule, what: what.into(), mend: mend.into(), measured: None }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}; {}", self.path, self.line, self.rule, self.what, self.mend)
    }
}

type Rule = fn(&Workspace) -> Vec<Finding>;

/// Every rule, in the order of the list in CONTRIBUTING.md.
const RULES: &[Rule] = &[
    source::check,
    length::check,
    layers::check,
    faces::check,
    rooms::check,
    names::check,
    header::check,
    banned::check,
    shape::check,
    traits::check,
    free_text::check,
    catalogues::check,
    migrations::check,
    docs::check,
    decisions::check,
    tree::check,
    digits::check,
    words::check,
    cases::check,
];

/// Runs every rule over the workspace at `root`; prints findings; true when there are none.
///
/// With `bless` the generated tree in ARCHITECTURE.md is rewritten first and debt entries that became
/// smaller are lowered or removed.
pub fn run(root: &Path, bless: bool) -> Result<bool, String> {
    let mut workspace = Workspace::read(root)?;
    if bless && let Some(text) = tree::blessed(&workspace) {
        write(root, tree::FILE, &text)?;
        workspace = Workspace::read(root)?;
    }
    if bless && let Some(text) = cases::blessed(&workspace) {
        write(root, cases::FILE, &text)?;
        workspace = Workspace::read(root)?;
    }
    let found: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&workspace)).collect();
    if bless && let Some(text) = debt::blessed(&workspace, &found) {
        write(root, settings::FILE, &text)?;
        workspace = Workspace::read(root)?;
    }
    let mut left = debt::settle(&workspace.settings, found);
    left.sort();
    left.dedup();
    for finding in &left {
        println!("{finding}");
    }
    let notes = length::notes(&workspace);
    if left.is_empty() {
        println!("tidy: {} files, no findings, {} notes", workspace.texts.len(), notes.len());
    } else {
        notes.iter().for_each(|note| println!("note: {note}"));
        println!("tidy: {} findings in {} files", left.len(), workspace.texts.len());
    }
    Ok(left.is_empty())
}

fn write(root: &Path, file: &str, text: &str) -> Result<(), String> {
    std::fs::write(root.join(file), text).map_err(|why| format!("{file}: {why}"))
}
