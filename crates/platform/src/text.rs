//! Free text that people type: scanned for card numbers before anything else can see it.
//!
//! Problem: sooner or later somebody types a card number into a note, and from there it goes into tables, indexes,
//! logs and backups that were never meant to hold one (PCI DSS 4.0.1, 3.4 and 12.10.7). Design: a form or body takes
//! [`FreeText`] in place of a string, and the only way to make one leads through the scanner, so the type says that it
//! was done. A card number is 12 to 19 digits with a right check digit, also in groups, with dashes, dots, slashes,
//! invisible signs or line breaks between, and in the digits of other scripts; all but its last four digits are taken
//! out. Control characters become spaces, so that text can't fake a second line in a log or paint a terminal.
//!
//! Why safe: the scanner reads the signs as digits and separators, whatever their form, and looks at every sequence
//! of whole groups, so that a date before a number does not hide it. It does not find numbers that are spelt out in
//! words, and it takes a long run of digits with a right check digit for a card number even where it is none.

use crate::telemetry::sensitive_spans;
use kernel::Masked;
use serde::Deserialize;

/// Longest text that is taken unless a field says less, characters.
pub const CHARS_MAX: usize = 1_000;
/// What stands for the digits taken out.
const MARK: &str = "••••";
/// Digits of a card number that may stay.
const KEPT_DIGITS: usize = 4;
/// Signs between two digits that still count as one separator.
const SEPARATORS_MAX: usize = 3;

/// A text that holds no card number. It does not print: what people type is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreeText(Masked);

impl FreeText {
    /// `typed` without card numbers and control characters, trimmed; `None` when it is longer than
    /// [`CHARS_MAX`].
    pub fn scan(typed: &str) -> Option<Self> {
        (typed.chars().count() <= CHARS_MAX).then(|| Self(Masked::new(without_card_numbers(typed).trim())))
    }

    /// The text, for a seal or a screen whose reader may see it.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// How long it is, characters.
    pub fn chars(&self) -> usize {
        self.reveal().chars().count()
    }
}

impl<'de> Deserialize<'de> for FreeText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = Masked::deserialize(deserializer)?;
        Self::scan(typed.reveal())
            .ok_or_else(|| serde::de::Error::custom(format!("expected at most {CHARS_MAX} characters")))
    }
}

/// The value of a decimal digit of any script that writes numbers by place.
fn digit(letter: char) -> Option<u8> {
    /// Zeros of the scripts whose ten digits follow one another: ASCII, Arabic, Persian, Devanagari, Bengali, Thai,
    /// full width.
    const ZEROS: [u32; 7] = [0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10];
    let code = u32::from(letter);
    // Mathematical digits: five styles, one behind the other.
    if (0x1D7CE..=0x1D7FF).contains(&code) {
        return u8::try_from((code - 0x1D7CE) % 10).ok();
    }
    ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))
        .and_then(|zero| u8::try_from(code - zero).ok())
}

/// Whether a sign may stand between the groups of a number.
fn separates(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '-' | '.' | '_' | '/' | '\\' | '|' | '·' | '−' | '—' | '–' | '－' | '．')
        || matches!(u32::from(letter), 0x2010..=0x2015 | 0x00AD)
        || is_invisible(letter)
}

fn is_invisible(letter: char) -> bool {
    matches!(u32::from(letter), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFE00..=0xFE0F | 0xFEFF)
}

/// `typed` with every card number but its last four digits taken out, and control characters as spaces.
fn without_card_numbers(typed: &str) -> String {
    let letters: Vec<char> = typed.chars().collect();
    // One byte for each letter that counts, and where in the text it stands.
    let (mut plain, mut places) = (Vec::with_capacity(letters.len()), Vec::with_capacity(letters.len()));
    let mut between = 0;
    for (at, letter) in letters.iter().enumerate() {
        let sign = match digit(*letter) {
            Some(value) => b'0' + value,
            None if is_invisible(*letter) => continue,
            None if separates(*letter) => b' ',
            None => b'x',
        };
        between = if sign == b' ' { between + 1 } else { 0 };
        if between <= 1 {
            plain.push(sign);
            places.push(at);
        } else if between > SEPARATORS_MAX {
            // Too far apart for one number.
            plain.push(b'x');
            places.push(at);
        }
    }
    let mut hidden = vec![false; letters.len()];
    for span in sensitive_spans(&plain) {
        let digits: Vec<usize> = span.filter(|at| plain.get(*at).is_some_and(u8::is_ascii_digit)).collect();
        let gone = digits.len().saturating_sub(KEPT_DIGITS);
        // From the first digit to the last one that goes, with whatever stands between.
        let ends = (digits.first(), gone.checked_sub(1).and_then(|last| digits.get(last)));
        if let (Some(first), Some(last)) = ends
            && let (Some(first), Some(last)) = (places.get(*first), places.get(*last))
        {
            hidden.iter_mut().take(last + 1).skip(*first).for_each(|hide| *hide = true);
        }
    }
    let mut text = String::with_capacity(typed.len());
    let mut marked = false;
    for (letter, hide) in letters.iter().zip(hidden) {
        match (hide, marked) {
            (true, false) => text.push_str(MARK),
            (true, true) => {}
            (false, _) if letter.is_control() => text.push(' '),
            (false, _) => text.push(*letter),
        }
        marked = hide;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scanned(typed: &str) -> String {
        FreeText::scan(typed).unwrap().reveal().to_owned()
    }

    /// Thirteen to nineteen digits, the last of which fits the others.
    fn number(body: &str) -> String {
        let sum: u32 = body
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    }

    #[test]
    fn numbers_go_however_they_are_written() {
        let card = number("900012341234123");
        let groups = |sign: &str| {
            let parts: Vec<&str> = (0..4).map(|at| &card[at * 4..at * 4 + 4]).collect();
            parts.join(sign)
        };
        let wide: String =
            card.bytes().map(|byte| char::from_u32(0xFF10 + u32::from(byte - b'0')).unwrap()).collect();
        let arabic: String =
            card.bytes().map(|byte| char::from_u32(0x660 + u32::from(byte - b'0')).unwrap()).collect();
        let last = &card[12..];
        for sign in
            ["", " ", "-", "  ", " - ", "\u{a0}", ".", "/", "—", "\u{200b}", "\u{ad}", "\n", "－", "\u{3000}"]
        {
            let shown = scanned(&format!("card {} please", groups(sign)));
            assert!(shown.starts_with("card ••••") && shown.ends_with("please"), "{sign:?}: {shown}");
            let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits, last, "{sign:?}: {shown}");
        }
        for text in [&wide, &arabic] {
            assert_eq!(scanned(text).chars().filter(|letter| digit(*letter).is_some()).count(), 4);
        }
        // A date before it does not hide it.
        let dated = scanned(&format!("on 2026-11-26 {}", groups(" ")));
        assert!(dated.ends_with(last) && !dated.contains("9000"), "{dated}");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "",
            "called back at 20:14",
            "转账 6284.30 元",
            "case C-2026-000123",
            "+86 138 0001 6021",
            "9000123412341234",
        ] {
            assert_eq!(scanned(text), text);
        }
        assert_eq!(scanned("one\r\n{\"ok\":1}\u{1b}[2J"), "one  {\"ok\":1} [2J", "no second line, no paint");
        assert!(FreeText::scan(&"a".repeat(CHARS_MAX + 1)).is_none());
        assert_eq!(format!("{:?}", FreeText::scan("private").unwrap()), "FreeText([masked])");
    }

    proptest! {
        #[test]
        fn no_card_number_survives_any_grouping(
            body in "9[0-9]{11,17}",
            signs in proptest::collection::vec("[ ./_|\u{2010}\u{200b}\u{a0}\u{3000}-]{0,2}", 19),
            before in "[a-z，。]{0,6}",
            after in "[a-z，。]{0,6}",
        ) {
            let card = number(&body);
            let spread: String = card.chars().zip(&signs).map(|(digit, sign)| format!("{digit}{sign}")).collect();
            let shown = scanned(&format!("{before}{spread}{after}"));
            let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
            prop_assert!(digits.len() <= KEPT_DIGITS && card.ends_with(&digits), "{shown}");
        }

        #[test]
        fn scanning_twice_changes_nothing_more(text in any::<String>()) {
            prop_assume!(text.chars().count() <= CHARS_MAX);
            let once = scanned(&text);
            prop_assume!(once.chars().count() <= CHARS_MAX);
            prop_assert_eq!(scanned(&once), once);
        }

        #[test]
        fn text_without_digits_keeps_every_letter(text in "[a-z\u{4e00}-\u{4fff} ,.!-]{0,60}") {
            prop_assert_eq!(scanned(&text), text.trim());
        }
    }
}
