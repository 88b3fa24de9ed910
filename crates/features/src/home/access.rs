//! Who may see a cardholder's own pages.

use platform::access::{Assurance, Direction, Permission, Role};

/// See one's own accounts and transactions.
pub(super) static READ: Permission = Permission {
    name: "home.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};
