//! What accounts announce. The names are also those of their audit entries.

/// A customer is known: body `customer`.
pub const REGISTERED: &str = "accounts.customer.registered";
/// An account was opened by itself: body `account`, `customer`, `product`.
pub const OPENED: &str = "accounts.account.opened";
/// Many accounts were opened at once, by an import or for the sample issuer. An audit entry only: an import
/// greets nobody, so there is no event for each account.
pub const BATCH_OPENED: &str = "accounts.batch.opened";
/// Somebody read what is known of a customer. An audit entry only.
pub const CUSTOMER_READ: &str = "accounts.customer.read";
/// Somebody read an account. An audit entry only.
pub const ACCOUNT_READ: &str = "accounts.account.read";
/// Somebody read a list of accounts: one entry for all that it held. An audit entry only.
pub const ACCOUNTS_READ: &str = "accounts.accounts.read";
/// Somebody searched for a customer; by what, and whom it found, stands in the entry. An audit entry only.
pub const CUSTOMER_SOUGHT: &str = "accounts.customer.sought";
