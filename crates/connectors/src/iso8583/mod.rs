//! ISO 8583:1987 messages over TCP: codec, dialects as data, framing, server and client.
//!
//! Problem: card switches send authorizations in dialects that share field meanings but not encodings, on
//! a few connections with many messages in flight, and anything may arrive malformed. Design: a
//! [`Message`] is independent of the dialect (one buffer of field values and a small offset table); a
//! [`Dialect`] is data read from TOML and does parsing and writing; the [`Server`] hands each message to a
//! [`Handler`] with a [`Reply`] that may be used later, from any thread, in any order. Why safe: every
//! size has a named limit in [`limits`], a parse error names field and offset but never content, `Debug`
//! prints only short fields that can't hold a card number, and buffers are zeroed on drop. What it does
//! not do: decide anything, know accounts, check MACs, or store a frame.

mod answer;
pub mod client;
pub mod dialect;
mod error;
pub mod fields;
pub mod frame;
pub mod limits;
mod message;
mod mti;
pub mod network;
mod parse;
pub mod server;
mod stream;
mod write;

pub use answer::{ECHOED, answer_of};
pub use client::{Answered, Answers, Client, ClientConfig, ClientError};
pub use dialect::{BuiltIn, Dialect, DialectError};
pub use error::{ParseError, ParseFailure, Partial, SetError, Why, WriteError};
pub use message::Message;
pub use mti::Mti;
pub use server::{Handler, Reply, Server, ServerConfig};
