//! What a check came to, for people and for machines.

use serde::Serialize;
use std::fmt;

/// How a log was tampered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An entry in the middle is missing.
    Deleted,
    /// Entries at the end, or hashes where the entries are closed, are missing though the checkpoint covers them.
    Truncated,
    /// The entries are there in another order.
    Reordered,
    /// An entry or a hash is not what it was.
    Rewritten,
    /// The log's own checkpoint is older than one that was kept.
    RolledBack,
}

/// Indices from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// A checkpoint that was kept, held against the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its size.
    pub size: u64,
    /// Whether the log has its root at that size.
    pub holds: bool,
}

/// What a check came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether everything that could be checked is right.
    pub ok: bool,
    /// Entries under the checkpoint that was checked.
    pub size: u64,
    /// Its root, in base64.
    pub root: String,
    /// The first index that is not as it was signed.
    pub first_bad: Option<u64>,
    /// The last index before it.
    pub last_good: Option<u64>,
    /// How it was tampered with.
    pub kind: Option<Kind>,
    /// Whether `first_bad` is the very index, or the first of `span`.
    pub exact: bool,
    /// Where the first bad index is, when it is not known exactly.
    pub span: Option<Span>,
    /// What was found, in a sentence.
    pub why: Option<String>,
    /// Whether the entries were read; without the permission only hashes are checked.
    pub entries_checked: bool,
    /// The checkpoints that were kept.
    pub kept: Vec<Kept>,
    /// Witnesses that cosigned the log's checkpoint.
    pub cosigned_by: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checked = if self.entries_checked { "entries and hashes" } else { "hashes only" };
        match (self.kind, self.first_bad) {
            (Some(kind), Some(first_bad)) => {
                let kind = format!("{kind:?}").to_lowercase().replace("rolledback", "rolled back");
                write!(f, "BAD: {kind} at ")?;
                match self.span.filter(|_| !self.exact) {
                    Some(span) => write!(f, "an index from {} to {}", span.from, span.to)?,
                    None => write!(f, "index {first_bad}")?,
                }
                if let Some(why) = &self.why {
                    write!(f, " ({why})")?;
                }
                write!(f, "\nchecked: {checked} of {}", self.size)?;
            }
            _ => write!(f, "ok: {} entries, root {}\nchecked: {checked}", self.size, self.root)?,
        }
        for kept in &self.kept {
            let holds = if kept.holds { "holds" } else { "DOES NOT HOLD" };
            write!(f, "\nkept checkpoint of {} entries: {holds}", kept.size)?;
        }
        for witness in &self.cosigned_by {
            write!(f, "\ncosigned by {witness}")?;
        }
        Ok(())
    }
}
