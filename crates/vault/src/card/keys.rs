//! The card keys of an issuer: by role and generation, with what each key is pinned to.
//!
//! A card keeps the generation of the day it was issued until it expires, so every generation that a live card
//! names stays here. What limits a key is part of the key: the format of the PIN blocks that a zone key opens, the
//! index that a PIN verification key enters into its values, the version of the blocks that a protection key wraps.

use super::ciphers::{AesKey, CHECK_BYTES, TripleDes};
use super::key_block::ImportedKey;
use super::pin_block::PinFormat;
use crate::VaultError;
use kernel::Random;
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroizing;

/// What a card key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CardKeyRole {
    /// CVK: makes card verification values (CVV, CVV2, iCVV).
    CardVerification,
    /// PVK: makes PIN verification values and IBM 3624 PINs.
    PinVerification,
    /// IMK for application cryptograms.
    Cryptogram,
    /// IMK for the MAC of issuer scripts (SMI).
    ScriptIntegrity,
    /// IMK for the encryption of issuer scripts (SMC).
    ScriptConfidentiality,
    /// IMK for the values that contactless stripe payments make anew each time (dCVV, CVC3).
    DynamicValue,
    /// Protects PIN blocks between us and one neighbour; each neighbour's key has a generation of its own.
    ZonePin,
    /// KBPK: wraps other keys in key blocks for their journey.
    KeyBlock,
}

/// A role, and what else is fixed for the key as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKeyUse {
    /// See [`CardKeyRole::CardVerification`].
    CardVerification,
    /// See [`CardKeyRole::PinVerification`].
    PinVerification {
        /// The digit (PVKI, 0 to 9) that enters a PIN verification value.
        index: u8,
    },
    /// See [`CardKeyRole::Cryptogram`].
    Cryptogram,
    /// See [`CardKeyRole::ScriptIntegrity`].
    ScriptIntegrity,
    /// See [`CardKeyRole::ScriptConfidentiality`].
    ScriptConfidentiality,
    /// See [`CardKeyRole::DynamicValue`].
    DynamicValue,
    /// See [`CardKeyRole::ZonePin`]; the only format that this key opens or makes.
    ZonePin(PinFormat),
    /// See [`CardKeyRole::KeyBlock`]; the only version that this key opens or makes.
    KeyBlock(KeyBlockVersion),
}

/// Which kind of key block a protection key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyBlockVersion {
    /// Version B: triple DES, each block's keys derived.
    B,
    /// Version D: AES, each block's keys derived.
    D,
}

/// The uses that a fresh set of keys has, one key each, generation 1 (zone and protection keys: 1, 2, 3).
const FRESH: &[(CardKeyUse, u32)] = &[
    (CardKeyUse::CardVerification, 1),
    (CardKeyUse::PinVerification { index: 1 }, 1),
    (CardKeyUse::Cryptogram, 1),
    (CardKeyUse::ScriptIntegrity, 1),
    (CardKeyUse::ScriptConfidentiality, 1),
    (CardKeyUse::DynamicValue, 1),
    (CardKeyUse::ZonePin(PinFormat::Iso0), 1),
    (CardKeyUse::ZonePin(PinFormat::Iso3), 2),
    (CardKeyUse::ZonePin(PinFormat::Iso4), 3),
    (CardKeyUse::KeyBlock(KeyBlockVersion::B), 1),
    (CardKeyUse::KeyBlock(KeyBlockVersion::D), 2),
];

/// All card keys of an issuer, in the memory of this process.
#[derive(Clone, Default)]
pub struct CardKeys(BTreeMap<(CardKeyRole, u32), CardKey>);

/// One card key with what it is for.
#[derive(Clone)]
pub(crate) struct CardKey {
    usage: CardKeyUse,
    material: Material,
}

#[derive(Clone)]
enum Material {
    TripleDes(Box<TripleDes>),
    Aes(AesKey),
}

impl CardKeyUse {
    /// The role.
    pub const fn role(self) -> CardKeyRole {
        match self {
            Self::CardVerification => CardKeyRole::CardVerification,
            Self::PinVerification { .. } => CardKeyRole::PinVerification,
            Self::Cryptogram => CardKeyRole::Cryptogram,
            Self::ScriptIntegrity => CardKeyRole::ScriptIntegrity,
            Self::ScriptConfidentiality => CardKeyRole::ScriptConfidentiality,
            Self::DynamicValue => CardKeyRole::DynamicValue,
            Self::ZonePin(_) => CardKeyRole::ZonePin,
            Self::KeyBlock(_) => CardKeyRole::KeyBlock,
        }
    }

    pub(super) const fn is_aes(self) -> bool {
        matches!(self, Self::ZonePin(PinFormat::Iso4) | Self::KeyBlock(KeyBlockVersion::D))
    }

    /// Lengths in bytes that such a key may have.
    const fn lengths(self) -> &'static [usize] {
        match self {
            Self::ZonePin(PinFormat::Iso4) | Self::KeyBlock(KeyBlockVersion::D) => &[16, 24, 32],
            Self::ZonePin(_) | Self::KeyBlock(_) | Self::PinVerification { .. } => &[16, 24],
            _ => &[16],
        }
    }

    /// As a key file names it, such as `zone PIN 4`.
    pub fn to_text(self) -> String {
        match self {
            Self::PinVerification { index } => format!("{} {index}", self.role()),
            Self::ZonePin(format) => format!("{} {}", self.role(), format.number()),
            Self::KeyBlock(KeyBlockVersion::B) => format!("{} B", self.role()),
            Self::KeyBlock(KeyBlockVersion::D) => format!("{} D", self.role()),
            _ => self.role().to_string(),
        }
    }

    /// The use that [`CardKeyUse::to_text`] writes so.
    pub fn from_text(text: &str) -> Option<Self> {
        let every = [
            Self::CardVerification,
            Self::Cryptogram,
            Self::ScriptIntegrity,
            Self::ScriptConfidentiality,
            Self::DynamicValue,
            Self::KeyBlock(KeyBlockVersion::B),
            Self::KeyBlock(KeyBlockVersion::D),
        ];
        let zones = PinFormat::ALL.map(Self::ZonePin);
        let indexed = (0..=9).map(|index| Self::PinVerification { index });
        every.into_iter().chain(zones).chain(indexed).find(|usage| usage.to_text() == text)
    }
}

impl fmt::Display for CardKeyRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardVerification => "card verification",
            Self::PinVerification => "PIN verification",
            Self::Cryptogram => "application cryptogram",
            Self::ScriptIntegrity => "script integrity",
            Self::ScriptConfidentiality => "script confidentiality",
            Self::DynamicValue => "dynamic value",
            Self::ZonePin => "zone PIN",
            Self::KeyBlock => "key block",
        })
    }
}

impl CardKey {
    /// The key of these bytes.
    ///
    /// # Errors
    /// The length does not fit the use, or the parts of the key cancel each other.
    pub(crate) fn try_new(usage: CardKeyUse, bytes: &[u8]) -> Result<Self, VaultError> {
        let wrong = || VaultError::CardKeyLength { role: usage.role() };
        let fits = usage.lengths().contains(&bytes.len());
        let material = if usage.is_aes() {
            AesKey::try_new(bytes).map(Material::Aes)
        } else {
            TripleDes::try_new(bytes).map(|key| Material::TripleDes(Box::new(key)))
        };
        let material = material.filter(|_| fits).ok_or_else(wrong)?;
        if matches!(&material, Material::TripleDes(key) if key.is_weak()) {
            return Err(VaultError::WeakKey);
        }
        Ok(Self { usage, material })
    }

    /// A key that may be weak, for published vectors.
    #[cfg(test)]
    pub(crate) fn unchecked(usage: CardKeyUse, key: TripleDes) -> Self {
        Self { usage, material: Material::TripleDes(Box::new(key)) }
    }

    fn create(usage: CardKeyUse, random: &dyn Random) -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new(vec![0; usage.lengths().first().copied().unwrap_or(16)]);
        // Equal parts have a chance of 2^-64: a source that gives them is broken and is refused.
        random.fill(&mut bytes);
        Self::try_new(usage, &bytes)
    }

    pub(crate) const fn usage(&self) -> CardKeyUse {
        self.usage
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.material {
            Material::TripleDes(key) => key.bytes(),
            Material::Aes(key) => key.bytes(),
        }
    }

    /// The check value of the trade for this kind of key.
    pub(crate) fn check_value(&self) -> [u8; CHECK_BYTES] {
        match &self.material {
            Material::TripleDes(key) => key.check_value(),
            Material::Aes(key) => key.check_value(),
        }
    }
}

impl CardKeys {
    /// Fresh keys, one for each use.
    ///
    /// # Errors
    /// The source gives equal bytes again and again.
    pub fn create(random: &dyn Random) -> Result<Self, VaultError> {
        let mut keys = Self::default();
        for (usage, generation) in FRESH {
            keys.insert(*generation, CardKey::create(*usage, random)?)?;
        }
        Ok(keys)
    }

    /// Adds a given key, such as one that a scheme gave or the published one of a test issuer.
    ///
    /// # Errors
    /// The generation is taken, the length does not fit, or the key would protect nothing.
    pub fn add(&mut self, usage: CardKeyUse, generation: u32, bytes: &[u8]) -> Result<(), VaultError> {
        self.insert(generation, CardKey::try_new(usage, bytes)?)
    }

    /// Adds a fresh key of this use, and tells its generation.
    ///
    /// # Errors
    /// The source gives equal bytes again and again.
    pub fn renew(&mut self, usage: CardKeyUse, random: &dyn Random) -> Result<u32, VaultError> {
        let generation = self.newest(usage.role()).unwrap_or(0).saturating_add(1);
        self.insert(generation, CardKey::create(usage, random)?)?;
        Ok(generation)
    }

    /// The newest generation of a role: the one that new cards take.
    pub fn newest(&self, role: CardKeyRole) -> Option<u32> {
        self.generations(role).next_back()
    }

    /// The generations of a role, oldest first.
    pub fn generations(&self, role: CardKeyRole) -> impl DoubleEndedIterator<Item = u32> {
        self.0.range((role, 0)..=(role, u32::MAX)).map(|((_, generation), _)| *generation)
    }

    /// What a key is for and its check value (three bytes, no secret): what a list of keys shows.
    pub fn shown(&self) -> impl Iterator<Item = (CardKeyUse, u32, [u8; CHECK_BYTES])> {
        self.0.iter().map(|((_, generation), key)| (key.usage, *generation, key.check_value()))
    }

    /// Adds a key that came in a key block.
    ///
    /// # Errors
    /// The generation is taken.
    pub fn add_imported(&mut self, generation: u32, key: ImportedKey) -> Result<(), VaultError> {
        self.insert(generation, key.0)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &CardKey)> {
        self.0.iter().map(|((_, generation), key)| (*generation, key))
    }

    pub(crate) fn insert(&mut self, generation: u32, key: CardKey) -> Result<(), VaultError> {
        let role = key.usage.role();
        if self.0.contains_key(&(role, generation)) {
            return Err(VaultError::Taken { role, generation });
        }
        self.0.insert((role, generation), key);
        Ok(())
    }

    pub(crate) fn get(&self, role: CardKeyRole, generation: u32) -> Result<&CardKey, VaultError> {
        self.0.get(&(role, generation)).ok_or(VaultError::NoCardKey { role, generation })
    }

    /// The triple DES key of this name.
    pub(crate) fn triple_des(&self, role: CardKeyRole, generation: u32) -> Result<&TripleDes, VaultError> {
        self.get(role, generation)?.triple_des().ok_or(VaultError::NoCardKey { role, generation })
    }
}

impl CardKey {
    pub(crate) fn triple_des(&self) -> Option<&TripleDes> {
        match &self.material {
            Material::TripleDes(key) => Some(key),
            Material::Aes(_) => None,
        }
    }

    pub(crate) const fn aes(&self) -> Option<&AesKey> {
        match &self.material {
            Material::TripleDes(_) => None,
            Material::Aes(key) => Some(key),
        }
    }
}

impl fmt::Debug for CardKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} card keys]", self.0.len())
    }
}
