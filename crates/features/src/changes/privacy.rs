//! What is kept about people here, and for how long. Erasure: the values are sealed under the person's key and end with it.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "changes.value", class: "C2", retention: "10 years after it was due" },
    PersonalData {
        place: "changes",
        class: "C1",
        retention: "10 years after it was due what was signed, 1 day the rest",
    },
    PersonalData { place: "change_looks", class: "C1", retention: "1 day" },
];
