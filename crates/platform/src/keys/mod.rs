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

mod checks;
mod person;
mod rotation;
mod store;

pub use checks::bind;
pub use person::{Destroyed, PERSON_ERASED, PersonKeys, destroy_again_in_tx};

pub use rotation::{Cursor, Progress, RETIRE_AFTER_US, Rotation, RowsOfVersion, Step};

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
pub const PERSON: KeyColumn = KeyColumn {
    table: "customers",
    column: "data_key",
    person: "id",
    hashes: &["phone_hash", "email_hash", "document_hash"],
};

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
    /// A key that the database was written with is not among the keys.
    #[error("{name} key {number}, with which this database was written, is missing from the keys")]
    Missing {
        /// Which key.
        name: String,
        /// Its version.
        number: i64,
    },
    /// The keys are those of another database.
    #[error(
        "{name} key {number} is not the one with which this database was written: the keys are another issuer's, or the database is"
    )]
    Foreign {
        /// Which key.
        name: String,
        /// Its version.
        number: i64,
    },
    /// A version that rows still need can't be destroyed.
    #[error("master key {version} is still needed by {}", in_words(rows))]
    InUse {
        /// Its version.
        version: u32,
        /// Which rows.
        rows: Vec<RowsOfVersion>,
    },
    /// A server may still wrap under the old version.
    #[error(
        "master key {version} can be retired a minute after the rotation began: a server may not have noticed it yet"
    )]
    TooEarly {
        /// Its version.
        version: u32,
    },
    /// A rotation that was written is not there.
    #[error("the rotation to master key {0} is not in the database")]
    Unnoted(u32),
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
            Self::Erased(_) | Self::InUse { .. } | Self::TooEarly { .. } => Fault::Conflict,
            Self::Missing { .. } | Self::Foreign { .. } | Self::Unnoted(_) => Fault::Internal,
            Self::Absent(_) => Fault::Absent,
        }
    }
}

/// Keys were seen for the first time, in the log.
pub const KEYS_NOTED: &str = "keys.set.noted";
/// A new version of the master key wraps from now on, in the log.
pub const MASTER_ROTATED: &str = "keys.master.rotated";
/// Every data key is wrapped under the newest version, in the log.
pub const REWRAPPED: &str = "keys.rows.rewrapped";
/// An old version of the master key was destroyed, in the log.
pub const MASTER_RETIRED: &str = "keys.master.retired";

fn in_words(rows: &[RowsOfVersion]) -> String {
    let words: Vec<String> =
        rows.iter().map(|rows| format!("{} rows of {}", rows.rows, rows.table)).collect();
    words.join(" and ")
}

pub(crate) static FEATURE: Feature = Feature {
    name: "keys",
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: PERSON_ERASED, sentence: "audit-keys-person-erased" },
        AuditAct { name: KEYS_NOTED, sentence: "audit-keys-set-noted" },
        AuditAct { name: MASTER_ROTATED, sentence: "audit-keys-master-rotated" },
        AuditAct { name: REWRAPPED, sentence: "audit-keys-rows-rewrapped" },
        AuditAct { name: MASTER_RETIRED, sentence: "audit-keys-master-retired" },
    ],
    tables: &["key_checks", "key_rotations"],
    ..Feature::EMPTY
};

/// Every column with wrapped keys that these features have.
pub fn columns(features: &[&'static Feature]) -> Vec<KeyColumn> {
    features.iter().flat_map(|feature| feature.key_columns).copied().collect()
}
