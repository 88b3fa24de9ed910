//! The tree in ARCHITECTURE.md: folders to depth three with one line each, generated and compared.
//!
//! The line is the first sentence of the folder's module header, or stands in `[tree]` of tidy.toml. For
//! a crate, `src` is no level of its own. `cargo tidy --bless` writes the tree.

use super::{Finding, Workspace, header};

/// The document with the tree.
pub const FILE: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- tree: written by `cargo tidy --bless` -->";
const END: &str = "<!-- end of tree -->";
const DEPTH: usize = 3;
const INDENT: usize = 28;
const LINE: usize = 96;
/// Folders whose content is no matter of architecture.
const FLAT: &[&str] = &[
    "benches",
    "examples",
    "fuzz_targets",
    "http",
    "i18n",
    "images",
    "proptest-regressions",
    "service",
    "snapshots",
    "store",
    "templates",
    "tests",
    "ui",
];

/// Finds a tree that is not what the folders are, and folders that nothing describes.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(text) = workspace.text(FILE) else { return found };
    for folder in folders(workspace) {
        if describe(workspace, &folder).is_none() {
            let mend = "open its mod.rs or lib.rs with `//!`, or say it in [tree] of tidy.toml";
            found.push(Finding::new("tree", &folder, 1, "no line says what this folder is", mend));
        }
    }
    for folder in workspace.settings.tree.keys() {
        if !workspace.paths.contains(&format!("{folder}/")) && workspace.children(folder).is_empty() {
            let what = format!("[tree] names `{folder}`, which is gone");
            found.push(Finding::new("tree", super::settings::FILE, 1, what, "remove the line"));
        }
    }
    if blessed(workspace).is_some_and(|new| new != text) {
        let line = 1 + text.lines().position(|line| line == BEGIN).unwrap_or(0);
        found.push(Finding::new("tree", FILE, line, "the tree is out of date", "run `cargo tidy --bless`"));
    }
    found
}

/// ARCHITECTURE.md with the tree as the folders are, when that changes anything.
pub fn blessed(workspace: &Workspace) -> Option<String> {
    let text = workspace.text(FILE)?;
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let new = format!("{before}{BEGIN}\n```text\n{}```\n{END}{after}", draw(workspace));
    (new != text).then_some(new)
}

fn draw(workspace: &Workspace) -> String {
    let mut drawn = String::new();
    for folder in folders(workspace) {
        let shown = folder.replace("/src/", "/");
        let depth = shown.matches('/').count();
        let name = shown.rsplit('/').next().unwrap_or_default();
        let left = format!("{}{name}/", "  ".repeat(depth));
        let line = describe(workspace, &folder).unwrap_or_default();
        drawn.push_str(format!("{left:<INDENT$} {}", short(&line)).trim_end());
        drawn.push('\n');
    }
    drawn
}

/// Cuts at a word, so that the tree stays a tree.
fn short(line: &str) -> String {
    if line.chars().count() <= LINE {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LINE).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{} …", whole.trim_end_matches([',', ':', ';']))
}

fn folders(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for name in workspace.children("") {
        descend(workspace, &name, 1, &mut found);
    }
    found
}

fn descend(workspace: &Workspace, name: &str, depth: usize, found: &mut Vec<String>) {
    let Some(folder) = name.strip_suffix('/') else { return };
    let own = folder.rsplit('/').next().unwrap_or_default();
    let outside = workspace.settings.is_outside(&format!("{folder}/"));
    if (depth == 1 && own.starts_with('.')) || (depth > 1 && FLAT.contains(&own)) || outside {
        return;
    }
    let is_source = depth == DEPTH && own == "src" && folder.starts_with("crates/");
    if !is_source {
        if !holds_a_file(workspace, folder) {
            return;
        }
        found.push(folder.to_owned());
    }
    if depth < DEPTH || is_source {
        for child in workspace.children(folder) {
            descend(workspace, &format!("{folder}/{child}"), depth + 1, found);
        }
    }
}

/// Git keeps no empty folders, so neither does the tree.
fn holds_a_file(workspace: &Workspace, folder: &str) -> bool {
    let prefix = format!("{folder}/");
    workspace
        .paths
        .range(prefix.clone()..)
        .take_while(|path| path.starts_with(&prefix))
        .any(|path| !path.ends_with('/'))
}

fn describe(workspace: &Workspace, folder: &str) -> Option<String> {
    if let Some(line) = workspace.settings.tree.get(folder) {
        return Some(line.clone());
    }
    let beside = format!("{folder}.rs");
    ["src/lib.rs", "src/main.rs", "mod.rs", "main.rs"]
        .iter()
        .map(|name| format!("{folder}/{name}"))
        .chain([beside])
        .find_map(|path| header::sentence(workspace.text(&path)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const LIB: (&str, &str) = ("crates/kernel/src/lib.rs", "//! The words. More.\n");
    const TIDY: (&str, &str) = ("tidy.toml", "[tree]\ncrates = \"the code\"\n");

    fn document(tree: &str) -> String {
        format!("# A\n{BEGIN}\n```text\n{tree}```\n{END}\nend\n")
    }

    #[test]
    fn a_true_tree_passes_and_another_fails() {
        let room = ("crates/kernel/src/money/mod.rs", "//! Amounts\n");
        let empty = document("");
        let workspace = Workspace::of(&[LIB, TIDY, room, (FILE, &empty)]);
        let good = blessed(&workspace).expect("changes");
        assert!(good.contains("  kernel/"), "{good}");
        assert!(good.contains("    money/"), "{good}");
        assert!(good.contains(" The words\n"), "{good}");
        assert!(findings(check, &[LIB, TIDY, room, (FILE, &good)]).is_empty());
        assert_eq!(findings(check, &[LIB, TIDY, room, (FILE, &empty)]), [format!("{FILE}:2")]);
    }

    #[test]
    fn a_folder_without_a_line_fails() {
        let empty = document("");
        let found = findings(check, &[LIB, (FILE, &empty)]);
        assert!(found.contains(&"crates:1".to_owned()), "{found:?}");
    }

    #[test]
    fn long_lines_are_cut_at_a_word() {
        let line = "word ".repeat(40);
        assert!(short(&line).ends_with("word …"));
        assert_eq!(short("a b"), "a b");
    }
}
