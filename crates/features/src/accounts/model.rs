//! What a customer and an account are. Pure: no SQL, no HTTP, no clock.

use super::AccountError;
use crate::authorizations::{AccountState, AccountStatus, ChipScheme};
use decision::Place;
use kernel::{AccountId, Currency, CustomerId, Masked, Timestamp};
use platform::i18n::{Locale, t};
use serde::{Deserialize, Serialize};
use vault::PinMethod;

/// The longest name, characters.
pub const NAME_CHARS_MAX: usize = 100;
/// The longest address, characters.
pub const ADDRESS_CHARS_MAX: usize = 300;
/// The longest mail address, bytes (RFC 5321 allows 254 in a command).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Digits of a telephone number with its country code (ITU-T E.164).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// The last day of the month that every month has.
pub const STATEMENT_DAY_MAX: u8 = 28;
/// Signs of a document number that count: the longest that ICAO or a country uses has fewer.
const DOCUMENT_SIGNS: std::ops::RangeInclusive<usize> = 4..=30;
/// Version of the encoding of a sealed profile.
const PROFILE_VERSION: u8 = 2;
/// The version before documents were kept; such profiles end where the document number would begin.
const PROFILE_WITHOUT_DOCUMENT: u8 = 1;
/// Where nothing is known, or nothing any more.
const NOTHING: &str = "—";

/// What a command came to. Every command can arrive twice, so both are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was done now.
    Applied,
    /// It had been done before; nothing changed.
    AlreadyApplied,
}

/// What is known about a person. In clear only in memory; none of it prints.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The name in the person's own script.
    pub name: Masked,
    /// The name in Latin letters, as on the card.
    pub name_latin: Masked,
    /// The language of messages and pages.
    pub language: Locale,
    /// Telephone with country code: `+8610000000001`.
    pub phone: Masked,
    /// Mail address.
    pub email: Masked,
    /// Street and house.
    pub address: Masked,
    /// City, as written on a letter.
    pub city: Masked,
    /// ISO 3166 numeric.
    pub country: u16,
    /// Where home is, for distances.
    pub home: Option<Place>,
    /// Local time minus UTC, minutes.
    pub utc_offset_min: i16,
    /// The number of the identity document that was shown; `None` where none was.
    pub document_number: Option<Masked>,
}

/// The part of a person that is sealed.
#[derive(Serialize, Deserialize)]
struct Profile {
    #[serde(serialize_with = "to_be_sealed")]
    name: Masked,
    #[serde(serialize_with = "to_be_sealed")]
    name_latin: Masked,
    #[serde(serialize_with = "to_be_sealed")]
    phone: Masked,
    #[serde(serialize_with = "to_be_sealed")]
    email: Masked,
    #[serde(serialize_with = "to_be_sealed")]
    address: Masked,
    #[serde(serialize_with = "to_be_sealed")]
    city: Masked,
    home: Option<Place>,
    utc_offset_min: i16,
}

/// The one place where personal text is written out: into what is sealed next.
fn to_be_sealed<S: serde::Serializer>(text: &Masked, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.reveal())
}

/// One thing that is known of a person and can change.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// The telephone number.
    Phone(Masked),
    /// The mail address.
    Email(Masked),
    /// Where they live, within their country.
    Address {
        /// Street and house.
        street: Masked,
        /// City.
        city: Masked,
    },
    /// The language of messages and pages.
    Language(Locale),
}

impl Detail {
    /// What a person has of the same kind.
    pub fn kind_of(&self, person: &Person) -> Self {
        match self {
            Self::Phone(_) => Self::Phone(person.phone.clone()),
            Self::Email(_) => Self::Email(person.email.clone()),
            Self::Address { .. } => {
                Self::Address { street: person.address.clone(), city: person.city.clone() }
            }
            Self::Language(_) => Self::Language(person.language),
        }
    }

    /// With its middle hidden, where the kind has such a form.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => masked_phone(phone.reveal()),
            Self::Email(email) => masked_email(email.reveal()),
            Self::Address { city, .. } => format!("****, {}", city.reveal()),
            Self::Language(locale) => locale.own_name().to_owned(),
        }
    }

    pub(super) fn put_into(&self, person: &mut Person) {
        match self {
            Self::Phone(phone) => person.phone = phone.clone(),
            Self::Email(email) => person.email = email.clone(),
            Self::Address { street, city } => {
                person.address = street.clone();
                person.city = city.clone();
            }
            Self::Language(locale) => person.language = *locale,
        }
    }
}

/// What customers were found by, or would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The number of an identity document.
    Document,
    /// A number that is nobody's, so that it can't be said of what.
    Number,
    /// Nothing that anybody is found by.
    Nothing,
}

impl Told {
    /// The word in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Document => "document",
            Self::Number => "number",
            Self::Nothing => "nothing",
        }
    }
}

/// A customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Who it is.
    pub person: Person,
    /// Since when we know them.
    pub created_at: Timestamp,
    /// Whether the key was destroyed on request: then every text of [`Self::person`] is empty, for good.
    pub erased: bool,
}

impl Customer {
    /// The name for a reader of this language, or that it was erased.
    pub fn shown_name(&self, reader: Locale) -> String {
        match reader {
            _ if self.erased => t(reader, "accounts-erased", &[]),
            Locale::En => self.person.name_latin.reveal().to_owned(),
            Locale::ZhHans | Locale::ZhHant => self.person.name.reveal().to_owned(),
        }
    }
}

/// An account as it was opened. What changes with payments is in the engine's [`AccountState`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its currency.
    pub currency: Currency,
    /// Id of its product.
    pub product: String,
    /// The credit limit it began with, minor units.
    pub opening_limit_minor: i64,
    /// Day of the month on which statements are made, 1 to 28.
    pub statement_day: u8,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// An account with what the engine knows of it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// The account.
    pub account: Account,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Credit limit, minor units.
    pub limit_minor: i64,
    /// Credit that can still be used, minor units; negative when more was posted than the limit.
    pub available_minor: i64,
    /// Reserved by authorizations, minor units.
    pub held_minor: i64,
    /// Owed and posted, minor units.
    pub posted_minor: i64,
}

/// An account to be opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The id it gets. A command that arrives twice has the same one.
    pub account: AccountId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Who that is, when the customer is not known yet; otherwise `None`.
    pub person: Option<Person>,
    /// Id of the product.
    pub product: String,
    /// Currency of the credit line.
    pub currency: Currency,
    /// Credit limit, minor units.
    pub limit_minor: i64,
    /// How much of it may be taken as cash, minor units.
    pub cash_limit_minor: i64,
    /// Whether the rules against fraud watch it.
    pub watched: bool,
    /// Day of the month on which statements are made, 1 to 28.
    pub statement_day: u8,
}

/// What the issuer offers, as far as opening an account needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// Whether the rules against fraud watch its accounts.
    pub watched: bool,
    /// How much of the limit may be taken as cash, percent.
    pub cash_share_percent: u8,
    /// The greatest limit, minor units of `limit_currency`; other currencies have no bound of their own.
    pub limit_max_minor: i64,
    /// Currency of `limit_max_minor`.
    pub limit_currency: Currency,
    /// How what is kept of a PIN is made.
    pub pin_method: PinMethod,
    /// Whose rules the chips of its cards follow.
    pub chip: ChipScheme,
}

/// All products, a service of the server: `Services::with(Products::new(…))`.
#[derive(Clone, Debug, Default)]
pub struct Products(std::sync::Arc<Vec<Product>>);

impl Products {
    /// These products.
    pub fn new(products: Vec<Product>) -> Self {
        Self(std::sync::Arc::new(products))
    }

    /// The product with this id.
    pub fn get(&self, id: &str) -> Option<&Product> {
        self.0.iter().find(|product| product.id == id)
    }
}

impl Product {
    /// How much cash a limit allows, minor units, rounded down.
    pub fn cash_limit_minor(&self, limit_minor: i64) -> i64 {
        let share = i128::from(limit_minor.max(0)) * i128::from(self.cash_share_percent.min(100)) / 100;
        i64::try_from(share).unwrap_or(i64::MAX)
    }

    /// Whether an account may have this limit.
    pub fn allows(&self, limit_minor: i64, currency: Currency) -> bool {
        limit_minor >= 0 && (currency != self.limit_currency || limit_minor <= self.limit_max_minor)
    }
}

impl Person {
    /// Refuses what can't be a person's data; says where and what is allowed, never what was given.
    pub fn check(&self) -> Result<(), AccountError> {
        text("/name", self.name.reveal(), NAME_CHARS_MAX, "a name has 1 to 100 characters")?;
        text("/name_latin", self.name_latin.reveal(), NAME_CHARS_MAX, "a name has 1 to 100 characters")?;
        text("/address", self.address.reveal(), ADDRESS_CHARS_MAX, "an address has 1 to 300 characters")?;
        text("/city", self.city.reveal(), NAME_CHARS_MAX, "a city has 1 to 100 characters")?;
        let rule = "a telephone number is + and 7 to 15 digits with the country code first";
        field(is_phone(self.phone.reveal()), "/phone", rule)?;
        let rule = "a mail address has one @ with something on both sides, at most 254 bytes";
        field(is_email(self.email.reveal()), "/email", rule)?;
        field((1..=999).contains(&self.country), "/country", "a country is its ISO 3166 number, 1 to 999")?;
        let place = |place: Place| place.lat.abs() <= 90.0 && place.lon.abs() <= 180.0;
        field(self.home.is_none_or(place), "/home", "latitude is -90 to 90, longitude -180 to 180")?;
        let rule = "local time differs from UTC by at most 14 hours, in minutes";
        field((-14 * 60..=14 * 60).contains(&self.utc_offset_min), "/utc_offset_min", rule)?;
        let rule = "a document number has 4 to 30 letters and digits, with spaces, hyphens, dots, slashes or brackets";
        let document = self.document_number.as_ref();
        field(document.is_none_or(|number| is_document(number.reveal())), "/document_number", rule)
    }

    /// The telephone number with its middle hidden: `+86138 **** 6021`.
    pub fn masked_phone(&self) -> String {
        masked_phone(self.phone.reveal())
    }

    /// The mail address with its name hidden: `z***@post.example`.
    pub fn masked_email(&self) -> String {
        masked_email(self.email.reveal())
    }

    /// The document number with all but its last quarter hidden, of which four signs are shown at most: `**** 021X`;
    /// `None` where none is known.
    pub fn masked_document(&self) -> Option<String> {
        self.document_number.as_ref().map(|number| masked_document(number.reveal()))
    }

    /// What is left of a person whose key was destroyed.
    pub(super) fn erased(language: Locale, country: u16) -> Self {
        let nothing = || Masked::new("");
        Self {
            name: nothing(),
            name_latin: nothing(),
            language,
            phone: nothing(),
            email: nothing(),
            address: nothing(),
            city: nothing(),
            country,
            home: None,
            utc_offset_min: 0,
            document_number: None,
        }
    }

    /// The bytes to be sealed, behind a version byte.
    pub(super) fn encode(&self) -> Result<kernel::Secret<Vec<u8>>, AccountError> {
        let profile = Profile {
            name: self.name.clone(),
            name_latin: self.name_latin.clone(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            address: self.address.clone(),
            city: self.city.clone(),
            home: self.home,
            utc_offset_min: self.utc_offset_min,
        };
        let number = self.document_number.as_ref().map(Masked::reveal);
        let bytes = postcard::to_extend(&profile, vec![PROFILE_VERSION]);
        let bytes = bytes.and_then(|bytes| postcard::to_extend(&number, bytes));
        bytes.map(kernel::Secret::new).map_err(|_| AccountError::Unreadable("profile"))
    }

    /// Reads what [`Self::encode`] wrote.
    pub(super) fn decode(bytes: &[u8], language: Locale, country: u16) -> Result<Self, AccountError> {
        let unreadable = |_| AccountError::Unreadable("profile");
        let (version, rest) = bytes.split_first().ok_or(AccountError::Unreadable("profile"))?;
        let (profile, rest) = postcard::take_from_bytes::<Profile>(rest).map_err(unreadable)?;
        let document_number = match *version {
            PROFILE_WITHOUT_DOCUMENT => None,
            PROFILE_VERSION => postcard::from_bytes(rest).map_err(unreadable)?,
            _ => return Err(AccountError::Unreadable("profile")),
        };
        Ok(Self {
            name: profile.name,
            name_latin: profile.name_latin,
            language,
            phone: profile.phone,
            email: profile.email,
            address: profile.address,
            city: profile.city,
            country,
            home: profile.home,
            utc_offset_min: profile.utc_offset_min,
            document_number,
        })
    }
}

impl Opening {
    /// Refuses an account that can't be.
    pub fn check(&self) -> Result<(), AccountError> {
        let named = !self.product.is_empty() && self.product.len() <= NAME_CHARS_MAX;
        field(named, "/product", "a product has a name of 1 to 100 characters")?;
        field(self.limit_minor >= 0, "/limit_minor", "a credit limit is not negative")?;
        let cash = (0..=self.limit_minor).contains(&self.cash_limit_minor);
        field(cash, "/cash_limit_minor", "the limit for cash lies between 0 and the credit limit")?;
        let day = (1..=STATEMENT_DAY_MAX).contains(&self.statement_day);
        field(day, "/statement_day", "the statement day is 1 to 28, a day that every month has")?;
        self.person.as_ref().map_or(Ok(()), Person::check)
    }
}

impl AccountSummary {
    /// Both halves of an account.
    pub(super) fn of(account: Account, state: &AccountState) -> Self {
        Self {
            account,
            status: state.status,
            limit_minor: state.limit_minor,
            available_minor: state.available_minor(),
            held_minor: state.held_minor,
            posted_minor: state.posted_minor,
        }
    }
}

fn field(good: bool, at: &'static str, rule: &'static str) -> Result<(), AccountError> {
    if good { Ok(()) } else { Err(AccountError::Field { at, rule }) }
}

fn text(at: &'static str, value: &str, chars_max: usize, rule: &'static str) -> Result<(), AccountError> {
    let plain = !value.chars().any(char::is_control);
    field(plain && !value.trim().is_empty() && value.chars().count() <= chars_max, at, rule)
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    let plain = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    match text.split_once('@') {
        Some((local, domain)) => {
            plain
                && text.len() <= EMAIL_BYTES_MAX
                && !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
        }
        None => false,
    }
}

fn is_document(text: &str) -> bool {
    let counted = text.chars().filter(char::is_ascii_alphanumeric).count();
    let others = |letter: char| matches!(letter, ' ' | '-' | '.' | '/' | '(' | ')');
    DOCUMENT_SIGNS.contains(&counted)
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || others(letter))
        && text.len() <= 2 * DOCUMENT_SIGNS.end()
}

fn masked_phone(phone: &str) -> String {
    if phone.is_empty() {
        return NOTHING.to_owned();
    }
    let kept = phone.chars().count();
    let last: String = phone.chars().skip(kept.saturating_sub(4)).collect();
    let first: String = phone.chars().take(kept.saturating_sub(8).min(6)).collect();
    format!("{first} **** {last}").trim_start().to_owned()
}

fn masked_email(email: &str) -> String {
    let Some((name, host)) = email.rsplit_once('@') else { return NOTHING.to_owned() };
    let first: String = name.chars().take(1).collect();
    format!("{first}***@{host}")
}

fn masked_document(number: &str) -> String {
    let signs: Vec<char> = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let hidden = signs.len() - (signs.len() / 4).min(4);
    let last: String = signs.iter().skip(hidden).collect();
    format!("**** {last}")
}
