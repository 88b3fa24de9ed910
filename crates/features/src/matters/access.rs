//! Who may say that they serve a customer.

use platform::access::{Assurance, Direction, Permission, Role};

/// Say that one serves a customer now.
pub(super) static OPEN: Permission = Permission {
    name: "matters.matter.open",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance],
};

/// Open a record for an emergency. Exposing: it passes quota and the mark of an important person.
pub(super) static EMERGENCY: Permission = Permission {
    name: "matters.emergency.open",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Agent, Role::Analyst, Role::Manager],
};

/// Review emergencies.
pub(super) static REVIEW: Permission = Permission {
    name: "matters.emergency.review",
    direction: Direction::Reading,
    assurance: Assurance::TWO,
    roles: &[Role::Compliance],
};
