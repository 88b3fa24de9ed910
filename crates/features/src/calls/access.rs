//! Who may take part in calls, and what a call must have proved for which act.
//!
//! The permission of an act is asked twice: by the gate with what the agent's own session has proved, and by the
//! service with what the customer has proved in the call.

use platform::access::{Assurance, Direction, Permission, Role};

/// Begin a call that the phone menu answers, and end it.
pub(super) static MENU_OPEN: Permission = Permission {
    name: "calls.menu.open",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::ApiClient],
};

/// Hand over digits of the keypad.
pub(super) static MENU_PROVE: Permission = Permission {
    name: "calls.menu.prove",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::ApiClient],
};

/// See what a call has proved.
pub(super) static MENU_READ: Permission = Permission {
    name: "calls.menu.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::ApiClient],
};

/// Talk to customers on the telephone.
pub(super) static SERVE: Permission = Permission {
    name: "calls.call.serve",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Manager],
};

/// Let a frozen card pay again for a customer on the line.
pub(super) static UNFREEZE: Permission = Permission {
    name: "calls.card.unfreeze",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Agent, Role::Manager],
};

/// Let a blocked proof of a card be tried again for a customer on the line.
pub(super) static UNBLOCK: Permission = Permission {
    name: "calls.card.unblock",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Agent, Role::Manager],
};

/// See whether somebody from the issuer is talking to one now.
pub(super) static OWN: Permission = Permission {
    name: "calls.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// Confirm in the app that it is oneself on the line.
pub(super) static CONFIRM: Permission = Permission {
    name: "calls.own.confirm",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder],
};
