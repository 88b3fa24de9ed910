//! What is kept about people here: that somebody served them, and for what.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "matters", class: "C1", retention: "10 years" },
    PersonalData {
        place: "matters.words",
        class: "C2",
        retention: "10 years, sealed under the customer's key",
    },
];
