//! What programs send, read strictly: an unknown field is a mistake of the caller's, not noise.
//!
//! Each body turns itself into a [`RawMessage`], the same value that a message from a card network becomes. Card
//! number and verification value are secrets from the moment they are parsed; refusals name the field and never
//! repeat what was in it.

use super::MoneyBody;
use crate::authorizations::intake::{Moment, PinData, RawMessage};
use crate::authorizations::model::{Amounts, Class, Expiry, Purpose, Trace, Where};
use decision::{Channel, Place};
use kernel::{Fault, Secret, Timestamp};
use platform::http::problem::Problem;
use serde::Deserialize;
use vault::{ChipData, Pan};

const TERMINAL_CHARS_MAX: usize = 16;
const MERCHANT_CHARS_MAX: usize = 32;
const NAME_CHARS_MAX: usize = 100;
const RRN_CHARS_MAX: usize = 12;
const ACQUIRER_CHARS_MAX: usize = 11;
/// Field 55 has three digits of length and networks at most 255 bytes.
const CHIP_DATA_BYTES_MAX: usize = 255;
const STAN_MAX: u32 = 999_999;
const COUNTRY_MAX: u16 = 999;
const MCC_MAX: u16 = 9_999;

/// A payment to be authorized.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "card_number": "9000010100000017", "expiry": "2030-12",
    "amount": { "value": "128.50", "currency": "CNY" },
    "merchant": { "id": "CHUNTIANSHA03", "name": "Spring Field Market", "city": "Shanghai", "country": 156, "mcc": 5411 },
    "entry_mode": "chip"
}))]
pub struct PaymentBody {
    /// 12 to 19 digits with a right check digit. Never comes back in an answer.
    #[schema(value_type = String, write_only)]
    pub card_number: Secret<String>,
    /// `2030-12` or the four digits of field 14, `3012`.
    pub expiry: Option<String>,
    /// The value printed on the card, three digits. Compared and forgotten.
    #[schema(value_type = Option<String>, write_only)]
    pub cvv2: Option<Secret<String>>,
    /// The PIN, encrypted under a zone key. Compared and forgotten; a PIN in clear is never taken.
    pub pin_block: Option<PinBlockBody>,
    /// What the chip said, field 55, hexadecimal. Compared and forgotten; the issuer's answer to the chip comes back in
    /// the header `Chip-Data`.
    #[schema(value_type = Option<String>, write_only)]
    pub chip_data: Option<Secret<String>>,
    /// As the merchant asks for it.
    pub amount: MoneyBody,
    /// As converted for the cardholder, in the account's currency, where the two differ.
    pub billing_amount: Option<MoneyBody>,
    /// What for; a purchase when absent.
    pub purpose: Option<Purpose>,
    /// Where the payment is made.
    pub merchant: MerchantBody,
    /// How the card's data got there.
    pub entry_mode: EntryMode,
    /// Whether the card was there; follows from the entry mode when absent.
    pub card_present: Option<bool>,
    /// Whether less than the amount would do.
    #[serde(default)]
    pub partial_ok: bool,
    /// Whether the amount is settled at once, without a hold that is captured later.
    #[serde(default)]
    pub settled: bool,
    /// When the payment was made (RFC 3339); now when absent. A time far from ours is replaced by ours.
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// Numbers by which a repeat is known over any channel. Without them they follow from the Idempotency-Key.
    pub trace: Option<TraceBody>,
}

/// An encrypted PIN.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinBlockBody {
    /// Format of ISO 9564: 0, 3 or 4.
    pub format: u8,
    /// Generation of the zone key; the newest one of the format when absent.
    pub key: Option<u32>,
    /// The block, hexadecimal: 16 digits for formats 0 and 3, 32 for 4.
    #[schema(value_type = String, write_only)]
    pub block: Secret<String>,
}

/// Where a payment is made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MerchantBody {
    /// The acquirer's number of the merchant, field 42.
    pub id: String,
    /// The terminal, field 41.
    #[serde(default)]
    pub terminal: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its city.
    #[serde(default)]
    pub city: String,
    /// ISO 3166 numeric; 0 or absent: not known.
    #[serde(default)]
    pub country: u16,
    /// Merchant category code (ISO 18245).
    pub mcc: u16,
    /// Its coordinates.
    pub place: Option<PlaceBody>,
}

/// A point on the earth in degrees.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// Latitude, -90 to 90.
    pub lat: f32,
    /// Longitude, -180 to 180.
    pub lon: f32,
}

/// How the card's data reached the merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryMode {
    /// Chip, contact.
    Chip,
    /// Contactless.
    Contactless,
    /// Magnetic stripe.
    Magstripe,
    /// Typed by the cardholder in a web shop or app.
    Ecommerce,
    /// Typed by the merchant.
    Manual,
    /// A repeated payment that the cardholder agreed to earlier.
    Recurring,
    /// With card data that the merchant kept.
    CardOnFile,
    /// None of these.
    Other,
}

/// Numbers by which sender and receiver know a message again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceBody {
    /// System trace audit number, field 11.
    pub stan: u32,
    /// Retrieval reference number, field 37.
    pub rrn: String,
    /// Acquirer, field 32.
    #[serde(default)]
    pub acquirer: String,
}

/// A payment that was decided elsewhere.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceBody {
    /// The payment.
    pub payment: PaymentBody,
    /// Whether it was approved there.
    pub approved: bool,
}

/// What is left of a payment.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "remaining": { "value": "40.00", "currency": "CNY" } }))]
pub struct ReversalBody {
    /// What remains after the reversal, in the currency in which the payment was asked for; nothing when absent.
    pub remaining: Option<MoneyBody>,
}

/// How much of a hold is posted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureBody {
    /// In the account's currency; all of it when absent. The rest is released.
    pub amount: Option<MoneyBody>,
}

/// Whether a payment was fraud.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "fraud": true, "source": "cardholder" }))]
pub struct FraudReportBody {
    /// Whether it was. The last word counts.
    pub fraud: bool,
    /// Who says so.
    pub source: FraudSource,
}

/// Who says whether a payment was fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FraudSource {
    /// The cardholder.
    Cardholder,
    /// An analyst of the issuer.
    Analyst,
    /// The card scheme.
    Scheme,
}

impl FraudSource {
    /// What the database holds.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cardholder => "cardholder",
            Self::Analyst => "analyst",
            Self::Scheme => "scheme",
        }
    }
}

impl EntryMode {
    const fn channel(self) -> Channel {
        match self {
            Self::Chip => Channel::Chip,
            Self::Contactless => Channel::Contactless,
            Self::Magstripe => Channel::Magstripe,
            Self::Ecommerce => Channel::Ecommerce,
            Self::Manual => Channel::Manual,
            Self::Recurring => Channel::Recurring,
            Self::CardOnFile => Channel::CardOnFile,
            Self::Other => Channel::Other,
        }
    }
}

impl PaymentBody {
    /// The message that this body is. `own` are the trace numbers of the request itself; `under` is where the
    /// body stands in what was sent.
    pub fn into_message(
        self,
        class: Class,
        own: Trace,
        arrived_us: u64,
        under: &str,
    ) -> Result<RawMessage, Problem> {
        let at = |field: &str| format!("{under}{field}");
        if let Err(error) = Pan::parse(self.card_number.expose()) {
            let problem = Problem::new(Fault::Invalid, "card_number_invalid").at(at("/card_number"));
            return Err(problem.detail(error.to_string()));
        }
        let class = match class {
            Class::Authorization if self.settled => Class::Financial,
            Class::Advice if self.settled => Class::FinancialAdvice,
            class => class,
        };
        let amounts = Amounts {
            transaction: self.amount.money(&at("/amount"))?,
            billing: self.billing_amount.map(|body| body.money(&at("/billing_amount"))).transpose()?,
            remaining_minor: None,
        };
        let channel = self.entry_mode.channel();
        let there = matches!(channel, Channel::Chip | Channel::Contactless | Channel::Magstripe);
        Ok(RawMessage {
            class,
            purpose: self.purpose.unwrap_or(Purpose::Purchase),
            card_number: self.card_number,
            expiry: self.expiry.map(|text| expiry(&text, &at("/expiry"))).transpose()?,
            cvv2: self.cvv2,
            track: None,
            chip: self.chip_data.map(|data| chip_data(&data, &at("/chip_data"))).transpose()?,
            pin: self.pin_block.map(|body| body.pin(&at("/pin_block"))).transpose()?,
            amounts,
            moment: self.at.map_or(Ok(Moment::Unsaid), |text| moment(&text, &at("/at")))?,
            arrived_us,
            trace: self.trace.map(|body| body.trace(&at("/trace"))).transpose()?.unwrap_or(own),
            site: self.merchant.site(&at("/merchant"))?,
            channel,
            card_present: self.card_present.unwrap_or(there),
            partial_ok: self.partial_ok,
            approved_elsewhere: false,
            original: None,
        })
    }
}

impl PinBlockBody {
    /// The block; a refusal does not say what was in it.
    pub fn pin(&self, at: &str) -> Result<PinData, Problem> {
        let bytes = hex_bytes(self.block.expose());
        bytes.and_then(|bytes| PinData::try_new(self.format, self.key, bytes)).ok_or_else(|| {
            Problem::new(Fault::Invalid, "field_invalid").at(at).detail(
                "A PIN block has format 0, 3 or 4, and 8 bytes (16 for format 4) in hexadecimal digits.",
            )
        })
    }
}

fn chip_data(digits: &Secret<String>, at: &str) -> Result<ChipData, Problem> {
    let bytes =
        hex_bytes(digits.expose()).filter(|bytes| bytes.len() <= CHIP_DATA_BYTES_MAX).map(Secret::new);
    bytes.and_then(|bytes| ChipData::read(bytes.expose()).ok()).ok_or_else(|| {
        Problem::new(Fault::Invalid, "field_invalid").at(at).detail(
            "Chip data are the objects of field 55 in hexadecimal digits, with all that a cryptogram covers.",
        )
    })
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

impl MerchantBody {
    fn site(self, at: &str) -> Result<Where, Problem> {
        let plain =
            |field: &str, text: &str, chars_max: usize| plain(&format!("{at}{field}"), text, chars_max);
        plain("/id", &self.id, MERCHANT_CHARS_MAX)?;
        plain("/terminal", &self.terminal, TERMINAL_CHARS_MAX)?;
        plain("/name", &self.name, NAME_CHARS_MAX)?;
        plain("/city", &self.city, NAME_CHARS_MAX)?;
        within(&format!("{at}/country"), self.country <= COUNTRY_MAX, "A country is its ISO 3166 number.")?;
        within(&format!("{at}/mcc"), self.mcc <= MCC_MAX, "A merchant category code has four digits.")?;
        let place = self.place.map(|body| Place { lat: body.lat, lon: body.lon });
        let real = place.is_none_or(|place| place.lat.abs() <= 90.0 && place.lon.abs() <= 180.0);
        within(&format!("{at}/place"), real, "Latitude is -90 to 90, longitude -180 to 180.")?;
        Ok(Where {
            terminal: self.terminal,
            merchant: self.id,
            name: self.name,
            city: self.city,
            country: self.country,
            mcc: self.mcc,
            place,
        })
    }
}

impl TraceBody {
    fn trace(self, at: &str) -> Result<Trace, Problem> {
        let rule = "A trace number is 1 to 999999.";
        within(&format!("{at}/stan"), (1..=STAN_MAX).contains(&self.stan), rule)?;
        plain(&format!("{at}/rrn"), &self.rrn, RRN_CHARS_MAX)?;
        plain(&format!("{at}/acquirer"), &self.acquirer, ACQUIRER_CHARS_MAX)?;
        Ok(Trace {
            stan: self.stan,
            rrn: self.rrn,
            acquirer: self.acquirer,
            local: String::new(),
            transmitted: String::new(),
        })
    }
}

fn moment(text: &str, at: &str) -> Result<Moment, Problem> {
    let read = text.parse::<jiff::Timestamp>().map(|read| Moment::At(Timestamp::from(read)));
    read.map_err(|_| {
        Problem::new(Fault::Invalid, "field_invalid")
            .at(at)
            .detail("A moment is written as RFC 3339 says: 2026-11-22T14:30:00Z.")
    })
}

/// Year and month: `2030-12`, or `3012` as field 14 has it.
fn expiry(text: &str, at: &str) -> Result<Expiry, Problem> {
    Expiry::from_text(text).ok_or_else(|| {
        Problem::new(Fault::Invalid, "expiry_invalid")
            .at(at)
            .detail("An expiry is a year and a month, such as 2030-12 or 3012.")
    })
}

fn plain(at: &str, text: &str, chars_max: usize) -> Result<(), Problem> {
    let good = text.chars().count() <= chars_max && !text.chars().any(char::is_control);
    within(at, good, &format!("At most {chars_max} characters, none of them a control character."))
}

fn within(at: &str, good: bool, rule: &str) -> Result<(), Problem> {
    if good { Ok(()) } else { Err(Problem::new(Fault::Invalid, "field_invalid").at(at).detail(rule)) }
}
