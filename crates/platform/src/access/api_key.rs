//! Keys for programs: `ck_`, a public prefix to find the row by, and a secret kept only as its hash.

use super::token::hex;
use super::{Permission, Token, scope_covers};
use crate::db::{Db, DbError};
use crate::{audit, on};
use kernel::{Actor, ApiKeyId, Channel, Random};

const PREFIX_BYTES: usize = 5;
const PREFIX_CHARS: usize = 2 * PREFIX_BYTES;

/// A key that was just made. Its secret is shown once and kept nowhere.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The whole key, as the program sends it after `Bearer`.
    pub token: Token,
}

/// A key that is valid now.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it may do: see [`scope_covers`].
    pub scopes: Vec<String>,
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
}

/// Makes a key called `name` with `scopes`.
pub async fn new_api_key(
    db: &Db,
    random: &dyn Random,
    by: Actor,
    channel: Channel,
    name: &str,
    scopes: &[&str],
) -> Result<NewApiKey, DbError> {
    let mut bytes = [0; PREFIX_BYTES];
    random.fill(&mut bytes);
    let prefix = hex(&bytes);
    let secret = Token::create(random);
    let mut write = db.write().await?;
    let id = ApiKeyId::from_raw(write.next_id());
    on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO api_keys (id, prefix, secret_hash, name, scopes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.raw())
        .bind(&prefix)
        .bind(secret.hash().as_str())
        .bind(name)
        .bind(scopes.join(" "))
        .bind(db.clock().now().us())
        .execute(&mut *c)
        .await
        .map(drop)
    })?;
    let detail = serde_json::json!({ "scopes": scopes });
    write.commit(audit::Entry::new(by, channel, "access.api_key.made").subject(id).detail(detail)).await?;
    let text = format!("ck_{prefix}_{}", secret.expose());
    // The text is far below the bound of a token, so this is always there.
    let token = Token::from_text(&text).unwrap_or(secret);
    Ok(NewApiKey { id, token })
}

/// The valid key with this text.
pub async fn find_api_key(db: &Db, text: &str) -> Result<Option<ApiKey>, DbError> {
    let parts = text.strip_prefix("ck_").and_then(|rest| rest.split_at_checked(PREFIX_CHARS));
    let Some((prefix, Some(secret))) = parts.map(|(prefix, rest)| (prefix, rest.strip_prefix('_'))) else {
        return Ok(None);
    };
    let Some(secret) = Token::from_text(secret) else { return Ok(None) };
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as("SELECT id, secret_hash, scopes FROM api_keys WHERE prefix = $1 AND revoked_at IS NULL")
            .bind(prefix)
            .fetch_optional(p)
            .await
    })?;
    Ok(row.filter(|row| secret.hash().matches(&row.secret_hash)).map(|row| ApiKey {
        id: ApiKeyId::from_raw(row.id),
        scopes: row.scopes.split_whitespace().map(ToOwned::to_owned).collect(),
    }))
}

/// Makes a key invalid at once. Says whether it changed anything.
pub async fn revoke_api_key(db: &Db, by: Actor, channel: Channel, id: ApiKeyId) -> Result<bool, DbError> {
    let mut write = db.write().await?;
    let changed = on!(write.conn(), c => {
        sqlx::query("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.raw())
            .bind(db.clock().now().us())
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
