//! The outside world: each module speaks one outside protocol and nothing else.
//!
//! Problem: card switches, mail relays and key modules have their own encodings, time-outs and failure
//! modes, and none of that may leak into the features. Design: one module a protocol, concrete types, no
//! business decision inside. What it does not do: decide, store or translate; the binary wires these
//! modules to the features.

pub mod authorizations;
pub mod iso8583;
pub mod keepers;
pub mod mail;
pub mod message_file;
pub mod oidc;
pub mod pkcs11;
mod web;
pub mod witness;
