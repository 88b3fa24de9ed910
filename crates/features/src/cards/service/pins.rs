//! What is kept of a card's PIN, and what its chip is still to be told of it.
//!
//! A PIN comes in a block under a zone key and is never opened here: the payment module makes of it what is kept. A
//! chip compares PINs itself, so another PIN has to reach it too. Until it has, the block waits, sealed once more
//! under the card's own key; the engine sends it as a command with each answer to the chip, and has it forgotten when
//! the chip has taken it.
//!
//! The engine hears of a change first. A crash before the row is written leaves a command without a PIN, which is never
//! sent; the same request again finishes it. Two changes at once may reach engine and row in two orders, so both keep
//! the newer one that waits, and what comes later of an older one changes nothing.

use super::super::model::Card;
use super::super::store::{self, PinRow, PinSet};
use super::super::{CardError, events};
use super::{Cards, TABLE};
use crate::accounts::Done;
use crate::authorizations::{
    AccountCommand, AuthorizationError, CardFacts, CardFactsAnswer, CardKey, CardWork, KnownCards, NewPinEnd,
    PinData, WaitingPin,
};
use kernel::{Actor, Channel};
use platform::audit::Entry;
use platform::db::{Db, DbError};
use platform::outbox::Event;
use std::sync::Arc;
use vault::{KeyRing, PinMethod, PinReference, Place};
use zeroize::Zeroizing;

/// A PIN that its holder chose.
#[derive(Debug)]
pub struct ChosenPin {
    /// Which change it is; the same command again has the same one.
    pub change: i64,
    /// What is kept of it.
    pub kept: PinReference,
    /// As it came, for the chip. Its zone is said.
    pub block: PinData,
}

impl Cards {
    /// Replaces a card's PIN and sets the count of wrong ones back. The caller has made sure of the holder at assurance
    /// 2. A lost card is refused; a change that is older than the one that waits for the chip is over already.
    pub async fn set_pin(
        &self,
        card: &Card,
        chosen: &ChosenPin,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, CardError> {
        let (db, keys, random) = (self.accounts.db(), self.accounts.keys(), self.accounts.random());
        let (wrapped, to_chip) = store::key_and_chip(db, card.id).await?.ok_or(CardError::Absent)?;
        let wrapped = wrapped.ok_or(CardError::Absent)?;
        let place = |column| Place { table: TABLE, row: card.id.raw(), column };
        let key = keys.unwrap_key(place("data_key"), &wrapped)?;
        let for_chip = match to_chip {
            false => None,
            true => Some((key.seal(place("new_pin"), &waiting_bytes(&chosen.block), random)?, chosen.change)),
        };
        let kept = key.seal(place("pin_reference"), &kept_text(&chosen.kept), random)?;
        let row = PinRow { pin_reference: kept, for_chip };

        let command = AccountCommand::ChangePin { card: card.id, change: chosen.change, to_chip };
        self.command(card.account, command, actor, channel).await?;
        let mut write = db.write().await?;
        match store::set_pin_in_tx(&mut write, card.id, &row).await? {
            PinSet::Kept => {}
            PinSet::Overtaken => {
                write.rollback().await?;
                return Ok(Done::AlreadyApplied);
            }
            PinSet::Absent => {
                write.rollback().await?;
                return Err(CardError::Absent);
            }
        }
        let body = serde_json::json!({ "card": card.id, "customer": card.customer });
        write.emit(Event { topic: events::PIN_SET, object: card.id.to_string(), body }).await?;
        let entry = Entry::new(actor, channel, events::PIN_SET).subject(card.id).concerns(card.customer);
        write.commit(entry).await?;
        Ok(Done::Applied)
    }
}

/// Format, zone (four bytes) and block.
fn waiting_bytes(pin: &PinData) -> Zeroizing<Vec<u8>> {
    let zone = pin.zone.unwrap_or(0).to_be_bytes();
    Zeroizing::new([&[pin.format.number()], &zone[..], pin.block.expose()].concat())
}

fn waiting_of(bytes: &[u8]) -> Option<PinData> {
    let (format, rest) = bytes.split_first()?;
    let (zone, block) = rest.split_first_chunk::<4>()?;
    PinData::try_new(*format, Some(u32::from_be_bytes(*zone)), block.to_vec())
}

/// Method, generation and digits in one text.
pub(super) fn kept_text(pin: &PinReference) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(format!("{} {} {}", pin.method().name(), pin.generation(), pin.expose()).into_bytes())
}

fn kept_of(text: &[u8]) -> Option<PinReference> {
    let mut parts = std::str::from_utf8(text).ok()?.split(' ');
    let method = PinMethod::from_name(parts.next()?)?;
    let generation = parts.next()?.parse().ok()?;
    PinReference::from_parts(method, generation, parts.next()?).ok()
}

/// What cards are checked against, for the intake of authorizations.
#[derive(Clone)]
pub struct CardFile {
    db: Db,
    keys: Arc<KeyRing>,
}

impl CardFile {
    /// Over this database, with the keys that seal it.
    pub const fn new(db: Db, keys: Arc<KeyRing>) -> Self {
        Self { db, keys }
    }

    async fn read(&self, key: CardKey) -> Result<Option<CardFacts>, CardError> {
        let Some(row) = store::checked(&self.db, &key).await? else { return Ok(None) };
        let mut facts = CardFacts { pin: None, chip: row.chip(), new_pin: None };
        let (Some(wrapped), Some(sealed)) = (&row.data_key, &row.pin_reference) else {
            return Ok(Some(facts));
        };
        let place = |column| Place { table: TABLE, row: row.id, column };
        let key = self.keys.unwrap_key(place("data_key"), wrapped)?;
        let text = key.open(place("pin_reference"), sealed)?;
        facts.pin = Some(kept_of(text.expose()).ok_or(CardError::Unreadable("PIN reference"))?);
        if let (Some(sealed), Some(change)) = (&row.new_pin, row.new_pin_change) {
            let text = key.open(place("new_pin"), sealed)?;
            let pin = waiting_of(text.expose()).ok_or(CardError::Unreadable("new PIN"))?;
            facts.new_pin = Some(WaitingPin { change, pin });
        }
        Ok(Some(facts))
    }
}

impl CardFile {
    async fn end(&self, key: CardKey, change: i64, end: NewPinEnd) -> Result<(), DbError> {
        let mut write = self.db.write().await?;
        let Some((card, customer)) = store::forget_new_pin_in_tx(&mut write, &key, change).await? else {
            return write.rollback().await;
        };
        let entry = Entry::new(Actor::System, Channel::Network, events::NEW_PIN_ENDED).subject(card);
        write.commit(entry.concerns(customer).detail(serde_json::json!({ "how": end.word() }))).await
    }
}

impl KnownCards for CardFile {
    fn new_pin_ended(&self, key: CardKey, change: i64, end: NewPinEnd) -> CardWork<'_> {
        Box::pin(async move {
            if let Err(error) = self.end(key, change, end).await {
                tracing::warn!(%error, "a new PIN that no longer waits could not be forgotten yet");
            }
        })
    }

    fn facts(&self, key: CardKey) -> CardFactsAnswer<'_> {
        Box::pin(async move {
            self.read(key).await.map_err(|error| match error {
                CardError::Db(error) => AuthorizationError::Db(error),
                other => {
                    tracing::error!(error = %other, "what a card is checked against can't be opened");
                    AuthorizationError::Unreadable("card")
                }
            })
        })
    }
}
