//! One payment to be sent: the shape that every source of traffic yields.
//!
//! Money is minor units with the currency's ISO 4217 number, time is microseconds since the epoch in UTC, the
//! place is where the card is (none for a payment without the card). Safe to log: card number and codes don't
//! print. It says nothing of ISO 8583 fields; that is the mapping's work.

use std::sync::Arc;

use super::pan::{TestCode, TestPan};

/// An amount in minor units of a currency (1234 with 156 is CNY 12.34; 1234 with 392 is JPY 1,234).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Minor units, never negative.
    pub minor: i64,
    /// ISO 4217 numeric code.
    pub currency: u16,
}

/// A point on the earth in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub lat: f64,
    pub lon: f64,
}

/// What a message of this event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// 0100: may I?
    Authorization,
    /// 0200: a request that captures itself (cash machines, domestic debit-style terminals).
    Financial,
    /// 0120: it happened while the issuer could not be asked.
    Advice,
    /// 0400: take an earlier one back, wholly or in part.
    Reversal(Original, Reversed),
    /// 0101 or 0201: the same request again because no answer came in time.
    Repeat(Original),
}

/// The earlier event that a reversal or a repeat speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original {
    /// Row of the earlier event in the same stream.
    pub row: u64,
    /// Its time in UTC microseconds.
    pub at_us: i64,
    /// Whether it was a 0200 (else a 0100).
    pub financial: bool,
}

/// How much of the original a reversal takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversed {
    Whole,
    /// What remains in force afterwards, in minor units of the transaction currency (DE95).
    Remaining(i64),
}

/// What the money is for (the first two digits of DE3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Purchase,
    Cash,
    /// Zero amount: is this card alive?
    AccountCheck,
    Refund,
}

/// How the card came to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    Chip,
    Contactless,
    MagneticStripe,
    /// Typed by the cardholder on a web page.
    Ecommerce,
    /// A merchant keeps the card number and the cardholder is present (one click).
    CardOnFile,
    /// A merchant keeps the card number and charges on its own (subscription).
    Recurring,
    /// Read out over the telephone or by letter.
    Telephone,
}

impl Channel {
    /// Whether the card is where the terminal is, so that its place says where the cardholder is.
    #[must_use]
    pub fn card_present(self) -> bool {
        matches!(self, Self::Chip | Self::Contactless | Self::MagneticStripe)
    }
}

/// The acceptor of a payment as it is known on the wire (DE42 and DE43; ASCII only).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// DE42, at most 15 characters.
    pub id: String,
    /// Latin name, cut to 25 characters on the wire.
    pub name: String,
    /// Latin city, cut to 13 characters on the wire.
    pub city: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// ISO 3166 numeric (DE19 when the acquirer sits in the same country).
    pub country_numeric: u16,
}

/// A fraud scenario, as far as a source tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scenario {
    /// Small payments at many shops on the net to see which stolen numbers live, then large ones.
    CardTesting,
    /// A found or stolen card tapped from shop to shop until it is blocked.
    LostCardSpree,
    /// Somebody else in the cardholder's place: new merchants, large amounts, right secrets.
    AccountTakeover,
    /// Cards that were used at one merchant are misused days later.
    MerchantCompromise,
    /// A copy of the card is used far away while the owner shops at home.
    Travel,
    /// Fraud of an imported file, with the file's own scenario number (0 where it has none).
    Imported(u8),
}

impl Scenario {
    /// The five patterns that the simulator makes.
    pub const SIMULATED: [Self; 5] = [
        Self::CardTesting,
        Self::LostCardSpree,
        Self::AccountTakeover,
        Self::MerchantCompromise,
        Self::Travel,
    ];
}

/// An ordinary reason for which the issuer should decline, known to the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExpectedDecline {
    OverLimit,
    WrongCvv2,
    Expired,
    UnknownCard,
}

/// What the source knows about the payment and the issuer must find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Label {
    /// The scenario when it is fraud.
    pub fraud: Option<Scenario>,
    /// The ordinary decline that was provoked on purpose.
    pub expected: Option<ExpectedDecline>,
}

impl Label {
    #[must_use]
    pub fn is_fraud(self) -> bool {
        self.fraud.is_some()
    }
}

/// Expiry of a card as embossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// Two digits of the year.
    pub yy: u8,
    /// Month, 1 to 12; the card is good to its last day.
    pub mm: u8,
}

impl Expiry {
    /// Reads YYMM; `None` for anything else.
    #[must_use]
    pub fn from_yymm(text: &str) -> Option<Self> {
        let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        let (yy, mm) = text.split_at_checked(2).filter(|_| digits)?;
        let (yy, mm) = (yy.parse().ok()?, mm.parse().ok()?);
        (1..=12).contains(&mm).then_some(Self { yy, mm })
    }

    /// DE14: YYMM.
    #[must_use]
    pub fn yymm(self) -> String {
        format!("{:02}{:02}", self.yy % 100, self.mm)
    }
}

/// One payment to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficEvent {
    /// Position in its stream, from 1; trace numbers and retrieval references follow from it.
    pub row: u64,
    /// When it happens, microseconds since the epoch, UTC.
    pub at_us: i64,
    /// What the clock on the terminal's wall adds to UTC, in minutes (DE12 and DE13 are local).
    pub local_offset_minutes: i16,
    /// The customer's key in the source (the customer number of an imported file, the person's number of the
    /// simulator); 0 for a card number that belongs to nobody.
    pub customer: u64,
    pub pan: TestPan,
    /// What the terminal read or the payer typed; not always right.
    pub expiry: Option<Expiry>,
    /// Card sequence number (DE23) where a chip was read.
    pub psn: Option<u8>,
    /// What the payer typed; not always right.
    pub cvv2: Option<TestCode>,
    /// Whether a PIN was entered and found right at the terminal.
    pub pin_entered: bool,
    pub kind: EventKind,
    pub purpose: Purpose,
    pub amount: Amount,
    /// The amount in the cardholder's currency where it differs (DE6 and DE51).
    pub billing: Option<Amount>,
    pub channel: Channel,
    /// Merchant category code (ISO 18245).
    pub mcc: u16,
    pub merchant: Arc<Merchant>,
    /// DE41, 8 characters.
    pub terminal_id: String,
    /// Where the card was, for payments with the card.
    pub place: Option<Place>,
    pub label: Label,
}
