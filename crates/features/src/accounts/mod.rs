//! Customers and their credit accounts: who somebody is, how to reach them, and which credit lines are theirs.
//!
//! Problem: an issuer must know its customers for years, find them by telephone or mail address in an instant,
//! and forget them on request without breaking ledgers. Design: what a person told us is one value, sealed under
//! a key of the person's own; telephone, mail address and document number are found by keyed hashes. An account's row says whose
//! it is and what it began with; what changes with every payment belongs to the authorization engine and is
//! opened in the same transaction. Why safe: names and addresses exist in clear only as [`Person`], whose parts
//! don't print; queries for a cardholder take the owner's id, so somebody else's account is absent.
//!
//! Tables: `customers`, `accounts`. Events out: [`events::OPENED`], [`events::REGISTERED`].
//! It does not change limits or contacts (those are protected changes) and issues no cards.

mod access;
mod error;
mod events;
mod http;
mod model;
mod privacy;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use error::AccountError;
pub use events::{ACCOUNT_READ, BATCH_OPENED, CUSTOMER_READ, CUSTOMER_SOUGHT, OPENED, REGISTERED};
pub use model::{Account, AccountSummary, Customer, Detail, Done, Opening, Person, Product, Products, Told};
pub use service::{Accounts, Prepared, Revised, insert_in_tx, revise_in_tx};

use platform::feature::{AuditAct, Feature};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "accounts",
    routes: http::routes,
    permissions: &[
        &access::CUSTOMER_REGISTER,
        &access::CUSTOMER_READ,
        &access::ACCOUNT_READ,
        &access::ACCOUNT_OPEN,
    ],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: REGISTERED, sentence: "audit-accounts-customer-registered" },
        AuditAct { name: CUSTOMER_READ, sentence: "audit-accounts-customer-read" },
        AuditAct { name: CUSTOMER_SOUGHT, sentence: "audit-accounts-customer-sought" },
        AuditAct { name: ACCOUNT_READ, sentence: "audit-accounts-account-read" },
        AuditAct { name: events::ACCOUNTS_READ, sentence: "audit-accounts-accounts-read" },
        AuditAct { name: OPENED, sentence: "audit-accounts-account-opened" },
        AuditAct { name: BATCH_OPENED, sentence: "audit-accounts-batch-opened" },
        AuditAct { name: "accounts.limit.set", sentence: "audit-accounts-limit-set" },
        AuditAct { name: "accounts.status.set", sentence: "audit-accounts-status-set" },
    ],
    personal_data: privacy::HELD,
    key_columns: &[platform::keys::PERSON],
    tables: &["customers", "accounts"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
