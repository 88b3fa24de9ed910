//! Who may do what with colleagues. What needs a second person needs one whoever asks: see the rules of this feature.

use platform::access::{Assurance, Direction, Permission, Role};

/// See who works at the desk, and what waits for a second pair of eyes.
pub(super) static READ: Permission = Permission {
    name: "staff.list.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Manager, Role::Administrator, Role::Compliance],
};

/// Ask for something that needs a second person.
pub(super) static ASK: Permission = Permission {
    name: "staff.request.make",
    direction: Direction::Reading,
    assurance: Assurance::TWO,
    roles: Role::STAFF,
};

/// Allow or refuse what somebody else has asked for.
pub(super) static DECIDE: Permission = Permission {
    name: "staff.request.decide",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Manager, Role::Administrator, Role::Compliance],
};

/// Shut somebody out at once.
pub(super) static SHUT_OUT: Permission = Permission {
    name: "staff.member.shut_out",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: &[Role::Manager, Role::Administrator, Role::Compliance],
};

/// Say that somebody is, or is related to, a customer: it shuts a record.
pub(super) static RELATE: Permission = Permission {
    name: "staff.relation.add",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: Role::STAFF,
};

/// See alarms about colleagues, and say that they are seen to.
pub(super) static ALARMS: Permission = Permission {
    name: "staff.alarm.read",
    direction: Direction::Reading,
    assurance: Assurance::TWO,
    roles: &[Role::Administrator, Role::Compliance],
};

/// Sign in with an outside identity provider.
pub(super) static SIGN_IN: Permission = Permission {
    name: "staff.session.open",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};
