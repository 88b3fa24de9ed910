//! Keys for programs: `ck_`, a public prefix to find the row by, and a secret kept only as its hash.
//!
//! A key ends by itself. It is replaced by another with the same scopes, and both work for a while, so that nobody has
//! to change everything in one moment. A key with a verifier is worth nothing without signed requests
//! ([`super::signature`]): whoever reads it in a proxy's log can do nothing with it.

use super::token::hex;
use super::{Permission, Token, scope_covers};
use crate::db::{Db, DbError, Housekeeping, Write};
use crate::{audit, on};
use kernel::{Actor, ApiKeyId, Channel, DAY_US, HOUR_US, Random, Timestamp};

const PREFIX_BYTES: usize = 5;
const PREFIX_CHARS: usize = 2 * PREFIX_BYTES;
/// How long a key lives when nobody says otherwise, days.
pub const KEY_DAYS: u32 = 365;
/// The use of a key is written down at most this often, microseconds.
const TOUCH_US: i64 = HOUR_US;
/// How long a nonce is kept after its request is too old, microseconds: a clock that is set back revives no request.
const NONCE_KEPT_US: i64 = DAY_US;
/// Keys listed at once, at most.
const LISTED_MAX: i64 = 500;

/// A key that was just made. Its secret is shown once and kept nowhere.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The whole key, as the program sends it after `Bearer`.
    pub token: Token,
}

/// What a key shall be.
#[derive(Clone, Debug)]
pub struct KeyOrder {
    /// What it is called in lists.
    pub name: String,
    /// What it may do: see [`scope_covers`].
    pub scopes: Vec<String>,
    /// After how many days it ends.
    pub days: u32,
    /// The Ed25519 key that its requests are signed with; without it they are not signed.
    pub verifier: Option<[u8; 32]>,
}

/// A key that is valid now.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it may do: see [`scope_covers`].
    pub scopes: Vec<String>,
    /// The Ed25519 key that its requests must be signed with.
    pub verifier: Option<[u8; 32]>,
    /// When its use was last written down.
    used_at: Option<Timestamp>,
}

/// A key as a list shows it.
#[derive(Clone, Debug)]
pub struct ListedKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Whether its requests must be signed.
    pub signed: bool,
}

impl ApiKey {
    /// Whether one of the scopes covers `permission`.
    pub fn covers(&self, permission: &Permission) -> bool {
        self.scopes.iter().any(|scope| scope_covers(scope, permission.name))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    secret_hash: String,
    scopes: String,
    verifier: Option<Vec<u8>>,
    used_at: Option<i64>,
}

/// Makes a key called `name` with `scopes`, for the usual time.
///
/// # Errors
/// When the database fails.
pub async fn new_api_key(
    db: &Db,
    random: &dyn Random,
    by: Actor,
    channel: Channel,
    name: &str,
    scopes: &[&str],
) -> Result<NewApiKey, DbError> {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let order = KeyOrder { name: name.to_owned(), scopes, days: KEY_DAYS, verifier: None };
    issue_api_key(db, random, by, channel, &order).await
}

/// Makes a key.
///
/// # Errors
/// When the database fails.
pub async fn issue_api_key(
    db: &Db,
    random: &dyn Random,
    by: Actor,
    channel: Channel,
    order: &KeyOrder,
) -> Result<NewApiKey, DbError> {
    let mut write = db.write().await?;
    let new = insert_in_tx(&mut write, random, order).await?;
    let detail = serde_json::json!({
        "scopes": order.scopes, "days": order.days, "signed": order.verifier.is_some(),
    });
    write
        .commit(audit::Entry::new(by, channel, "access.api_key.made").subject(new.id).detail(detail))
        .await?;
    Ok(new)
}

async fn insert_in_tx(
    write: &mut Write,
    random: &dyn Random,
    order: &KeyOrder,
) -> Result<NewApiKey, DbError> {
    let mut bytes = [0; PREFIX_BYTES];
    random.fill(&mut bytes);
    let prefix = hex(&bytes);
    let secret = Token::create(random);
    let (id, now) = (ApiKeyId::from_raw(write.next_id()), write.now());
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO api_keys (id, prefix, secret_hash, name, scopes, created_at, expires_at, verifier)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.raw())
        .bind(&prefix)
        .bind(secret.hash().as_str())
        .bind(&order.name)
        .bind(order.scopes.join(" "))
        .bind(now.us())
        .bind(now.plus_us(i64::from(order.days) * DAY_US).us())
        .bind(order.verifier.map(|key| key.to_vec()))
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    let text = format!("ck_{prefix}_{}", secret.expose());
    // The text is far below the bound of a token, so this is always there.
    let token = Token::from_text(&text).unwrap_or(secret);
    Ok(NewApiKey { id, token })
}

/// Makes a key that takes the place of `old`: same name and scopes, a life of `order_days`; the old one ends after
/// `overlap_us`. `None` when the old one is not valid any more.
///
/// # Errors
/// When the database fails.
pub async fn rotate_api_key(
    db: &Db,
    random: &dyn Random,
    (by, channel): (Actor, Channel),
    old: ApiKeyId,
    order_days: u32,
    overlap_us: i64,
) -> Result<Option<NewApiKey>, DbError> {
    let mut write = db.write().await?;
    let now = write.now();
    let row: Option<(String, String, Option<Vec<u8>>)> = on!(write.conn(), c => {
        sqlx::query_as(
            "UPDATE api_keys SET expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END
             WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
             RETURNING name, scopes, verifier",
        )
        .bind(old.raw())
        .bind(now.plus_us(overlap_us).us())
        .bind(now.us())
        .fetch_optional(&mut *c)
        .await
    })?;
    let Some((name, scopes, verifier)) = row else {
        write.rollback().await?;
        return Ok(None);
    };
    let order = KeyOrder {
        name,
        scopes: scopes.split_whitespace().map(ToOwned::to_owned).collect(),
        days: order_days,
        verifier: readable(verifier)?,
    };
    let new = insert_in_tx(&mut write, random, &order).await?;
    let detail = serde_json::json!({ "replaces": old, "days": order_days });
    write
        .commit(audit::Entry::new(by, channel, "access.api_key.rotated").subject(new.id).detail(detail))
        .await?;
    Ok(Some(new))
}

/// The valid key with this text.
///
/// # Errors
/// When the database fails.
pub async fn find_api_key(db: &Db, text: &str) -> Result<Option<ApiKey>, DbError> {
    let parts = text.strip_prefix("ck_").and_then(|rest| rest.split_at_checked(PREFIX_CHARS));
    let Some((prefix, Some(secret))) = parts.map(|(prefix, rest)| (prefix, rest.strip_prefix('_'))) else {
        return Ok(None);
    };
    let Some(secret) = Token::from_text(secret) else { return Ok(None) };
    let now = db.clock().now();
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, secret_hash, scopes, verifier, used_at FROM api_keys
             WHERE prefix = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(prefix)
        .bind(now.us())
        .fetch_optional(p)
        .await
    })?;
    let Some(row) = row.filter(|row| secret.hash().matches(&row.secret_hash)) else { return Ok(None) };
    let verifier = readable(row.verifier)?;
    Ok(Some(ApiKey {
        id: ApiKeyId::from_raw(row.id),
        scopes: row.scopes.split_whitespace().map(ToOwned::to_owned).collect(),
        verifier,
        used_at: row.used_at.map(Timestamp::from_us),
    }))
}

/// A verifier as it is kept. One that can't be read must not turn into none: the key would need no signature.
fn readable(verifier: Option<Vec<u8>>) -> Result<Option<[u8; 32]>, DbError> {
    let damaged = |_| DbError::Damaged("the verifier of a key");
    verifier.map(|key| key.try_into().map_err(damaged)).transpose()
}

/// Writes down that a key was used, when the last time is an hour ago.
pub(super) async fn touch_api_key(db: &Db, key: &ApiKey) -> Result<(), DbError> {
    let now = db.clock().now();
    if key.used_at.is_some_and(|used| now.since_us(used) < TOUCH_US) {
        return Ok(());
    }
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        // Requests at the same moment all know the time before; the first of them writes.
        sqlx::query("UPDATE api_keys SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at <= $3)")
            .bind(key.id.raw())
            .bind(now.us())
            .bind(now.us() - TOUCH_US)
            .execute(&mut *c)
            .await
            .map(drop)
    })?;
    write.housekeeping(Housekeeping::SessionTouch).await
}

/// Takes the nonce of a signed request; `false` when it was taken before.
pub(super) async fn take_nonce(
    db: &Db,
    key: ApiKeyId,
    nonce: &str,
    until: Timestamp,
) -> Result<bool, DbError> {
    let mut write = db.write().await?;
    let taken = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO api_nonces (api_key, nonce, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (api_key, nonce) DO NOTHING",
        )
        .bind(key.raw())
        .bind(nonce)
        .bind(until.us())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected() == 1)
    })?;
    write.housekeeping(Housekeeping::SessionTouch).await?;
    Ok(taken)
}

/// Forgets nonces of requests that are too old since [`NONCE_KEPT_US`].
pub(super) async fn sweep_nonces(db: &Db) -> Result<(), DbError> {
    let before = db.clock().now().plus_us(-NONCE_KEPT_US);
    let mut write = db.write().await?;
    on!(write.conn(), c => {
        sqlx::query("DELETE FROM api_nonces WHERE expires_at < $1").bind(before.us()).execute(&mut *c).await.map(drop)
    })?;
    write.housekeeping(Housekeeping::SessionTouch).await
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    id: i64,
    name: String,
    scopes: String,
    created_at: i64,
    expires_at: Option<i64>,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
    signed: i64,
}

/// Every key, also those that ended, newest first; at most 500.
///
/// # Errors
/// When the database fails.
pub async fn list_api_keys(db: &Db) -> Result<Vec<ListedKey>, DbError> {
    let rows: Vec<ListedRow> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, name, scopes, created_at, expires_at, used_at, revoked_at,
               CAST(CASE WHEN verifier IS NULL THEN 0 ELSE 1 END AS BIGINT) AS signed
             FROM api_keys ORDER BY id DESC LIMIT $1",
        )
        .bind(LISTED_MAX)
        .fetch_all(p)
        .await
    })?;
    let listed = |row: ListedRow| ListedKey {
        id: ApiKeyId::from_raw(row.id),
        name: row.name,
        scopes: row.scopes,
        created_at: Timestamp::from_us(row.created_at),
        expires_at: row.expires_at.map(Timestamp::from_us),
        used_at: row.used_at.map(Timestamp::from_us),
        revoked_at: row.revoked_at.map(Timestamp::from_us),
        signed: row.signed != 0,
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Makes a key invalid at once. Says whether it changed anything.
///
/// # Errors
/// When the database fails.
pub async fn revoke_api_key(db: &Db, by: Actor, channel: Channel, id: ApiKeyId) -> Result<bool, DbError> {
    let mut write = db.write().await?;
    let now = write.now();
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.raw())
            .bind(now.us())
            .execute(&mut *c)
            .await
            .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        write.rollback().await?;
        return Ok(false);
    }
    write.commit(audit::Entry::new(by, channel, "access.api_key.revoked").subject(id)).await?;
    Ok(true)
}
