//! What is kept about people here: colleagues and what they did, and which customers are marked.

use platform::feature::PersonalData;

pub(super) static HELD: &[PersonalData] = &[
    PersonalData { place: "staff_requests", class: "C2", retention: "for good: names of colleagues" },
    PersonalData { place: "staff_people", class: "C1", retention: "for good" },
    PersonalData { place: "staff_relations", class: "C2", retention: "for good, ended instead of removed" },
    PersonalData { place: "customer_marks", class: "C2", retention: "for good, ended instead of removed" },
    PersonalData { place: "staff_alarms", class: "C1", retention: "for good" },
    PersonalData { place: "record_allowances", class: "C1", retention: "for good" },
    PersonalData { place: "provider_subjects", class: "C1", retention: "for good" },
    PersonalData { place: "staff_searches", class: "C1", retention: "1 day" },
];
