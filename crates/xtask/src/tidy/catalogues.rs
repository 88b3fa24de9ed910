//! Catalogues: every sentence exists in Simplified Chinese, Traditional Chinese and English, with the
//! same placeholders.
//!
//! Only the shape is compared. Whether a translation is right remains a matter for readers.

use super::{Finding, Workspace};
use std::collections::{BTreeMap, BTreeSet};

/// The languages of the interface.
pub const LANGUAGES: &[&str] = &["en", "zh-Hans", "zh-Hant"];

/// A key with its line and the placeholders of its text.
struct Entry {
    line: usize,
    variables: BTreeSet<String>,
}

type Catalogue = BTreeMap<String, Entry>;

/// Finds sentences that one language lacks, written twice, or with other placeholders.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut groups: BTreeMap<String, BTreeMap<&str, (&str, Catalogue)>> = BTreeMap::new();
    let mut found = Vec::new();
    for text in workspace.texts.iter().filter(|text| text.path.ends_with(".ftl")) {
        let Some((group, language)) = place(&text.path) else {
            let mend = "name it i18n/LANGUAGE.ftl or LANGUAGE/NAME.ftl";
            found.push(Finding::new("i18n", &text.path, 1, "the language is unknown", mend));
            continue;
        };
        let catalogue = parse(&text.path, &text.text, &mut found);
        groups.entry(group).or_default().insert(language, (text.path.as_str(), catalogue));
    }
    for (group, languages) in &groups {
        for wanted in LANGUAGES.iter().filter(|wanted| !languages.contains_key(*wanted)) {
            found.push(Finding::new("i18n", group, 1, format!("no `{wanted}` catalogue"), "add the file"));
        }
        for (path, own) in languages.values() {
            for (other_path, other) in languages.values().filter(|(other, _)| other != path) {
                found.extend(compare(path, own, other_path, other));
            }
        }
    }
    found
}

/// The group of sister files and the language of one.
fn place(path: &str) -> Option<(String, &str)> {
    let (folder, name) = path.rsplit_once('/')?;
    if let Some(language) = LANGUAGES.iter().find(|language| name == format!("{language}.ftl")) {
        return Some((folder.to_owned(), language));
    }
    let (above, folder) = folder.rsplit_once('/')?;
    let language = LANGUAGES.iter().find(|language| folder == **language)?;
    Some((format!("{above}/*/{name}"), language))
}

fn parse(path: &str, text: &str, found: &mut Vec<Finding>) -> Catalogue {
    let mut catalogue = Catalogue::new();
    let mut message = String::new();
    let mut key = String::new();
    for (at, line) in text.lines().enumerate() {
        let line_number = at + 1;
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let attribute = line.trim_start().strip_prefix('.').filter(|_| line.starts_with(' '));
        let head = if line.starts_with(' ') || line.starts_with('}') { attribute } else { Some(line) };
        if let Some((name, _)) = head.and_then(|head| head.split_once('=')) {
            let name = name.trim();
            if attribute.is_some() {
                key = format!("{message}.{name}");
            } else {
                name.clone_into(&mut message);
                name.clone_into(&mut key);
            }
            let entry = Entry { line: line_number, variables: BTreeSet::new() };
            if catalogue.insert(key.clone(), entry).is_some() {
                let what = format!("`{key}` is written twice");
                found.push(Finding::new("i18n", path, line_number, what, "remove one"));
            }
        }
        if let Some(entry) = catalogue.get_mut(&key) {
            entry.variables.extend(variables(line));
        }
    }
    catalogue
}

fn variables(line: &str) -> Vec<String> {
    line.split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect())
        .filter(|name: &String| !name.is_empty())
        .collect()
}

fn compare(path: &str, own: &Catalogue, other_path: &str, other: &Catalogue) -> Vec<Finding> {
    let mut found = Vec::new();
    for (key, entry) in own {
        match other.get(key) {
            None => {
                let what = format!("`{key}` is not in {other_path}");
                found.push(Finding::new("i18n", path, entry.line, what, "translate it or remove it"));
            }
            Some(sister) if path < other_path && sister.variables != entry.variables => {
                let what = format!("`{key}` has other placeholders in {other_path}");
                found.push(Finding::new("i18n", path, entry.line, what, "use the same in each language"));
            }
            Some(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    fn three(en: &str, hans: &str, hant: &str) -> Vec<String> {
        findings(check, &[("a/i18n/en.ftl", en), ("a/i18n/zh-Hans.ftl", hans), ("a/i18n/zh-Hant.ftl", hant)])
    }

    #[test]
    fn the_same_keys_pass() {
        let text = "# note\ncard = Card { $name }\n    .title = Title\nlong =\n    a\n    b = c\n";
        assert!(three(text, text, text).is_empty());
    }

    #[test]
    fn a_missing_sentence_fails() {
        assert_eq!(three("a = x\nb = y\n", "a = x\n", "a = x\nb = y\n").len(), 2);
        assert_eq!(three("a = x\n    .t = y\n", "a = x\n", "a = x\n    .t = y\n").len(), 2);
    }

    #[test]
    fn a_sentence_written_twice_fails() {
        assert_eq!(three("a = x\na = y\n", "a = x\n", "a = x\n"), ["a/i18n/en.ftl:2"]);
    }

    #[test]
    fn other_placeholders_fail() {
        assert_eq!(three("a = { $n }\n", "a = { $m }\n", "a = { $n }\n").len(), 2);
    }

    #[test]
    fn a_missing_language_fails_and_folders_per_language_work() {
        assert_eq!(
            findings(check, &[("a/i18n/en.ftl", "a = x\n"), ("a/i18n/zh-Hans.ftl", "a = x\n")]).len(),
            1
        );
        let files =
            [("l/en/m.ftl", "a = x\n"), ("l/zh-Hans/m.ftl", "a = x\n"), ("l/zh-Hant/m.ftl", "a = x\n")];
        assert!(findings(check, &files).is_empty());
    }
}
