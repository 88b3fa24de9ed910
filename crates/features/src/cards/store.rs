//! Every SQL statement about cards. What joins a transaction takes it first and ends in `_in_tx`.

use super::{Card, CardError};
use crate::authorizations::{CardKey, ChipFacts, ChipScheme, Expiry};
use kernel::{AccountId, CardId, CustomerId, MaskedPan, Timestamp};
use platform::db::{Db, DbError, Write};
use platform::on;
use vault::{CvkUse, ExpiryOrder};

/// A new card with what is sealed of it.
#[derive(Clone, Debug)]
pub(super) struct NewRow {
    pub card: Card,
    pub pan_hash: Vec<u8>,
    pub data_key: Vec<u8>,
    pub pan: Vec<u8>,
    pub pin_reference: Option<Vec<u8>>,
    pub chip: Option<ChipFacts>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    account_id: i64,
    customer_id: i64,
    bin: String,
    last4: String,
    expiry: String,
    service_code: i16,
    psn: i16,
    product: String,
    cvk_generation: i64,
    issued_at: i64,
}

impl TryFrom<Row> for Card {
    type Error = CardError;

    fn try_from(row: Row) -> Result<Self, CardError> {
        let unreadable = |what| move |_| CardError::Unreadable(what);
        Ok(Self {
            id: CardId::from_raw(row.id),
            account: AccountId::from_raw(row.account_id),
            customer: CustomerId::from_raw(row.customer_id),
            masked: MaskedPan::from_parts(row.bin, row.last4),
            expiry: Expiry::from_yymm(&row.expiry).ok_or(CardError::Unreadable("expiry"))?,
            service_code: u16::try_from(row.service_code).map_err(unreadable("service code"))?,
            psn: u8::try_from(row.psn).map_err(unreadable("sequence number"))?,
            product: row.product,
            cvk: CvkUse {
                generation: u32::try_from(row.cvk_generation).map_err(unreadable("key generation"))?,
                order: ExpiryOrder::default(),
            },
            issued_at: Timestamp::from_us(row.issued_at),
        })
    }
}

/// Adds cards in one statement; at most 1,000, so that neither database runs out of parameters.
pub(super) async fn insert_cards_in_tx(write: &mut Write, rows: &[NewRow]) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(write.conn(), c => {
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO cards (id, account_id, customer_id, pan_hash, data_key, pan, bin, last4, expiry, service_code,
                 psn, product, cvk_generation, issued_at, pin_reference, imk_generation, chip) ",
        );
        query.push_values(rows, |mut values, row| {
            let card = &row.card;
            // A code of three digits fits any column of numbers.
            let service_code = i16::try_from(card.service_code).unwrap_or(i16::MAX);
            values
                .push_bind(card.id.raw())
                .push_bind(card.account.raw())
                .push_bind(card.customer.raw())
                .push_bind(row.pan_hash.clone())
                .push_bind(row.data_key.clone())
                .push_bind(row.pan.clone())
                .push_bind(card.masked.bin().to_owned())
                .push_bind(card.masked.last4().to_owned())
                .push_bind(card.expiry.to_string())
                .push_bind(service_code)
                .push_bind(i16::from(card.psn))
                .push_bind(card.product.clone())
                .push_bind(i64::from(card.cvk.generation))
                .push_bind(card.issued_at.us())
                .push_bind(row.pin_reference.clone())
                .push_bind(row.chip.map_or(0, |chip| i64::from(chip.imk_generation)))
                .push_bind(row.chip.map_or(0, |chip| scheme_number(chip.scheme)));
        });
        query.build().execute(&mut *c).await.map(drop)
    })?;
    Ok(())
}

pub(super) async fn card(db: &Db, id: CardId) -> Result<Option<Card>, CardError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, account_id, customer_id, bin, last4, expiry, service_code, psn, product, cvk_generation,
                 issued_at FROM cards WHERE id = $1",
        )
        .bind(id.raw())
        .fetch_optional(p)
        .await
    })
    .map_err(DbError::from)?;
    row.map(Card::try_from).transpose()
}

/// A card's number as it is sealed, and its data key as it is wrapped; `None` once it was destroyed.
pub(super) async fn sealed_number(
    db: &Db,
    id: CardId,
) -> Result<Option<(Option<Vec<u8>>, Vec<u8>)>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT data_key, pan FROM cards WHERE id = $1").bind(id.raw()).fetch_optional(p).await
    })?)
}

/// The card with this hash of its number.
pub(super) async fn card_by_hash(db: &Db, pan_hash: &[u8]) -> Result<Option<Card>, CardError> {
    let row: Option<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, account_id, customer_id, bin, last4, expiry, service_code, psn, product, cvk_generation,
                 issued_at FROM cards WHERE pan_hash = $1",
        )
        .bind(pan_hash)
        .fetch_optional(p)
        .await
    })
    .map_err(DbError::from)?;
    row.map(Card::try_from).transpose()
}

pub(super) async fn cards_of_account(
    db: &Db,
    account: AccountId,
    rows_max: i64,
) -> Result<Vec<Card>, CardError> {
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, account_id, customer_id, bin, last4, expiry, service_code, psn, product, cvk_generation,
                 issued_at FROM cards WHERE account_id = $1 ORDER BY id LIMIT $2",
        )
        .bind(account.raw())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })
    .map_err(DbError::from)?;
    rows.into_iter().map(Card::try_from).collect()
}

pub(super) async fn cards_of(db: &Db, owner: CustomerId, rows_max: i64) -> Result<Vec<Card>, CardError> {
    let rows: Vec<Row> = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, account_id, customer_id, bin, last4, expiry, service_code, psn, product, cvk_generation,
                 issued_at FROM cards WHERE customer_id = $1 ORDER BY id LIMIT $2",
        )
        .bind(owner.raw())
        .bind(rows_max)
        .fetch_all(p)
        .await
    })
    .map_err(DbError::from)?;
    rows.into_iter().map(Card::try_from).collect()
}

/// What of a card is sealed or needed to check it.
#[derive(sqlx::FromRow)]
pub(super) struct CheckedRow {
    pub id: i64,
    pub data_key: Option<Vec<u8>>,
    pub pin_reference: Option<Vec<u8>>,
    pub new_pin: Option<Vec<u8>>,
    pub new_pin_change: Option<i64>,
    imk_generation: i64,
    chip: i16,
    psn: i16,
}

impl CheckedRow {
    /// Its chip; `None` where it has none.
    pub(super) fn chip(&self) -> Option<ChipFacts> {
        Some(ChipFacts {
            scheme: scheme_of(self.chip)?,
            imk_generation: u32::try_from(self.imk_generation).ok()?,
            psn: u8::try_from(self.psn).ok()?,
        })
    }
}

/// What the card with this keyed hash is checked against.
pub(super) async fn checked(db: &Db, key: &CardKey) -> Result<Option<CheckedRow>, DbError> {
    let row = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT id, data_key, pin_reference, new_pin, new_pin_change, imk_generation, chip, psn
             FROM cards WHERE pan_hash = $1",
        )
        .bind(&key[..])
        .fetch_optional(p)
        .await
    })?;
    Ok(row)
}

/// A card's own key as it is wrapped (`None` once it was destroyed), and whether it has a chip.
pub(super) async fn key_and_chip(db: &Db, id: CardId) -> Result<Option<(Option<Vec<u8>>, bool)>, DbError> {
    let row: Option<(Option<Vec<u8>>, i16)> = on!(db.pool(), p => {
        sqlx::query_as("SELECT data_key, chip FROM cards WHERE id = $1").bind(id.raw()).fetch_optional(p).await
    })?;
    Ok(row.map(|(key, chip)| (key, scheme_of(chip).is_some())))
}

/// What is kept of another PIN, sealed.
pub(super) struct PinRow {
    pub pin_reference: Vec<u8>,
    /// The PIN for the chip and which change it is; `None` without a chip.
    pub for_chip: Option<(Vec<u8>, i64)>,
}

/// How a change of PIN ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PinSet {
    /// It is kept.
    Kept,
    /// A newer change waits for the chip.
    Overtaken,
    /// The card's key was destroyed meanwhile.
    Absent,
}

/// Replaces what is kept of a card's PIN, unless a newer change waits for its chip: two changes that cross end with the
/// newer one, here and in the engine.
pub(super) async fn set_pin_in_tx(write: &mut Write, id: CardId, row: &PinRow) -> Result<PinSet, DbError> {
    let (new_pin, change) = row.for_chip.as_ref().map(|(sealed, change)| (sealed, *change)).unzip();
    let done = on!(write.conn(), c => {
        sqlx::query(
            "UPDATE cards SET pin_reference = $2, new_pin = $3, new_pin_change = $4
             WHERE id = $1 AND data_key IS NOT NULL
                 AND (new_pin_change IS NULL OR $4 IS NULL OR new_pin_change <= $4)",
        )
        .bind(id.raw())
        .bind(&row.pin_reference)
        .bind(new_pin)
        .bind(change)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if done == 1 {
        return Ok(PinSet::Kept);
    }
    let key: Option<Option<Vec<u8>>> = on!(write.conn(), c => {
        sqlx::query_scalar("SELECT data_key FROM cards WHERE id = $1").bind(id.raw()).fetch_optional(&mut *c).await
    })?;
    Ok(if key.flatten().is_some() { PinSet::Overtaken } else { PinSet::Absent })
}

/// Forgets a new PIN of this change; the card's id and holder where there was one.
pub(super) async fn forget_new_pin_in_tx(
    write: &mut Write,
    key: &CardKey,
    change: i64,
) -> Result<Option<(CardId, CustomerId)>, DbError> {
    let row: Option<(i64, i64)> = on!(write.conn(), c => {
        sqlx::query_as(
            "UPDATE cards SET new_pin = NULL, new_pin_change = NULL WHERE pan_hash = $1 AND new_pin_change = $2
             RETURNING id, customer_id",
        )
        .bind(&key[..])
        .bind(change)
        .fetch_optional(&mut *c)
        .await
    })?;
    Ok(row.map(|(card, customer)| (CardId::from_raw(card), CustomerId::from_raw(customer))))
}

const fn scheme_number(scheme: ChipScheme) -> i16 {
    match scheme {
        ChipScheme::Visa => 1,
        ChipScheme::MChip => 2,
    }
}

const fn scheme_of(number: i16) -> Option<ChipScheme> {
    match number {
        1 => Some(ChipScheme::Visa),
        2 => Some(ChipScheme::MChip),
        _ => None,
    }
}
