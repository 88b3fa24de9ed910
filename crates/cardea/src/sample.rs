//! Sets up the sample issuer: its people, accounts, cards, staff, an API key, and the files that tell outside
//! tests how to get in (`demo.json`, `cards.csv`).
//!
//! Only for demos: card numbers are of the range that begins with 9, card values and PINs are made with keys that
//! are published in `examples/issuer/card_keys.toml`, and sign-in links work once.

use crate::{
    commands::CommandError,
    issuer::{City, IssuerData, Product},
    traffic::{
        pan::TestCode,
        sample_files::{CardIds, CardRow, DemoFile, DemoPorts, DemoSignIn, write_cards, write_demo},
        simulator::{SampleCard, SamplePerson, SimulatorPlan, sample_people},
    },
};
use features::{
    accounts::{Accounts, Opening, Person},
    authorizations::{ChipScheme, Expiry},
    cards::{self, AccountWithCards, CardOrder},
    identity::take_over_passwords,
    staff::add_person,
};
use kernel::{AccountId, Actor, CardId, Channel, CustomerId, Masked, Secret};
use platform::{
    access::{NewStaff, Role, new_api_key, new_sign_in_link},
    app::App,
    i18n::Locale,
};
use serde::Deserialize;
use std::{path::Path, sync::Arc};
use vault::{
    CardCrypto, CardKeyRole, CardKeyUse, CardKeys, CvkUse, ExpiryOrder, KeyRing, Pan, PinBlock, PinFormat,
    PinMethod, SoftwareCardCrypto,
};

/// The sample's seed: the same people everywhere.
pub const SEED: u64 = 0x0c0f_fee0_0ca5_dea0;
/// The published card keys of the sample issuer; see the file.
const PUBLISHED: &str = include_str!("../../../examples/issuer/card_keys.toml");
/// Generation of the published keys of each card; the first is made by chance and never used by the sample.
const PUBLISHED_GENERATION: u32 = 2;
/// What the sample's API key may do.
const API_SCOPES: &[&str] = &["*"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    card_keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedKey {
    #[serde(rename = "use")]
    usage: String,
    generation: u32,
    key: String,
    check: String,
}

/// Adds the published card keys to a fresh ring.
pub fn publish_keys(card_keys: &mut CardKeys) -> Result<(), CommandError> {
    let published: Published = toml::from_str(PUBLISHED).map_err(CommandError::other)?;
    for entry in &published.card_keys {
        let usage = CardKeyUse::from_text(&entry.usage).ok_or_else(|| unreadable(entry))?;
        let bytes = hex_bytes(&entry.key).ok_or_else(|| unreadable(entry))?;
        card_keys.add(usage, entry.generation, &bytes)?;
        let checked = card_keys.shown().any(|(shown, generation, check)| {
            shown == usage
                && generation == entry.generation
                && hex_bytes(&entry.check) == Some(check.to_vec())
        });
        if !checked {
            return Err(unreadable(entry));
        }
    }
    Ok(())
}

fn unreadable(entry: &PublishedKey) -> CommandError {
    let (usage, generation) = (&entry.usage, entry.generation);
    CommandError::other(format!(
        "examples/issuer/card_keys.toml: the key {usage} {generation} is not readable"
    ))
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

/// The people of the sample, with verification values that its key confirms.
pub fn people(keys: &KeyRing, people: usize, start_us: i64) -> Result<Vec<SamplePerson>, CommandError> {
    let mut all = sample_people(SEED, &SimulatorPlan::usual(people, start_us))?;
    let key = CvkUse { generation: PUBLISHED_GENERATION, order: ExpiryOrder::default() };
    for card in all.iter_mut().flat_map(|person| person.cards.iter_mut()) {
        let pan = Pan::parse(card.pan.reveal()).map_err(CommandError::other)?;
        let expiry = vault::Expiry::parse_yymm(&card.expiry.yymm())?;
        let value = keys.cvv2(key, &pan, expiry)?;
        if let Some(code) = TestCode::parse(value.expose()) {
            card.cvv2 = code;
        }
    }
    Ok(all)
}

/// Creates everything and writes the two files into `folder`.
pub async fn create(app: &App, people: &[SamplePerson], folder: &Path) -> Result<DemoFile, CommandError> {
    let opened = open(app, people).await?;
    let_in(app, people, &opened, folder).await
}

/// Whether the chips of a product follow M/Chip.
pub fn follows_mchip(issuer: &IssuerData) -> impl Fn(&str) -> bool + '_ {
    |id| issuer.product(id).is_some_and(|product| ChipScheme::from(product.chip) == ChipScheme::MChip)
}

/// Opens the people's accounts and cards.
pub async fn open(app: &App, people: &[SamplePerson]) -> Result<Vec<AccountWithCards>, CommandError> {
    let issuer = IssuerData::embedded()?;
    let crypto = issuer.card_crypto(app.keys.card_keys().clone(), Arc::clone(&app.random))?;
    let openings: Vec<_> =
        people.iter().map(|person| opening(app, &issuer, &crypto, person)).collect::<Result<_, _>>()?;
    let accounts = Accounts::of(app);
    cards::open_many(&accounts, &openings, Actor::System, Channel::Console)
        .await
        .map_err(CommandError::other)?;
    let password = |(person, opened): (&SamplePerson, &AccountWithCards)| {
        (opened.opening.customer, Secret::new(person.query_password.reveal().to_owned()))
    };
    let passwords: Vec<_> = people.iter().zip(&openings).map(password).collect();
    take_over_passwords(&accounts, &passwords).await.map_err(CommandError::other)?;
    Ok(openings)
}

/// Makes sign-ins, staff and an API key, and writes the two files into `folder`.
pub async fn let_in(
    app: &App,
    people: &[SamplePerson],
    openings: &[AccountWithCards],
    folder: &Path,
) -> Result<DemoFile, CommandError> {
    let rows = rows(people, openings);
    let sign_ins = sign_ins(app, people, openings).await?;
    let key = new_api_key(&app.db, &*app.random, Actor::System, Channel::Console, "demo", API_SCOPES).await?;
    let at = |listen: &platform::config::Listen| listen.0.clone().unwrap_or_default();
    let iso = &app.config.iso8583;
    let demo = DemoFile {
        http: app.config.http.public_url.clone(),
        iso8583: DemoPorts {
            ascii: at(&iso.ascii),
            ascii_binary_bitmap: at(&iso.ascii_binary_bitmap),
            bcd: at(&iso.bcd),
        },
        api_key: key.token.expose().to_owned(),
        messages: folder.join("messages.jsonl").display().to_string(),
        sign_ins,
    };
    write_cards(folder, &rows)?;
    write_demo(folder, &demo)?;
    Ok(demo)
}

fn rows(people: &[SamplePerson], openings: &[AccountWithCards]) -> Vec<CardRow> {
    let mut rows = Vec::with_capacity(people.len());
    for (person, opened) in people.iter().zip(openings) {
        for (card, order) in person.cards.iter().zip(&opened.cards) {
            let (id, account) = (order.card.to_string(), opened.opening.account.to_string());
            let customer = opened.opening.customer.to_string();
            let ids = CardIds { card: &id, account: &account, customer: &customer };
            rows.push(CardRow::of(person, card, ids));
        }
    }
    rows
}

fn opening(
    app: &App,
    issuer: &IssuerData,
    crypto: &SoftwareCardCrypto,
    person: &SamplePerson,
) -> Result<AccountWithCards, CommandError> {
    let now = app.now();
    let product = issuer.product(&person.product);
    let watched = product.is_none_or(|product| product.fraud_rules);
    let share = product.map_or(0, |product| i64::from(product.cash_share_percent));
    let city = issuer.city(&person.city);
    let opening = Opening {
        account: AccountId::mint(app.ids(), now),
        customer: CustomerId::mint(app.ids(), now),
        person: Some(file_of(person, city)),
        product: person.product.clone(),
        currency: person.currency.parse().map_err(CommandError::other)?,
        limit_minor: person.limit_minor,
        cash_limit_minor: person.limit_minor / 100 * share,
        watched,
        statement_day: person.statement_day,
    };
    let order = |card| order(app, crypto, product, (person, card));
    let cards = person.cards.iter().map(order).collect::<Result<_, _>>()?;
    Ok(AccountWithCards { opening, cards })
}

fn order(
    app: &App,
    crypto: &SoftwareCardCrypto,
    product: Option<&Product>,
    (person, card): (&SamplePerson, &SampleCard),
) -> Result<CardOrder, CommandError> {
    let pan = Pan::parse(card.pan.reveal()).map_err(CommandError::other)?;
    // As a keypad would: the module never takes a PIN in clear. The newest zone key of the sample is for format 4.
    let zone = crypto.keys().newest(CardKeyRole::ZonePin).unwrap_or(0);
    let block = crypto.keypad(zone, &pan, &Secret::new(card.pin.reveal().to_owned()))?;
    let block = PinBlock { pan: &pan, zone, format: PinFormat::Iso4, block: &block };
    let method = product.map_or(PinMethod::Pvv, |product| product.pin_method.into());
    let pin = crypto.pin_reference(&block, method, PUBLISHED_GENERATION)?;
    let expiry = Expiry::from_yymm(&card.expiry.yymm());
    Ok(CardOrder {
        card: CardId::mint(app.ids(), app.now()),
        pan,
        expiry: expiry.ok_or_else(|| CommandError::Other("a sample card has no expiry".to_owned()))?,
        service_code: card.service_code.parse().unwrap_or(201),
        psn: card.psn,
        pin: Some(pin),
        chip: product.map_or(ChipScheme::Visa, |product| product.chip.into()),
        product: person.product.clone(),
    })
}

fn file_of(person: &SamplePerson, city: Option<&City>) -> Person {
    // Coordinates of a city need no more than a float's seven digits.
    let home = city.map(|city| decision::Place { lat: city.lat as f32, lon: city.lon as f32 });
    Person {
        name: Masked::new(person.name.in_language(person.language)),
        name_latin: Masked::new(person.name.en.as_str()),
        language: Locale::from_tag(person.language).unwrap_or_default(),
        phone: Masked::new(person.phone.as_str()),
        email: Masked::new(person.email.as_str()),
        address: Masked::new(city.map_or("", |city| city.name.in_language(person.language))),
        city: Masked::new(city.map_or("", |city| city.name.in_language(person.language))),
        country: city.map_or(156, |city| city.country_numeric),
        home,
        utc_offset_min: city.map_or(480, offset_minutes),
        document_number: Some(Masked::new(person.document_number.as_str())),
    }
}

/// Local time minus UTC in a city, as of the middle of its winter and good enough for hours of the day.
fn offset_minutes(city: &City) -> i16 {
    let zone = jiff::tz::TimeZone::get(&city.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let seconds = zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds();
    i16::try_from(seconds / 60).unwrap_or(0)
}

async fn sign_ins(
    app: &App,
    people: &[SamplePerson],
    openings: &[AccountWithCards],
) -> Result<Vec<DemoSignIn>, CommandError> {
    let mut links = Vec::new();
    for (person, opening) in people.iter().zip(openings).take(3) {
        let actor = Actor::Cardholder(opening.opening.customer);
        links.push(link(app, actor, Role::Cardholder, &person.name.en).await?);
    }
    for (role, name, employee) in STAFF {
        let new = NewStaff { name: Masked::new(*name), role: *role, locale: "zh-Hans".to_owned() };
        let added = add_person(&app.db, (Actor::System, Channel::Console), &new, employee).await;
        let id = added.map_err(CommandError::other)?;
        // Two, because a link works once and a demo is often opened twice.
        links.push(link(app, Actor::Staff(id), *role, name).await?);
        links.push(link(app, Actor::Staff(id), *role, name).await?);
    }
    Ok(links)
}

/// Who works at the desk of a demo: role, name, number as an employee.
const STAFF: &[(Role, &str, &str)] = &[
    (Role::Analyst, "Gu Yan", "E-101"),
    (Role::Agent, "Lin Jing", "E-102"),
    (Role::Manager, "Su He", "E-103"),
    (Role::Administrator, "He Yingchuan", "E-104"),
    (Role::Compliance, "Tang Wen", "E-105"),
];

async fn link(app: &App, actor: Actor, role: Role, person: &str) -> Result<DemoSignIn, CommandError> {
    let token = new_sign_in_link(app, actor, role, &Masked::new(person)).await?;
    let token = token.ok_or_else(|| CommandError::Other("sign-in links are for demos only".to_owned()))?;
    let url = format!("{}/sign-in/link/{}", app.config.http.public_url, token.expose());
    Ok(DemoSignIn { role: role.word().to_owned(), person: person.to_owned(), url })
}
