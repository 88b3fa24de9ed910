//! Who may see customers at the desk.

use platform::access::{Assurance, Direction, Permission, Role};

/// Come to the desk.
pub(super) static START: Permission = Permission {
    name: "desk.desk.enter",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: Role::STAFF,
};

/// Find a customer by what they tell.
pub(super) static FIND: Permission = Permission {
    name: "desk.customer.find",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance],
};

/// See a customer with account, cards and authorizations.
pub(super) static READ: Permission = Permission {
    name: "desk.account.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance],
};
