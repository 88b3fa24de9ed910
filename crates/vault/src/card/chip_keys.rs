//! From an issuer's master key to the key of one chip, and from that to the key of one payment (EMV book 2, annex A).

use super::ciphers::{DES_BLOCK, TripleDes, packed};
use crate::Pan;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// How the key of a chip comes from the issuer's. Both are the same for numbers of 16 digits and fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// Option A: the last 16 digits of number and sequence number.
    A,
    /// Option B: longer numbers are hashed first.
    B,
}

/// The card's own key. `psn` is the sequence number of the card, 0 to 99.
pub(super) fn of_chip(master: &TripleDes, derivation: Derivation, pan: &Pan, psn: u8) -> TripleDes {
    let mut digits = Zeroizing::new(Vec::with_capacity(24));
    if derivation == Derivation::B && pan.expose().len() > 16 {
        digits.extend(hashed_digits(pan, psn));
    } else {
        digits.extend(pan.expose().bytes().map(|byte| byte - b'0').chain([psn / 10 % 10, psn % 10]));
    }
    let last = digits.len().saturating_sub(16);
    let missing = 16_usize.saturating_sub(digits.len());
    let halves = std::iter::repeat_n(0, missing).chain(digits.iter().skip(last).copied());
    let input = Zeroizing::new(packed::<DES_BLOCK>(halves));
    two_blocks(master, *input, input.map(|byte| !byte))
}

/// Option B: SHA-1 of number and sequence number, its digits first and then its letters as digits.
fn hashed_digits(pan: &Pan, psn: u8) -> impl Iterator<Item = u8> {
    let odd = pan.expose().len() % 2;
    let halves = std::iter::repeat_n(0, odd)
        .chain(pan.expose().bytes().map(|byte| byte - b'0'))
        .chain([psn / 10 % 10, psn % 10]);
    let bytes = (pan.expose().len() + odd + 2) / 2;
    let input = Zeroizing::new(packed::<12>(halves));
    let hash: [u8; 20] = Sha1::digest(input.get(..bytes).unwrap_or_default()).into();
    let halves: [u8; 40] = std::array::from_fn(|at| {
        let byte = hash.get(at / 2).copied().unwrap_or(0);
        if at % 2 == 0 { byte >> 4 } else { byte & 15 }
    });
    let letters = halves.into_iter().filter(|half| *half >= 10).map(|half| half - 10);
    halves.into_iter().filter(|half| *half < 10).chain(letters).take(16)
}

/// The common session key (EMV book 2, A1.3.1) for a value that differs from payment to payment.
pub(super) fn common_session(chip: &TripleDes, diversifier: [u8; DES_BLOCK]) -> TripleDes {
    let with = |third| {
        let mut block = diversifier;
        block[2] = third;
        block
    };
    two_blocks(chip, with(0xF0), with(0x0F))
}

/// The session key of Visa's scripts: the counter mixed into the key itself.
pub(super) fn visa_script_session(chip: &TripleDes, atc: [u8; 2]) -> TripleDes {
    let mut bytes = Zeroizing::new([0; 2 * DES_BLOCK]);
    bytes.iter_mut().zip(chip.bytes()).for_each(|(to, from)| *to = *from);
    bytes[6] ^= atc[0];
    bytes[7] ^= atc[1];
    bytes[14] ^= !atc[0];
    bytes[15] ^= !atc[1];
    with_parity(bytes)
}

fn two_blocks(key: &TripleDes, left: [u8; DES_BLOCK], right: [u8; DES_BLOCK]) -> TripleDes {
    let mut bytes = Zeroizing::new([0; 2 * DES_BLOCK]);
    let made = Zeroizing::new([key.encrypt(left), key.encrypt(right)]);
    bytes.iter_mut().zip(made.as_flattened()).for_each(|(to, from)| *to = *from);
    with_parity(bytes)
}

/// DES ignores the last bit of each byte; the rules say it makes the count of ones odd.
fn with_parity(mut bytes: Zeroizing<[u8; 2 * DES_BLOCK]>) -> TripleDes {
    for byte in bytes.iter_mut() {
        if byte.count_ones().is_multiple_of(2) {
            *byte ^= 1;
        }
    }
    TripleDes::double(&bytes)
}
