//! Repeatable chance: the same cases in every run, told by a seed.

use kernel::Random;
use std::sync::Mutex;
use vault::Pan;

/// A stream of numbers (SplitMix64).
pub struct Chance(Mutex<u64>);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `from` to `to`, both possible.
    pub fn within(&self, from: usize, to: usize) -> usize {
        from + usize::try_from(self.next() % u64::try_from(to - from + 1).unwrap()).unwrap()
    }

    pub fn bytes(&self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.within(0, 255)).unwrap()).collect()
    }

    pub fn array<const N: usize>(&self) -> [u8; N] {
        self.bytes(N).try_into().unwrap()
    }

    pub fn digits(&self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.within(0, 9)).unwrap())).collect()
    }

    pub fn one_of<T: Clone>(&self, all: &[T]) -> T {
        all[self.within(0, all.len() - 1)].clone()
    }

    /// A card number of 13 to 19 digits in the test range.
    pub fn pan(&self) -> Pan {
        let length = self.within(11, 17);
        Pan::with_check_digit(&format!("9{}", self.digits(length))).unwrap()
    }

    /// The same bytes with one bit changed.
    pub fn damaged(&self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        let at = self.within(0, bytes.len() - 1);
        damaged[at] ^= 1 << self.within(0, 7);
        damaged
    }
}

impl Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        let drawn = self.bytes(bytes.len());
        bytes.copy_from_slice(&drawn);
    }
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn from_hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
