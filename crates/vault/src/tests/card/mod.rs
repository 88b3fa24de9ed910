//! Tests of card cryptography: published vectors, what is refused, and properties.

mod chip;
mod key_blocks;
mod keys;
mod pins;
mod values;

use super::Seeded;
use crate::{CardKeys, SoftwareCardCrypto};
use std::sync::Arc;

/// The double-length key of the textbooks.
const PUBLISHED: [u8; 16] =
    [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10];

fn module(keys: CardKeys) -> SoftwareCardCrypto {
    SoftwareCardCrypto::new(keys, Arc::new(Seeded::new(11)))
}
