//! Checks a published log without trusting who wrote it.
//!
//! **Problem.** Whoever holds the database, the folder of the published log and perhaps even its key can edit,
//! remove, reorder or set back what was logged. Somebody outside must be able to say so, and where.
//!
//! **Design.** This program reads the log as C2SP tlog-tiles lays it out, from a folder or over HTTP, and shares
//! no code with the writer but the hash and signature libraries. What it trusts is a verifier key and
//! checkpoints that were kept elsewhere. From the signed root it trusts the tiles downwards; against the
//! lowest tiles it holds every entry; and at the size of every kept checkpoint it computes the root anew.
//!
//! **What it can't do.** A log that was rebuilt whole, with its key, after the last kept checkpoint looks right:
//! keep checkpoints often and elsewhere, or let witnesses cosign them.

mod check;
mod classify;
mod hash;
mod layout;
mod note;
mod proof;
mod report;
mod source;

pub use check::check;
pub use hash::{Hash, leaf_hash};
pub use note::{Checkpoint, Key, NoteError};
pub use proof::{Proved, consistency, file as proof_file, inclusion};
pub use report::{Kept, Kind, Report, Span};
pub use source::{Source, SourceError};

/// Why a check could not be made: the answer is neither good nor bad.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The log can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A key or a checkpoint that was given is none, or is not of this log.
    #[error("{what}: {why}")]
    Given {
        /// Which one.
        what: String,
        /// What is wrong with it.
        why: NoteError,
    },
    /// The log has no such entry.
    #[error("the log has no entry {0}")]
    Absent(u64),
    /// A file that was named on the command line can't be read.
    #[error("{0}")]
    File(String),
}
