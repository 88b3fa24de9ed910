//! The features, flat: one folder each, with identical insides.

pub mod accounts;
pub mod approvals;
pub mod audit_log;
pub mod authorizations;
pub mod calls;
pub mod cards;
pub mod cases;
pub mod changes;
pub mod desk;
pub mod home;
pub mod identity;
pub mod matters;
pub mod messages;
pub mod monitoring;
pub mod passkeys;
pub mod reveals;
pub mod staff;

use platform::feature::Feature;

/// Every feature, for the server, the generated reference and the tests that look at all of them.
pub static ALL: &[&Feature] = &[
    &accounts::FEATURE,
    &approvals::FEATURE,
    &audit_log::FEATURE,
    &authorizations::FEATURE,
    &calls::FEATURE,
    &cards::FEATURE,
    &cases::FEATURE,
    &changes::FEATURE,
    &desk::FEATURE,
    &home::FEATURE,
    &identity::FEATURE,
    &matters::FEATURE,
    &messages::FEATURE,
    &monitoring::FEATURE,
    &passkeys::FEATURE,
    &reveals::FEATURE,
    &staff::FEATURE,
];
