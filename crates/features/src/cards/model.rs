//! What a card is, as far as it may be known. Pure: no SQL, no HTTP, no clock.

use super::CardError;
use crate::accounts::Opening;
use crate::authorizations::{CardState, CardStatus, ChipScheme, Controls, Expiry};
use kernel::{AccountId, CardId, CustomerId, MaskedPan, Secret, Timestamp};
use vault::{CvkUse, Pan, PinReference};

/// The highest service code: three digits.
const SERVICE_CODE_MAX: u16 = 999;
/// The highest card sequence number: two digits on the chip (EMV 5F34).
const PSN_MAX: u8 = 99;

/// A card to be issued.
#[derive(Clone, Debug)]
pub struct CardOrder {
    /// The id it gets. A command that arrives twice has the same one.
    pub card: CardId,
    /// Its number.
    pub pan: Pan,
    /// The last month in which it is valid.
    pub expiry: Expiry,
    /// Three digits of the track: where and how it may be used.
    pub service_code: u16,
    /// Card sequence number.
    pub psn: u8,
    /// What is kept of its PIN; `None`: it has none yet.
    pub pin: Option<PinReference>,
    /// Whose rules its chip follows.
    pub chip: ChipScheme,
    /// Id of the product, which may differ from the account's (a virtual card of a gold account).
    pub product: String,
}

/// An account to be opened, and its first cards, which can be used at once.
#[derive(Clone, Debug)]
pub struct AccountWithCards {
    /// The account.
    pub opening: Opening,
    /// Its cards.
    pub cards: Vec<CardOrder>,
}

/// A card, without what must not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// Which account it draws on.
    pub account: AccountId,
    /// Who holds it.
    pub customer: CustomerId,
    /// Issuer prefix and last four digits.
    pub masked: MaskedPan,
    /// The last month in which it is valid.
    pub expiry: Expiry,
    /// Three digits of the track.
    pub service_code: u16,
    /// Card sequence number.
    pub psn: u8,
    /// Id of its product.
    pub product: String,
    /// How its verification values are made.
    pub cvk: CvkUse,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// How a card came away from its holder. Either way it is blocked for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Nobody knows where it is.
    Lost,
    /// Somebody took it.
    Stolen,
}

impl Loss {
    pub(super) const fn status(self) -> CardStatus {
        match self {
            Self::Lost => CardStatus::Lost,
            Self::Stolen => CardStatus::Stolen,
        }
    }
}

/// A card with what the engine knows of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCard {
    /// The card.
    pub card: Card,
    /// Whether it may be used; `None` while it is being issued.
    pub status: Option<CardStatus>,
    /// What its holder allows.
    pub controls: Controls,
}

/// What somebody gives to show that a card is theirs.
#[derive(Clone, Copy, Debug)]
pub enum CardGiven<'a> {
    /// The value printed on it.
    Printed(&'a Secret<String>),
    /// The month until which it is valid.
    Expiry(Expiry),
}

impl CardOrder {
    /// Refuses a card that can't be.
    pub fn check(&self) -> Result<(), CardError> {
        let field = |good: bool, at, rule| if good { Ok(()) } else { Err(CardError::Field { at, rule }) };
        let month = self.expiry.year <= 99 && (1..=12).contains(&self.expiry.month);
        field(month, "/expiry", "an expiry is two digits of the year and a month from 1 to 12")?;
        field(self.service_code <= SERVICE_CODE_MAX, "/service_code", "a service code is three digits")?;
        field(self.psn <= PSN_MAX, "/psn", "a card sequence number is 0 to 99")?;
        let named = !self.product.is_empty() && self.product.len() <= 100;
        field(named, "/product", "a product has a name of 1 to 100 characters")
    }
}

impl HeldCard {
    /// Both halves of a card.
    pub(super) fn of(card: Card, state: Option<&CardState>) -> Self {
        Self {
            card,
            status: state.map(|state| state.status),
            controls: state.map(|state| state.controls).unwrap_or_default(),
        }
    }
}
