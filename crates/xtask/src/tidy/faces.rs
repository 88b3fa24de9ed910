//! Faces: which feature may call which, as `crates/features/uses.toml` says; no cycles.
//!
//! A feature reaches another only through what its `mod.rs` re-exports, and only when the list allows it,
//! so the list is the map of who depends on whom. The reason may stand behind each line as a comment.

use super::source::{Kind, Source};
use super::{Finding, Workspace};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where the list is.
pub const FILE: &str = "crates/features/uses.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    uses: BTreeMap<String, Vec<String>>,
}

/// Finds calls that the list does not allow, entries that are not needed, and cycles.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let features: BTreeSet<String> = workspace.features().into_iter().collect();
    if features.is_empty() {
        return Vec::new();
    }
    let list = match toml::from_str::<List>(workspace.text(FILE).unwrap_or_default()) {
        Ok(list) => list,
        Err(why) => return vec![Finding::new("faces", FILE, 1, why.to_string(), "mend the list")],
    };
    let mut found = unknown(&list, &features);
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for source in &workspace.sources {
        let Some(own) = feature_of(&source.path) else { continue };
        for (other, line) in calls(source, &features) {
            if other == own {
                continue;
            }
            let allowed = list.uses.get(own).is_some_and(|faces| faces.contains(&other));
            if !allowed && !source.is_test(line) {
                let what = format!("`{own}` may not use `{other}`");
                let mend = format!("add it to {FILE} when it is right, else react to its events");
                found.push(Finding::new("faces", &source.path, line, what, mend));
            }
            used.insert((own.to_owned(), other));
        }
    }
    found.extend(unneeded(&list, &features, &used));
    found.extend(cycle(&list).map(|names| {
        let what = format!("features use each other in a circle: {}", names.join(" -> "));
        Finding::new("faces", FILE, 1, what, "let one of them react to an event instead")
    }));
    found
}

fn feature_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(super::rooms::FEATURES)?.strip_prefix('/')?;
    inside.split_once('/').map(|(feature, _)| feature)
}

/// How many `super` lead from a file to the root of the crate.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix(super::rooms::FEATURES).unwrap_or(path);
    inside.matches('/').count() - usize::from(inside.ends_with("/mod.rs"))
}

/// The features named in `crate::x`, `use crate::{x, y}` and, as far up, `super::super::x`.
fn calls(source: &Source, features: &BTreeSet<String>) -> Vec<(String, usize)> {
    let up = depth(&source.path);
    let mut above = 0;
    let mut found = Vec::new();
    for (at, window) in source.tokens.windows(3).enumerate() {
        let [root, sign, next] = window else { continue };
        above = match (root.is("super"), root.is("::")) {
            (true, _) => above + 1,
            (false, true) => above,
            (false, false) => 0,
        };
        let from_root = root.is("crate") || (root.is("super") && above == up);
        if !from_root || !sign.is("::") {
            continue;
        }
        if next.kind == Kind::Ident {
            found.push((next.text.clone(), next.line));
        } else if next.is("{") {
            found.extend(group(source, at + 2));
        }
    }
    found.retain(|(name, _)| features.contains(name));
    found
}

/// The first names in a brace group that opens at `open`.
fn group(source: &Source, open: usize) -> Vec<(String, usize)> {
    let mut depth = 0;
    let mut found = Vec::new();
    let mut first = true;
    for token in source.tokens.iter().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            Kind::Ident if depth == 1 && first => {
                found.push((token.text.clone(), token.line));
                first = false;
            }
            Kind::Punct if depth == 1 && token.is(",") => first = true,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

fn unknown(list: &List, features: &BTreeSet<String>) -> Vec<Finding> {
    list.uses
        .iter()
        .flat_map(|(name, faces)| faces.iter().chain([name]))
        .filter(|name| !features.contains(*name))
        .map(|name| Finding::new("faces", FILE, 1, format!("there is no feature `{name}`"), "remove it"))
        .collect()
}

fn unneeded(list: &List, features: &BTreeSet<String>, used: &BTreeSet<(String, String)>) -> Vec<Finding> {
    list.uses
        .iter()
        .flat_map(|(name, faces)| faces.iter().map(move |face| (name.clone(), face.clone())))
        .filter(|pair| features.contains(&pair.0) && features.contains(&pair.1) && !used.contains(pair))
        .map(|(name, face)| {
            Finding::new("faces", FILE, 1, format!("`{name}` does not use `{face}`"), "remove the entry")
        })
        .collect()
}

/// A circle in the list, if there is one.
fn cycle(list: &List) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    list.uses.keys().find_map(|start| visit(list, start, &mut Vec::new(), &mut done))
}

fn visit(list: &List, name: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(at) = way.iter().position(|step| step == name) {
        let mut circle: Vec<String> = way.iter().skip(at).cloned().collect();
        circle.push(name.to_owned());
        return Some(circle);
    }
    if !done.insert(name.to_owned()) {
        return None;
    }
    way.push(name.to_owned());
    let found = list.uses.get(name)?.iter().find_map(|next| visit(list, next, way, done));
    way.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const ACCOUNTS: (&str, &str) = ("crates/features/src/accounts/mod.rs", "pub struct Account;");

    #[test]
    fn listed_faces_pass_and_others_fail() {
        let cards = ("crates/features/src/cards/service.rs", "use crate::accounts::Account;");
        let list = (FILE, "[uses]\ncards = [\"accounts\"]\n");
        assert!(findings(check, &[ACCOUNTS, cards, list]).is_empty());
        assert_eq!(findings(check, &[ACCOUNTS, cards]), ["crates/features/src/cards/service.rs:1"]);
    }

    #[test]
    fn the_way_up_is_read_too() {
        for (path, text) in [
            ("crates/features/src/cards/mod.rs", "use super::accounts::A;"),
            ("crates/features/src/cards/service.rs", "use super::super::accounts::A;"),
            ("crates/features/src/cards/http/mod.rs", "use super::super::{accounts::A};"),
        ] {
            assert_eq!(findings(check, &[ACCOUNTS, (path, text)]).len(), 1, "{path}");
        }
        let own = ("crates/features/src/cards/service.rs", "use super::accounts::A;");
        assert!(findings(check, &[ACCOUNTS, own]).is_empty());
    }

    #[test]
    fn groups_are_read() {
        let cards = ("crates/features/src/cards/a.rs", "use crate::{cards::{accounts}, accounts::A};\n");
        assert_eq!(findings(check, &[ACCOUNTS, cards]).len(), 1);
        let own = ("crates/features/src/cards/a.rs", "use crate::{cards::{accounts}};\n");
        assert!(findings(check, &[ACCOUNTS, own]).is_empty());
    }

    #[test]
    fn entries_that_nobody_needs_fail() {
        let cards = ("crates/features/src/cards/mod.rs", "");
        assert_eq!(findings(check, &[ACCOUNTS, cards, (FILE, "[uses]\ncards = [\"accounts\"]\n")]).len(), 1);
        assert_eq!(findings(check, &[ACCOUNTS, (FILE, "[uses]\ngone = []\n")]).len(), 1);
    }

    #[test]
    fn circles_fail() {
        let a = ("crates/features/src/accounts/mod.rs", "use crate::cards::C;");
        let c = ("crates/features/src/cards/mod.rs", "use crate::accounts::A;");
        let list = (FILE, "[uses]\ncards = [\"accounts\"]\naccounts = [\"cards\"]\n");
        assert_eq!(findings(check, &[a, c, list]), [format!("{FILE}:1")]);
    }
}
