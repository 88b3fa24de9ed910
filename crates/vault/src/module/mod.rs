//! The key module: where master keys, look-up keys and signing keys are, and the few things they do.
//!
//! The port ([`KeyModule`]) is shaped so that a key never has to leave the module: wrap and unwrap a data
//! key, hash a value, sign a message. Two implement it: [`SoftwareModule`], with the keys in the memory of this
//! process, and the PKCS#11 module of the crate `connectors`, with the keys inside a token.
//!
//! Card keys (CVK, PVK, IMK) are not here: a PKCS#11 token has no commands for them.

mod port;
mod software;

pub use port::{CHECK_TEXT, HashUse, KeyCheck, KeyModule};
pub use software::{KeySet, SoftwareModule};
