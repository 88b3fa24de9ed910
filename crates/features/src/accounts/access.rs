//! Who may do what with customers and accounts.

use platform::access::{Assurance, Direction, Permission, Role};

/// Make a customer known.
pub(super) static CUSTOMER_REGISTER: Permission = Permission {
    name: "accounts.customer.register",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Manager, Role::ApiClient],
};

/// See what is known of a customer, masked, and find customers by what they tell in full.
pub(super) static CUSTOMER_READ: Permission = Permission {
    name: "accounts.customer.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::ApiClient],
};

/// See an account: limit, balance, status.
pub(super) static ACCOUNT_READ: Permission = Permission {
    name: "accounts.account.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Analyst, Role::Manager, Role::Compliance, Role::ApiClient],
};

/// Open an account: gives credit.
pub(super) static ACCOUNT_OPEN: Permission = Permission {
    name: "accounts.account.open",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Manager, Role::ApiClient],
};
