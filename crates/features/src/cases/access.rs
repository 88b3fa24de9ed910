//! Who may read cases, open them and act on them. Which kinds and which acts, the definition of each kind says.

use platform::access::{Assurance, Direction, Permission, Role};

/// Everybody who can have a part in some kind.
pub(super) const EVERYBODY: &[Role] =
    &[Role::Agent, Role::Analyst, Role::Manager, Role::Administrator, Role::Compliance, Role::ApiClient];

/// Read cases of the kinds that one has a part in.
pub(super) static READ: Permission = Permission {
    name: "cases.case.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: EVERYBODY,
};

/// Open a case.
pub(super) static OPEN: Permission = Permission {
    name: "cases.case.open",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: EVERYBODY,
};

/// Do what the definition allows.
pub(super) static ACT: Permission = Permission {
    name: "cases.case.act",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: EVERYBODY,
};

/// Take the regulator's return.
pub(super) static RETURN: Permission = Permission {
    name: "cases.return.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Manager, Role::Compliance],
};
