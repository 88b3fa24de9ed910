//! The whole program, started as a person starts it and spoken to over its ports.
//!
//! Each test has a server of its own: a demo in a fresh directory, on free ports. Nothing of the program is
//! linked in to answer for it; what the tests share with it are the codec of the wire, to speak it, and the
//! names of its tables, to look at what became durable.

#![cfg(test)]

mod attacks;
mod canary;
mod ceremony;
mod drill;
mod failure;
mod hostile;
mod http;
mod kill;
mod ledger;
mod log;
mod matrix;
mod memory;
mod output;
mod own_files;
mod provider;
mod proxy;
mod python;
mod rest;
mod rotation;
mod server;
mod switch;
mod terminal;
mod wal;
mod wire;
