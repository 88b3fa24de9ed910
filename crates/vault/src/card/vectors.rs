//! Test-only doors to the computations, for published vectors whose card numbers have no right check digit.

use super::ciphers::{AesKey, TripleDes};
use super::pin::{self, Ibm3624, PinMethod};
use super::pin_block::{self, Pin};
use super::values;
use crate::Pan;

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
