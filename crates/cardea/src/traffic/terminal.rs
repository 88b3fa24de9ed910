//! The terminal's part of a demo's payment: the PIN as the keypad encrypts it, and what the chip says.
//!
//! Problem: a demo whose chips never prove anything would show nothing of that. Design: with the sample issuer's
//! published keys, [`Terminals`] plays chip and keypad of the sample people's cards and adds DE52, DE53 and DE55 to
//! payments with the card. Each chip counts its own payments from 1, so the same terminals serve a demo from its
//! first payment to its last. What it does not do: prove copies of a card, whose chip nobody has.

use super::event::{Channel, EventKind, Scenario, TrafficEvent};
use super::pan::TestPan;
use super::simulator::SamplePerson;
use connectors::iso8583::Message;
use kernel::Secret;
use std::collections::HashMap;
use vault::{
    CardKeyRole, CardKeyUse, ChipData, ChipProfile, CryptogramRequest, CryptogramVersion, Pan, PinFormat,
    SoftwareCardCrypto,
};

/// Issuer application data of the two versions that the sample's chips make, by the first bytes of each.
const VISA_18: [u8; 7] = [0x06, 0x01, 0x12, 0x03, 0xA0, 0x00, 0x00];
const MCHIP_20: [u8; 18] =
    [0x01, 0x14, 0xA0, 0x00, 0x03, 0x22, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
/// DE53: format 0 under its newest key.
const FORMAT_0: &str = "0000000000000000";

/// A card as its chip and its holder know it.
struct Held {
    pan: Pan,
    psn: u8,
    pin: Secret<String>,
    version: CryptogramVersion,
    counter: u16,
}

/// The terminals at which the sample's people pay.
pub struct Terminals {
    crypto: SoftwareCardCrypto,
    zone: u32,
    generation: u32,
    cards: HashMap<TestPan, Held>,
}

impl Terminals {
    /// For the cards of these people; `is_mchip` says of a product whose rules its chips follow.
    pub fn new(
        crypto: SoftwareCardCrypto,
        people: &[SamplePerson],
        is_mchip: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let keys = crypto.keys();
        let pinned = CardKeyUse::ZonePin(PinFormat::Iso0);
        let zone = keys.shown().filter(|(usage, ..)| *usage == pinned).map(|(_, zone, _)| zone).max()?;
        let generation = keys.newest(CardKeyRole::Cryptogram)?;
        let mut cards = HashMap::new();
        for (person, card) in
            people.iter().flat_map(|person| person.cards.iter().map(move |card| (person, card)))
        {
            let mchip = is_mchip(&person.product);
            let held = Held {
                pan: Pan::parse(card.pan.reveal()).ok()?,
                psn: card.psn,
                pin: Secret::new(card.pin.reveal().to_owned()),
                version: if mchip { CryptogramVersion::MChip20 } else { CryptogramVersion::Visa18 },
                counter: 0,
            };
            cards.insert(card.pan.clone(), held);
        }
        Some(Self { crypto, zone, generation, cards })
    }

    /// Adds what chip and keypad say to the request of this payment. A payment without the card, a later message
    /// and a copy of a card get nothing.
    pub fn prove(&mut self, event: &TrafficEvent, message: &mut Message) {
        let asked = matches!(event.kind, EventKind::Authorization | EventKind::Financial);
        let with_chip = matches!(event.channel, Channel::Chip | Channel::Contactless);
        let copied = matches!(event.label.fraud, Some(Scenario::Travel | Scenario::MerchantCompromise));
        if !asked || !with_chip || copied {
            return;
        }
        // What does not fit is left out: the payment goes on without that proof.
        let _ = self.try_prove(event, message);
    }

    fn try_prove(&mut self, event: &TrafficEvent, message: &mut Message) -> Option<()> {
        let held = self.cards.get_mut(&event.pan)?;
        held.counter = held.counter.checked_add(1)?;
        let mut chip = chip_data(event, held)?;
        let profile = ChipProfile::usual(held.version, self.generation);
        let request = CryptogramRequest { profile, pan: &held.pan, psn: held.psn, chip: &chip };
        chip.cryptogram = self.crypto.chip_cryptogram(&request).ok()?;
        message.set(55, chip.to_field()).ok()?;
        if event.pin_entered {
            let block = self.crypto.keypad(self.zone, &held.pan, &held.pin).ok()?;
            message.set(52, block).ok()?;
            message.set(53, FORMAT_0).ok()?;
        }
        Some(())
    }
}

fn chip_data(event: &TrafficEvent, held: &Held) -> Option<ChipData> {
    let at = jiff::Timestamp::from_microsecond(event.at_us).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    // Different for each payment of a card, and the same when the stream is made again.
    let unpredictable = u32::try_from(event.row % u64::from(u32::MAX)).ok()?.wrapping_mul(0x9E37_79B1);
    Some(ChipData {
        amount: bcd(u64::try_from(event.amount.minor).ok()?),
        other_amount: [0; 6],
        country: bcd(u64::from(event.merchant.country_numeric)),
        terminal_results: [0, 0, 0, 0x80, 0],
        currency: bcd(u64::from(event.amount.currency)),
        date: bcd(at.strftime("%y%m%d").to_string().parse().ok()?),
        kind: [0],
        unpredictable: unpredictable.to_be_bytes(),
        profile: [0x39, 0],
        atc: held.counter.to_be_bytes(),
        issuer_data: issuer_data(held.version),
        cryptogram: [0; 8],
        information: Some(0x80),
        psn: Some(held.psn),
    })
}

/// The issuer application data of the sample's chips.
pub(crate) fn issuer_data(version: CryptogramVersion) -> Vec<u8> {
    match version {
        CryptogramVersion::MChip20 => MCHIP_20.to_vec(),
        _ => VISA_18.to_vec(),
    }
}

/// Decimal digits, two to a byte, as many as fit.
pub(crate) fn bcd<const N: usize>(mut number: u64) -> [u8; N] {
    let mut bytes = [0; N];
    for byte in bytes.iter_mut().rev() {
        let two = u8::try_from(number % 100).unwrap_or(0);
        *byte = two / 10 * 16 + two % 10;
        number /= 100;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_packed_from_the_right() {
        assert_eq!(bcd::<6>(12_345), [0, 0, 0, 1, 0x23, 0x45]);
        assert_eq!(bcd::<2>(978), [0x09, 0x78]);
        assert_eq!(bcd::<3>(260_704), [0x26, 0x07, 0x04]);
    }
}
