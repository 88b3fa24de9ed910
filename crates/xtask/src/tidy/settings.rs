//! `tidy.toml`: what the rules need to know about this workspace, and the debt that may only shrink.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The file's name.
pub const FILE: &str = "tidy.toml";

/// All of `tidy.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Per crate folder name: the workspace crates its code may depend on.
    pub layers: BTreeMap<String, Vec<String>>,
    /// Per feature: rooms beside the known ones; the entry `""` is for files beside the features.
    pub rooms: BTreeMap<String, Vec<String>>,
    /// Files and folders beside stores that hold SQL, each with its reason.
    pub sql: BTreeMap<String, String>,
    /// Per folder: its line in the tree of ARCHITECTURE.md, where no module header says it.
    pub tree: BTreeMap<String, String>,
    /// Traits that may have one implementer outside `port.rs`, each with its reason.
    pub traits: BTreeMap<String, String>,
    /// Fields of forms and bodies that are plain text, as `feature.field`, each with what bounds it.
    pub free_text: BTreeMap<String, String>,
    /// What rules leave alone.
    pub digits: Digits,
    /// Words that must not occur.
    pub words: Words,
    /// Folders of third-party or sample text where file rules do not look.
    pub outside: BTreeMap<String, String>,
    /// Debt that may only shrink.
    pub debt: Debt,
}

/// Settings of the rule about card-like digits.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digits {
    /// Files of published test vectors, each with its source.
    pub vectors: BTreeMap<String, String>,
}

/// Settings of the rule about words.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Words that must not occur in any file, whatever their case.
    pub forbidden: Vec<String>,
}

/// What is too much already. Entries are lowered or removed, never raised.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Debt {
    /// `path` or `path::function` to its lines, for the rules that measure.
    pub sizes: BTreeMap<String, usize>,
    /// `rule path` to the number of findings.
    pub findings: BTreeMap<String, usize>,
}

impl Settings {
    /// Reads the text of `tidy.toml`.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|why| format!("{FILE}: {why}"))
    }

    /// Whether `path` lies in a folder that file rules leave alone.
    pub fn is_outside(&self, path: &str) -> bool {
        self.outside.keys().any(|folder| path.starts_with(folder.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_refused() {
        assert!(Settings::parse("[debts]\n").is_err());
        assert!(Settings::parse("[debt.sizes]\n\"a.rs\" = 900\n").is_ok());
    }
}
