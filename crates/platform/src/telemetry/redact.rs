//! Finds runs of digits that could be a card number, and takes them out.

use std::borrow::Cow;
use std::ops::Range;

/// Shortest and longest card number.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
const MARK: &str = "[digits]";

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Free text.
    Text,
    /// JSON: a number outside of quotes is replaced by a string.
    Json,
}

/// `text` without runs of digits that could be a card number: 12 to 19 with a valid check digit, also
/// when single spaces or hyphens group them, or any longer run without such grouping.
pub fn redact(text: &str, form: Form) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out: Option<String> = None;
    let (mut kept, mut at, mut quoted) = (0, 0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quoted => at += 2,
            b'"' if form == Form::Json => {
                quoted = !quoted;
                at += 1;
            }
            b'0'..=b'9' => {
                let bare = form == Form::Json && !quoted;
                let run = if bare { number(bytes, at) } else { grouped(bytes, at) };
                if run.sensitive {
                    let into = out.get_or_insert_with(String::new);
                    into.push_str(text.get(kept..run.begin).unwrap_or_default());
                    into.push_str(if bare { "\"[digits]\"" } else { MARK });
                    kept = run.end;
                }
                at = run.end;
            }
            _ => at += 1,
        }
    }
    match out {
        None => Cow::Borrowed(text),
        Some(mut into) => {
            into.push_str(text.get(kept..).unwrap_or_default());
            Cow::Owned(into)
        }
    }
}

/// Where `bytes` hold what [`redact`] takes out of a text: from the first digit to the last.
pub(crate) fn sensitive_spans(bytes: &[u8]) -> Vec<Range<usize>> {
    let (mut spans, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        if !byte.is_ascii_digit() {
            at += 1;
            continue;
        }
        let run = grouped(bytes, at);
        if run.sensitive {
            spans.push(run.begin..run.end);
        }
        at = run.end;
    }
    spans
}

struct Run {
    begin: usize,
    end: usize,
    sensitive: bool,
}

/// A whole JSON number that has a digit at `at`, with its sign, fraction and exponent.
fn number(bytes: &[u8], at: usize) -> Run {
    let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E');
    let before = bytes.get(..at).unwrap_or_default().iter().rev().take_while(|byte| part(byte)).count();
    let after = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| part(byte)).count();
    let (begin, end) = (at - before, at + after);
    let token = bytes.get(begin..end).unwrap_or_default();
    let sensitive = token.split(|byte| !byte.is_ascii_digit()).any(is_sensitive);
    Run { begin, end, sensitive }
}

/// The chain of digit groups from `at` on, joined by single spaces or hyphens, and what of it must go:
/// from the first to the last group that has a part in anything like a card number. A date before a
/// number must not hide it, so every sequence of groups is looked at.
fn grouped(bytes: &[u8], at: usize) -> Run {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut groups: Vec<(usize, usize)> = Vec::new();
    let mut begin = at;
    loop {
        let mut end = begin;
        while digit(end) {
            end += 1;
        }
        groups.push((begin, end));
        if !(matches!(bytes.get(end), Some(b' ' | b'-')) && digit(end + 1)) {
            break;
        }
        begin = end + 1;
    }
    let mut found: Option<(usize, usize)> = None;
    for (first, (begin, _)) in groups.iter().enumerate() {
        let mut digits = Vec::new();
        for (start, end) in groups.iter().skip(first) {
            digits.extend_from_slice(bytes.get(*start..*end).unwrap_or_default());
            let alone = start == begin && is_sensitive(&digits);
            if alone || (CARD_DIGITS.contains(&digits.len()) && luhn_holds(&digits)) {
                let (from, to) = found.unwrap_or((*begin, *end));
                found = Some((from.min(*begin), to.max(*end)));
            }
            if digits.len() > *CARD_DIGITS.end() {
                break;
            }
        }
    }
    match found {
        Some((begin, end)) => Run { begin, end, sensitive: true },
        None => Run { begin: at, end: groups.last().map_or(at, |(_, end)| *end), sensitive: false },
    }
}

fn is_sensitive(digits: &[u8]) -> bool {
    digits.len() > *CARD_DIGITS.end() || (CARD_DIGITS.contains(&digits.len()) && luhn_holds(digits))
}

/// The check of ISO/IEC 7812-1, annex B.
fn luhn_holds(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with_check_digit(body: &str) -> String {
        let ends = (b'0'..=b'9').map(|digit| format!("{body}{}", char::from(digit)));
        ends.into_iter().find(|whole| luhn_holds(whole.as_bytes())).unwrap()
    }

    #[test]
    fn known_numbers_hold() {
        // Published test numbers of the schemes' own documentation.
        for number in ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"] {
            assert!(luhn_holds(number.as_bytes()), "{number}");
        }
        assert!(!luhn_holds(b"4111111111111112"));
    }

    #[test]
    fn numbers_go_and_the_rest_stays() {
        for (given, wanted) in [
            ("card 4111111111111111!", "card [digits]!"),
            ("4111 1111 1111 1111", "[digits]"),
            ("4111-1111-1111-1111,", "[digits],"),
            ("on 2026-11-22 4111 1111 1111 1111", "on 2026-11-[digits]"),
            ("5 4111-1111-1111-1111 9", "5 [digits] 9"),
            ("at 1 4111111111111111", "at 1 [digits]"),
            ("track ;4111111111111111=29012010000000000000?", "track ;[digits]=[digits]?"),
            ("x41111111111111110000000000y", "x[digits]y"),
            ("4111111111111112", "4111111111111112"),
            (
                "acct_01h2xcejqtf2n 2026-11-22T13:29:26.123456Z",
                "acct_01h2xcejqtf2n 2026-11-22T13:29:26.123456Z",
            ),
            ("持卡人 4111111111111111 付款", "持卡人 [digits] 付款"),
        ] {
            assert_eq!(redact(given, Form::Text), wanted);
        }
    }

    proptest! {
        #[test]
        fn no_number_of_any_length_survives(body in "9[0-9]{10,17}", before in "[a-z \":,-]{0,8}", after in "[a-z \":,]{0,8}") {
            let number = with_check_digit(&body);
            let text = format!("{before}{number}{after}");
            prop_assert!(!redact(&text, Form::Text).contains(&number), "{text}");
            prop_assert!(!redact(&text, Form::Json).contains(&number), "{text}");
        }

        #[test]
        fn json_stays_json(number in any::<u64>(), text in any::<String>(), fraction in any::<f64>()) {
            let line = serde_json::json!({ "number": number, "text": text, "list": [fraction, -1] }).to_string();
            let shown = redact(&line, Form::Json);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&shown).is_ok(), "{shown}");
        }

        #[test]
        fn text_without_digits_is_untouched(text in "[^0-9]*") {
            prop_assert_eq!(redact(&text, Form::Text), text.as_str());
        }
    }
}
