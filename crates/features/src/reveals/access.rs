//! Who may be shown full values.

use platform::access::{Assurance, Direction, Permission, Role};

/// Be shown a customer's full card number, telephone number, mail address or document number.
pub(super) static VALUE: Permission = Permission {
    name: "reveals.value.show",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Agent, Role::Manager, Role::Compliance],
};

/// See the full number of one's own card.
pub(super) static OWN_CARD: Permission = Permission {
    name: "reveals.own_card.show",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder],
};
