//! What is kept about people here, and for how long.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "approvals.details", class: "C2", retention: "10 years" },
    PersonalData { place: "approvals.receipt", class: "C2", retention: "10 years" },
];
