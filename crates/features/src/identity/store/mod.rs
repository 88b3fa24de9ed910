//! Every SQL statement about proofs. What joins a transaction takes it first and ends in `_in_tx`.

mod counters;
mod passwords;
mod sessions;

pub(super) use counters::{put_count_in_tx, refused_kinds, take_count_in_tx};
pub(super) use passwords::{put_password_in_tx, verifier_in_tx};
pub(super) use sessions::{proofs_of, proofs_of_in_tx, put_proof_in_tx};
