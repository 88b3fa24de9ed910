//! The engine's batch on PostgreSQL: one statement for a whole set, on a connection of the engine's own.
//!
//! Accounts are locked in the order of their ids (`FOR UPDATE`), so that engines of several nodes that touch
//! the same accounts wait for each other instead of failing.

use super::{
    super::{
        error::AuthorizationError,
        model::{AccountState, AuthorizationRow, CardKey, NewAccount, NewCard},
    },
    BatchTx, LogEntry, RowColumns, WholeAccount, Work, Writes, currency_number, first_standing,
};
use platform::audit;
use platform::db::{DbError, PostgresDb};
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use tokio::runtime::Runtime;

const CARDS: &str = "SELECT card_key, account_id, card_id FROM card_keys WHERE card_key = ANY($1)";
const ACCOUNTS: &str =
    "SELECT account_id, version, status, currency, limit_minor, posted_minor, held_minor, head_id,
    standing FROM account_state WHERE account_id = ANY($1) ORDER BY account_id FOR UPDATE";
const ROW: &str =
    "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state,
    reason, message_key, content_key, record FROM authorizations WHERE id = $1";
const UNKNOWN: &str = "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor,
    state, reason, message_key, content_key, record FROM authorizations WHERE account_id = 0 AND message_key = $1";
const INSERT_CARD: &str =
    "INSERT INTO card_keys (card_key, account_id, card_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const INSERT_ACCOUNTS: &str = "INSERT INTO account_state (account_id, version, status, currency, limit_minor,
    posted_minor, held_minor, head_id, next_expiry_s, standing)
    SELECT account_id, 1, 1, currency, limit_minor, 0, 0, 0, NULL, standing
    FROM UNNEST($1::bigint[], $2::smallint[], $3::bigint[], $4::bytea[])
        AS n(account_id, currency, limit_minor, standing)";
const INSERT_CARDS: &str = "INSERT INTO card_keys (card_key, account_id, card_id)
    SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::bigint[])";
const INSERT_ROWS: &str = "INSERT INTO authorizations (id, account_id, card_id, previous_id, at, billing_minor,
    hold_minor, posted_minor, state, reason, message_key, content_key, record)
    SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::smallint[], $10::smallint[], $11::bigint[], $12::bigint[], $13::bytea[])";
const UPDATE_ROWS: &str = "UPDATE authorizations AS a
    SET hold_minor = n.hold_minor, posted_minor = n.posted_minor, state = n.state
    FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[]) AS n(id, hold_minor, posted_minor, state)
    WHERE a.id = n.id";
const UPDATE_ACCOUNTS: &str = "UPDATE account_state AS a SET version = a.version + 1, status = n.status,
    limit_minor = n.limit_minor, posted_minor = n.posted_minor, held_minor = n.held_minor, head_id = n.head_id,
    next_expiry_s = n.next_expiry_s, standing = n.standing
    FROM UNNEST($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bytea[], $9::bigint[])
        AS n(account_id, status, limit_minor, posted_minor, held_minor, head_id, next_expiry_s, standing, version)
    WHERE a.account_id = n.account_id AND a.version = n.version";
const INSERT_ENTRIES: &str = "INSERT INTO audit_entries (id, at, actor, channel, origin, act, subject, outcome,
        body, leaves, refs)
    SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::bytea[], $11::bytea[])";
const INSERT_EVENTS: &str = "INSERT INTO outbox (id, at, topic, object, body)
    SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])";

/// The engine's connection, with the runtime that drives it on the engine's thread.
pub struct PostgresBatches {
    runtime: Runtime,
    connection: PgConnection,
}

/// An open batch on PostgreSQL.
pub struct PostgresTx<'c> {
    runtime: &'c Runtime,
    tx: Transaction<'c, Postgres>,
}

impl PostgresBatches {
    pub(super) fn open(db: &PostgresDb) -> Result<Self, DbError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(db.open_writer())?;
        Ok(Self { runtime, connection })
    }

    pub(super) fn transaction(&mut self, work: Work<'_>) -> Result<(), AuthorizationError> {
        let tx = self.runtime.block_on(self.connection.begin())?;
        let mut batch = BatchTx::Postgres(PostgresTx { runtime: &self.runtime, tx });
        let done = work(&mut batch);
        let BatchTx::Postgres(PostgresTx { runtime, tx }) = batch else {
            return Err(AuthorizationError::Unreadable("transaction"));
        };
        match done {
            Ok(()) => Ok(runtime.block_on(tx.commit())?),
            Err(error) => {
                // The first failure is the one to tell; a failed rollback ends with the connection.
                let _ = runtime.block_on(tx.rollback());
                Err(error)
            }
        }
    }
}

impl PostgresTx<'_> {
    pub(super) fn cards(&mut self, keys: &[CardKey]) -> Result<Vec<(CardKey, i64, i64)>, AuthorizationError> {
        let wanted: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
        let found: Vec<(Vec<u8>, i64, i64)> =
            self.runtime.block_on(sqlx::query_as(CARDS).bind(wanted).fetch_all(&mut *self.tx))?;
        let known =
            found.into_iter().filter_map(|(key, account, card)| Some((key.try_into().ok()?, account, card)));
        Ok(known.collect())
    }

    pub(super) fn accounts(&mut self, ids: &[i64]) -> Result<Vec<AccountState>, AuthorizationError> {
        let found: Vec<WholeAccount> =
            self.runtime.block_on(sqlx::query_as(ACCOUNTS).bind(ids).fetch_all(&mut *self.tx))?;
        found.into_iter().map(WholeAccount::into_state).collect()
    }

    pub(super) fn row(&mut self, id: i64) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        self.one(ROW, id)
    }

    pub(super) fn unknown_by_key(
        &mut self,
        key: i64,
    ) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        self.one(UNKNOWN, key)
    }

    fn one(&mut self, sql: &'static str, value: i64) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        let query = sqlx::query_as::<_, RowColumns>(sql).bind(value);
        let found = self.runtime.block_on(query.fetch_optional(&mut *self.tx))?;
        found.map(RowColumns::into_row).transpose()
    }

    pub(super) fn insert_card_key(
        &mut self,
        key: &CardKey,
        account: i64,
        card: i64,
    ) -> Result<bool, AuthorizationError> {
        let query = sqlx::query(INSERT_CARD).bind(&key[..]).bind(account).bind(card);
        let written = self.runtime.block_on(query.execute(&mut *self.tx))?.rows_affected();
        Ok(written == 1)
    }

    pub(super) fn open_accounts(
        &mut self,
        opened: &[(NewAccount, Vec<NewCard>)],
    ) -> Result<(), AuthorizationError> {
        let mut standings = Vec::with_capacity(opened.len());
        for (new, cards) in opened {
            standings.push(first_standing(new, cards)?);
        }
        let query = sqlx::query(INSERT_ACCOUNTS)
            .bind(opened.iter().map(|(new, _)| new.account.raw()).collect::<Vec<_>>())
            .bind(opened.iter().map(|(new, _)| currency_number(new.currency)).collect::<Vec<_>>())
            .bind(opened.iter().map(|(new, _)| new.limit_minor).collect::<Vec<_>>())
            .bind(standings);
        self.runtime.block_on(query.execute(&mut *self.tx))?;
        let cards: Vec<_> = opened
            .iter()
            .flat_map(|(new, cards)| cards.iter().map(move |card| (new.account, card)))
            .collect();
        let query = sqlx::query(INSERT_CARDS)
            .bind(cards.iter().map(|(_, card)| &card.key[..]).collect::<Vec<_>>())
            .bind(cards.iter().map(|(account, _)| account.raw()).collect::<Vec<_>>())
            .bind(cards.iter().map(|(_, card)| card.card.raw()).collect::<Vec<_>>());
        self.runtime.block_on(query.execute(&mut *self.tx))?;
        Ok(())
    }

    pub(super) fn save(&mut self, writes: &Writes<'_>) -> Result<(), AuthorizationError> {
        self.save_accounts(writes.accounts)?;
        self.save_rows(writes.rows)?;
        if !writes.changes.is_empty() {
            let changes = writes.changes;
            let query = sqlx::query(UPDATE_ROWS)
                .bind(changes.iter().map(|change| change.authorization).collect::<Vec<_>>())
                .bind(changes.iter().map(|change| change.hold_minor).collect::<Vec<_>>())
                .bind(changes.iter().map(|change| change.posted_minor).collect::<Vec<_>>())
                .bind(changes.iter().map(|change| change.state.number()).collect::<Vec<_>>());
            self.runtime.block_on(query.execute(&mut *self.tx))?;
        }
        self.save_entries(writes.entries)?;
        if !writes.events.is_empty() {
            let events = writes.events;
            let query = sqlx::query(INSERT_EVENTS)
                .bind(events.iter().map(|event| event.0).collect::<Vec<_>>())
                .bind(events.iter().map(|event| event.1).collect::<Vec<_>>())
                .bind(events.iter().map(|event| event.2).collect::<Vec<_>>())
                .bind(events.iter().map(|event| event.3.as_str()).collect::<Vec<_>>())
                .bind(events.iter().map(|event| event.4.as_str()).collect::<Vec<_>>());
            self.runtime.block_on(query.execute(&mut *self.tx))?;
        }
        Ok(())
    }

    fn save_rows(&mut self, rows: &[(&AuthorizationRow, &[u8])]) -> Result<(), AuthorizationError> {
        if rows.is_empty() {
            return Ok(());
        }
        let column =
            |of: fn(&AuthorizationRow) -> i64| rows.iter().map(|(row, _)| of(row)).collect::<Vec<_>>();
        let query = sqlx::query(INSERT_ROWS)
            .bind(column(|row| row.id))
            .bind(column(|row| row.account))
            .bind(column(|row| row.card))
            .bind(column(|row| row.previous))
            .bind(column(|row| row.at))
            .bind(column(|row| row.billing_minor))
            .bind(column(|row| row.hold_minor))
            .bind(column(|row| row.posted_minor))
            .bind(rows.iter().map(|(row, _)| row.state.number()).collect::<Vec<_>>())
            .bind(rows.iter().map(|(row, _)| row.reason.number()).collect::<Vec<_>>())
            .bind(column(|row| row.key))
            .bind(column(|row| row.content))
            .bind(rows.iter().map(|(_, record)| *record).collect::<Vec<_>>());
        self.runtime.block_on(query.execute(&mut *self.tx))?;
        Ok(())
    }

    fn save_accounts(&mut self, accounts: &[&AccountState]) -> Result<(), AuthorizationError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let mut standings = Vec::with_capacity(accounts.len());
        for account in accounts {
            let mut standing = Vec::with_capacity(1024);
            account.standing.encode(&mut standing)?;
            standings.push(standing);
        }
        let column =
            |of: fn(&AccountState) -> i64| accounts.iter().map(|account| of(account)).collect::<Vec<_>>();
        let query = sqlx::query(UPDATE_ACCOUNTS)
            .bind(column(|account| account.account.raw()))
            .bind(accounts.iter().map(|account| account.status.number()).collect::<Vec<_>>())
            .bind(column(|account| account.limit_minor))
            .bind(column(|account| account.posted_minor))
            .bind(column(|account| account.held_minor))
            .bind(column(|account| account.head))
            .bind(accounts.iter().map(|account| account.next_expiry_s().map(i64::from)).collect::<Vec<_>>())
            .bind(standings)
            .bind(column(|account| account.version));
        let written = self.runtime.block_on(query.execute(&mut *self.tx))?.rows_affected();
        if usize::try_from(written).is_ok_and(|written| written == accounts.len()) {
            Ok(())
        } else {
            Err(DbError::Stale.into())
        }
    }

    fn save_entries(&mut self, entries: &[LogEntry]) -> Result<(), AuthorizationError> {
        let query = sqlx::query(INSERT_ENTRIES)
            .bind(entries.iter().map(|entry| entry.stamped.id).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.at).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.actor.as_str()).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.channel).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.origin.as_deref()).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.act).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.subject.as_deref()).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.outcome).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.stamped.body.as_str()).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.leaves.as_slice()).collect::<Vec<_>>())
            .bind(entries.iter().map(|entry| entry.refs.as_deref()).collect::<Vec<_>>());
        self.runtime.block_on(query.execute(&mut *self.tx))?;
        for entry in entries {
            for whose in &entry.stamped.concerns {
                let query = sqlx::query(audit::INSERT_CONCERN).bind(whose).bind(entry.stamped.id);
                self.runtime.block_on(query.execute(&mut *self.tx))?;
            }
        }
        Ok(())
    }
}
