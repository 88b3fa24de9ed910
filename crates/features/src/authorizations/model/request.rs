//! What the engine is asked: the meaning of a message, whatever wire it came over.

use super::Proofs;
use decision::{Channel, Place};
use kernel::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The keyed hash of a card number: all that the engine ever sees of it.
pub type CardKey = [u8; 32];

/// In the place of a hash that the key module could not compute; no card has it.
pub const UNHASHED: CardKey = [0; 32];

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// 0100: may I?
    Authorization,
    /// 0200: may I, and it is settled at once. Without a ledger: a hold that captures itself.
    Financial,
    /// 0120: it was decided elsewhere; take note. Never declined.
    Advice,
    /// 0220: it was decided and settled elsewhere; take note. Never declined.
    FinancialAdvice,
    /// 0400: undo.
    Reversal,
    /// 0420: it was undone elsewhere; take note. Never declined.
    ReversalAdvice,
    /// A payment of the past, imported: no hold, no rules, only the habit it teaches.
    History,
}

impl Class {
    /// What the database holds.
    pub const fn number(self) -> i16 {
        match self {
            Self::Authorization => 1,
            Self::Financial => 2,
            Self::Advice => 3,
            Self::Reversal => 4,
            Self::ReversalAdvice => 5,
            Self::History => 6,
            Self::FinancialAdvice => 7,
        }
    }

    /// Whether it says what has happened already: taken note of, never declined.
    pub const fn is_note(self) -> bool {
        matches!(self, Self::Advice | Self::FinancialAdvice | Self::ReversalAdvice | Self::History)
    }

    /// Whether what it approves is posted at once.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Financial | Self::FinancialAdvice)
    }

    /// Whether it is decided, rather than taken note of.
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Authorization | Self::Financial)
    }

    /// Whether it undoes another message.
    pub const fn is_reversal(self) -> bool {
        matches!(self, Self::Reversal | Self::ReversalAdvice)
    }
}

/// What the money is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Goods or services.
    Purchase,
    /// Cash.
    Cash,
    /// Money back.
    Refund,
    /// Is the card good? No amount.
    Check,
    /// What is the balance?
    Balance,
}

impl Purpose {
    /// What the decision calls it.
    pub const fn kind(self) -> decision::Kind {
        match self {
            Self::Purchase => decision::Kind::Purchase,
            Self::Cash => decision::Kind::Cash,
            Self::Refund => decision::Kind::Refund,
            Self::Check | Self::Balance => decision::Kind::Check,
        }
    }
}

/// Expiry of a card: year and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expiry {
    /// Two digits of the year, 0 to 99, of this century.
    pub year: u8,
    /// 1 to 12.
    pub month: u8,
}

impl Expiry {
    /// Reads YYMM, as field 14 and track 2 have it.
    pub fn from_yymm(digits: &str) -> Option<Self> {
        let number: u16 = if digits.len() == 4 { digits.parse().ok()? } else { return None };
        let (year, month) = (u8::try_from(number / 100).ok()?, u8::try_from(number % 100).ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// Reads year and month: `2030-12`, or the four digits `3012`.
    pub fn from_text(text: &str) -> Option<Self> {
        let digits = match text.split_once('-') {
            Some((year, month)) => format!("{}{month}", year.strip_prefix("20")?),
            None => text.to_owned(),
        };
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { Self::from_yymm(&digits) } else { None }
    }

    /// Whether the card is still good at `at`: through the last day of its month, UTC.
    pub fn is_good_at(self, at: Timestamp) -> bool {
        let Some(date) = at.to_jiff().map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date()) else {
            return false;
        };
        let (year, month) = (2000 + i16::from(self.year), i16::from(self.month));
        (date.year(), i16::from(date.month())) <= (year, month)
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}{:02}", self.year, self.month)
    }
}

/// The money of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// As the merchant asked for it (fields 4 and 49).
    pub transaction: Money,
    /// As the network converted it for the cardholder (fields 6 and 51).
    pub billing: Option<Money>,
    /// For a partial reversal: what remains after it (field 95), in the currency of the transaction.
    pub remaining_minor: Option<i64>,
}

/// Numbers by which sender and receiver know a message again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Field 11.
    pub stan: u32,
    /// Field 37.
    pub rrn: String,
    /// Field 32.
    pub acquirer: String,
    /// Fields 13 and 12 as sent, or the date of field 7 where they are absent: part of the identity.
    pub local: String,
    /// Field 7 as sent: what field 90 of a reversal quotes.
    pub transmitted: String,
}

/// Where the payment is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Where {
    /// Field 41.
    pub terminal: String,
    /// Field 42.
    pub merchant: String,
    /// Field 43, first part.
    pub name: String,
    /// Field 43, city.
    pub city: String,
    /// ISO 3166 numeric; 0 unknown.
    pub country: u16,
    /// Field 18.
    pub mcc: u16,
    /// Coordinates, where a table of merchants or terminals knows them.
    pub place: Option<Place>,
}

/// Which earlier message a reversal undoes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Original {
    /// Field 90: trace number and transmission time of the original.
    Quoted {
        /// Field 11 of the original.
        stan: u32,
        /// Field 7 of the original.
        transmitted: String,
    },
    /// No field 90: the same field 37 and field 11.
    SameTrace,
    /// By our own id, over the API.
    Id(i64),
}

/// One message, understood.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// What kind of message.
    pub class: Class,
    /// What for.
    pub purpose: Purpose,
    /// Keyed hash of the card number.
    pub card: CardKey,
    /// First eight digits of the card number (the issuer identification number of ISO/IEC 7812); 0 where it is not
    /// known.
    pub range: u32,
    /// What else was presented.
    pub proofs: Proofs,
    /// The money.
    pub amounts: Amounts,
    /// The moment of the payment (field 7), the time that windows use.
    pub at: Timestamp,
    /// Whether `at` is the time of arrival, because field 7 was absent or beyond the skew.
    pub at_arrival: bool,
    /// Arrival, on the clock that only goes forward, microseconds.
    pub arrived_us: u64,
    /// Trace numbers.
    pub trace: Trace,
    /// Where.
    pub site: Where,
    /// How the card's data got there.
    pub channel: Channel,
    /// Whether the card was there.
    pub card_present: bool,
    /// Whether less than the amount would do.
    pub partial_ok: bool,
    /// For an advice: whether the payment had been approved elsewhere.
    pub approved_elsewhere: bool,
    /// For a reversal: what it undoes.
    pub original: Option<Original>,
}

impl AuthorizationRequest {
    /// Identity of the message for finding duplicates, apart from its content: class, card, trace numbers,
    /// acquirer, terminal, local time.
    pub fn key(&self) -> i64 {
        let class = self.class.number().to_be_bytes();
        short_hash(&[
            &class,
            &self.card,
            &self.trace.stan.to_be_bytes(),
            self.trace.rrn.as_bytes(),
            self.trace.acquirer.as_bytes(),
            self.trace.local.as_bytes(),
            self.site.terminal.as_bytes(),
        ])
    }

    /// Fingerprint of what a repeat must have in common with the first: purpose, amounts, currency.
    pub fn content(&self) -> i64 {
        let transaction = self.amounts.transaction;
        short_hash(&[
            &[self.purpose as u8],
            &transaction.minor().to_be_bytes(),
            transaction.currency().code().as_bytes(),
            &self.amounts.remaining_minor.unwrap_or(-1).to_be_bytes(),
        ])
    }
}

/// Hashes of a message that the engine needs more than once; made on the thread that decoded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// See [`AuthorizationRequest::key`].
    pub key: i64,
    /// See [`AuthorizationRequest::content`].
    pub content: i64,
    /// The merchant as the decision knows it; 0 where it is not given.
    pub merchant: u64,
    /// The terminal as the decision knows it; 0 where it is not given.
    pub terminal: u64,
}

impl Marks {
    /// The marks of `request`.
    pub fn of(request: &AuthorizationRequest) -> Self {
        Self {
            key: request.key(),
            content: request.content(),
            merchant: site_hash("merchant", &request.site.merchant),
            terminal: site_hash("terminal", &request.site.terminal),
        }
    }
}

/// A merchant's or terminal's identity as the decision knows it: 0 where it is not given.
pub fn site_hash(kind: &str, name: &str) -> u64 {
    if name.trim().is_empty() {
        return 0;
    }
    short_hash(&[kind.as_bytes(), name.trim().as_bytes()]).cast_unsigned()
}

/// 64 bits of SHA-256 over the parts, each with its length before it.
pub(crate) fn short_hash(parts: &[&[u8]]) -> i64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update([u8::try_from(part.len()).unwrap_or(u8::MAX)]);
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(head)
}
