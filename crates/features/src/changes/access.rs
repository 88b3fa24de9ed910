//! Who may ask for changes, stop and undo them. Stopping asks for nothing; undoing what was made asks for a bound device, as
//! making does, though for no signature: one that was its owner's before the change.

use super::service;
use platform::access::{Assurance, Direction, Permission, Role};
use platform::approval::SignedAct;

/// See what is known of oneself, and one's changes.
pub(super) static OWN: Permission = Permission {
    name: "changes.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// Ask for a change of one's own. What exposes is signed by a bound device as well.
pub(super) static ASK: Permission = Permission {
    name: "changes.own.ask",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder],
};

/// Stop a change of one's own that waits.
pub(super) static STOP: Permission = Permission {
    name: "changes.own.stop",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder],
};

/// Undo a change of one's own that was made. It puts an earlier contact back, so it is done in a session of a bound device
/// that was its owner's before the change; the service asks for it.
pub(super) static UNDO: Permission = Permission {
    name: "changes.own.undo",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder],
};

/// Stop a change with the code of a notice, from any browser.
pub(super) static DISOWN: Permission = Permission {
    name: "changes.change.disown",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};

/// See a customer's changes, with what they were and became masked.
pub(super) static READ: Permission = Permission {
    name: "changes.change.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance, Role::ApiClient],
};

/// Stop a customer's change that waits.
pub(super) static STOP_FOR: Permission = Permission {
    name: "changes.change.stop",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::ApiClient],
};

/// Have a value checked before it is asked for.
pub(super) static CHECK: Permission = Permission {
    name: "changes.value.check",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::ApiClient],
};

/// A change of one's own, as it is signed: bound devices sign first, as for anything that decides who is reached.
pub(super) static CHANGE: SignedAct = SignedAct {
    name: "changes.detail.change",
    words: "changes-sign",
    shown: &["what", "from", "to", "not_before", "undo_until"],
    next: "/details?told=signed",
    bound_first: true,
    apply: service::sign,
};
