//! Application cryptograms: is it the chip's, and the issuer's answer that only an issuer can give.

use super::chip_data::{ChipData, CryptogramVersion};
use super::chip_keys::{self, Derivation};
use super::ciphers::{DES_BLOCK, TripleDes, pad_bit, pad_zeros, xor};
use super::keys::{CardKeyRole, CardKeys};
use crate::{Pan, VaultError};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How the chips of a product make cryptograms; a card keeps its own until it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipProfile {
    /// Version of the cryptogram.
    pub version: CryptogramVersion,
    /// How the chip's key comes from the issuer's.
    pub derivation: Derivation,
    /// Generation of the issuer's master keys (cryptogram, script integrity, script confidentiality).
    pub generation: u32,
}

/// A cryptogram to be checked.
#[derive(Clone, Copy, Debug)]
pub struct CryptogramRequest<'a> {
    /// How the card's chip makes them.
    pub profile: ChipProfile,
    /// The card.
    pub pan: &'a Pan,
    /// Its sequence number, 0 to 99.
    pub psn: u8,
    /// What the chip said.
    pub chip: &'a ChipData,
}

/// What a cryptogram turned out to be.
#[derive(Clone, Debug)]
pub enum CryptogramVerdict {
    /// The chip's own. The session makes the issuer's answer.
    Right(ChipSession),
    /// Not made by this chip over these data.
    Wrong,
}

/// One payment of a chip whose cryptogram was right: names its keys, holds none of them.
#[derive(Clone)]
pub struct ChipSession {
    pub(super) profile: ChipProfile,
    pub(super) pan: Pan,
    pub(super) psn: u8,
    pub(super) atc: [u8; 2],
    pub(super) unpredictable: [u8; 4],
    pub(super) cryptogram: [u8; DES_BLOCK],
}

/// What the issuer tells the chip, in the form that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerAnswer {
    /// Method 1: a response code of two characters, such as `00` for approved.
    Code([u8; 2]),
    /// Method 2: card status update.
    Status([u8; 4]),
}

impl ChipProfile {
    /// The version with the derivation that its scheme usually has: B for Visa 18 and 22, A for the others.
    pub const fn usual(version: CryptogramVersion, generation: u32) -> Self {
        let derivation = match version {
            CryptogramVersion::Visa18 | CryptogramVersion::Visa22 => Derivation::B,
            _ => Derivation::A,
        };
        Self { version, derivation, generation }
    }
}

impl fmt::Debug for ChipSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[chip session, counter {}]", u16::from_be_bytes(self.atc))
    }
}

impl ChipSession {
    /// The card whose chip it is.
    pub const fn pan(&self) -> &Pan {
        &self.pan
    }

    /// Whether this chip takes a response code (method 1); else it takes a card status update (method 2).
    pub const fn takes_code(&self) -> bool {
        !matches!(self.profile.version, CryptogramVersion::Visa18 | CryptogramVersion::Visa22)
    }

    /// The key of this chip for a role.
    pub(super) fn chip_key(&self, keys: &CardKeys, role: CardKeyRole) -> Result<TripleDes, VaultError> {
        let master = keys.triple_des(role, self.profile.generation)?;
        Ok(chip_keys::of_chip(master, self.profile.derivation, &self.pan, self.psn))
    }
}

/// The session of a request, not checked yet.
fn session(request: &CryptogramRequest<'_>) -> ChipSession {
    ChipSession {
        profile: request.profile,
        pan: request.pan.clone(),
        psn: request.psn,
        atc: request.chip.atc,
        unpredictable: request.chip.unpredictable,
        cryptogram: request.chip.cryptogram,
    }
}

/// The key under which cryptograms of this payment are made.
fn payment_key(chip: TripleDes, session: &ChipSession) -> TripleDes {
    let [a, b] = session.atc;
    match session.profile.version {
        CryptogramVersion::Visa10 => chip,
        CryptogramVersion::MChip16 | CryptogramVersion::MChip17 => {
            let [c, d, e, f] = session.unpredictable;
            chip_keys::common_session(&chip, [a, b, 0, 0, c, d, e, f])
        }
        _ => chip_keys::common_session(&chip, [a, b, 0, 0, 0, 0, 0, 0]),
    }
}

/// The cryptogram that the chip of `request` makes over these data; `None` if they name another version.
pub(super) fn made(
    keys: &CardKeys,
    request: &CryptogramRequest<'_>,
) -> Result<Option<[u8; DES_BLOCK]>, VaultError> {
    let session = session(request);
    let chip = session.chip_key(keys, CardKeyRole::Cryptogram)?;
    let Some(covered) = request.chip.covered(request.profile.version) else { return Ok(None) };
    Ok(Some(of_data(&payment_key(chip, &session), request.profile.version, covered)))
}

pub(super) fn of_data(
    key: &TripleDes,
    version: CryptogramVersion,
    data: Zeroizing<Vec<u8>>,
) -> [u8; DES_BLOCK] {
    let padded = if version == CryptogramVersion::Visa10 { pad_zeros(data) } else { pad_bit(data) };
    key.retail_mac(&padded)
}

pub(super) fn verify(
    keys: &CardKeys,
    request: &CryptogramRequest<'_>,
) -> Result<CryptogramVerdict, VaultError> {
    let right = made(keys, request)?.is_some_and(|made| made.ct_eq(&request.chip.cryptogram).into());
    Ok(if right { CryptogramVerdict::Right(session(request)) } else { CryptogramVerdict::Wrong })
}

/// The value of tag 91: the issuer's own cryptogram, and what it covers.
pub(super) fn answer(
    keys: &CardKeys,
    session: &ChipSession,
    answer: IssuerAnswer,
) -> Result<Vec<u8>, VaultError> {
    let chip = session.chip_key(keys, CardKeyRole::Cryptogram)?;
    // M/Chip 16 and 17 answer under the chip's own key.
    let own = matches!(session.profile.version, CryptogramVersion::MChip16 | CryptogramVersion::MChip17);
    let key = if own { chip } else { payment_key(chip, session) };
    Ok(match answer {
        IssuerAnswer::Code(code) => [&arpc_1(&key, session.cryptogram, code)[..], &code].concat(),
        IssuerAnswer::Status(status) => [&arpc_2(&key, session.cryptogram, status)[..], &status].concat(),
    })
}

pub(super) fn arpc_1(key: &TripleDes, cryptogram: [u8; DES_BLOCK], [a, b]: [u8; 2]) -> [u8; DES_BLOCK] {
    key.encrypt(xor(cryptogram, [a, b, 0, 0, 0, 0, 0, 0]))
}

pub(super) fn arpc_2(key: &TripleDes, cryptogram: [u8; DES_BLOCK], status: [u8; 4]) -> [u8; 4] {
    let data = Zeroizing::new([&cryptogram[..], &status].concat());
    let [a, b, c, d, ..] = key.retail_mac(&pad_bit(data));
    [a, b, c, d]
}
