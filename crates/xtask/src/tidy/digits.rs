//! Card-like digits: no file holds a run of 13 to 19 digits that could be a real card number.
//!
//! Test cards start with 9, a range that no network issues. Anything else that passes the Luhn check may
//! be somebody's card, wherever it came from. Published test vectors are listed in `[digits]` of
//! tidy.toml with their source.

use super::{Finding, Workspace};

const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// Finds runs of digits that pass the Luhn check and do not start with 9 or 0.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for text in &workspace.texts {
        let listed = workspace.settings.digits.vectors.contains_key(&text.path);
        if listed || text.path.ends_with(".lock") || workspace.settings.is_outside(&text.path) {
            continue;
        }
        for (at, line) in text.text.lines().enumerate() {
            if runs(line).iter().any(|run| is_card(run)) {
                let mend = "use a number starting with 9, or list the file under [digits] in tidy.toml";
                let what = "digits that could be a card number";
                found.push(Finding::new("digits", &text.path, at + 1, what, mend));
            }
        }
    }
    found
}

/// Runs of digits that stand alone; single spaces and hyphens between groups of four are part of a run.
fn runs(line: &str) -> Vec<Vec<u8>> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
            continue;
        }
        let start = at;
        let mut run = Vec::new();
        let mut group = 0;
        while let Some(byte) = bytes.get(at) {
            let next_digit = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            if byte.is_ascii_digit() {
                run.push(byte - b'0');
                group += 1;
            } else if matches!(byte, b' ' | b'-') && group == 4 && next_digit {
                group = 0;
            } else {
                break;
            }
            at += 1;
        }
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        if !before.is_some_and(joins) && !bytes.get(at).is_some_and(joins) {
            found.push(run);
        }
    }
    found
}

/// A neighbour that makes digits part of a name, a hexadecimal text or a fraction.
fn joins(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+')
}

fn is_card(run: &[u8]) -> bool {
    LENGTHS.contains(&run.len()) && !matches!(run.first(), None | Some(0 | 9)) && luhn(run)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(*digit) * if at % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    /// A number of the given head that passes Luhn, put together here so that this file stays clean.
    fn number(head: &str) -> String {
        ('0'..='9')
            .map(|digit| format!("{head}{digit}"))
            .find(|text| luhn(&text.bytes().map(|b| b - b'0').collect::<Vec<_>>()))
            .expect("one of ten digits is right")
    }

    #[test]
    fn card_numbers_of_networks_fail() {
        let card = number("411111111111111");
        assert_eq!(findings(check, &[("a.md", &format!("x\ncard {card}.")), ("b.md", &card)]).len(), 1);
        assert_eq!(findings(check, &[("a.md", &format!("x\ncard \"{card}\""))]), ["a.md:2"]);
        let (a, b) = card.split_at(4);
        let (b, c) = b.split_at(4);
        let (c, d) = c.split_at(4);
        assert_eq!(findings(check, &[("a.rs", &format!("// {a} {b} {c} {d} "))]).len(), 1);
    }

    #[test]
    fn the_test_range_and_listed_files_pass() {
        let card = number("411111111111111");
        assert!(findings(check, &[("a.md", &number("900000000000000"))]).is_empty());
        let listed = ("tidy.toml", "[digits.vectors]\n\"a.md\" = \"published\"\n");
        assert!(findings(check, &[("a.md", &card), listed]).is_empty());
    }

    #[test]
    fn other_digits_pass() {
        let card = number("411111111111111");
        for text in
            [format!("ab{card}"), format!("0.{card}"), format!("{card}9999"), "1_700_000_000_000".into()]
        {
            assert!(findings(check, &[("a.md", &text)]).is_empty(), "{text}");
        }
    }
}
