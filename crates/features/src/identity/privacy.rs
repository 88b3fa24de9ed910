//! What is kept about people here: verifiers and counts, never a secret that was typed.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "proof_counters", class: "C1", retention: "30 days after the last miss" },
    PersonalData { place: "session_proofs", class: "C1", retention: "30 days after the session" },
    PersonalData { place: "query_passwords", class: "C3", retention: "while the customer exists" },
    PersonalData { place: "text_codes", class: "C3", retention: "10 minutes" },
    PersonalData { place: "code_sends", class: "C1", retention: "1 day after the last one" },
    PersonalData { place: "authenticators", class: "C3", retention: "until taken off" },
    PersonalData { place: "activation_codes", class: "C3", retention: "2 years" },
    PersonalData { place: "phone_losses", class: "C1", retention: "31 days; 1 hour where nobody was meant" },
    PersonalData { place: "proof_misses", class: "C3", retention: "1 day" },
];
