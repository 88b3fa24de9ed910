//! Issuer scripts: commands that a chip does because only its issuer can have made them.
//!
//! A command carries a MAC over itself, the chip's counter and the cryptogram it answers, so it serves one chip in
//! one payment. A new PIN goes in encrypted; it comes out of its zone block and into the script inside the module.

use super::chip_data::CryptogramVersion;
use super::chip_keys;
use super::ciphers::{DES_BLOCK, TripleDes, pad_bit, xor};
use super::cryptogram::ChipSession;
use super::keys::{CardKeyRole, CardKeys};
use super::pin_block::Pin;
use super::port::PinBlock;
use crate::VaultError;
use zeroize::Zeroizing;

/// PIN CHANGE/UNBLOCK with secure messaging.
const CLASS: u8 = 0x84;
const INSTRUCTION: u8 = 0x24;
const UNBLOCK: u8 = 0;
const CHANGE: u8 = 2;
const MAC_BYTES: u8 = 8;

/// What the chip is told to do.
#[derive(Clone, Copy, Debug)]
pub enum ScriptCommand<'a> {
    /// Sets the chip's PIN tries back.
    UnblockPin,
    /// Gives the chip another PIN, and sets its tries back.
    ChangePin(PinBlock<'a>),
}

/// The command that unblocks the PIN.
pub(super) fn unblock(keys: &CardKeys, session: &ChipSession) -> Result<Vec<u8>, VaultError> {
    finished(keys, session, UNBLOCK, &[])
}

/// The command that changes the PIN.
pub(super) fn change(keys: &CardKeys, session: &ChipSession, pin: &Pin) -> Result<Vec<u8>, VaultError> {
    let key = session_key(keys, session, CardKeyRole::ScriptConfidentiality)?;
    let sealed = match session.profile.version {
        CryptogramVersion::Visa10 | CryptogramVersion::Visa18 => {
            let chip = session.chip_key(keys, CardKeyRole::Cryptogram)?;
            sealed_for_visa(&key, &visa_block(&chip, pin))
        }
        CryptogramVersion::Visa22 => sealed_for_visa(&key, &pin.format_2()),
        // One whole block in CBC mode from zeros is that block encrypted.
        _ => key.encrypt(*pin.format_2()).to_vec(),
    };
    finished(keys, session, CHANGE, &sealed)
}

/// Header, data and MAC.
fn finished(keys: &CardKeys, session: &ChipSession, what: u8, data: &[u8]) -> Result<Vec<u8>, VaultError> {
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX).saturating_add(MAC_BYTES);
    let header = [CLASS, INSTRUCTION, 0, what, length];
    let covered = [&header[..], &session.atc, &session.cryptogram, data].concat();
    let key = session_key(keys, session, CardKeyRole::ScriptIntegrity)?;
    let mac = key.retail_mac(&pad_bit(Zeroizing::new(covered)));
    Ok([&header[..], data, &mac].concat())
}

fn session_key(keys: &CardKeys, session: &ChipSession, role: CardKeyRole) -> Result<TripleDes, VaultError> {
    let chip = session.chip_key(keys, role)?;
    Ok(match session.profile.version {
        CryptogramVersion::Visa10 | CryptogramVersion::Visa18 => {
            chip_keys::visa_script_session(&chip, session.atc)
        }
        _ => chip_keys::common_session(&chip, session.cryptogram),
    })
}

/// Visa's own block: the PIN, mixed with four bytes of the chip's key.
fn visa_block(chip: &TripleDes, pin: &Pin) -> Zeroizing<[u8; DES_BLOCK]> {
    let mut of_key = Zeroizing::new([0; DES_BLOCK]);
    of_key.iter_mut().zip(chip.bytes()).skip(DES_BLOCK / 2).for_each(|(to, from)| *to = *from);
    Zeroizing::new(xor(*pin.clear_block(), *of_key))
}

/// Visa says the length before the data, pads, and encrypts block by block.
fn sealed_for_visa(key: &TripleDes, block: &[u8; DES_BLOCK]) -> Vec<u8> {
    let mut data = Zeroizing::new(Vec::with_capacity(3 * DES_BLOCK));
    data.push(u8::try_from(block.len()).unwrap_or(0));
    data.extend_from_slice(block);
    let padded = pad_bit(data);
    let (blocks, _) = padded.as_chunks::<DES_BLOCK>();
    blocks.iter().flat_map(|block| key.encrypt(*block)).collect()
}
