//! What the decision is told about one payment.
//!
//! Design: plain numbers, all `Copy`. Merchants and terminals come as 64-bit hashes made by the caller, so
//! that no name travels through here. Closed sets ([`Channel`], [`Kind`]) are enums with stable names; the
//! names are the words that rules use.

use serde::{Deserialize, Serialize};

use crate::{DAY_US, HOUR_US, MINUTE_US};

/// Amounts above this many minor units count as this: 175 billion euros. A month of such payments still sums
/// exactly, in integers and in the `f64` of a feature.
pub const AMOUNT_MINOR_MAX: i64 = 1 << 44;

/// An amount up to this many minor units is small: 5.00 EUR, 500 JPY, 0.500 KWD. Thieves who test cards stay
/// below it.
pub const SMALL_MINOR_MAX: i64 = 500;

/// A point on the earth in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Latitude, -90 to 90.
    pub lat: f32,
    /// Longitude, -180 to 180.
    pub lon: f32,
}

/// How the card's data reached the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum Channel {
    /// Not said by the message, or none of the others.
    #[default]
    Other,
    /// Chip, contact.
    Chip,
    /// Chip or phone, contactless.
    Contactless,
    /// Magnetic stripe, fall-back included.
    Magstripe,
    /// Typed by the cardholder in a web shop or app.
    Ecommerce,
    /// Typed by the merchant: mail and telephone order, key entry.
    Manual,
    /// A repeated payment that the cardholder agreed to earlier.
    Recurring,
    /// A payment with card data that the merchant kept.
    CardOnFile,
}

impl Channel {
    /// All channels, in the order of their slot values.
    pub const ALL: [Self; 8] = [
        Self::Other,
        Self::Chip,
        Self::Contactless,
        Self::Magstripe,
        Self::Ecommerce,
        Self::Manual,
        Self::Recurring,
        Self::CardOnFile,
    ];
    /// The words that rules use, in the order of [`Channel::ALL`].
    pub const NAMES: &'static [&'static str] =
        &["other", "chip", "contactless", "magstripe", "ecommerce", "manual", "recurring", "card_on_file"];
}

/// What the payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum Kind {
    /// Goods or services.
    #[default]
    Purchase,
    /// Cash, at a machine or a counter.
    Cash,
    /// Money back to the cardholder. It enters no window.
    Refund,
    /// A question whether the card is good, for no amount.
    Check,
}

impl Kind {
    /// The words that rules use, in the order of the enum.
    pub const NAMES: &'static [&'static str] = &["purchase", "cash", "refund", "check"];

    /// Whether it spends: purchases and cash do.
    pub fn spends(self) -> bool {
        matches!(self, Self::Purchase | Self::Cash)
    }
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Approved, in full or in part.
    Approved,
    /// Declined, for whatever reason.
    Declined,
}

/// The facts of one payment. `Payment::default()` is a purchase of nothing at the epoch, for tests and for
/// struct update syntax.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Payment {
    /// When, in microseconds since 1970-01-01 UTC. The time of the message, not of its arrival.
    pub at_us: i64,
    /// How much, in minor units of the account's currency. Negative amounts count as zero.
    pub amount_minor: i64,
    /// Decimal places of that currency: 0 for JPY, 2 for EUR, 3 for KWD. At most 4.
    pub exponent: u8,
    /// What for.
    pub kind: Kind,
    /// Merchant category code, ISO 18245; 0 unknown.
    pub mcc: u16,
    /// Country of the merchant, ISO 3166 numeric; 0 unknown.
    pub country: u16,
    /// Hash of the merchant's identity; 0 unknown.
    pub merchant: u64,
    /// Hash of the terminal's identity; 0 unknown.
    pub terminal: u64,
    /// Where the terminal stands.
    pub place: Option<Place>,
    /// How the card's data got there.
    pub channel: Channel,
    /// Whether the card itself was at the terminal.
    pub card_present: bool,
    /// The cardholder's country, ISO 3166 numeric; 0 unknown.
    pub home_country: u16,
    /// Where the cardholder lives.
    pub home: Option<Place>,
    /// The cardholder's local time minus UTC, in minutes.
    pub utc_offset_min: i16,
}

impl Payment {
    /// Minutes since the epoch on the cardholder's clock.
    fn local_minute(&self) -> i64 {
        self.at_us.div_euclid(MINUTE_US) + i64::from(self.utc_offset_min)
    }

    /// Hour of the day on the cardholder's clock, 0 to 23.
    pub fn local_hour(&self) -> u8 {
        let hour = self.local_minute().div_euclid(HOUR_US / MINUTE_US).rem_euclid(24);
        u8::try_from(hour).unwrap_or(0)
    }

    /// Whether it is Saturday or Sunday on the cardholder's clock.
    pub fn is_weekend(&self) -> bool {
        // The epoch was a Thursday, three days after a Monday.
        let weekday = (self.local_minute().div_euclid(DAY_US / MINUTE_US) + 3).rem_euclid(7);
        weekday >= 5
    }

    /// Whether it is a check, or spends at most [`SMALL_MINOR_MAX`].
    pub fn is_small(&self) -> bool {
        self.kind == Kind::Check || (self.kind.spends() && self.amount_minor <= SMALL_MINOR_MAX)
    }

    /// The amount that windows sum: never negative, never above [`AMOUNT_MINOR_MAX`].
    pub(crate) fn spent_minor(&self) -> i64 {
        self.amount_minor.clamp(0, AMOUNT_MINOR_MAX)
    }
}
