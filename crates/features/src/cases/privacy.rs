//! What is kept about people here, and for how long.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData {
        place: "case_events.sealed",
        class: "C2",
        retention: "10 years after the end of the case, sealed under the customer's key",
    },
    PersonalData { place: "case_events.body", class: "C1", retention: "10 years after the end of the case" },
    PersonalData { place: "case_links", class: "C1", retention: "10 years after the end of the case" },
    PersonalData { place: "cases", class: "C1", retention: "10 years after the end of the case" },
];
