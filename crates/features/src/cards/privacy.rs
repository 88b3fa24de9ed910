//! What is kept about cards, how it is exported and how it is forgotten.
//!
//! Export: [`super::Cards::cards_of`] gives everything but the number, which its holder has. Erasure: the column
//! `cards.data_key` set to NULL makes the number unreadable; the keyed hash goes with it.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "cards.pan", class: "C3", retention: "5 years after the card expires" },
    PersonalData { place: "cards.pan_hash", class: "C3", retention: "as long as the number" },
    // Not the PIN: what a PIN is compared with, useless without the key of the payment module.
    PersonalData { place: "cards.pin_reference", class: "C3", retention: "as long as the number" },
    PersonalData { place: "cards.last4", class: "C2", retention: "5 years after the card expires" },
    PersonalData { place: "cards.expiry", class: "C2", retention: "5 years after the card expires" },
];
