//! The sample issuer as data: names, products, card ranges, merchant classes, places and merchants.
//!
//! Problem: a bank's set-up is data that people who don't program must be able to read and change. Design: four
//! TOML files in `examples/issuer`, compiled into the binary so that `cardea demo` needs no other file, read
//! with serde into plain structs that refuse unknown keys. Why safe: [`IssuerData::from_texts`] checks what
//! serde can't (every reference leads somewhere, no code is in two classes, ranges don't run backwards) before
//! anybody sees the data. What it does not do: hold rules (they are files of their own) or anything secret.

mod check;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use features::authorizations::ChipScheme;
use kernel::Random;
use serde::Deserialize;
use vault::{CardKeys, Ibm3624, SoftwareCardCrypto, VaultError};

const ISSUER: &str = include_str!("../../../examples/issuer/issuer.toml");
const CLASSES: &str = include_str!("../../../examples/issuer/merchant_classes.toml");
const PLACES: &str = include_str!("../../../examples/issuer/places.toml");
const MERCHANTS: &str = include_str!("../../../examples/issuer/merchants.toml");

/// Class of a merchant category code that no class names.
pub(crate) const OTHER_CLASS: &str = "other";
/// Characters of a place inside a merchant number; `NET` for a shop on the net.
pub const NET_PLACE: &str = "NET";

/// Why the issuer's data can't be used.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("{file}: {source}")]
    Malformed { file: &'static str, source: Box<toml::de::Error> },
    #[error("{file}: {reason}")]
    Inconsistent { file: &'static str, reason: String },
}

/// One thing's name in the three languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    #[serde(rename = "zh-Hans")]
    pub zh_hans: String,
    #[serde(rename = "zh-Hant")]
    pub zh_hant: String,
    pub en: String,
}

impl Names {
    /// The name in a language (`zh-Hans`, `zh-Hant`, `en`); English for any other.
    #[must_use]
    pub fn in_language(&self, language: &str) -> &str {
        match language {
            "zh-Hans" => &self.zh_hans,
            "zh-Hant" => &self.zh_hant,
            _ => &self.en,
        }
    }
}

/// `issuer.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    pub id: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// ISO 3166 numeric.
    pub country_numeric: u16,
    /// IANA name; statement days and due dates are counted there.
    pub time_zone: String,
    /// ISO 4217 code.
    pub home_currency: String,
    pub languages: Vec<String>,
    pub name: Names,
    pub ibm3624: OffsetSettings,
    pub card_ranges: Vec<CardRange>,
    pub currencies: Vec<CurrencyRow>,
    pub products: Vec<Product>,
    pub holds: Holds,
}

/// `ibm3624`: how offsets of PINs are made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffsetSettings {
    /// Decimalisation table, 16 digits.
    pub table: String,
    /// The first digit of the card number that enters, from 0.
    pub from: usize,
    /// How many digits enter.
    pub digits: usize,
    /// The half-byte on the right that fills what is missing.
    pub pad: u8,
}

/// Card numbers whose first eight digits lie between `first` and `last` belong to `product`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardRange {
    pub first: String,
    pub last: String,
    pub product: String,
}

/// A currency of the sample.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrencyRow {
    /// ISO 4217 code and number, and decimal places.
    pub code: String,
    pub numeric: u16,
    pub exponent: u8,
    /// Whether an account may be in it.
    pub account: bool,
    /// What one unit is worth in CNY, parts per million: the sample's own fixed rate, for made-up traffic only.
    pub cny_ppm: i64,
}

/// What a cardholder may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub id: String,
    pub name: Names,
    /// Whether rules against fraud look at its payments.
    pub fraud_rules: bool,
    /// Minor units of `limit_currency`, as are all amounts of the product.
    pub credit_limit_default: i64,
    pub credit_limit_max: i64,
    pub limit_currency: String,
    /// How much of the limit may be taken in cash, percent.
    pub cash_share_percent: u8,
    /// Greatest contactless payment without a PIN, minor units.
    pub tap_without_pin_max: i64,
    /// What is kept of a PIN.
    pub pin_method: PinMethod,
    /// Whose rules the chips follow.
    pub chip: Chip,
    pub statement_to_due_days: u8,
    /// Interest a day, parts per million of the balance.
    pub interest_ppm_daily: u32,
    /// Minimum payment, parts per million of the statement balance.
    pub minimum_payment_ppm: u32,
    pub fees: Fees,
}

impl OffsetSettings {
    fn settings(&self) -> Result<Ibm3624, VaultError> {
        Ibm3624::try_new(&self.table, self.from, self.digits, self.pad)
    }
}

/// `pin_method` of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinMethod {
    Pvv,
    Ibm3624,
}

/// `chip` of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chip {
    Visa,
    Mchip,
}

impl From<PinMethod> for vault::PinMethod {
    fn from(method: PinMethod) -> Self {
        match method {
            PinMethod::Pvv => Self::Pvv,
            PinMethod::Ibm3624 => Self::Ibm3624,
        }
    }
}

impl From<Chip> for ChipScheme {
    fn from(chip: Chip) -> Self {
        match chip {
            Chip::Visa => Self::Visa,
            Chip::Mchip => Self::MChip,
        }
    }
}

/// Fees of a product: minor units, or parts per million of the amount.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    pub annual: i64,
    pub replacement: i64,
    pub cash_advance_ppm: u32,
    pub cash_advance_min: i64,
    pub foreign_ppm: u32,
    pub late_ppm: u32,
    pub late_min: i64,
}

/// How long a hold stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    pub default_days: u16,
    /// By merchant class.
    pub by_class: BTreeMap<String, u16>,
}

/// A merchant class of `merchant_classes.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantClass {
    pub id: String,
    /// Id in the icon sheet.
    pub icon: String,
    /// Goods that turn into money at once.
    pub watched: bool,
    /// Merchant category codes, single (`5411`) or ranges (`3000-3350`).
    pub codes: Vec<String>,
    pub name: Names,
}

impl MerchantClass {
    fn ranges(&self) -> impl Iterator<Item = Option<(u16, u16)>> + '_ {
        self.codes.iter().map(|text| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let range = (first.parse().ok()?, last.parse().ok()?);
            (range.0 <= range.1 && range.1 <= 9999).then_some(range)
        })
    }
}

/// A city of `places.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Three capital letters.
    pub id: String,
    pub name: Names,
    pub country: String,
    pub country_numeric: u16,
    /// ISO 4217 code of what is paid in there.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    pub lat: f64,
    pub lon: f64,
    /// Of a thousand sample cardholders, how many live there.
    pub people: u16,
}

/// A chain, or a shop on the net, of `merchants.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Up to eight capital letters and digits, the head of its merchant numbers.
    pub code: String,
    pub name: Names,
    pub mcc: u16,
    pub net: bool,
    pub places: Vec<String>,
    /// Branches in each place, at most 99.
    pub branches: u8,
    /// A usual amount lies between these, CNY minor units.
    pub low: i64,
    pub high: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassFile {
    classes: Vec<MerchantClass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    places: Vec<City>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MerchantFile {
    merchants: Vec<Chain>,
}

/// The four files, read and checked.
#[derive(Debug, Clone)]
pub struct IssuerData {
    pub issuer: Issuer,
    pub classes: Vec<MerchantClass>,
    pub cities: Vec<City>,
    pub chains: Vec<Chain>,
}

impl IssuerData {
    /// The data compiled into the binary.
    ///
    /// # Errors
    /// Only where the files in `examples/issuer` are wrong, which a test excludes.
    pub fn embedded() -> Result<Self, IssuerError> {
        Self::from_texts(ISSUER, CLASSES, PLACES, MERCHANTS)
    }

    /// Reads the contents of `issuer.toml`, `merchant_classes.toml`, `places.toml` and `merchants.toml`.
    ///
    /// # Errors
    /// [`IssuerError`] for unknown or missing keys and for references that lead nowhere.
    pub fn from_texts(
        issuer: &str,
        classes: &str,
        places: &str,
        merchants: &str,
    ) -> Result<Self, IssuerError> {
        let malformed = |file| move |source| IssuerError::Malformed { file, source: Box::new(source) };
        let issuer: Issuer = toml::from_str(issuer).map_err(malformed("issuer.toml"))?;
        let classes: ClassFile = toml::from_str(classes).map_err(malformed("merchant_classes.toml"))?;
        let places: PlaceFile = toml::from_str(places).map_err(malformed("places.toml"))?;
        let merchants: MerchantFile = toml::from_str(merchants).map_err(malformed("merchants.toml"))?;
        let data =
            Self { issuer, classes: classes.classes, cities: places.places, chains: merchants.merchants };
        data.check_issuer().map_err(inconsistent("issuer.toml"))?;
        data.check_classes().map_err(inconsistent("merchant_classes.toml"))?;
        data.check_cities().map_err(inconsistent("places.toml"))?;
        data.check_chains().map_err(inconsistent("merchants.toml"))?;
        Ok(data)
    }

    /// A payment module of software with the issuer's own settings.
    ///
    /// # Errors
    /// None for checked data: settings that can't be are refused when they are read.
    pub fn card_crypto(
        &self,
        keys: CardKeys,
        random: Arc<dyn Random>,
    ) -> Result<SoftwareCardCrypto, VaultError> {
        Ok(SoftwareCardCrypto::new(keys, random).with_ibm3624(self.issuer.ibm3624.settings()?))
    }

    /// The class of a merchant category code, `other` where no class names it.
    #[must_use]
    pub fn class_of(&self, mcc: u16) -> Option<&MerchantClass> {
        let named = |class: &&MerchantClass| {
            class.ranges().flatten().any(|(first, last)| (first..=last).contains(&mcc))
        };
        self.classes.iter().find(named).or_else(|| self.classes.iter().find(|c| c.id == OTHER_CLASS))
    }

    /// Days that a hold stands at a merchant of that category code.
    #[must_use]
    pub fn hold_days(&self, mcc: u16) -> u16 {
        let class = self.class_of(mcc).map_or(OTHER_CLASS, |class| class.id.as_str());
        self.issuer.holds.by_class.get(class).copied().unwrap_or(self.issuer.holds.default_days)
    }

    /// The product of a card number by its first eight digits.
    #[must_use]
    pub fn product_of(&self, card_number: &str) -> Option<&Product> {
        let head = card_number.get(..8)?;
        let range =
            self.issuer.card_ranges.iter().find(|r| r.first.as_str() <= head && head <= r.last.as_str())?;
        self.product(&range.product)
    }

    #[must_use]
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.issuer.products.iter().find(|product| product.id == id)
    }

    #[must_use]
    pub fn currency(&self, code: &str) -> Option<&CurrencyRow> {
        self.issuer.currencies.iter().find(|currency| currency.code == code)
    }

    #[must_use]
    pub fn city(&self, id: &str) -> Option<&City> {
        self.cities.iter().find(|city| city.id == id)
    }

    /// Local names of the merchant with that number (DE42), where it is one of the sample's; and its city, none
    /// on the net.
    #[must_use]
    pub fn merchant_names(&self, merchant_id: &str) -> Option<(&Names, Option<&City>)> {
        let (head, place) =
            merchant_id.trim_end().split_at_checked(merchant_id.trim_end().len().checked_sub(5)?)?;
        let chain = self.chains.iter().find(|chain| chain.code == head)?;
        Some((&chain.name, self.city(place.get(..3)?)))
    }
}

fn inconsistent(file: &'static str) -> impl Fn(String) -> IssuerError {
    move |reason| IssuerError::Inconsistent { file, reason }
}
