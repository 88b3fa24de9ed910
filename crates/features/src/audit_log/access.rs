//! Who may read the log.

use platform::access::{Assurance, Direction, Permission, Role};

/// Search the log. Compliance only: it tells who did what with whom, also about colleagues.
pub(super) static READ: Permission = Permission {
    name: "audit_log.entry.read",
    direction: Direction::Reading,
    assurance: Assurance::TWO,
    roles: &[Role::Compliance, Role::ApiClient],
};

/// See who looked at one's own data.
pub(super) static OWN: Permission = Permission {
    name: "audit_log.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};
