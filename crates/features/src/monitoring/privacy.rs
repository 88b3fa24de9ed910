//! Personal data held here.

use platform::feature::PersonalData;

/// Figures name nobody; alerts name accounts and records.
pub(super) const PERSONAL_DATA: &[PersonalData] = &[
    PersonalData { place: "monitoring_minutes", class: "none", retention: "400 days" },
    PersonalData { place: "monitoring_hours", class: "none", retention: "400 days" },
    PersonalData { place: "monitoring_alerts", class: "C2", retention: "5 years after it is closed" },
    PersonalData { place: "monitoring_hits", class: "C2", retention: "with its alert" },
];
