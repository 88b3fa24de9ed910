//! Migrations: numbered without gaps, every table with owner, retention and privacy class, released files
//! never changed.
//!
//! Released files are listed with their SHA-256 in `migrations/migrations.lock`; a change to one of them
//! would make two databases of the same version differ. `cargo xtask lock-migrations` adds the files of
//! a release to the list. What is not listed has not been released and may still change.

use super::{Finding, Workspace};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FOLDER: &str = "migrations";
const LOCK: &str = "migrations/migrations.lock";
/// Data classes: public, personal, and sensitive (card numbers, documents, proofs); or none personal.
const CLASSES: &[&str] = &["none", "C1", "C2", "C3"];

/// Finds migrations with wrong names or gaps, undescribed tables and changed released files.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut numbers: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let owners: BTreeSet<String> = workspace.features().into_iter().chain(["platform".to_owned()]).collect();
    for text in workspace.texts.iter().filter(|text| is_migration(&text.path)) {
        match number(&text.path) {
            Some(number) => numbers.entry(number).or_default().push(&text.path),
            None => {
                let mend = "name it NNNN_<feature>_<what>.sql";
                found.push(Finding::new("migrations", &text.path, 1, "the name has no number", mend));
            }
        }
        found.extend(tables(&text.path, &text.text, &owners));
    }
    for (expected, (number, paths)) in (1..).zip(&numbers) {
        let path = paths.first().copied().unwrap_or(FOLDER);
        if *number != expected {
            let what = format!("number {number:04} where {expected:04} is next");
            found.push(Finding::new("migrations", path, 1, what, "number without gaps"));
            break;
        }
    }
    for paths in numbers.values() {
        let dialects: BTreeSet<&str> = paths.iter().map(|path| dialect(path)).collect();
        if dialects.len() < paths.len() || (dialects.contains("") && dialects.len() > 1) {
            let path = paths.last().copied().unwrap_or(FOLDER);
            found.push(Finding::new("migrations", path, 1, "the number is taken", "take the next one"));
        }
    }
    found.extend(locked(workspace));
    found
}

fn is_migration(path: &str) -> bool {
    path.starts_with("migrations/") && path.ends_with(".sql") && !path.ends_with("schema.sql")
}

fn number(path: &str) -> Option<u32> {
    let name = path.rsplit('/').next()?;
    let (number, what) = name.split_once('_')?;
    let words = what.split('.').next()?;
    (number.len() == 4 && words.contains('_')).then(|| number.parse().ok())?
}

/// `sqlite` or `postgres` where the two need texts of their own, side by side.
fn dialect(path: &str) -> &'static str {
    if path.ends_with(".sqlite.sql") || path.contains("/sqlite/") {
        "sqlite"
    } else if path.ends_with(".postgres.sql") || path.contains("/postgres/") {
        "postgres"
    } else {
        ""
    }
}

fn tables(path: &str, text: &str, owners: &BTreeSet<String>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut described: Option<&str> = None;
    // Where the databases need texts of their own, both stand under one description.
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (at, line) in text.lines().enumerate() {
        let upper = line.trim().to_uppercase();
        if let Some(note) = line.trim().strip_prefix("-- owner:") {
            described = Some(note);
        }
        if upper.starts_with("CREATE TABLE") || upper.starts_with("CREATE UNLOGGED TABLE") {
            let what = match described.take() {
                Some(note) => wrong(note, owners),
                None if known.contains(table_name(&upper)) => None,
                None => Some("it has no description"),
            };
            known.insert(table_name(&upper).to_owned());
            if let Some(what) = what {
                let mend = "write `-- owner: FEATURE; retention: ...; privacy: none|C1|C2|C3` above it";
                found.push(Finding::new("migrations", path, at + 1, format!("table: {what}"), mend));
            }
        } else if upper.ends_with(';') {
            described = None;
        }
    }
    found
}

fn table_name(statement: &str) -> &str {
    let rest = statement.rsplit("TABLE ").next().unwrap_or_default();
    rest.trim_start_matches("IF NOT EXISTS ").split([' ', '(']).next().unwrap_or_default()
}

/// What is wrong with the description of a table.
fn wrong(note: &str, owners: &BTreeSet<String>) -> Option<&'static str> {
    let parts: BTreeMap<&str, &str> = format_parts(note);
    if !parts.get("owner").is_some_and(|owner| owners.contains(*owner)) {
        return Some("the owner is no feature");
    }
    if parts.get("retention").is_none_or(|text| text.is_empty()) {
        return Some("no retention");
    }
    let class = parts.get("privacy").and_then(|text| text.split([' ', ',', '.']).next());
    class.is_none_or(|class| !CLASSES.contains(&class)).then_some("no privacy class")
}

fn format_parts(note: &str) -> BTreeMap<&str, &str> {
    note.split(';')
        .enumerate()
        .filter_map(|(at, part)| if at == 0 { Some(("owner", part)) } else { part.split_once(':') })
        .map(|(name, text)| (name.trim(), text.trim()))
        .collect()
}

fn locked(workspace: &Workspace) -> Vec<Finding> {
    let Some(lock) = workspace.text(LOCK) else { return Vec::new() };
    let mut found = Vec::new();
    for (at, line) in lock.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty())
    {
        let Some((hash, name)) = line.split_once("  ") else {
            found.push(Finding::new("migrations", LOCK, at + 1, "not `hash  file`", "restore the line"));
            continue;
        };
        let path = format!("{FOLDER}/{name}");
        match workspace.text(&path) {
            None => {
                let mend = "restore it; a database may need it";
                found.push(Finding::new("migrations", LOCK, at + 1, format!("{name} is gone"), mend));
            }
            Some(text) if digest(text) != hash => {
                let mend = "restore it and add a new migration";
                found.push(Finding::new("migrations", &path, 1, "a released migration changed", mend));
            }
            Some(_) => {}
        }
    }
    found
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds every migration that is not yet listed to the lock, as part of a release.
pub fn lock_released(root: &Path) -> Result<usize, String> {
    let workspace = Workspace::read(root)?;
    let mut lock =
        workspace.text(LOCK).unwrap_or("# SHA-256 of released migrations; see the tidy rule.\n").to_owned();
    let mut added = 0;
    for text in workspace.texts.iter().filter(|text| is_migration(&text.path)) {
        let name = text.path.trim_start_matches("migrations/");
        if !lock.lines().any(|line| line.ends_with(&format!("  {name}"))) {
            lock.push_str(&format!("{}  {name}\n", digest(&text.text)));
            added += 1;
        }
    }
    std::fs::write(root.join(LOCK), lock).map_err(|why| format!("{LOCK}: {why}"))?;
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const FACE: (&str, &str) = ("crates/features/src/cards/mod.rs", "");
    const GOOD: &str =
        "-- owner: cards; retention: life of the account; privacy: C3\nCREATE TABLE card (id BIGINT);\n";

    #[test]
    fn described_tables_pass() {
        assert!(findings(check, &[FACE, ("migrations/0001_cards_card.sql", GOOD)]).is_empty());
    }

    #[test]
    fn one_description_serves_both_databases() {
        let both = format!("-- sqlite:\n{GOOD}-- postgres:\nCREATE TABLE card (id BIGINT);\n");
        assert!(findings(check, &[FACE, ("migrations/0001_cards_card.sql", &both)]).is_empty());
    }

    #[test]
    fn undescribed_tables_fail() {
        for bad in [
            "CREATE TABLE card (id BIGINT);",
            "-- owner: nobody; retention: a; privacy: C1\nCREATE TABLE card (id BIGINT);",
            "-- owner: cards; privacy: C1\nCREATE TABLE card (id BIGINT);",
            "-- owner: cards; retention: a; privacy: C9\nCREATE TABLE card (id BIGINT);",
        ] {
            assert_eq!(findings(check, &[FACE, ("migrations/0001_cards_card.sql", bad)]).len(), 1, "{bad}");
        }
        let second = format!("{GOOD}CREATE TABLE other (id BIGINT);\n");
        assert_eq!(findings(check, &[FACE, ("migrations/0001_cards_card.sql", &second)]).len(), 1);
    }

    #[test]
    fn numbers_have_no_gap_and_no_twin() {
        let first = ("migrations/0001_cards_a.sql", "");
        assert_eq!(findings(check, &[first, ("migrations/0003_cards_b.sql", "")]).len(), 1);
        assert_eq!(findings(check, &[first, ("migrations/0001_cards_b.sql", "")]).len(), 1);
        assert_eq!(findings(check, &[("migrations/cards.sql", "")]).len(), 1);
        let sides =
            [("migrations/0001_cards_a.sqlite.sql", ""), ("migrations/0001_cards_a.postgres.sql", "")];
        assert!(findings(check, &sides).is_empty());
    }

    #[test]
    fn released_files_do_not_change() {
        let lock = format!("{}  0001_cards_card.sql\n", digest(GOOD));
        let file = "migrations/0001_cards_card.sql";
        assert!(findings(check, &[FACE, (LOCK, &lock), (file, GOOD)]).is_empty());
        let changed = format!("{GOOD}-- more\n");
        assert_eq!(findings(check, &[FACE, (LOCK, &lock), (file, &changed)]).len(), 1);
        assert_eq!(findings(check, &[FACE, (LOCK, &lock)]).len(), 1);
    }

    #[test]
    fn a_release_is_locked_once() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(FOLDER)).expect("made");
        std::fs::write(folder.path().join("migrations/0001_cards_card.sql"), GOOD).expect("written");
        assert_eq!(lock_released(folder.path()), Ok(1));
        assert_eq!(lock_released(folder.path()), Ok(0));
    }
}
