//! Checkpoints as signed notes, in the formats of C2SP (signed-note, tlog-checkpoint, tlog-cosignature).
//!
//! A note is a text, an empty line and signature lines. Each line names its key and carries the first four
//! bytes of a hash over name, kind and public key, so that lines of keys that nobody here knows are passed
//! over. A checkpoint is a note of three lines: the log's name (its origin), its size, its root.
//!
//! The private key is elsewhere: a [`LogKey`] asks for signatures.

use super::LeafHash;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, VerifyingKey};
use kernel::Timestamp;
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};

/// The longest note that is read, bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1_024;
/// What a signature line starts with: an em dash and a space.
const LINE_START: &str = "\u{2014} ";
const ED25519: u8 = 1;
const COSIGNATURE: u8 = 4;

/// Why a key or note can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not `name+id+key`, or the parts don't belong together.
    #[error("this is no verifier key of C2SP (name+id+base64)")]
    Key,
    /// A name must not be empty nor hold spaces or a plus sign.
    #[error("the name of a log or key must not be empty nor hold spaces or '+'")]
    Name,
    /// The text is not a signed note.
    #[error("this is no signed note")]
    Note,
    /// The note's text is not a checkpoint.
    #[error("this is no checkpoint")]
    Checkpoint,
    /// The key could not sign.
    #[error("the key of the log did not sign: {0}")]
    Unsigned(String),
}

/// Gives the Ed25519 signature over a message, or says why not.
pub type Sign = Arc<dyn Fn(&[u8]) -> Result<[u8; 64], String> + Send + Sync>;

/// The key that signs checkpoints.
#[derive(Clone)]
pub struct LogKey {
    verifier: VerifierKey,
    sign: Sign,
}

/// A public key with its name: checks the lines that bear it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: u8,
    key: VerifyingKey,
}

/// One state of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// The root over them.
    pub root: LeafHash,
}

impl VerifierKey {
    /// The key of a log.
    pub fn of_log(name: &str, public: &[u8; 32]) -> Result<Self, NoteError> {
        Self::try_new(name, ED25519, public)
    }

    /// The key of a witness.
    pub fn of_witness(name: &str, public: &[u8; 32]) -> Result<Self, NoteError> {
        Self::try_new(name, COSIGNATURE, public)
    }

    fn try_new(name: &str, kind: u8, public: &[u8; 32]) -> Result<Self, NoteError> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.contains(bad) {
            return Err(NoteError::Name);
        }
        let key = VerifyingKey::from_bytes(public).map_err(|_| NoteError::Key)?;
        Ok(Self { name: name.to_owned(), kind, key })
    }

    /// Reads `name+id+base64`.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let bytes = BASE64.decode(encoded).map_err(|_| NoteError::Key)?;
        let (Some((kind, public)), Ok(id)) = (bytes.split_first(), u32::from_str_radix(id, 16)) else {
            return Err(NoteError::Key);
        };
        let public = public.try_into().map_err(|_| NoteError::Key)?;
        let key = Self::try_new(name, *kind, public)?;
        let known = matches!(key.kind, ED25519 | COSIGNATURE) && key.id() == id.to_be_bytes();
        if known { Ok(key) } else { Err(NoteError::Key) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a witness's and not a log's.
    pub fn is_of_witness(&self) -> bool {
        self.kind == COSIGNATURE
    }

    /// The first four bytes of the hash over name, kind and key.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', self.kind]);
        hash.update(self.key.as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        [a, b, c, d]
    }

    /// Whether `note` bears a line of this key, and every line of it is right.
    pub fn vouches_for(&self, note: &Note<'_>) -> bool {
        let mut lines = note.lines.iter().filter(|line| self.wrote(line)).peekable();
        lines.peek().is_some() && lines.all(|line| self.is_right(note.text, &line.signature))
    }

    fn wrote(&self, line: &Line<'_>) -> bool {
        line.name == self.name && line.key_id == self.id()
    }

    fn is_right(&self, text: &str, signature: &[u8]) -> bool {
        let (message, signature) = match (self.kind, signature.split_first_chunk::<8>()) {
            (COSIGNATURE, Some((time, rest))) => {
                (format!("cosignature/v1\ntime {}\n{text}", u64::from_be_bytes(*time)), rest)
            }
            _ => (text.to_owned(), signature),
        };
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64.encode([&[self.kind], self.key.as_bytes().as_slice()].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id()))
    }
}

impl LogKey {
    /// The key `public` of the log `origin`; `sign` has its private half.
    pub fn try_new(origin: &str, public: &[u8; 32], sign: Sign) -> Result<Self, NoteError> {
        Ok(Self { verifier: VerifierKey::of_log(origin, public)?, sign })
    }

    /// Its public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signed note of the log at `size` with `root`.
    pub fn checkpoint(&self, size: u64, root: LeafHash) -> Result<String, NoteError> {
        let text = Checkpoint { origin: self.verifier.name.clone(), size, root }.to_string();
        let signature = (self.sign)(text.as_bytes()).map_err(NoteError::Unsigned)?;
        let line = signature_line(&self.verifier, &signature);
        Ok(format!("{text}\n{line}"))
    }
}

pub(super) fn signature_line(key: &VerifierKey, signature: &[u8]) -> String {
    let encoded = BASE64.encode([&key.id(), signature].concat());
    format!("{LINE_START}{} {encoded}\n", key.name)
}

impl Checkpoint {
    /// Reads the text of a note.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Checkpoint);
        };
        let size: u64 = size
            .parse()
            .ok()
            .filter(|number: &u64| number.to_string() == size)
            .ok_or(NoteError::Checkpoint)?;
        let root = BASE64.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = root.filter(|_| !origin.is_empty()).ok_or(NoteError::Checkpoint)?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The checkpoint in `note`, when `key` vouches for it under its own name.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.text)?;
        let right = checkpoint.origin == key.name && key.vouches_for(&note);
        if right { Ok(checkpoint) } else { Err(NoteError::Note) }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }
}

/// A note taken apart.
pub struct Note<'n> {
    /// What was signed, with its last newline.
    pub text: &'n str,
    lines: Vec<Line<'n>>,
}

struct Line<'n> {
    name: &'n str,
    key_id: [u8; 4],
    signature: Vec<u8>,
    whole: &'n str,
}

impl<'n> Note<'n> {
    /// Takes `note` apart.
    pub fn parse(note: &'n str) -> Result<Self, NoteError> {
        let control = |c: char| c < ' ' && c != '\n';
        if note.len() > NOTE_BYTES_MAX || note.contains(control) {
            return Err(NoteError::Note);
        }
        let at = note.rfind("\n\n").ok_or(NoteError::Note)?;
        let (text, lines) = (note.get(..=at).unwrap_or_default(), note.get(at + 2..).unwrap_or_default());
        let lines = parse_lines(lines)?;
        if lines.is_empty() { Err(NoteError::Note) } else { Ok(Self { text, lines }) }
    }
}

fn parse_lines(text: &str) -> Result<Vec<Line<'_>>, NoteError> {
    if !text.is_empty() && !text.ends_with('\n') {
        return Err(NoteError::Note);
    }
    text.split_inclusive('\n')
        .map(|whole| {
            let line = whole.strip_prefix(LINE_START).and_then(|line| line.trim_end().split_once(' '));
            let (name, encoded) = line.ok_or(NoteError::Note)?;
            let bytes = BASE64.decode(encoded).map_err(|_| NoteError::Note)?;
            let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Note)?;
            Ok(Line { name, key_id: *key_id, signature: signature.to_vec(), whole })
        })
        .collect()
}

/// The lines of `answer` with which `witness` vouches for the text of `note`: to be put behind the note.
///
/// Lines of other keys are passed over, as the protocol wants; a wrong line of this key, or one dated later
/// than `now` and a minute, makes the answer worth nothing.
pub fn cosignature_lines(note: &str, answer: &str, witness: &VerifierKey, now: Timestamp) -> Option<String> {
    let text = Note::parse(note).ok()?.text;
    let lines = parse_lines(answer).ok()?;
    let latest_s = (now.us() + kernel::MINUTE_US) / kernel::SECOND_US;
    let own: Vec<&Line<'_>> = lines.iter().filter(|line| witness.wrote(line)).collect();
    let right = own.iter().all(|line| {
        let time = line.signature.first_chunk::<8>().map(|time| u64::from_be_bytes(*time));
        let dated = time.and_then(|time| i64::try_from(time).ok()).is_some_and(|time| time <= latest_s);
        dated && witness.is_right(text, &line.signature)
    });
    (right && !own.is_empty()).then(|| own.iter().map(|line| line.whole).collect())
}
