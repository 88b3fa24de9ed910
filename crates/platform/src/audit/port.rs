//! What the log asks of the world outside: witnesses that cosign, and places off this host that keep copies.

use super::note::VerifierKey;
use std::{future::Future, pin::Pin};

/// What a call outside comes to; the text of an error is for the log of the operator.
pub type Outcome<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// A witness: it saw all earlier checkpoints and cosigns one that continues them (C2SP tlog-witness).
pub trait Witness: Send + Sync {
    /// Its key, under which its lines are checked.
    fn key(&self) -> &VerifierKey;

    /// Submits a checkpoint with the proof that it continues an older one.
    fn add_checkpoint(&self, body: String) -> Outcome<'_, WitnessAnswer>;
}

/// What a witness says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// Signature lines.
    Cosigned(String),
    /// It last saw a checkpoint of another size than the proof begins with.
    Knows(u64),
    /// It refuses, with this status.
    Refused(u16),
}

/// A place off this host where checkpoints are kept: what the log is checked against later.
pub trait Keeper: Send + Sync {
    /// What it is, for messages; no secrets.
    fn name(&self) -> &str;

    /// Least time between two copies, microseconds.
    fn interval_us(&self) -> u64;

    /// Keeps the note of a checkpoint.
    fn keep(&self, size: u64, note: String) -> Outcome<'_, ()>;
}
