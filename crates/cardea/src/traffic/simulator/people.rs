//! The sample issuer's people: who they are, what they hold, and the secrets of their test cards.
//!
//! Deterministic: person n of a seed is the same person whatever the number of people. The first one is the
//! person of the guide and the pictures, Zhou Minghui. Codes are made from the seed, which is fine for a demo
//! and for nothing else; a set-up with a key module replaces `cvv2` by what the module computes before it
//! writes `cards.csv` or starts the simulator.

use super::chance::{Chance, Purpose};
use super::names::{GIVEN, NamePart, SURNAMES};
use super::world::World;
use crate::issuer::Names;
use crate::traffic::event::Expiry;
use crate::traffic::pan::{TestCode, TestPan};
use features::identity::weakness;

/// Most people that a sample has: each has a card number of seven free digits.
pub const PEOPLE_MAX: usize = 1_000_000;
/// Draws of a query password until one is not easy; a seventh of all are.
const QUERY_PASSWORD_DRAWS_MAX: u64 = 64;
/// Month numbers are counted from year 0, so that expiries can be added to.
const MONTHS: i64 = 12;

/// A card of a sample person.
#[derive(Debug, Clone)]
pub struct SampleCard {
    pub pan: TestPan,
    pub expiry: Expiry,
    /// Three digits of the track: 201, chip, international, no restriction.
    pub service_code: &'static str,
    /// Card sequence number (EMV 5F34).
    pub psn: u8,
    pub cvv2: TestCode,
    pub pin: TestCode,
    /// Whether it had expired when the sample began; some merchants still charge it.
    pub expired: bool,
}

/// A person of the sample issuer, with one account.
#[derive(Clone)]
pub struct SamplePerson {
    /// From 1; the customer key of this person's payments.
    pub number: u64,
    pub name: Names,
    /// `zh-Hans`, `zh-Hant` or `en`.
    pub language: &'static str,
    /// Id of the home city in `places.toml`.
    pub city: String,
    /// Under example.com, which belongs to nobody.
    pub email: String,
    /// In a form that no exchange connects.
    pub phone: String,
    /// Of a form that no country issues.
    pub document_number: String,
    pub born: jiff::civil::Date,
    /// Id in `issuer.toml`.
    pub product: String,
    /// ISO 4217 code of the account.
    pub currency: String,
    /// Credit limit in minor units of the account's currency.
    pub limit_minor: i64,
    pub statement_day: u8,
    /// Six digits for the telephone service.
    pub query_password: TestCode,
    /// The one in use first.
    pub cards: Vec<SampleCard>,
}

/// Names and contacts stay out of logs: only the number shows.
impl std::fmt::Debug for SamplePerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SamplePerson").field("number", &self.number).finish_non_exhaustive()
    }
}

/// One that a person could have set: easy ones are refused, and drawn anew from chance of its own, so that the other
/// secrets of a person stay the same.
fn query_password(seed: u64, key: u64, first: String) -> Option<TestCode> {
    let more = (1..QUERY_PASSWORD_DRAWS_MAX).map(|n| Chance::of(seed, Purpose::Secrets, key, n).digits(6));
    let good = std::iter::once(first).chain(more).find(|digits| weakness(digits, &[]).is_none())?;
    TestCode::parse(&good)
}

/// Person `index` (from 0) of the sample; cards are issued around `start_us`.
pub(super) fn person(
    world: &World,
    seed: u64,
    index: usize,
    start_us: i64,
    foreign_per_mille: u32,
) -> Option<SamplePerson> {
    let key = u64::try_from(index).ok()?;
    let mut chance = Chance::of(seed, Purpose::Person, key, 0);
    let first = index == 0;
    let city = if first { world.home_city()? } else { world.draw_city(&mut chance)? };
    let product = if first { "gold" } else { draw_product(&mut chance) };
    let foreign = chance.per_mille(foreign_per_mille) && city.country == "CN" && !first;
    let currency = if foreign { *chance.pick(&["USD", "USD", "JPY"])? } else { city.currency.as_str() };
    let name = if first { guide_name() } else { draw_name(&mut chance) };
    let language = match city.country.as_str() {
        "CN" if !first && chance.per_mille(40) => "en",
        "CN" => "zh-Hans",
        "HK" | "TW" => "zh-Hant",
        _ => "en",
    };
    let limit_cny = if first { 5_000_000 } else { draw_limit(&mut chance, product) };
    let born = jiff::civil::Date::new(
        i16::try_from(chance.between(1948, 2005)).ok()?,
        i8::try_from(chance.between(1, 12)).ok()?,
        i8::try_from(chance.between(1, 28)).ok()?,
    )
    .ok()?;
    let statement_day = u8::try_from(chance.between(1, 28)).ok()?;
    let pinyin = name.en.to_ascii_lowercase().replace(' ', ".");
    let mut secrets = Chance::of(seed, Purpose::Secrets, key, 0);
    let query_password = query_password(seed, key, secrets.digits(6))?;
    Some(SamplePerson {
        number: key + 1,
        email: format!("{pinyin}.{}@example.com", key + 1),
        phone: format!("+8610000{:06}", (key + 1) % 1_000_000),
        document_number: format!("SAMPLE{:08}", key + 1),
        language,
        city: city.id.clone(),
        born,
        product: product.to_owned(),
        currency: currency.to_owned(),
        limit_minor: whole_thousands(world, limit_cny, currency)?,
        statement_day,
        query_password,
        cards: cards(&mut chance, &mut secrets, index, product, start_us)?,
        name,
    })
}

fn draw_product(chance: &mut Chance) -> &'static str {
    match chance.below(100) {
        0..=66 => "standard",
        67..=94 => "gold",
        _ => "plain",
    }
}

/// CNY minor units.
fn draw_limit(chance: &mut Chance, product: &str) -> i64 {
    let thousands = match product {
        "gold" => chance.skewed(10, 40) * 5,
        "plain" => 10,
        _ => chance.skewed(2, 16) * 5,
    };
    thousands * 100_000
}

/// The limit in the account's currency, in whole thousands of it.
fn whole_thousands(world: &World, limit_cny: i64, currency: &str) -> Option<i64> {
    let money = world.money(currency)?;
    let minor = world.converted_cny(limit_cny, money);
    let thousand = 1_000 * 10_i64.checked_pow(u32::from(money.exponent))?;
    Some((minor / thousand).max(1) * thousand)
}

/// The person of the guide and the pictures.
fn guide_name() -> Names {
    Names { zh_hans: "周明慧".to_owned(), zh_hant: "周明慧".to_owned(), en: "Zhou Minghui".to_owned() }
}

fn draw_name(chance: &mut Chance) -> Names {
    const NONE: NamePart = ("", "", "");
    let surname = chance.pick(&SURNAMES).copied().unwrap_or(NONE);
    let one = chance.pick(&GIVEN).copied().unwrap_or(NONE);
    let two = if chance.per_mille(720) { chance.pick(&GIVEN).copied().unwrap_or(NONE) } else { NONE };
    let two = if two.0 == one.0 { NONE } else { two };
    let given = format!("{}{}", one.2, two.2);
    let (head, tail) = given.split_at_checked(1).unwrap_or(("", ""));
    Names {
        zh_hans: format!("{}{}{}", surname.0, one.0, two.0),
        zh_hant: format!("{}{}{}", surname.1, one.1, two.1),
        en: format!("{} {}{tail}", surname.2, head.to_ascii_uppercase()),
    }
}

fn cards(
    chance: &mut Chance,
    secrets: &mut Chance,
    index: usize,
    product: &str,
    start_us: i64,
) -> Option<Vec<SampleCard>> {
    let now = months_of(start_us)?;
    let mut cards = vec![card(secrets, index, product, now + chance.between(5, 58), 1)?];
    if chance.per_mille(60) {
        let old = card(secrets, index + PEOPLE_MAX, product, now - chance.between(2, 5), 1)?;
        cards.push(SampleCard { expired: true, ..old });
    }
    Some(cards)
}

fn card(secrets: &mut Chance, serial: usize, product: &str, expires: i64, psn: u8) -> Option<SampleCard> {
    Some(SampleCard {
        pan: pan(product, u64::try_from(serial).ok()?)?,
        expiry: Expiry {
            yy: u8::try_from((expires / MONTHS) % 100).ok()?,
            mm: u8::try_from(expires % MONTHS + 1).ok()?,
        },
        service_code: "201",
        psn,
        cvv2: TestCode::parse(&secrets.digits(3))?,
        pin: TestCode::parse(&secrets.digits(6))?,
        expired: false,
    })
}

/// Card number of a serial number: the product's first eight digits, then the serial scattered over seven
/// digits (7,919 has no divisor in common with 10, so no two serials meet).
pub(super) fn pan(product: &str, serial: u64) -> Option<TestPan> {
    let head = match product {
        "gold" => "90000111",
        "plain" => "90000121",
        _ => "90000101",
    };
    let scattered = (serial.checked_mul(7_919)? + 1_234_567) % 10_000_000;
    TestPan::with_check_digit(format!("{head}{scattered:07}"))
}

/// Months since year 0 of a time in UTC microseconds.
fn months_of(us: i64) -> Option<i64> {
    let date = jiff::Timestamp::from_microsecond(us).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(i64::from(date.year()) * MONTHS + i64::from(date.month()) - 1)
}
