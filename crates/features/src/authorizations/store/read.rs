//! What pages, commands and jobs ask: one text for both databases.

use super::{
    super::{
        error::AuthorizationError,
        model::{AccountState, AuthorizationRow, NewAccount, NewCard},
    },
    RowColumns, WholeAccount, currency_number, first_standing,
};
use kernel::{AccountId, AuthorizationId, Timestamp};
use platform::{
    db::{Db, DbError, Side, Write},
    on,
};

/// Opens an account with its first cards.
pub async fn insert_account_in_tx(
    write: &mut Write,
    new: &NewAccount,
    cards: &[NewCard],
) -> Result<(), AuthorizationError> {
    let encoded = first_standing(new, cards)?;
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO account_state (account_id, version, status, currency, limit_minor, posted_minor, held_minor,
                 head_id, next_expiry_s, standing) VALUES ($1, 1, 1, $2, $3, 0, 0, 0, NULL, $4)",
        )
        .bind(new.account.raw())
        .bind(currency_number(new.currency))
        .bind(new.limit_minor)
        .bind(&encoded)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    for card in cards {
        on!(write.conn(), c => {
            sqlx::query("INSERT INTO card_keys (card_key, account_id, card_id) VALUES ($1, $2, $3)")
                .bind(&card.key[..])
                .bind(new.account.raw())
                .bind(card.card.raw())
                .execute(&mut *c)
                .await
                .map(drop)
        })?;
    }
    Ok(())
}

/// The state of an account.
pub async fn account_state(db: &Db, account: AccountId) -> Result<Option<AccountState>, AuthorizationError> {
    let found = on!(db.pool(), p => {
        sqlx::query_as::<_, WholeAccount>(
            "SELECT account_id, version, status, currency, limit_minor, posted_minor, held_minor, head_id, standing
             FROM account_state WHERE account_id = $1",
        )
        .bind(account.raw())
        .fetch_optional(p)
        .await
    })?;
    found.map(WholeAccount::into_state).transpose()
}

/// One record.
pub async fn authorization(
    db: &Db,
    id: AuthorizationId,
) -> Result<Option<AuthorizationRow>, AuthorizationError> {
    let found = on!(db.pool(), p => {
        sqlx::query_as::<_, RowColumns>(
            "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state, reason,
                 message_key, content_key, record FROM authorizations WHERE id = $1",
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })?;
    found.map(RowColumns::into_row).transpose()
}

/// Records of one account, newest first, from `from` (the account's head, or the `previous` of the last record
/// of the page before) on.
pub async fn chain_page(
    db: &Db,
    from: i64,
    rows_max: i64,
) -> Result<Vec<AuthorizationRow>, AuthorizationError> {
    let found = on!(db.pool(), p => {
        sqlx::query_as::<_, RowColumns>(
            "WITH RECURSIVE chain (id, next, n) AS (
                 SELECT id, previous_id, 1 FROM authorizations WHERE id = $1
                 UNION ALL
                 SELECT a.id, a.previous_id, c.n + 1 FROM authorizations a JOIN chain c ON a.id = c.next
                 WHERE c.n < $2)
             SELECT a.id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state, reason,
                 message_key, content_key, record FROM chain c JOIN authorizations a ON a.id = c.id ORDER BY c.n",
        )
        .bind(from)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    found.into_iter().map(RowColumns::into_row).collect()
}

/// The newest records of all accounts.
pub async fn newest(db: &Db, rows_max: i64) -> Result<Vec<AuthorizationRow>, AuthorizationError> {
    let found = on!(db.pool(), p => {
        sqlx::query_as::<_, RowColumns>(
            "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state, reason,
                 message_key, content_key, record FROM authorizations ORDER BY id DESC LIMIT $1",
        )
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    found.into_iter().map(RowColumns::into_row).collect()
}

/// Records after `after` in the order of their ids: for filling tables anew at the start, when nobody writes.
pub async fn rows_after(
    db: &Db,
    after: i64,
    rows_max: i64,
) -> Result<Vec<AuthorizationRow>, AuthorizationError> {
    let found = on!(db.pool(), p => {
        sqlx::query_as::<_, RowColumns>(
            "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state, reason,
                 message_key, content_key, record FROM authorizations WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    found.into_iter().map(RowColumns::into_row).collect()
}

/// Records after `after` in the order of their ids whose payment was made from the first to the second moment,
/// both included: what a table of risk is filled from.
pub async fn rows_of_time(
    db: &Db,
    after: i64,
    made: (Timestamp, Timestamp),
    rows_max: i64,
) -> Result<Vec<AuthorizationRow>, AuthorizationError> {
    let found = on!(db.pool(), p => {
        sqlx::query_as::<_, RowColumns>(
            "SELECT id, account_id, card_id, previous_id, at, billing_minor, hold_minor, posted_minor, state, reason,
                 message_key, content_key, record FROM authorizations
             WHERE id > $1 AND at BETWEEN $2 AND $3 ORDER BY id LIMIT $4",
        )
        .bind(after)
        .bind(made.0.us())
        .bind(made.1.us())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    found.into_iter().map(RowColumns::into_row).collect()
}

/// Ids and message keys ([`super::super::AuthorizationRequest::key`]) of the records after `after`, in the order
/// of their ids: by these an import that is run again knows what it has done.
pub async fn message_keys_after(
    db: &Db,
    after: i64,
    rows_max: i64,
) -> Result<Vec<(i64, i64)>, AuthorizationError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT id, message_key FROM authorizations WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(rows_max)
            .fetch_all(p)
            .await
    })?)
}

/// Accounts after `after` that have a hold whose time is over. A walk along the key, without an index of its
/// own: the hot path pays for every index, this job can wait.
pub async fn due_accounts(
    db: &Db,
    now: Timestamp,
    after: i64,
    rows_max: i64,
) -> Result<Vec<i64>, AuthorizationError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar(
            "SELECT account_id FROM account_state WHERE account_id > $1 AND next_expiry_s <= $2
             ORDER BY account_id LIMIT $3",
        )
        .bind(after)
        .bind(now.us() / kernel::SECOND_US)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?)
}

/// Says whether an authorization was fraud; the last word counts.
pub async fn label_in_tx(
    write: &mut Write,
    authorization: AuthorizationId,
    at: Timestamp,
    fraud: bool,
    source: &str,
) -> Result<(), AuthorizationError> {
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO fraud_labels (authorization_id, at, fraud, source) VALUES ($1, $2, $3, $4)
             ON CONFLICT (authorization_id) DO UPDATE SET at = excluded.at, fraud = excluded.fraud,
                 source = excluded.source",
        )
        .bind(authorization.raw())
        .bind(at.us())
        .bind(i64::from(fraud))
        .bind(source)
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Labels of authorizations with ids from `from` to `to`, both included.
pub async fn labels_in(db: &Db, from: i64, to: i64) -> Result<Vec<(i64, bool)>, AuthorizationError> {
    let found: Vec<(i64, i64)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT authorization_id, fraud FROM fraud_labels WHERE authorization_id BETWEEN $1 AND $2",
        )
        .bind(from)
        .bind(to)
        .fetch_all(p)
        .await
    })?;
    Ok(found.into_iter().map(|(id, fraud)| (id, fraud != 0)).collect())
}

/// What somebody said of an authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Of which.
    pub authorization: i64,
    /// When it was said, microseconds.
    pub at: i64,
    /// Whether it was fraud.
    pub fraud: bool,
}

/// Labels said after `after` (a time in microseconds and an authorization), in the order of their time.
pub async fn labels_since(
    db: &Db,
    (at, authorization): (i64, i64),
    rows_max: i64,
) -> Result<Vec<Label>, AuthorizationError> {
    let found: Vec<(i64, i64, i64)> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT authorization_id, at, fraud FROM fraud_labels
             WHERE at > $1 OR (at = $1 AND authorization_id > $2) ORDER BY at, authorization_id LIMIT $3",
        )
        .bind(at)
        .bind(authorization)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })?;
    let label = |(authorization, at, fraud)| Label { authorization, at, fraud: fraud != 0 };
    Ok(found.into_iter().map(label).collect())
}

/// Keeps the text of a rule set, so that its decisions can be explained for as long as they are kept.
pub async fn save_rule_set_in_tx(
    write: &mut Write,
    version: &str,
    text: &str,
    at: Timestamp,
) -> Result<bool, AuthorizationError> {
    let written = on!(write.conn(), c => {
        sqlx::query("INSERT INTO rule_sets (version, text, at) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING")
            .bind(version)
            .bind(text)
            .bind(at.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(written > 0)
}

/// The text of a rule set by its version.
pub async fn rule_set_text(db: &Db, version: &str) -> Result<Option<String>, AuthorizationError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_scalar("SELECT text FROM rule_sets WHERE version = $1").bind(version).fetch_optional(p).await
    })?)
}

/// The ids that each batch decided, in the order of the batches: what the log says was committed together.
pub async fn batch_refs(db: &Db) -> Result<Vec<Vec<i64>>, AuthorizationError> {
    let found: Vec<Vec<u8>> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT refs FROM audit_entries WHERE refs IS NOT NULL ORDER BY id").fetch_all(p).await
    })?;
    let ids = |refs: Vec<u8>| {
        refs.chunks_exact(8).filter_map(|id| id.try_into().ok().map(i64::from_be_bytes)).collect()
    };
    Ok(found.into_iter().map(ids).collect())
}

/// The records with these ids, byte for byte as they are stored, in no order: what the log's leaves were taken over.
pub async fn stored_records(db: &Db, ids: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, DbError> {
    Ok(match db.pool() {
        Side::Sqlite(pool) => {
            sqlx::query_as(
                "SELECT id, record FROM authorizations WHERE id IN (SELECT value FROM json_each($1))",
            )
            .bind(serde_json::json!(ids).to_string())
            .fetch_all(pool)
            .await?
        }
        Side::Postgres(pool) => {
            sqlx::query_as("SELECT id, record FROM authorizations WHERE id = ANY($1)")
                .bind(ids)
                .fetch_all(pool)
                .await?
        }
    })
}
