//! What proofs come to, and which secrets are too easy to guess.

mod policy;
mod weak;

pub use policy::{Alarms, Codes, Emergency, Grant, Policy, PolicyError, ProofRule, Recovery};
pub use weak::{PASSWORD_DIGITS, Weakness, weakness};
