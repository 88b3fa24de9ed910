//! Why the settings were not taken, in words that name the key and the place.

use super::settings::{SETTINGS, nearest};
use figment::error::Kind;
use std::path::PathBuf;

/// Why the settings were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing or can't be read.
    #[error("the settings {} can't be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{place} is not valid TOML: {why}")]
    Syntax {
        /// The file.
        place: String,
        /// What the parser found; never a value.
        why: String,
    },
    /// There is no such setting.
    #[error("{key} in {place} is no setting; {}", hint(nearest))]
    Unknown {
        /// The key as it was written.
        key: String,
        /// File and line, or the environment variable.
        place: String,
        /// The known key that looks most like it.
        nearest: Option<&'static str>,
    },
    /// The value can't be used.
    #[error("{key} in {place} must be {expected}")]
    Value {
        /// The setting.
        key: String,
        /// File and line, or the environment variable.
        place: String,
        /// What can be used.
        expected: String,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(
        || "docs/operating/configuration.md lists them".to_owned(),
        |known| format!("did you mean {known}?"),
    )
}

impl ConfigError {
    /// From what figment found in the file called `name` with this `text`, or in a variable.
    pub(super) fn from_figment(found: figment::Error, name: &str, text: &str) -> Self {
        let path = found.path.join(".");
        let variable =
            found.metadata.as_ref().map(|from| from.name.to_string()).filter(|n| n.starts_with("env"));
        let place_of = |key: &str| {
            variable.clone().unwrap_or_else(|| match line_of(text, key) {
                Some(line) => format!("{name}, line {line}"),
                None => name.to_owned(),
            })
        };
        match found.kind {
            Kind::UnknownField(field, _) => {
                let key = if path.is_empty() || path.ends_with(&field) {
                    path_or(&path, &field)
                } else {
                    format!("{path}.{field}")
                };
                Self::Unknown { place: place_of(&key), nearest: nearest(&key), key }
            }
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
                Self::Value { place: place_of(&path), expected: described(&path, &expected), key: path }
            }
            Kind::UnknownVariant(_, known) => {
                Self::Value { place: place_of(&path), expected: known.join(" or "), key: path }
            }
            _ if path.is_empty() => Self::Syntax { place: name.to_owned(), why: syntax(text) },
            _ => Self::Value {
                place: place_of(&path),
                expected: described(&path, "another kind of value"),
                key: path,
            },
        }
    }
}

fn path_or(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { path.to_owned() }
}

fn described(path: &str, expected: &str) -> String {
    let known = SETTINGS.iter().find(|setting| setting.key == path);
    known.map_or_else(|| expected.to_owned(), |setting| setting.values.to_owned())
}

/// The parser's own message quotes the line, and the line may hold a password: only tell where.
fn syntax(text: &str) -> String {
    let odd = |line: &&str| {
        let line = line.trim();
        !(line.is_empty() || line.starts_with('#') || line.starts_with('[') || line.contains('='))
    };
    match text.lines().position(|line| odd(&line)) {
        Some(at) => format!("look at line {}", at + 1),
        None => "check quotes and brackets".to_owned(),
    }
}

/// The line on which `key` stands in a TOML text, counted from 1.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let mut section = String::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{}.", head.trim());
            if head.trim() == key {
                return Some(at + 1);
            }
        } else if let Some((name, _)) = line.split_once('=')
            && format!("{section}{}", name.trim().trim_matches('"')) == key
        {
            return Some(at + 1);
        }
    }
    None
}
