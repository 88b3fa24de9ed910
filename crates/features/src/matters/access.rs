//! Who may say that they serve a customer.

use platform::access::{Assurance, Direction, Permission, Role};

/// Say that one serves a customer now.
pub(super) static OPEN: Permission = Permission {
    name: "matters.matter.open",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance],
};
