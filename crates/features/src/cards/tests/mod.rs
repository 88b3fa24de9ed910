//! Tests of cards that need no database; those that do are in `crates/testkit/tests/cards.rs`.
