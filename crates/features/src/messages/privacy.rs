//! What is kept about people here, and for how long.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "messages.params", class: "C2", retention: "5 years" },
    PersonalData {
        place: "message_deliveries.letter",
        class: "C3",
        retention: "until it was handed to its carrier; 7 days where it could not be",
    },
];
