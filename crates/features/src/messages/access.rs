//! Who may read what was sent.

use platform::access::{Assurance, Direction, Permission, Role};

/// Read one's own inbox.
pub(super) static OWN: Permission = Permission {
    name: "messages.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// See which messages could not be delivered; not what they say.
pub(super) static UNDELIVERED: Permission = Permission {
    name: "messages.undelivered.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Manager, Role::Administrator, Role::Compliance],
};

/// Let an undelivered message be tried again.
pub(super) static RETRY: Permission = Permission {
    name: "messages.undelivered.retry",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: &[Role::Manager, Role::Administrator],
};
