//! Proofs, tries, counts and codes. Pure: no SQL, no HTTP, no clock.

mod attempt;
mod code;
mod count;
mod proof;

pub use attempt::{ActionHash, Attempt, Subject, Verdict};
pub(super) use code::{activation_code, text_code, typed_activation_code};
pub use count::{Count, Tries};
pub use proof::{Factor, Granted, Proof, ProofKind, Risk, Strength};
