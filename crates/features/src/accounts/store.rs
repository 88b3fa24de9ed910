//! Every SQL statement about customers and accounts. What joins a transaction takes it first and ends in
//! `_in_tx`.

use super::{Account, AccountError};
use kernel::{AccountId, Currency, CustomerId, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;
use sqlx::AssertSqlSafe;

/// A customer's row with the profile still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct CustomerRow {
    pub id: i64,
    pub created_at: i64,
    pub language: String,
    pub country: i16,
    pub data_key: Option<Vec<u8>>,
    pub profile: Vec<u8>,
    pub phone_hash: Vec<u8>,
    pub email_hash: Vec<u8>,
    pub document_hash: Option<Vec<u8>>,
}

/// What customers are found by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hashed {
    Phone,
    Email,
    Document,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: i64,
    customer_id: i64,
    currency: i16,
    product: String,
    opening_limit_minor: i64,
    statement_day: i16,
    opened_at: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = AccountError;

    fn try_from(row: AccountRow) -> Result<Self, AccountError> {
        let currency = u16::try_from(row.currency).ok().and_then(|code| Currency::from_numeric(code).ok());
        Ok(Self {
            id: AccountId::from_raw(row.id),
            customer: CustomerId::from_raw(row.customer_id),
            currency: currency.ok_or(AccountError::Unreadable("currency"))?,
            product: row.product,
            opening_limit_minor: row.opening_limit_minor,
            statement_day: u8::try_from(row.statement_day)
                .map_err(|_| AccountError::Unreadable("statement day"))?,
            opened_at: Timestamp::from_us(row.opened_at),
        })
    }
}

/// Adds customers in one statement; at most 500, so that neither database runs out of parameters.
pub(super) async fn insert_customers_in_tx(write: &mut Write, rows: &[&CustomerRow]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(write.conn(), c => {
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO customers (id, created_at, language, country, data_key, profile, phone_hash, email_hash,
                                    document_hash) ",
        );
        query.push_values(rows, |mut values, row| {
            values
                .push_bind(row.id)
                .push_bind(row.created_at)
                .push_bind(row.language.clone())
                .push_bind(row.country)
                .push_bind(row.data_key.clone())
                .push_bind(row.profile.clone())
                .push_bind(row.phone_hash.clone())
                .push_bind(row.email_hash.clone())
                .push_bind(row.document_hash.clone());
        });
        query.build().execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}

/// Writes what is known of a person anew, where it still is what it was; says whether it was.
pub(super) async fn revise_in_tx(
    write: &mut Write,
    row: &CustomerRow,
    was: &[u8],
    spoke: &str,
) -> Result<bool, DbError> {
    let changed = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE customers SET language = $2, profile = $3, phone_hash = $4, email_hash = $5
             WHERE id = $1 AND profile = $6 AND language = $7 AND data_key IS NOT NULL",
        )
        .bind(row.id)
        .bind(&row.language)
        .bind(&row.profile)
        .bind(&row.phone_hash)
        .bind(&row.email_hash)
        .bind(was)
        .bind(spoke)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// Adds accounts in one statement; at most 500.
pub(super) async fn insert_accounts_in_tx(write: &mut Write, rows: &[&Account]) -> Result<(), AccountError> {
    if rows.is_empty() {
        return Ok(());
    }
    let currencies: Result<Vec<i16>, _> =
        rows.iter().map(|account| i16::try_from(account.currency.numeric())).collect();
    let currencies = currencies.map_err(|_| AccountError::Unreadable("currency"))?;
    on!(write.conn(), c => {
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO accounts (id, customer_id, currency, product, opening_limit_minor, statement_day, opened_at) ",
        );
        query.push_values(rows.iter().zip(&currencies), |mut values, (account, currency)| {
            values
                .push_bind(account.id.raw())
                .push_bind(account.customer.raw())
                .push_bind(*currency)
                .push_bind(account.product.clone())
                .push_bind(account.opening_limit_minor)
                .push_bind(i16::from(account.statement_day))
                .push_bind(account.opened_at.us());
        });
        query.build().execute(&mut *c).await.map(drop)
    })
    .map_err(DbError::from)?;
    Ok(())
}

const CUSTOMERS: &str =
    "SELECT id, created_at, language, country, data_key, profile, phone_hash, email_hash, document_hash
    FROM customers";

pub(super) async fn customer(db: &Db, id: CustomerId) -> Result<Option<CustomerRow>, DbError> {
    let sql = format!("{CUSTOMERS} WHERE id = $1");
    Ok(on!(db.pool(), p => sqlx::query_as(AssertSqlSafe(sql)).bind(id.raw()).fetch_optional(p).await)?)
}

/// Customers with this keyed hash of what they told, oldest first, at most `rows_max`.
pub(super) async fn customers_by(
    db: &Db,
    hashed: Hashed,
    hash: &[u8],
    rows_max: i64,
) -> Result<Vec<CustomerRow>, DbError> {
    let column = match hashed {
        Hashed::Phone => "phone_hash",
        Hashed::Email => "email_hash",
        Hashed::Document => "document_hash",
    };
    let sql = format!("{CUSTOMERS} WHERE {column} = $1 ORDER BY id LIMIT $2");
    Ok(on!(db.pool(), p => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(hash).bind(rows_max).fetch_all(p).await
    })?)
}

/// Customers after `after` in the order of their ids.
pub(super) async fn customers_after(db: &Db, after: i64, rows_max: i64) -> Result<Vec<CustomerRow>, DbError> {
    let sql = format!("{CUSTOMERS} WHERE id > $1 ORDER BY id LIMIT $2");
    Ok(on!(db.pool(), p => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(after).bind(rows_max).fetch_all(p).await
    })?)
}

pub(super) async fn account(db: &Db, id: AccountId) -> Result<Option<Account>, AccountError> {
    let row: Option<AccountRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer_id, currency, product, opening_limit_minor, statement_day, opened_at
             FROM accounts WHERE id = $1",
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })
    .map_err(DbError::from)?;
    row.map(Account::try_from).transpose()
}

/// Accounts of one customer after `after` in the order of their ids.
pub(super) async fn accounts_of(
    db: &Db,
    owner: CustomerId,
    after: i64,
    rows_max: i64,
) -> Result<Vec<Account>, AccountError> {
    let rows: Vec<AccountRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer_id, currency, product, opening_limit_minor, statement_day, opened_at
             FROM accounts WHERE customer_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(owner.raw())
        .bind(after)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })
    .map_err(DbError::from)?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Accounts after `after` in the order of their ids.
pub(super) async fn accounts_after(db: &Db, after: i64, rows_max: i64) -> Result<Vec<Account>, AccountError> {
    let rows: Vec<AccountRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, customer_id, currency, product, opening_limit_minor, statement_day, opened_at
             FROM accounts WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(rows_max)
        .fetch_all(p)
        .await
    })
    .map_err(DbError::from)?;
    rows.into_iter().map(Account::try_from).collect()
}
