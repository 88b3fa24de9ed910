//! Tests of accounts that need no database; those that do are in `crates/testkit/tests/accounts.rs`.
