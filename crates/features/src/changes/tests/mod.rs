//! Tests of changes that need no database; those that do are in `crates/testkit/tests/changes/`.

mod checks;
mod policy;
mod states;
