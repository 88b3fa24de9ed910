//! The keys of people and cards in the database: sealing under a person's key, and destroying it.
//!
//! **Problem.** Several features keep text about one person, and one act must make all of it unreadable for good,
//! in backups too, while ledgers and the log stay whole. **Design.** Each row that is somebody's has a data key
//! of its own, stored wrapped by the master key; [`KeyColumn`] says where, as plain data of each feature, so that
//! destruction (and a rotation of the master key) can't forget a table. A person's own key is
//! `customers.data_key` ([`PERSON`]); any feature seals under it with [`PersonKeys`]. **Why safe.** What is sealed
//! is bound to table, row and column. Destruction sets the wrapped keys to NULL and empties the look-up hashes in
//! one transaction with its entry in the log; nothing else opens what they sealed. **Not here.** Who may ask for
//! it, and when the law allows it.

mod person;
mod store;

pub use person::{Destroyed, PERSON_ERASED, PersonKeys};

use crate::db::DbError;
use crate::feature::{AuditAct, Feature};
use kernel::{CustomerId, Fault};
use vault::VaultError;

/// A column with wrapped data keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyColumn {
    /// The table; its key is `id`.
    pub table: &'static str,
    /// The column with the wrapped key; NULL once it was destroyed.
    pub column: &'static str,
    /// The column with the id of the customer whose row it is.
    pub person: &'static str,
    /// Look-up hashes that are emptied with the key, since they tell who knows the value.
    pub hashes: &'static [&'static str],
}

/// The key of a person, under which every feature seals what is theirs.
pub const PERSON: KeyColumn =
    KeyColumn { table: "customers", column: "data_key", person: "id", hashes: &["phone_hash", "email_hash"] };

/// Why something under a person's key did not work.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The person's key was destroyed; what it sealed can't be read any more.
    #[error("the data of {0} was erased")]
    Erased(CustomerId),
    /// There is no such customer.
    #[error("there is no customer {0}")]
    Absent(CustomerId),
}

impl KeyError {
    /// Which kind of failure this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Db(error) => error.fault(),
            Self::Vault(error) => error.fault(),
            Self::Erased(_) => Fault::Conflict,
            Self::Absent(_) => Fault::Absent,
        }
    }
}

pub(crate) static FEATURE: Feature = Feature {
    name: "keys",
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[AuditAct { name: PERSON_ERASED, sentence: "audit-keys-person-erased" }],
    ..Feature::EMPTY
};

/// Every column with wrapped keys that these features have.
pub fn columns(features: &[&'static Feature]) -> Vec<KeyColumn> {
    features.iter().flat_map(|feature| feature.key_columns).copied().collect()
}
