//! The ratchet: findings that `tidy.toml` records are let through, once, and only downwards.
//!
//! A size entry excuses one file or function up to the number recorded; a count entry excuses exactly
//! that many findings of one rule in one file. When reality is better than the entry, the entry itself
//! is the finding: lower it (`cargo tidy --bless` does), so that nothing can grow back.

use super::settings::{FILE, Settings};
use super::{Finding, Workspace};
use std::collections::BTreeMap;

const MEND: &str = "lower or remove the entry: `cargo tidy --bless` does it";

/// Takes recorded debt out of `found` and adds entries that are no longer true.
pub fn settle(settings: &Settings, found: Vec<Finding>) -> Vec<Finding> {
    let mut counts = count(&found);
    let mut left = Vec::new();
    for finding in found {
        let key = key(&finding);
        let excused = match &finding.measured {
            Some((name, size)) => settings.debt.sizes.get(name).is_some_and(|max| size <= max),
            None => settings
                .debt
                .findings
                .get(&key)
                .is_some_and(|max| counts.get(&key).is_some_and(|(number, _)| number <= max)),
        };
        if !excused {
            left.push(finding);
        }
    }
    for (name, max) in &settings.debt.sizes {
        let now = counts.remove(name).map_or(0, |(size, _)| size);
        left.extend(shrunk(name, *max, now));
    }
    for (name, max) in &settings.debt.findings {
        let now = counts.remove(name).map_or(0, |(number, _)| number);
        left.extend(shrunk(name, *max, now));
    }
    left
}

/// The text of `tidy.toml` with entries lowered to what is true now, when that changes anything.
pub fn blessed(workspace: &Workspace, found: &[Finding]) -> Option<String> {
    let text = workspace.text(FILE)?;
    let counts = count(found);
    let debt = &workspace.settings.debt;
    let mut lines = Vec::new();
    for line in text.lines() {
        let entry = line
            .strip_prefix('"')
            .and_then(|rest| rest.split_once("\" = "))
            .and_then(|(name, number)| Some((name, number.trim().parse::<usize>().ok()?)))
            .filter(|(name, _)| debt.sizes.contains_key(*name) || debt.findings.contains_key(*name));
        let Some((name, max)) = entry else {
            lines.push(line.to_owned());
            continue;
        };
        match counts.get(name) {
            Some((now, _)) if *now < max => lines.push(format!("\"{name}\" = {now}")),
            Some(_) => lines.push(line.to_owned()),
            None => {}
        }
    }
    let new = lines.join("\n") + "\n";
    (new != text).then_some(new)
}

fn shrunk(name: &str, max: usize, now: usize) -> Option<Finding> {
    (now < max)
        .then(|| Finding::new("debt", FILE, 1, format!("`{name}` is recorded as {max} and is {now}"), MEND))
}

fn key(finding: &Finding) -> String {
    format!("{} {}", finding.rule, finding.path)
}

/// Per debt key: how much of it there is, and whether it is a size.
fn count(found: &[Finding]) -> BTreeMap<String, (usize, bool)> {
    let mut counts: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for finding in found {
        match &finding.measured {
            Some((name, size)) => {
                counts.insert(name.clone(), (*size, true));
            }
            None => counts.entry(key(finding)).or_insert((0, false)).0 += 1,
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(size: usize) -> Finding {
        let mut finding = Finding::new("length", "a.rs", 1, "long", "split");
        finding.measured = Some(("a.rs".to_owned(), size));
        finding
    }

    fn settings(text: &str) -> Settings {
        Settings::parse(text).expect("well formed")
    }

    #[test]
    fn recorded_size_is_excused_and_growth_is_not() {
        let known = settings("[debt.sizes]\n\"a.rs\" = 900\n");
        assert!(settle(&known, vec![long(900)]).is_empty());
        assert_eq!(settle(&known, vec![long(901)]), vec![long(901)]);
    }

    #[test]
    fn an_entry_that_shrank_or_is_gone_must_go() {
        let known = settings("[debt.sizes]\n\"a.rs\" = 900\n");
        assert_eq!(settle(&known, vec![long(850)]).len(), 1);
        assert_eq!(settle(&known, Vec::new()).len(), 1);
    }

    #[test]
    fn counts_are_exact() {
        let known = settings("[debt.findings]\n\"panic a.rs\" = 2\n");
        let one = Finding::new("panic", "a.rs", 3, "unwrap", "say why");
        assert!(settle(&known, vec![one.clone(), one.clone()]).is_empty());
        assert_eq!(settle(&known, vec![one.clone(); 3]).len(), 3);
        assert_eq!(settle(&known, vec![one]).len(), 1);
    }

    #[test]
    fn bless_lowers_and_removes_and_never_raises() {
        let text = "# why\n[debt.sizes]\n\"a.rs\" = 900\n\"b.rs\" = 950\n";
        let workspace = Workspace::of(&[("tidy.toml", text)]);
        assert_eq!(
            blessed(&workspace, &[long(850)]).as_deref(),
            Some("# why\n[debt.sizes]\n\"a.rs\" = 850\n")
        );
        let mut other = long(950);
        other.measured = Some(("b.rs".to_owned(), 950));
        assert_eq!(blessed(&workspace, &[long(990), other]), None);
    }
}
