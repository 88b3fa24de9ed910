//! File names that say nothing. Whatever has no name of its own ends up in such a file, until it holds
//! half the program.

use super::{Finding, Workspace};

const FORBIDDEN: &[&str] =
    &["common", "helper", "helpers", "misc", "shared", "type", "types", "util", "utils"];

/// Finds Rust files, folders and modules with empty names.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &workspace.sources {
        let names = source.path.split('/').map(|part| part.trim_end_matches(".rs"));
        let inline = source.syntax.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_some() => Some(module.ident.to_string()),
            _ => None,
        });
        for name in names.map(str::to_owned).chain(inline) {
            if FORBIDDEN.contains(&name.as_str()) {
                let mend = "name it after what it holds";
                found.push(Finding::new("names", &source.path, 1, format!("`{name}` says nothing"), mend));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    #[test]
    fn telling_names_pass() {
        assert!(findings(check, &[("crates/x/src/money.rs", "mod tests {}")]).is_empty());
    }

    #[test]
    fn empty_names_fail() {
        assert_eq!(findings(check, &[("crates/x/src/utils.rs", "")]).len(), 1);
        assert_eq!(findings(check, &[("crates/x/src/helpers/mod.rs", "")]).len(), 1);
        assert_eq!(findings(check, &[("crates/x/src/lib.rs", "mod types { }")]).len(), 1);
    }
}
