//! What is kept about customers, how it is exported and how it is forgotten.
//!
//! Export: [`super::Accounts::customer`] and [`super::Accounts::accounts_of`] give everything there is.
//! Erasure: [`platform::keys::PersonKeys::destroy`] sets the person's key to NULL, which makes the profile unreadable
//! for good, and empties the keyed hashes in the same statement.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData {
        place: "customers.profile",
        class: "C2",
        retention: "5 years after the last account is closed",
    },
    PersonalData { place: "customers.phone_hash", class: "C2", retention: "as long as the profile" },
    PersonalData { place: "customers.email_hash", class: "C2", retention: "as long as the profile" },
    PersonalData { place: "customers.document_hash", class: "C2", retention: "as long as the profile" },
    PersonalData { place: "customers.language", class: "C1", retention: "as long as the profile" },
    PersonalData { place: "accounts", class: "C1", retention: "5 years after it is closed" },
];
