//! Licences: every crate that is built into the program stands under one that `deny.toml` allows.
//!
//! `cargo deny` checks more and takes minutes to install; this gate reads the same list and needs nothing.
//! Only crates for this machine's platform are looked at, since the others are not downloaded, and not those of
//! tests alone, which nobody ships.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// Crates whose licence is not allowed, as `name version: licence`; the error says what can't be read.
pub fn refused(root: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(root.join("deny.toml")).map_err(|why| format!("deny.toml: {why}"))?;
    let (allowed, excepted) = (allowed(&text)?, excepted(&text)?);
    let output = Command::new("cargo")
        .args(["tree", "--workspace", "--edges", "no-dev", "--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|why| format!("cargo tree: {why}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree ended with {}", output.status));
    }
    let crates = crates(&String::from_utf8_lossy(&output.stdout));
    Ok(crates
        .into_iter()
        .filter(|(name, licence)| {
            let own = name.split_whitespace().next().and_then(|name| excepted.get(name));
            !satisfied(licence, own.unwrap_or(&allowed))
        })
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect())
}

fn allowed(text: &str) -> Result<BTreeSet<String>, String> {
    let table = toml::from_str::<toml::Table>(text).map_err(|why| format!("deny.toml: {why}"))?;
    let list = table.get("licenses").and_then(|table| table.get("allow")).and_then(toml::Value::as_array);
    let list = list.ok_or("deny.toml has no [licenses] allow")?;
    Ok(list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
}

/// What single crates may stand under beside: `[[licenses.exceptions]]` with `crate` and `allow`.
fn excepted(text: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let table = toml::from_str::<toml::Table>(text).map_err(|why| format!("deny.toml: {why}"))?;
    let all = table.get("licenses").and_then(|table| table.get("exceptions")).and_then(toml::Value::as_array);
    let one = |entry: &toml::Value| {
        let allow = entry.get("allow")?.as_array()?;
        let allow = allow.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
        Some((entry.get("crate")?.as_str()?.to_owned(), allow))
    };
    let read: Option<BTreeMap<_, _>> = all.into_iter().flatten().map(one).collect();
    read.ok_or_else(|| "deny.toml: an exception has no crate or no allow".to_owned())
}

/// Name and version to licence; a line is `name v1.2.3 (path)|LICENCE (*)`.
fn crates(tree: &str) -> BTreeMap<String, String> {
    tree.lines()
        .filter_map(|line| line.split_once('|'))
        .map(|(name, licence)| {
            let name = name.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
            (name, licence.trim_end_matches(" (*)").to_owned())
        })
        .collect()
}

/// Whether an SPDX expression can be met from `allowed`. `/` is the old way to write OR.
fn satisfied(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    either(&words, &mut at, allowed) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= both(words, at, allowed);
    }
    met
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = either(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += usize::from(closed);
        return met && closed;
    }
    let mut name = (*word).to_owned();
    if let (Some(&"WITH"), Some(exception)) = (words.get(*at), words.get(*at + 1)) {
        name = format!("{name} WITH {exception}");
        *at += 2;
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(licence: &str) -> bool {
        let allowed =
            allowed("[licenses]\nallow = [\"MIT\", \"Apache-2.0\", \"Apache-2.0 WITH LLVM-exception\"]\n");
        satisfied(licence, &allowed.expect("a list"))
    }

    #[test]
    fn expressions_are_understood() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "MIT AND Apache-2.0",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(met(good), "{good}");
        }
        for bad in ["", "MPL-2.0", "MIT AND GPL-3.0", "(MIT", "MIT MIT", "MIT WITH LLVM-exception"] {
            assert!(!met(bad), "{bad}");
        }
    }

    #[test]
    fn one_crate_may_stand_under_what_others_may_not() {
        let text = "[[licenses.exceptions]]\ncrate = \"a\"\nallow = [\"MPL-2.0\"]\n";
        let excepted = excepted(text).expect("a list");
        assert!(satisfied("MPL-2.0", &excepted["a"]) && !excepted.contains_key("b"));
        assert!(super::excepted("[[licenses.exceptions]]\ncrate = \"a\"\n").is_err());
    }

    #[test]
    fn the_tree_is_read() {
        let found = crates(
            "a v1.0.0|MIT (*)\nb v2.0.0 (/x/y)|Apache-2.0 OR MIT\nb v2.0.0 (/x/y)|Apache-2.0 OR MIT\n",
        );
        let expected = [("a v1.0.0", "MIT"), ("b v2.0.0", "Apache-2.0 OR MIT")];
        assert_eq!(found.len(), 2);
        assert!(expected.iter().all(|(name, licence)| found.get(*name).is_some_and(|own| own == licence)));
    }
}
