//! Who may do what with authorizations.

use platform::access::{Assurance, Direction, Permission, Role};

/// Ask for an authorization, advise of one that was decided elsewhere, reverse or capture one.
pub(super) static SUBMIT: Permission = Permission {
    name: "authorizations.authorization.submit",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::ApiClient],
};

/// See authorizations and why they were decided as they were.
pub(super) static READ: Permission = Permission {
    name: "authorizations.authorization.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance, Role::ApiClient],
};

/// Say whether an authorization was fraud.
pub(super) static REPORT: Permission = Permission {
    name: "authorizations.fraud.report",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::ApiClient],
};
