//! Attacks of the reference list, each against a running server: what a thief sends, and what they get.

mod approvals;
mod calls;
mod changes;
mod identity;
mod passkeys;
pub mod people;
mod ranges;
mod recovery;
mod staff;
