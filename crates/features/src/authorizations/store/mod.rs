//! Every SQL statement of the feature.
//!
//! The engine's batch has two texts side by side, because the drivers are fast in different ways: on SQLite
//! prepared statements row by row on its own driver, on PostgreSQL one statement for a whole set. Both are
//! behind [`BatchTx`]. Pages and commands use `read`, one text for both.

mod card_keys;
mod missed;
mod postgres;
mod read;
mod sqlite;

pub use card_keys::{account_of_card, card_key};
pub use missed::{insert_logged_in_tx, tighten_in_tx};
pub use postgres::PostgresBatches;
pub use read::{
    Label, account_state, authorization, batch_refs, chain_page, due_accounts, insert_account_in_tx,
    label_in_tx, labels_in, labels_since, message_keys_after, newest, rows_after, rows_of_time,
    rule_set_text, save_rule_set_in_tx, stored_records,
};

use super::{
    engine::RowChange,
    error::AuthorizationError,
    model::{
        AccountState, AccountStatus, AuthorizationRow, CardKey, CardState, HoldState, NewAccount, NewCard,
        Reason, Standing, micro_degrees,
    },
};
use kernel::{AccountId, Currency};
use platform::{
    audit::Stamped,
    db::{Db, DbError, Side, SqliteWriter},
};

/// Records of a chain that are looked through for the original of a reversal.
const CHAIN_ROWS_MAX: usize = 1_000;

/// The engine's own connection.
pub enum Batches {
    /// To SQLite.
    Sqlite(Box<SqliteWriter>),
    /// To PostgreSQL.
    Postgres(Box<PostgresBatches>),
}

/// An open batch.
pub enum BatchTx<'c> {
    /// On SQLite.
    Sqlite(sqlite::SqliteTx<'c>),
    /// On PostgreSQL.
    Postgres(postgres::PostgresTx<'c>),
}

/// What is written at the end of a batch.
pub struct Writes<'w> {
    /// Accounts, with their version as loaded; it is raised by one.
    pub accounts: &'w [&'w AccountState],
    /// New records, with their encoded facts.
    pub rows: &'w [(&'w AuthorizationRow, &'w [u8])],
    /// Changed records.
    pub changes: &'w [RowChange],
    /// Entries of the log: text, leaf hashes one behind the other, ids they are for.
    pub entries: &'w [LogEntry],
    /// Events on their way out: id, time, topic, object, body.
    pub events: &'w [(i64, i64, &'static str, String, String)],
}

/// An entry of the log, and the decisions it covers.
pub struct LogEntry {
    /// The entry.
    pub stamped: Stamped,
    /// Leaf hashes of decisions; the entry's own where it covers none.
    pub leaves: Vec<u8>,
    /// Ids of the decisions, eight bytes each, in the order of the leaves.
    pub refs: Option<Vec<u8>>,
}

/// What is done inside a transaction of the engine's.
pub type Work<'w> = &'w mut dyn FnMut(&mut BatchTx<'_>) -> Result<(), AuthorizationError>;

impl Batches {
    /// Opens the engine's connection. Blocks; call it on the engine's thread.
    pub fn open(db: &Db) -> Result<Self, DbError> {
        Ok(match db.side() {
            Side::Sqlite(sqlite) => Self::Sqlite(Box::new(sqlite.open_writer()?)),
            Side::Postgres(postgres) => Self::Postgres(Box::new(PostgresBatches::open(postgres)?)),
        })
    }

    /// Runs `work` in one transaction and commits it: durable when this returns `Ok`.
    pub fn transaction(&mut self, work: Work<'_>) -> Result<(), AuthorizationError> {
        match self {
            Self::Sqlite(writer) => {
                let mut failed = None;
                let done = writer.transaction(|tx| {
                    let mut batch = BatchTx::Sqlite(sqlite::SqliteTx::new(tx));
                    work(&mut batch).map_err(|error| match error {
                        AuthorizationError::Db(error) => error,
                        other => {
                            failed = Some(other);
                            DbError::Stale
                        }
                    })
                });
                done.map_err(|error| failed.take().unwrap_or(AuthorizationError::Db(error)))
            }
            Self::Postgres(batches) => batches.transaction(work),
        }
    }
}

impl BatchTx<'_> {
    /// Accounts and cards of these card numbers.
    pub fn cards(&mut self, keys: &[CardKey]) -> Result<Vec<(CardKey, i64, i64)>, AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.cards(keys),
            Self::Postgres(tx) => tx.cards(keys),
        }
    }

    /// The state of these accounts.
    pub fn accounts(&mut self, ids: &[i64]) -> Result<Vec<AccountState>, AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.accounts(ids),
            Self::Postgres(tx) => tx.accounts(ids),
        }
    }

    /// One record.
    pub fn row(&mut self, id: i64) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.row(id),
            Self::Postgres(tx) => tx.row(id),
        }
    }

    /// The first record of the chain from `head` on that `wanted` accepts.
    pub fn find_in_chain(
        &mut self,
        head: i64,
        wanted: &dyn Fn(&AuthorizationRow) -> bool,
    ) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        let mut next = head;
        for _ in 0..CHAIN_ROWS_MAX {
            let Some(row) = (if next == 0 { None } else { self.row(next)? }) else { return Ok(None) };
            if wanted(&row) {
                return Ok(Some(row));
            }
            next = row.previous;
        }
        Ok(None)
    }

    /// The record of a message for a card that is not ours.
    pub fn unknown_by_key(&mut self, key: i64) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.unknown_by_key(key),
            Self::Postgres(tx) => tx.unknown_by_key(key),
        }
    }

    /// Makes a card number known; `false` when it is known already.
    pub fn insert_card_key(
        &mut self,
        key: &CardKey,
        account: i64,
        card: i64,
    ) -> Result<bool, AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.insert_card_key(key, account, card),
            Self::Postgres(tx) => tx.insert_card_key(key, account, card),
        }
    }

    /// Opens accounts with their first cards: for imports and set-up, thousands at a time.
    pub fn open_accounts(&mut self, opened: &[(NewAccount, Vec<NewCard>)]) -> Result<(), AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.open_accounts(opened),
            Self::Postgres(tx) => tx.open_accounts(opened),
        }
    }

    /// Writes everything a batch came to.
    pub fn save(&mut self, writes: &Writes<'_>) -> Result<(), AuthorizationError> {
        match self {
            Self::Sqlite(tx) => tx.save(writes),
            Self::Postgres(tx) => tx.save(writes),
        }
    }
}

/// The columns of an account's row; `standing` is passed by itself, so that it need not be copied.
#[derive(sqlx::FromRow)]
pub(super) struct AccountColumns {
    account_id: i64,
    version: i64,
    status: i16,
    currency: i16,
    limit_minor: i64,
    posted_minor: i64,
    held_minor: i64,
    head_id: i64,
}

impl AccountColumns {
    fn into_state(self, standing: &[u8]) -> Result<AccountState, AuthorizationError> {
        let currency = u16::try_from(self.currency).ok().and_then(|code| Currency::from_numeric(code).ok());
        Ok(AccountState {
            account: AccountId::from_raw(self.account_id),
            version: self.version,
            status: AccountStatus::from_number(self.status),
            currency: currency.ok_or(AuthorizationError::Unreadable("currency"))?,
            limit_minor: self.limit_minor,
            posted_minor: self.posted_minor,
            held_minor: self.held_minor,
            head: self.head_id,
            standing: Standing::decode(standing)?,
        })
    }
}

/// The columns of an account's row with the encoded rest.
#[derive(sqlx::FromRow)]
pub(super) struct WholeAccount {
    #[sqlx(flatten)]
    columns: AccountColumns,
    standing: Vec<u8>,
}

impl WholeAccount {
    fn into_state(self) -> Result<AccountState, AuthorizationError> {
        self.columns.into_state(&self.standing)
    }
}

/// The columns of a record's row.
#[derive(sqlx::FromRow)]
pub(super) struct RowColumns {
    id: i64,
    account_id: i64,
    card_id: i64,
    previous_id: i64,
    at: i64,
    billing_minor: i64,
    hold_minor: i64,
    posted_minor: i64,
    state: i16,
    reason: i16,
    message_key: i64,
    content_key: i64,
    record: Vec<u8>,
}

impl RowColumns {
    fn into_row(self) -> Result<AuthorizationRow, AuthorizationError> {
        Ok(AuthorizationRow {
            id: self.id,
            account: self.account_id,
            card: self.card_id,
            previous: self.previous_id,
            at: self.at,
            billing_minor: self.billing_minor,
            hold_minor: self.hold_minor,
            posted_minor: self.posted_minor,
            state: HoldState::from_number(self.state),
            reason: Reason::from_number(self.reason),
            key: self.message_key,
            content: self.content_key,
            facts: AuthorizationRow::decode_record(&self.record)?,
        })
    }
}

/// The encoded part of an account's row as it is opened.
fn first_standing(new: &NewAccount, cards: &[NewCard]) -> Result<Vec<u8>, AuthorizationError> {
    let standing = Standing {
        cash_limit_minor: new.cash_limit_minor,
        watched: new.watched,
        home_country: new.home_country,
        home: new.home.map(micro_degrees),
        utc_offset_min: new.utc_offset_min,
        cards: cards.iter().map(CardState::new).collect(),
        ..Standing::default()
    };
    let mut encoded = Vec::with_capacity(128);
    standing.encode(&mut encoded)?;
    Ok(encoded)
}

/// The currency as its column holds it: numeric codes of ISO 4217 have three digits.
fn currency_number(currency: Currency) -> i16 {
    i16::try_from(currency.numeric()).unwrap_or(0)
}
