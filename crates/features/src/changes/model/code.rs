//! The code by which anybody who got a notice stops a change, without signing in.
//!
//! Messages hold no links, because customers are told never to follow one; so the code is typed at an address that they
//! know. 80 random bits: nobody guesses one, so a plain hash is kept. It stops
//! changes and signs people out; it shows nothing and puts nothing back.

use kernel::{Random, Secret};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Crockford's letters: none of them is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code, five bits each.
const CODE_LETTERS: usize = 16;
/// A longer text is no code and is not read.
const TYPED_CHARS_MAX: usize = 64;

/// A fresh code.
pub(in super::super) struct StopCode(Secret<String>);

impl StopCode {
    pub(in super::super) fn create(random: &dyn Random) -> Self {
        let mut bytes = [0; CODE_LETTERS];
        random.fill(&mut bytes);
        let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).copied().map_or('0', char::from);
        Self(Secret::new(bytes.iter().map(letter).collect()))
    }

    /// As it stands in a message: in fours.
    pub(in super::super) fn shown(&self) -> String {
        let mut shown = String::with_capacity(CODE_LETTERS + 3);
        for (at, letter) in self.0.expose().chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }
        shown
    }

    /// What the table keeps.
    pub(in super::super) fn hash(&self) -> String {
        hash(self.0.expose())
    }
}

/// The hash of what somebody typed; `None` where it can't be a code. Case, spaces and hyphens don't matter, nor whether O
/// or 0, I, L or 1 was read.
pub(in super::super) fn hash_of_typed(typed: &str) -> Option<String> {
    if typed.chars().count() > TYPED_CHARS_MAX {
        return None;
    }
    let letters: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '–' | '—'))
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let known = letters.bytes().all(|letter| LETTERS.contains(&letter));
    (known && letters.len() == CODE_LETTERS).then(|| hash(&letters))
}

fn hash(code: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"cardea change stop v1\0");
    hash.update(code.as_bytes());
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
