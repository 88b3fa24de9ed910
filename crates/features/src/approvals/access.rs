//! Who may see, sign, refuse and ask for approvals. Saying no asks for nothing but being signed in.

use platform::access::{Assurance, Direction, Permission, Role};

/// See what waits for one's own approval and what was approved, with the receipts.
pub(super) static OWN: Permission = Permission {
    name: "approvals.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// Approve an act of one's own. The signature of a passkey is asked for by the act itself, so the session needs little.
pub(super) static SIGN: Permission = Permission {
    name: "approvals.own.sign",
    direction: Direction::Exposing,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// Say no, or "this was not me".
pub(super) static REFUSE: Permission = Permission {
    name: "approvals.own.refuse",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder],
};

/// Ask one's own app, from another browser, for a proof.
pub(super) static ASK_APP: Permission = Permission {
    name: "approvals.push.ask",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder],
};

/// Ask a cardholder to approve a payment, and use the approval.
pub(super) static ASK: Permission = Permission {
    name: "approvals.payment.ask",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::ApiClient],
};

/// See where an approval stands, and its receipt.
pub(super) static READ: Permission = Permission {
    name: "approvals.payment.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::ApiClient],
};

/// Read the receipt of a customer: for a dispute or a court.
pub(super) static RECEIPTS: Permission = Permission {
    name: "approvals.receipt.read",
    direction: Direction::Reading,
    assurance: Assurance::TWO,
    roles: &[Role::Compliance],
};

/// Read the keys by which receipts are checked.
pub(super) static KEYS: Permission = Permission {
    name: "approvals.keys.read",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: Role::ALL,
};
