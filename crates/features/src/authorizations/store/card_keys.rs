//! From a card's id to the keyed hash of its number, for acts that name the card and not its number.

use super::super::{error::AuthorizationError, model::CardKey};
use kernel::CardId;
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
