//! Signed notes, checkpoints and verifier keys of C2SP, read only.

use crate::Hash;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// Why a key or note is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not name+id+base64.
    #[error("this is no verifier key (name+id+base64)")]
    Key,
    /// Not text, empty line, signature lines.
    #[error("this is no signed note")]
    Note,
    /// Its text has not three lines of name, size and root.
    #[error("this is no checkpoint")]
    Checkpoint,
    /// No line of the key, or a wrong one.
    #[error("this is not signed by the log's key")]
    Signature,
    /// Of another log.
    #[error("this is of a log with another name")]
    Origin,
}

/// A verifier key: of a log (kind 1) or of a witness (kind 4).
#[derive(Clone, Debug)]
pub struct Key {
    name: String,
    id: [u8; 4],
    kind: u8,
    public: VerifyingKey,
}

/// A state of the log that somebody signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Its number of entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Key {
    /// Reads one line.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, rest) = line.trim().split_once('+').ok_or(NoteError::Key)?;
        let (id, encoded) = rest.split_once('+').ok_or(NoteError::Key)?;
        let material = STANDARD.decode(encoded).map_err(|_| NoteError::Key)?;
        let digest = Sha256::new().chain_update(name).chain_update("\n").chain_update(&material).finalize();
        let own: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let [kind @ (1 | 4), public @ ..] = material.as_slice() else { return Err(NoteError::Key) };
        let public = <[u8; 32]>::try_from(public).map_err(|_| NoteError::Key)?;
        let public = VerifyingKey::from_bytes(&public).map_err(|_| NoteError::Key)?;
        let odd = |c: char| c.is_whitespace() || c.is_control();
        if name.is_empty() || name.contains(odd) || own != id.to_ascii_lowercase() {
            return Err(NoteError::Key);
        }
        let mut short = [0; 4];
        short.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Ok(Self { name: name.to_owned(), id: short, kind: *kind, public })
    }

    /// The keys of a file: one a line, empty lines and those that start with `#` left out.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, NoteError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a log's and not a witness's.
    pub fn is_of_log(&self) -> bool {
        self.kind == 1
    }

    /// Whether `note` bears a right line of this key and no wrong one.
    pub fn signed(&self, note: &str) -> bool {
        let Some((text, lines)) = split(note) else { return false };
        let mut found = false;
        for line in lines.lines() {
            let Some((name, encoded)) = line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' '))
            else {
                return false;
            };
            let Ok(bytes) = STANDARD.decode(encoded) else { return false };
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else { return false };
            if name != self.name || *id != self.id {
                continue;
            }
            if !self.is_right(text, signature) {
                return false;
            }
            found = true;
        }
        found
    }

    fn is_right(&self, text: &str, signature: &[u8]) -> bool {
        let mut message = text.to_owned();
        let mut signature = signature;
        if !self.is_of_log() {
            let Some((time, rest)) = signature.split_first_chunk::<8>() else { return false };
            message = format!("cosignature/v1\ntime {}\n{text}", u64::from_be_bytes(*time));
            signature = rest;
        }
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.public.verify_strict(message.as_bytes(), &signature).is_ok())
    }
}

fn split(note: &str) -> Option<(&str, &str)> {
    if note.chars().any(|c| c < ' ' && c != '\n') || !note.ends_with('\n') {
        return None;
    }
    let at = note.rfind("\n\n")?;
    let (text, lines) = (note.get(..=at)?, note.get(at + 2..)?);
    (!lines.is_empty()).then_some((text, lines))
}

impl Checkpoint {
    /// The checkpoint in `note`, when `key` signed it under the log's name.
    pub fn open(note: &str, key: &Key) -> Result<Self, NoteError> {
        let (text, _) = split(note).ok_or(NoteError::Note)?;
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Checkpoint);
        };
        let number: u64 = size.parse().map_err(|_| NoteError::Checkpoint)?;
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = root.filter(|_| number.to_string() == size).ok_or(NoteError::Checkpoint)?;
        if origin != key.name {
            return Err(NoteError::Origin);
        }
        if !key.signed(note) {
            return Err(NoteError::Signature);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}
