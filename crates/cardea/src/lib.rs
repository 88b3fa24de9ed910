//! The binary's library: what the `cardea` commands are made of, so that tests can reach it.

pub mod commands;
pub mod issuer;
pub mod keys;
pub mod memory;
pub mod sample;
pub mod server;
pub mod traffic;
