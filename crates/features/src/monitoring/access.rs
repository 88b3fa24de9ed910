//! Who may do what with figures and alerts.

use platform::access::{Assurance, Direction, Permission, Role};

/// See the live wall: totals, never a single payment.
pub(super) static WALL: Permission = Permission {
    name: "monitoring.wall.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Analyst, Role::Manager],
};

/// See alerts and the payments behind them.
pub(super) static READ: Permission = Permission {
    name: "monitoring.alert.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Analyst, Role::Manager],
};

/// Take an alert: it changes nothing for a cardholder.
pub(super) static TAKE: Permission = Permission {
    name: "monitoring.alert.take",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: &[Role::Analyst, Role::Manager],
};

/// Close an alert. Exposing: what is called genuine is no longer looked at.
pub(super) static CLOSE: Permission = Permission {
    name: "monitoring.alert.close",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Analyst, Role::Manager],
};
