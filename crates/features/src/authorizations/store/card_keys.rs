//! Between a card's id, the keyed hash of its number and its account, for acts that know one and need another.

use super::super::{error::AuthorizationError, model::CardKey};
use kernel::{AccountId, CardId};
use platform::{db::Db, on};

/// The keyed hash of a card's number.
pub async fn card_key(db: &Db, card: CardId) -> Result<Option<CardKey>, AuthorizationError> {
    let found: Option<Vec<u8>> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT card_key FROM card_keys WHERE card_id = $1")
            .bind(card.raw())
            .fetch_optional(p)
            .await
    })?;
    found.map(|key| key.try_into().map_err(|_| AuthorizationError::Unreadable("card key"))).transpose()
}

/// The account of the card with this keyed hash.
pub async fn account_of_card(db: &Db, key: &CardKey) -> Result<Option<AccountId>, AuthorizationError> {
    let found: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT account_id FROM card_keys WHERE card_key = $1")
            .bind(&key[..])
            .fetch_optional(p)
            .await
    })?;
    Ok(found.map(AccountId::from_raw))
}
