//! Test-only doors to the computations, for published vectors whose card numbers have no right check digit.

use super::chip_data::CryptogramVersion;
use super::chip_keys::{self, Derivation};
use super::ciphers::{AesKey, TripleDes};
use super::keys::{CardKey, CardKeyUse};
use super::pin::{self, Ibm3624, PinMethod};
use super::pin_block::{self, Pin};
use super::values;
use super::{cryptogram as cryptograms, key_block};
use crate::{Pan, VaultError};
use zeroize::Zeroizing;

fn triple_des(key: &[u8]) -> TripleDes {
    TripleDes::try_new(key).unwrap()
}

pub fn verification_value(key: &[u8], digits: &str) -> String {
    values::verification_value(&triple_des(key), digits).to_string()
}

pub fn pvv(key: &[u8], index: u8, pan: &str, pin: &str) -> String {
    reference(key, index, PinMethod::Pvv, &Ibm3624::default(), pan, pin)
}

pub fn offset(key: &[u8], settings: &Ibm3624, pan: &str, pin: &str) -> String {
    reference(key, 0, PinMethod::Ibm3624, settings, pan, pin)
}

fn reference(key: &[u8], index: u8, method: PinMethod, settings: &Ibm3624, pan: &str, pin: &str) -> String {
    let (key, pan, pin) = (triple_des(key), Pan::unchecked(pan), Pin::parse(pin).unwrap());
    pin::reference((&key, index, 1), method, settings, &pan, &pin).unwrap().expose().to_owned()
}

pub fn format_0(pan: &str, pin: &str) -> [u8; 8] {
    pin_block::clear_format_0(&Pan::unchecked(pan), &Pin::parse(pin).unwrap())
}

pub fn encrypt(key: &[u8], block: [u8; 8]) -> [u8; 8] {
    triple_des(key).encrypt(block)
}

pub fn cmac(key: &[u8], message: &[u8]) -> [u8; 16] {
    AesKey::try_new(key).unwrap().cmac(&[message])
}

/// The key of one chip.
pub struct Chain(TripleDes);

impl Chain {
    pub fn of(master: &[u8], pan: &str, psn: u8) -> Self {
        Self(chip_keys::of_chip(&triple_des(master), Derivation::A, &Pan::unchecked(pan), psn))
    }

    pub fn chip_check_value(&self) -> [u8; 2] {
        check_value(&self.0)
    }

    pub fn session(&self, diversifier: [u8; 8]) -> TripleDes {
        chip_keys::common_session(&self.0, diversifier)
    }

    /// Method 1 with response code 0000.
    pub fn answer_1(&self, cryptogram: [u8; 8]) -> [u8; 8] {
        cryptograms::arpc_1(&self.0, cryptogram, [0; 2])
    }
}

pub fn check_value(key: &TripleDes) -> [u8; 2] {
    let [a, b, _] = key.check_value();
    [a, b]
}

pub fn cryptogram(session: &TripleDes, data: Vec<u8>) -> [u8; 8] {
    cryptograms::of_data(session, CryptogramVersion::Visa18, Zeroizing::new(data))
}

pub fn weak_key(usage: CardKeyUse, bytes: &[u8]) -> CardKey {
    CardKey::unchecked(usage, triple_des(bytes))
}

pub fn opened(protection: &CardKey, block: &str) -> Result<([u8; 4], Vec<u8>), VaultError> {
    key_block::opened(protection, block).map(|(said, bytes)| (said, bytes.to_vec()))
}
