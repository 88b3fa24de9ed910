//! When words are a complaint: also when they are typed as a question, and also when the word is not in them.
//!
//! Regulators count every expression of dissatisfaction as a complaint, and a clock runs from the moment it comes in, so
//! words must be recognised wherever people type. These are fixed lists with points, in English and Chinese (both
//! scripts): whoever reads the signs can say why. Who says that they complain, or names a regulator or a court, always
//! does; else something must have gone wrong on our side, or there must be anger. The caller asks the person, and opens
//! nothing by itself. What it does not do: it has no sense of what is meant. Of words that it was not made for it told
//! 14 of 26 complaints, most of those that say so, and took none of 23 questions for one (`tests/complaints_unseen.tsv`);
//! it is a net under other ways to complain, never the only one.

use super::complaint_words::{AGAIN, ANGER, DENYING, SAID, SIMPLE, SUPPOSING, TOGETHER, WRONG};
use serde::Serialize;

/// What a sign says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignKind {
    /// They say that they complain, or to whom they will turn.
    Said,
    /// Something went wrong, in their eyes by us.
    Wrong,
    /// They are angry or disappointed.
    Anger,
    /// It has lasted, or it is not the first time.
    Again,
}

impl SignKind {
    const fn points(self) -> i32 {
        match self {
            Self::Said => 3,
            Self::Wrong | Self::Anger => 2,
            Self::Again => 1,
        }
    }
}

/// Words that were found, as the list has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Sign {
    /// What it says.
    pub kind: SignKind,
    /// The words of the list.
    pub words: &'static str,
}

/// So many points make a complaint.
const ENOUGH: i32 = 2;
/// What is asked for the case that it happens takes so many.
const SUPPOSED: i32 = 2;
/// Longer texts are looked at up to here, characters.
const CHARS_MAX: usize = 4_000;

/// The signs by which `text` is a complaint; empty where it is none.
pub fn complaint_signs(text: &str) -> Vec<Sign> {
    let plain = plain(text);
    let mut found: Vec<Sign> = Vec::new();
    for (kind, list) in
        [(SignKind::Said, SAID), (SignKind::Wrong, WRONG), (SignKind::Anger, ANGER), (SignKind::Again, AGAIN)]
    {
        found.extend(list.iter().filter(|words| is_said(&plain, words)).map(|words| Sign { kind, words }));
    }
    let pairs = TOGETHER.iter().filter(|(one, other)| plain.contains(one) && plain.contains(other));
    found.extend(pairs.map(|(_, words)| Sign { kind: SignKind::Wrong, words }));
    if found.iter().any(|sign| sign.kind == SignKind::Said) {
        return found;
    }
    let points: i32 = found.iter().map(|sign| sign.kind.points()).sum();
    let supposed = SUPPOSING.iter().any(|words| plain.contains(words));
    if points - if supposed { SUPPOSED } else { 0 } >= ENOUGH { found } else { Vec::new() }
}

/// Lower case, one kind of apostrophe and space, traditional signs as simplified ones; with a space at both ends.
fn plain(text: &str) -> String {
    let mut plain = " ".to_owned();
    for sign in text.chars().take(CHARS_MAX).flat_map(char::to_lowercase) {
        match sign {
            '’' | '‘' | '`' => plain.push('\''),
            sign if sign.is_whitespace() || ",.!?;:\"()".contains(sign) => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            sign => plain.push(SIMPLE.iter().find(|(old, _)| *old == sign).map_or(sign, |(_, new)| *new)),
        }
    }
    plain.push(' ');
    plain
}

/// Whether the words are there and not denied where they stand.
fn is_said(plain: &str, words: &str) -> bool {
    plain.match_indices(words).any(|(at, _)| {
        let before = plain.get(..at).unwrap_or_default();
        let whole = !words.is_ascii() || before.ends_with([' ', '\'', '-']);
        whole && !DENYING.iter().any(|denial| before.ends_with(denial))
    })
}
