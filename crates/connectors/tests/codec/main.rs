//! The codec against everything that can be thought up: random messages, every cut, every changed byte.

#![cfg(test)]

mod allocator;
mod hostile;
mod memory;
mod random;
mod rejected;
mod round_trip;
mod zeroed;

use connectors::iso8583::{BuiltIn, Dialect};

/// The dialects that come with the program.
fn dialects() -> Vec<Dialect> {
    BuiltIn::ALL.into_iter().map(|which| Dialect::built_in(which).unwrap()).collect()
}
