//! Values that a contactless stripe payment makes anew each time: dCVV and CVC3.
//!
//! Both come from a key of the card and its counter. A value alone can be used again; a caller who keeps the highest
//! counter of a card refuses that.

use super::chip_keys::{self, Derivation};
use super::ciphers::{TripleDes, pad_bit};
use super::values::{Expiry, ExpiryOrder, verification_value};
use crate::{Pan, VaultError};
use zeroize::Zeroizing;

/// A value to be checked.
#[derive(Clone, Copy, Debug)]
pub struct DynamicValue<'a> {
    /// Generation of the master key for dynamic values.
    pub generation: u32,
    /// The card.
    pub pan: &'a Pan,
    /// Its sequence number, 0 to 99.
    pub psn: u8,
    /// The counter that came with the value.
    pub atc: u16,
    /// How it is made.
    pub kind: DynamicKind<'a>,
}

/// How a value that changes is made.
#[derive(Clone, Copy, Debug)]
pub enum DynamicKind<'a> {
    /// Visa's dCVV: a card verification value over a number that begins with the counter. Three digits.
    Dcvv {
        /// Expiry.
        expiry: Expiry,
        /// Its order.
        order: ExpiryOrder,
        /// Service code, three digits.
        service_code: u16,
    },
    /// Mastercard's CVC3 over the static track data, the terminal's number and the counter.
    Cvc3 {
        /// The track data as the card was personalised with them, without what changes.
        track: &'a [u8],
        /// The terminal's unpredictable number.
        unpredictable: [u8; 4],
        /// How many digits the card shows, 3 to 5.
        digits: u8,
    },
}

/// The value that the card makes.
pub(super) fn made(master: &TripleDes, request: &DynamicValue<'_>) -> Result<Zeroizing<String>, VaultError> {
    let key = chip_keys::of_chip(master, Derivation::A, request.pan, request.psn);
    match request.kind {
        DynamicKind::Dcvv { expiry, order, service_code } => {
            if service_code > 999 {
                return Err(VaultError::ServiceCode);
            }
            let (_, tail) = request.pan.expose().split_at_checked(4).unwrap_or_default();
            let expiry = expiry.digits(order);
            let digits =
                Zeroizing::new(format!("{:04}{tail}{expiry}{service_code:03}", request.atc % 10_000));
            Ok(verification_value(&key, &digits))
        }
        DynamicKind::Cvc3 { track, unpredictable: [c, d, e, f], digits } => {
            let digits = usize::from(digits);
            if !(3..=5).contains(&digits) {
                return Err(VaultError::CardRequest("a CVC3 has 3 to 5 digits"));
            }
            let [.., a, b] = key.retail_mac(&pad_bit(Zeroizing::new(track.to_vec())));
            let [g, h] = request.atc.to_be_bytes();
            let [.., high, low] = key.encrypt([a, b, c, d, e, f, g, h]);
            let all = Zeroizing::new(format!("{:05}", u16::from_be_bytes([high, low])));
            Ok(Zeroizing::new(all.get(5 - digits..).unwrap_or_default().to_owned()))
        }
    }
}
