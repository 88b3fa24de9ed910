//! What is kept about people here: that they have a passkey, since when and in which browser it was made. Fingerprints
//! and faces stay on the device.
//!
//! Export: [`super::Passkeys::passkeys_of`] gives everything but the public key. Erasure: the name is sealed under the
//! person's key and goes with it.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "passkeys.name", class: "C2", retention: "as long as the passkey" },
    PersonalData { place: "passkeys.made_with", class: "C1", retention: "as long as the passkey" },
    PersonalData { place: "passkeys", class: "C1", retention: "5 years after its end" },
    PersonalData { place: "passkey_ceremonies", class: "C1", retention: "1 hour after its end" },
    PersonalData { place: "passkey_answers", class: "C1", retention: "1 day after its end" },
    PersonalData { place: "enrolment_codes", class: "C1", retention: "1 year after its end" },
];
