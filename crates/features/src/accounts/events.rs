//! What accounts announce. The names are also those of their audit entries.

/// A customer is known: body `customer`.
pub const REGISTERED: &str = "accounts.customer.registered";
/// An account was opened by itself: body `account`, `customer`, `product`.
pub const OPENED: &str = "accounts.account.opened";
/// Many accounts were opened at once, by an import or for the sample issuer. An audit entry only: an import
/// greets nobody, so there is no event for each account.
pub const BATCH_OPENED: &str = "accounts.batch.opened";
