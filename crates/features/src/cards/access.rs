//! Who may do what with cards. Freezing makes an account safer and asks for little; undoing it is riskier.

use super::service;
use platform::access::{Assurance, Direction, Permission, Role};
use platform::approval::SignedAct;

/// See a card: prefix, last four digits, expiry, status.
pub(super) static READ: Permission = Permission {
    name: "cards.card.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance, Role::ApiClient],
};

/// Issue a card for an account.
pub(super) static ISSUE: Permission = Permission {
    name: "cards.card.issue",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Manager, Role::ApiClient],
};

/// Freeze a card: reversible, so nothing needs to be proved beyond being signed in.
pub static FREEZE: Permission = Permission {
    name: "cards.card.freeze",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder, Role::Agent, Role::Analyst, Role::Manager, Role::ApiClient],
};

/// Let a frozen card pay again.
pub static UNFREEZE: Permission = Permission {
    name: "cards.card.unfreeze",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder, Role::Manager, Role::ApiClient],
};

/// Report a card lost or stolen: final, and it makes an account safer, so one proof is enough.
pub(super) static REPORT_LOSS: Permission = Permission {
    name: "cards.loss.report",
    direction: Direction::Protective,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder, Role::Agent, Role::Analyst, Role::Manager, Role::ApiClient],
};

/// Let a proof be tried again that was refused after too many misses, for a program. Staff do it in a call with the holder.
pub(super) static UNBLOCK: Permission = Permission {
    name: "cards.proof.unblock",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::ApiClient],
};

/// Give a card another PIN, which its holder chose on a keypad and nobody sees. Not for staff.
pub(super) static SET_PIN: Permission = Permission {
    name: "cards.pin.set",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::ApiClient],
};

/// Change what a card may be used for.
pub static CONTROLS: Permission = Permission {
    name: "cards.controls.set",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder, Role::Manager, Role::ApiClient],
};

/// See one's own cards.
pub(super) static OWN: Permission = Permission {
    name: "cards.own.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};

/// Set the switches of one's own card. Lowering asks for nothing; what raises is signed by the holder ([`RAISE`]), or
/// refused below assurance 2 where they have no passkey, by the handler, which knows both versions.
pub(super) static OWN_CONTROLS: Permission = Permission {
    name: "cards.own.control",
    direction: Direction::Protective,
    assurance: Assurance::NONE,
    roles: &[Role::Cardholder],
};

/// Let one's own card do more.
pub(super) static RAISE: SignedAct = SignedAct {
    name: "cards.controls.raise",
    words: "cards-raise",
    shown: &["card_number", "online", "abroad", "cash", "payment_max"],
    next: "/cards?told=controls",
    bound_first: false,
    apply: service::raise,
};
