//! The log on both databases: its history, and what the world outside does to it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on must fail")]

mod history;
mod outside;
mod stage;
