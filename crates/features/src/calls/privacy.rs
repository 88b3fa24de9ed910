//! What is kept about people here: that they called, and which kinds of proof they gave; never what they gave.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "calls", class: "C1", retention: "10 years" },
    PersonalData { place: "call_proofs", class: "C1", retention: "10 years" },
    PersonalData { place: "call_asks", class: "C1", retention: "10 years" },
    PersonalData { place: "call_facts", class: "C2", retention: "10 years" },
];
