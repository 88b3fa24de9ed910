//! Tests of the vault as a whole: what is sealed opens only where it belongs, files are checked, card
//! values agree with published vectors, and nothing secret prints.

mod card;
mod files;
mod lookup;
mod sealing;
mod signing;

use crate::KeyRing;
use kernel::Random;
use std::sync::Mutex;

/// A repeatable source: a different stream per seed, never the same block twice.
pub(crate) struct Seeded(Mutex<u64>);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in bytes {
            // SplitMix64, one step a byte.
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (mixed >> 33).to_le_bytes()[0];
        }
    }
}

pub(crate) fn ring(seed: u64) -> KeyRing {
    KeyRing::create(&Seeded::new(seed)).unwrap()
}
