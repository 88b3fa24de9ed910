//! The generator of features: writes a folder with every room, its first migration and its translations.
//!
//! The templates under `templates/feature/` imitate the plainest real feature; what they make compiles
//! and its tests pass, and the acceptance run proves that in a copy of the workspace. The guide to adding
//! a feature is therefore this program, and the document only says what to do next.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const TEMPLATES: &str = "crates/xtask/templates/feature";
const FEATURES: &str = "crates/features/src";
const REGISTRY: &str = "crates/features/src/lib.rs";
const USES: &str = "crates/features/uses.toml";
const MIGRATIONS: &str = "migrations";
/// Tests of stores stand here, because they need a database of each kind.
const STORE_TESTS: &str = "crates/testkit/tests";
/// Every id is a type of its own, and all of them are in the kernel.
const IDS: &str = "crates/kernel/src/id.rs";
const KERNEL: &str = "crates/kernel/src/lib.rs";
const PREFIX_CHARS: usize = 4;
/// Lines of the registry in which each feature stands once, in alphabetical order.
const REGISTERED: &[(&str, &str)] = &[("pub mod ", ";"), ("", "::FEATURE,"), ("&", "::FEATURE,")];
/// What a copy of the workspace leaves behind.
const NOT_COPIED: &[&str] = &["target", ".git", "node_modules", ".venv", "data"];
const NAME_CHARS_MAX: usize = 40;

/// The words that templates stand for.
struct Words {
    /// The feature: a plural noun, `samples`.
    name: String,
    /// One of them, `sample`.
    thing: String,
    /// The number of the migration, `0007`.
    number: String,
}

impl Words {
    fn fill(&self, text: &str) -> String {
        text.replace("{{name}}", &self.name)
            .replace("{{words}}", &self.name.replace('_', " "))
            .replace("{{word}}", &self.thing.replace('_', " "))
            .replace("{{Words}}", &capital(&self.name.replace('_', " ")))
            .replace("{{kebab}}", &self.name.replace('_', "-"))
            .replace("{{path}}", &self.name.replace('_', "-"))
            .replace("{{thing_kebab}}", &self.thing.replace('_', "-"))
            .replace("{{Name}}", &camel(&self.name))
            .replace("{{NAME}}", &self.name.to_uppercase())
            .replace("{{thing}}", &self.thing)
            .replace("{{Thing}}", &camel(&self.thing))
            .replace("{{THING}}", &self.thing.to_uppercase())
            .replace("{{number}}", &self.number)
    }
}

/// Writes the feature `name` into the workspace at `root`; gives the files written.
pub fn write(root: &Path, name: &str) -> Result<Vec<String>, String> {
    check_name(name)?;
    let folder = root.join(FEATURES).join(name);
    if folder.exists() {
        return Err(format!("there is a feature `{name}` already"));
    }
    let words = Words {
        name: name.to_owned(),
        thing: singular(name),
        number: format!("{:04}", last_number(&root.join(MIGRATIONS))? + 1),
    };
    let mut written = Vec::new();
    for (path, text) in read_templates(&root.join(TEMPLATES), "")? {
        let path = match path.as_str() {
            "migration.sql" => format!("{MIGRATIONS}/{}_{name}_{}.sql", words.number, words.thing),
            "testkit.rs" => format!("{STORE_TESTS}/{name}.rs"),
            path => format!("{FEATURES}/{name}/{path}"),
        };
        put(root, &path, &words.fill(&text))?;
        written.push(path);
    }
    let (ids, kernel) = (get(root, IDS)?, get(root, KERNEL)?);
    put(root, IDS, &add_id(&ids, &words)?)?;
    put(root, KERNEL, &export_id(&kernel, &camel(&words.thing))?)?;
    let registry = get(root, REGISTRY)?;
    put(root, REGISTRY, &register(&registry, name)?)?;
    let uses = get(root, USES).unwrap_or_else(|_| "[uses]\n".to_owned());
    put(root, USES, &allow_nothing(&uses, name))?;
    written.extend([IDS, KERNEL, REGISTRY, USES].map(str::to_owned));
    Ok(written)
}

/// Writes the feature and formats it, since the length of its name decides where lines break.
pub fn write_formatted(root: &Path, name: &str) -> Result<Vec<String>, String> {
    let written = write(root, name)?;
    let face = format!("{FEATURES}/{name}/mod.rs");
    let tests = format!("{STORE_TESTS}/{name}.rs");
    let status = Command::new("rustfmt")
        .args(["--edition", "2024", &face, &tests])
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .map_err(|why| format!("rustfmt: {why}"))?;
    if status.success() { Ok(written) } else { Err(format!("rustfmt ended with {status}")) }
}

/// Copies the workspace at `root` to `place` and writes the feature there, for the test of the templates.
pub fn in_copy(root: &Path, place: &Path, name: &str) -> Result<(), String> {
    copy(root, place)?;
    write_formatted(place, name).map(|_| ())
}

fn check_name(name: &str) -> Result<(), String> {
    let shape = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let first = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    if !shape || !first || name.len() > NAME_CHARS_MAX {
        return Err(format!("`{name}`: a plural noun in small letters is wanted, such as `disputes`"));
    }
    if syn::parse_str::<syn::Ident>(name).is_err() {
        return Err(format!("`{name}` is a word of Rust"));
    }
    Ok(())
}

fn singular(name: &str) -> String {
    let rest = |end: &str| name.strip_suffix(end).filter(|rest| rest.len() > 1);
    if let Some(rest) = rest("ies") {
        return format!("{rest}y");
    }
    match rest("s") {
        Some(rest) if !rest.ends_with('s') => rest.to_owned(),
        _ => format!("{name}_entry"),
    }
}

fn camel(name: &str) -> String {
    name.split('_')
        .flat_map(|part| {
            let mut chars = part.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn last_number(folder: &Path) -> Result<u32, String> {
    let entries = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let numbers = entries.flatten().filter_map(|entry| {
        entry.file_name().to_str()?.split_once('_').and_then(|(number, _)| number.parse().ok())
    });
    Ok(numbers.max().unwrap_or(0))
}

fn read_templates(folder: &Path, under: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().is_dir() {
            found.extend(read_templates(&entry.path(), &format!("{under}{name}/"))?);
        } else if let Some(name) = name.strip_suffix(".tmpl") {
            let text = fs::read_to_string(entry.path()).map_err(|why| format!("{name}: {why}"))?;
            found.push((format!("{under}{name}"), text));
        }
    }
    found.sort();
    Ok(found)
}

/// The registry with one more feature in each of its lists.
fn register(text: &str, name: &str) -> Result<String, String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut added = 0;
    for (before, after) in REGISTERED {
        let own = |line: &str| -> Option<String> {
            let inner = line.trim().strip_prefix(before)?.strip_suffix(after)?;
            inner
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                .then(|| inner.to_owned())
        };
        let listed: Vec<(usize, String)> =
            lines.iter().enumerate().filter_map(|(at, line)| Some((at, own(line)?))).collect();
        let Some((first, _)) = listed.first() else { continue };
        let indent: String =
            lines.get(*first).into_iter().flat_map(|line| line.chars()).take_while(|c| *c == ' ').collect();
        let at = listed.iter().find(|(_, other)| other.as_str() > name).map(|(at, _)| *at);
        let at = at.or_else(|| listed.last().map(|(at, _)| at + 1)).unwrap_or(lines.len());
        lines.insert(at, format!("{indent}{before}{name}{after}"));
        added += 1;
    }
    if added == 0 {
        return Err(format!("{REGISTRY} has no line `pub mod ...;` beside which to register `{name}`"));
    }
    Ok(lines.join("\n") + "\n")
}

/// The list of ids with one more kind, under a prefix that no other has.
fn add_id(text: &str, words: &Words) -> Result<String, String> {
    let name = camel(&words.thing);
    if text.contains(&format!(" {name}Id = ")) {
        return Err(format!("there is a {name}Id already"));
    }
    let letters: Vec<char> = words.thing.chars().filter(char::is_ascii_alphanumeric).collect();
    let (head, tail) = letters.split_at(letters.len().min(PREFIX_CHARS - 1));
    let head: String = head.iter().collect();
    let prefix = tail
        .iter()
        .copied()
        .chain('a'..='z')
        .map(|last| format!("{head}{last}"))
        .find(|prefix| !text.contains(&format!("\"{prefix}\"")))
        .ok_or("no prefix is free")?;
    let (before, after) = text.split_once("\nids! {\n").ok_or_else(|| format!("{IDS} has no list of ids"))?;
    let (list, rest) = after.split_once("\n}\n").ok_or_else(|| format!("{IDS} has no end of its list"))?;
    let word = words.thing.replace('_', " ");
    Ok(format!(
        "{before}\nids! {{\n{list}\n    /// One {word}; see the feature `{}`.\n    {name}Id = \"{prefix}\";\n}}\n{rest}",
        words.name
    ))
}

/// The kernel with one more name in its list of ids.
fn export_id(text: &str, name: &str) -> Result<String, String> {
    let line = "pub use id::{";
    if !text.contains(line) {
        return Err(format!("{KERNEL} has no line `{line}`"));
    }
    Ok(text.replacen(line, &format!("pub use id::{name}Id;\n{line}"), 1))
}

/// The list of faces with a feature that uses none yet.
fn allow_nothing(text: &str, name: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let start = lines.iter().position(|line| line.trim() == "[uses]").map_or(lines.len(), |at| at + 1);
    let at = lines
        .iter()
        .enumerate()
        .skip(start)
        .find(|(_, line)| line.split_once(" = ").is_some_and(|(other, _)| other > name))
        .map_or(lines.len(), |(at, _)| at);
    lines.insert(at, format!("{name} = []"));
    lines.join("\n") + "\n"
}

fn get(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|why| format!("{path}: {why}"))
}

fn put(root: &Path, path: &str, text: &str) -> Result<(), String> {
    let file = root.join(path);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|why| format!("{path}: {why}"))?;
    }
    fs::write(file, text).map_err(|why| format!("{path}: {why}"))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let fail = |why: std::io::Error| format!("{}: {why}", from.display());
    fs::create_dir_all(to).map_err(fail)?;
    for entry in fs::read_dir(from).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        if NOT_COPIED.iter().any(|left| name == *left) {
            continue;
        }
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(&name)).map_err(fail)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_nouns_in_small_letters() {
        assert!(check_name("disputes").is_ok());
        for bad in ["", "Disputes", "2nd", "a-b", "match", "../etc", &"a".repeat(41)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_are_filled_in() {
        let words =
            Words { name: "loan_offers".into(), thing: singular("loan_offers"), number: "0007".into() };
        assert_eq!(
            words.fill("{{name}} {{Name}} {{thing}} {{Thing}} {{THING}} {{number}}"),
            "loan_offers LoanOffers loan_offer LoanOffer LOAN_OFFER 0007"
        );
        assert_eq!(singular("enquiries"), "enquiry");
        assert_eq!(singular("access"), "access_entry");
    }

    #[test]
    fn the_registry_stays_alphabetical() {
        let text = "pub mod accounts;\npub mod cards;\n\nstatic ALL: &[F] = &[\n    accounts::FEATURE,\n    cards::FEATURE,\n];\n";
        let new = register(text, "budgets").expect("registers");
        assert_eq!(
            new,
            "pub mod accounts;\npub mod budgets;\npub mod cards;\n\nstatic ALL: &[F] = &[\n    \
             accounts::FEATURE,\n    budgets::FEATURE,\n    cards::FEATURE,\n];\n"
        );
        assert!(register(text, "zones").expect("registers").contains("cards;\npub mod zones;\n"));
        assert!(register("//! empty\n", "zones").is_err());
    }

    #[test]
    fn a_new_feature_uses_nobody() {
        let text = "# map\n[uses]\naccounts = []\ncards = [\"accounts\"]\n";
        assert!(allow_nothing(text, "budgets").contains("accounts = []\nbudgets = []\ncards"));
        assert!(allow_nothing(text, "zones").ends_with("zones = []\n"));
    }

    #[test]
    fn a_feature_is_written_into_a_workspace_and_never_twice() {
        let root = tempfile::tempdir().expect("a folder");
        let files = [
            ("crates/xtask/templates/feature/mod.rs.tmpl", "//! The {{name}}.\n"),
            ("crates/xtask/templates/feature/i18n/en.ftl.tmpl", "{{name}}-title = {{Name}}\n"),
            ("crates/xtask/templates/feature/migration.sql.tmpl", "-- owner: {{name}}\n"),
            ("crates/xtask/templates/feature/testkit.rs.tmpl", "//! {{words}} on both databases.\n"),
            (IDS, "x\nids! {\n    /// A.\n    DisputedId = \"disp\";\n}\n\ny\n"),
            (KERNEL, "mod id;\npub use id::{A, B};\n"),
            (REGISTRY, "pub mod cards;\n"),
            (USES, "[uses]\n"),
            ("migrations/0004_cards_card.sql", ""),
        ];
        for (path, text) in files {
            put(root.path(), path, text).expect("written");
        }
        let written = write(root.path(), "disputes").expect("written");
        assert!(written.contains(&"migrations/0005_disputes_dispute.sql".to_owned()), "{written:?}");
        assert_eq!(
            get(root.path(), "crates/features/src/disputes/mod.rs").expect("there"),
            "//! The disputes.\n"
        );
        assert_eq!(get(root.path(), REGISTRY).expect("there"), "pub mod cards;\npub mod disputes;\n");
        assert!(written.contains(&"crates/testkit/tests/disputes.rs".to_owned()), "{written:?}");
        let ids = get(root.path(), IDS).expect("there");
        assert!(ids.ends_with("    DisputeId = \"disu\";\n}\n\ny\n"), "{ids}");
        let kernel = get(root.path(), KERNEL).expect("there");
        assert_eq!(kernel, "mod id;\npub use id::DisputeId;\npub use id::{A, B};\n");
        assert!(write(root.path(), "disputes").is_err());
    }
}
