//! Codes that let somebody make their first passkey: on a letter, from a branch, or printed for a colleague.
//!
//! A code has 100 random bits and is its own name: whoever has it needs to say nothing else, and guessing it is
//! hopeless, so a table that leaks (it has hashes) and a page that answers wrong codes open no door.

use crate::identity::CodeMark;
use kernel::{Random, Secret, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt;

/// Letters of a code, without the hyphens.
pub(in super::super) const CODE_CHARS: usize = 20;
const GROUP_CHARS: usize = 5;
/// Crockford's base 32: no letter can be taken for another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code that was just made: the only time it can be seen.
#[derive(Clone, Debug)]
pub struct EnrolmentCode {
    /// As it is printed: four groups of five.
    pub text: Secret<String>,
    /// Until when.
    pub until: Timestamp,
}

/// When a code works.
#[derive(Clone, Copy, Debug)]
pub struct CodeTerms {
    /// How long it works, microseconds. Codes by letter, which wait for their owner to say "not me", are identity's.
    pub life_us: i64,
}

impl CodeTerms {
    /// For colleagues: at once, for a day.
    pub const STAFF: Self = Self { life_us: kernel::DAY_US };
}

/// A fresh code, in groups.
pub(in super::super) fn new_code(random: &dyn Random) -> Secret<String> {
    let mut bytes = [0; CODE_CHARS];
    random.fill(&mut bytes);
    let mut text = String::with_capacity(CODE_CHARS + CODE_CHARS / GROUP_CHARS);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at.is_multiple_of(GROUP_CHARS) {
            text.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'0');
        text.push(char::from(letter));
    }
    Secret::new(text)
}

/// Letters of a code by letter, which is identity's.
const LETTER_CHARS: usize = 16;

/// With what a first passkey is made: a code printed here, or one by letter. It has a text for the ceremony's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum FirstCode {
    /// The hash of a code that was printed.
    Printed(String),
    /// The mark of a code by letter.
    Letter(CodeMark),
}

/// Before the mark of a code by letter, in the text.
const LETTER: &str = "letter ";

impl FirstCode {
    /// Reads the text back; `None` for what is none.
    pub(in super::super) fn from_text(text: &str) -> Option<Self> {
        match text.strip_prefix(LETTER) {
            Some(mark) => mark.parse().ok().map(Self::Letter),
            None => (!text.is_empty()).then(|| Self::Printed(text.to_owned())),
        }
    }
}

impl fmt::Display for FirstCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Printed(hash) => f.write_str(hash),
            Self::Letter(mark) => write!(f, "{LETTER}{mark}"),
        }
    }
}

/// Whether what somebody typed is as long as a code by letter; printed ones are longer.
pub(in super::super) fn is_letter(typed: &str) -> bool {
    typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').count() == LETTER_CHARS
}

/// What somebody typed, as the code it can be: without spaces and hyphens, in capitals, with the letters that look
/// like figures read as such. `None` when it is no code at all.
pub(in super::super) fn read_code(typed: &str) -> Option<Secret<String>> {
    let mut text = String::with_capacity(CODE_CHARS);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || text.len() == CODE_CHARS {
            return None;
        }
        text.push(letter);
    }
    (text.len() == CODE_CHARS).then(|| Secret::new(text))
}

/// What the table keeps of a code.
pub(in super::super) fn code_hash(code: &Secret<String>) -> String {
    let mut hash = Sha256::new();
    hash.update(b"cardea enrolment code v1\0");
    hash.update(code.expose().as_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
