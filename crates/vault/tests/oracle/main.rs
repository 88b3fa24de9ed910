//! Oracle tests: everything that the card module computes equals what psec and pyemv compute, over thousands of
//! cases made by chance, in both directions; what is damaged is refused by both.

#![cfg(test)]

mod chance;
mod chip;
mod key_blocks;
mod objects;
mod pins;
mod python;
mod values;

use chance::Chance;
use std::sync::Arc;
use vault::{CardKeys, SoftwareCardCrypto};

fn module(keys: CardKeys, seed: u64) -> SoftwareCardCrypto {
    SoftwareCardCrypto::new(keys, Arc::new(Chance::new(seed)))
}
