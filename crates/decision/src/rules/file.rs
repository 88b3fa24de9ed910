//! The file around the conditions.
//!
//! Design: TOML with fixed keys; unknown ones are refused. Conditions keep their place in the file, so a
//! mistake inside one is reported with the file's line and column.

use serde::Deserialize;
use toml::Spanned;

use super::error::{Fault, RuleError};
use super::{
    FILE_BYTES_MAX, RULES_MAX, Reason, Rule, RuleAction, RuleName, RuleSet, RuleVersion, WHEN_BYTES_MAX,
};
use super::{check, parse};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    number: u32,
    name: String,
    #[serde(default)]
    rule: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    name: Option<RuleName>,
    when: Spanned<String>,
    action: RuleAction,
    reason: Reason,
}

pub(super) fn compile(text: &str) -> Result<RuleSet, RuleError> {
    if text.len() > FILE_BYTES_MAX {
        let help = format!("a rule file has at most {FILE_BYTES_MAX} bytes");
        return Err(at_byte(text, 0, None, format!("the file has {} bytes", text.len()), help));
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let problem = error.message().replace('\n', " ");
        at_byte(text, at, None, problem, "see docs/reference/rules.md for the keys of a rule".to_owned())
    })?;
    if file.rule.len() > RULES_MAX {
        let help = format!("a set has at most {RULES_MAX}");
        return Err(at_byte(text, 0, None, format!("{} rules", file.rule.len()), help));
    }
    let mut rules: Vec<Rule> = Vec::with_capacity(file.rule.len());
    for entry in file.rule {
        check_id(text, &entry.id, &rules)?;
        rules.push(rule(text, entry)?);
    }
    let version = RuleVersion { number: file.number, hash: fnv1a(text.as_bytes()) };
    Ok(RuleSet { version, name: file.name, rules })
}

fn check_id(text: &str, id: &Spanned<String>, earlier: &[Rule]) -> Result<(), RuleError> {
    let name = id.get_ref();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let (problem, help) = if name.is_empty() || name.len() > 32 || !name.bytes().all(plain) {
        ("this id is not 1 to 32 letters, digits, `-` or `_`", "rename it, like R-101")
    } else if earlier.iter().any(|rule| rule.id == *name) {
        ("another rule has this id", "give each rule its own")
    } else {
        return Ok(());
    };
    Err(at_byte(text, id.span().start, Some(name), problem.to_owned(), help.to_owned()))
}

fn rule(text: &str, entry: Entry) -> Result<Rule, RuleError> {
    let start = entry.when.span().start;
    let when = entry.when.into_inner();
    let id = entry.id.into_inner();
    let condition = if when.len() > WHEN_BYTES_MAX {
        Err(Fault::new(
            0,
            format!("the condition has {} bytes", when.len()),
            format!("at most {WHEN_BYTES_MAX}; split it into several rules"),
        ))
    } else {
        parse::parse(&when).and_then(|expr| check::check(&expr))
    };
    let condition = condition.map_err(|fault| {
        let at = byte_in_file(text, start, fault.at);
        at_byte(text, at, Some(&id), fault.problem, fault.help)
    })?;
    Ok(Rule { id, name: entry.name, action: entry.action, reason: entry.reason, when, condition })
}

/// The byte of the file that became byte `offset` of the string starting at `start`. Escapes of one letter
/// are followed; a `\u` escape ends the search early, which leaves a place close by.
fn byte_in_file(text: &str, start: usize, offset: usize) -> usize {
    let raw = text.get(start..).unwrap_or_default();
    let long = ["'''", "\"\"\""].iter().any(|quote| raw.starts_with(quote));
    let escapes = raw.starts_with('"');
    let mut at = if long { 3 } else { 1 };
    let raw = raw.as_bytes();
    if long {
        // A line break right after the opening quotes is not part of the string.
        at += usize::from(raw.get(at) == Some(&b'\r'));
        at += usize::from(raw.get(at) == Some(&b'\n'));
    }
    for _ in 0..offset {
        let escape = escapes && raw.get(at) == Some(&b'\\');
        if escape && matches!(raw.get(at + 1), Some(b'u' | b'U')) {
            break;
        }
        at += if escape { 2 } else { 1 };
    }
    start + at
}

fn at_byte(text: &str, at: usize, rule: Option<&str>, problem: String, help: String) -> RuleError {
    let before = text.get(..at.min(text.len())).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    RuleError {
        rule: rule.map(str::to_owned),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        problem,
        help,
    }
}

/// The 64-bit hash FNV-1a (Fowler, Noll, Vo): short, the same everywhere and for ever.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
