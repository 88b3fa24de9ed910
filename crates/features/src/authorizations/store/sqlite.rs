//! The engine's batch on SQLite: prepared statements, row by row, on SQLite's own driver.

use super::{
    super::{
        error::AuthorizationError,
        model::{AccountState, AuthorizationRow, CardKey, NewAccount, NewCard},
    },
    AccountColumns, RowColumns, Writes, currency_number, first_standing,
};
use platform::{audit, outbox};
use rusqlite::{OptionalExtension, Row, Transaction, params};

const CARD: &str = "SELECT account_id, card_id FROM card_keys WHERE card_key = ?1";
const ACCOUNT: &str =
    "SELECT account_id, version, status, currency, limit_minor, posted_minor, held_minor, head_id,
    standing FROM account_state WHERE account_id = ?1";
const ROW: &str =
    "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state,
    reason, message_key, content_key, record FROM authorizations WHERE id = ?1";
const UNKNOWN: &str = "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor,
    state, reason, message_key, content_key, record FROM authorizations WHERE account_id = 0 AND message_key = ?1";
const INSERT_CARD: &str =
    "INSERT INTO card_keys (card_key, account_id, card_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const INSERT_ACCOUNT: &str = "INSERT INTO account_state (account_id, version, status, currency, limit_minor,
    posted_minor, held_minor, head_id, next_expiry_s, standing) VALUES (?1, 1, 1, ?2, ?3, 0, 0, 0, NULL, ?4)";
const INSERT_ROW: &str =
    "INSERT INTO authorizations (id, account_id, card_id, previous_id, at, billing_minor,
    hold_minor, posted_minor, state, reason, message_key, content_key, record)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const UPDATE_ROW: &str =
    "UPDATE authorizations SET hold_minor = ?2, posted_minor = ?3, state = ?4 WHERE id = ?1";
const UPDATE_ACCOUNT: &str = "UPDATE account_state SET version = version + 1, status = ?2, limit_minor = ?3,
    posted_minor = ?4, held_minor = ?5, head_id = ?6, next_expiry_s = ?7, standing = ?8
    WHERE account_id = ?1 AND version = ?9";

/// An open batch on SQLite.
pub struct SqliteTx<'c> {
    tx: &'c Transaction<'c>,
}

impl<'c> SqliteTx<'c> {
    pub(super) fn new(tx: &'c Transaction<'c>) -> Self {
        Self { tx }
    }

    pub(super) fn cards(&mut self, keys: &[CardKey]) -> Result<Vec<(CardKey, i64, i64)>, AuthorizationError> {
        let mut statement = self.tx.prepare_cached(CARD)?;
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let pair = statement.query_row([&key[..]], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            found.extend(pair.map(|(account, card): (i64, i64)| (*key, account, card)));
        }
        Ok(found)
    }

    pub(super) fn accounts(&mut self, ids: &[i64]) -> Result<Vec<AccountState>, AuthorizationError> {
        let mut statement = self.tx.prepare_cached(ACCOUNT)?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                found.push(account_state(row)?);
            }
        }
        Ok(found)
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

    fn one(&mut self, sql: &str, value: i64) -> Result<Option<AuthorizationRow>, AuthorizationError> {
        let mut statement = self.tx.prepare_cached(sql)?;
        statement.query_row([value], row_columns).optional()?.map(RowColumns::into_row).transpose()
    }

    pub(super) fn insert_card_key(
        &self,
        key: &CardKey,
        account: i64,
        card: i64,
    ) -> Result<bool, AuthorizationError> {
        let written = self.tx.prepare_cached(INSERT_CARD)?.execute(params![&key[..], account, card])?;
        Ok(written == 1)
    }

    pub(super) fn open_accounts(
        &mut self,
        opened: &[(NewAccount, Vec<NewCard>)],
    ) -> Result<(), AuthorizationError> {
        let mut insert = self.tx.prepare_cached(INSERT_ACCOUNT)?;
        for (new, cards) in opened {
            let standing = first_standing(new, cards)?;
            let currency = currency_number(new.currency);
            insert.execute(params![new.account.raw(), currency, new.limit_minor, standing])?;
            for card in cards {
                if !self.insert_card_key(&card.key, new.account.raw(), card.card.raw())? {
                    return Err(AuthorizationError::Refused);
                }
            }
        }
        Ok(())
    }

    pub(super) fn save(&mut self, writes: &Writes<'_>) -> Result<(), AuthorizationError> {
        self.save_accounts(writes.accounts)?;
        let mut insert = self.tx.prepare_cached(INSERT_ROW)?;
        for (row, record) in writes.rows {
            insert.execute(params![
                row.id,
                row.account,
                row.card,
                row.previous,
                row.at,
                row.billing_minor,
                row.hold_minor,
                row.posted_minor,
                row.state.number(),
                row.reason.number(),
                row.key,
                row.content,
                record,
            ])?;
        }
        let mut update = self.tx.prepare_cached(UPDATE_ROW)?;
        for change in writes.changes {
            let state = change.state.number();
            update.execute(params![change.authorization, change.hold_minor, change.posted_minor, state])?;
        }
        let mut entry = self.tx.prepare_cached(audit::INSERT)?;
        for log in writes.entries {
            let stamped = &log.stamped;
            entry.execute(params![
                stamped.id,
                stamped.at,
                stamped.actor,
                stamped.channel,
                stamped.origin,
                stamped.act,
                stamped.subject,
                stamped.outcome,
                stamped.body,
                log.leaves,
                log.refs,
            ])?;
        }
        for log in writes.entries {
            for whose in &log.stamped.concerns {
                self.tx.prepare_cached(audit::INSERT_CONCERN)?.execute(params![whose, log.stamped.id])?;
            }
        }
        let mut event = self.tx.prepare_cached(outbox::INSERT)?;
        for (id, at, topic, object, body) in writes.events {
            event.execute(params![id, at, topic, object, body])?;
        }
        Ok(())
    }

    fn save_accounts(&mut self, accounts: &[&AccountState]) -> Result<(), AuthorizationError> {
        let mut update = self.tx.prepare_cached(UPDATE_ACCOUNT)?;
        let mut standing = Vec::with_capacity(1024);
        for account in accounts {
            standing.clear();
            account.standing.encode(&mut standing)?;
            let changed = update.execute(params![
                account.account.raw(),
                account.status.number(),
                account.limit_minor,
                account.posted_minor,
                account.held_minor,
                account.head,
                account.next_expiry_s(),
                standing,
                account.version,
            ])?;
            debug_assert_eq!(changed, 1, "inside the write gate nobody else changes an account");
        }
        Ok(())
    }
}

/// The state of an account, read from the row's own memory.
fn account_state(row: &Row<'_>) -> Result<AccountState, AuthorizationError> {
    let columns = AccountColumns {
        account_id: row.get(0)?,
        version: row.get(1)?,
        status: row.get(2)?,
        currency: row.get(3)?,
        limit_minor: row.get(4)?,
        posted_minor: row.get(5)?,
        held_minor: row.get(6)?,
        head_id: row.get(7)?,
    };
    let standing = row.get_ref(8)?.as_blob().map_err(|_| AuthorizationError::Unreadable("standing"))?;
    columns.into_state(standing)
}

fn row_columns(row: &Row<'_>) -> rusqlite::Result<RowColumns> {
    Ok(RowColumns {
        id: row.get(0)?,
        account_id: row.get(1)?,
        card_id: row.get(2)?,
        previous_id: row.get(3)?,
        at: row.get(4)?,
        billing_minor: row.get(5)?,
        hold_minor: row.get(6)?,
        posted_minor: row.get(7)?,
        state: row.get(8)?,
        reason: row.get(9)?,
        message_key: row.get(10)?,
        content_key: row.get(11)?,
        record: row.get(12)?,
    })
}
