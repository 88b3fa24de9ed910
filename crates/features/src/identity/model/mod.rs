//! Proofs, tries and counts. Pure: no SQL, no HTTP, no clock.

mod attempt;
mod count;
mod proof;

pub use attempt::{ActionHash, Attempt, Subject, Verdict};
pub use count::{Count, Tries};
pub use proof::{Factor, Granted, Proof, ProofKind, Risk, Strength};
