//! Who may prove what, and set what. Anybody may say that their phone is gone.

use platform::access::{Assurance, Direction, Permission, Role};

/// Prove more in one's own session.
pub(super) static STEP_UP: Permission = Permission {
    name: "identity.session.raise",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder],
};

/// See which proofs one has.
pub(super) static OWN: Permission = Permission {
    name: "identity.proofs.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// Set one's query password.
pub(super) static PASSWORD: Permission = Permission {
    name: "identity.query_password.set",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder],
};

/// Set up an authenticator app, or take it off.
pub(super) static AUTHENTICATOR: Permission = Permission {
    name: "identity.authenticator.set",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder],
};

/// Say that one's phone is gone: freezes, and signs out. From any browser, with whatever one has.
pub(super) static LOST: Permission = Permission {
    name: "identity.phone.lose",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};

/// Stop a code by letter that was asked for in one's name.
pub(super) static STOP: Permission = Permission {
    name: "identity.activation.stop",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder, Role::Agent, Role::Analyst, Role::Manager, Role::Compliance],
};

/// Have a code by letter sent to a customer's known address. Staff start it and choose nothing.
pub(super) static ASK: Permission = Permission {
    name: "identity.activation.ask",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Agent, Role::Manager],
};

/// Set the wrong tries of a customer's proofs back. Asked twice: by the gate with what the colleague's session has proved, and
/// by the service with what the customer has proved in a call with them.
pub(super) static RESET: Permission = Permission {
    name: "identity.proof.reset",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Manager],
};
