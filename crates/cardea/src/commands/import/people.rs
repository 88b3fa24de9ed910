//! Customers, accounts and cards for the people of a data set.
//!
//! A person is known by the card number that its customer number makes, so a second run opens nobody twice. What
//! the data doesn't say (telephone, mail address, a handbook customer's name) is made from the customer number,
//! of ranges that reach nobody.

use super::super::CommandError;
use super::super::replay::Problems;
use crate::issuer::IssuerData;
use crate::traffic::datasets::{Format, People, Person as FilePerson, RowProblem};
use crate::traffic::pan::TestPan;
use decision::Place;
use features::accounts::{Accounts, Opening, Person};
use features::authorizations::{CardKey, ChipScheme, Expiry, account_of_card};
use features::cards::{self, AccountWithCards, BATCH_ACCOUNTS, CardOrder};
use kernel::{AccountId, Actor, CardId, Channel, Currency, CustomerId, Masked};
use platform::i18n::Locale;
use std::collections::HashMap;
use std::path::Path;
use vault::Pan;

/// Every imported account has this product.
const PRODUCT: &str = "standard";
/// Far behind all data.
const EXPIRY: Expiry = Expiry { year: 35, month: 12 };
/// International use, normal authorization, no restriction (ISO/IEC 7813).
const SERVICE_CODE: u16 = 201;
/// ISO 3166 numeric.
const UNITED_STATES: u16 = 840;
const BELGIUM: u16 = 56;

/// Somebody who was met for the first time among the payments.
#[derive(Debug, Clone)]
pub(super) struct Newcomer {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// Number in the data set.
    pub customer: u64,
    pub pan: TestPan,
}

/// Where people become customers.
pub(super) struct Desk {
    accounts: Accounts,
    currency: u16,
    limit_minor: i64,
    cash_share_percent: u8,
    watched: bool,
    /// The keyed hashes of the card numbers of all who are customers.
    pub cards: HashMap<u64, CardKey>,
}

struct Candidate {
    line: u64,
    customer: u64,
    pan: TestPan,
    person: Person,
}

impl Desk {
    pub(super) fn new(accounts: Accounts, issuer: &IssuerData, format: Format, limit_minor: i64) -> Self {
        let product = issuer.product(PRODUCT);
        Self {
            accounts,
            currency: format.currency(),
            limit_minor,
            cash_share_percent: product.map_or(0, |product| product.cash_share_percent),
            watched: product.is_none_or(|product| product.fraud_rules),
            cards: HashMap::new(),
        }
    }

    /// Opens everybody of a customers file; returns how many were new.
    pub(super) async fn open_file(&mut self, path: &Path, problems: &Problems) -> Result<u64, CommandError> {
        let mut opened = 0;
        let mut some = Vec::with_capacity(BATCH_ACCOUNTS);
        // Bad rows were told when the payments' file was opened, which reads the customers too.
        for person in People::open(path)?.flatten() {
            some.push(Candidate {
                line: person.number + 1,
                customer: person.number,
                pan: person.pan().clone(),
                person: file_of(&person),
            });
            if some.len() == BATCH_ACCOUNTS {
                opened += self.open(std::mem::take(&mut some), problems).await?;
            }
        }
        Ok(opened + self.open(some, problems).await?)
    }

    /// Opens those who were met among the payments and are no customers yet; returns how many were new.
    pub(super) async fn open_newcomers(
        &mut self,
        newcomers: &[Newcomer],
        problems: &Problems,
    ) -> Result<u64, CommandError> {
        let unknown = newcomers.iter().filter(|newcomer| !self.cards.contains_key(&newcomer.customer));
        let candidates = unknown
            .map(|newcomer| Candidate {
                line: newcomer.line,
                customer: newcomer.customer,
                pan: newcomer.pan.clone(),
                person: invented(newcomer.customer),
            })
            .collect();
        self.open(candidates, problems).await
    }

    async fn open(&mut self, candidates: Vec<Candidate>, problems: &Problems) -> Result<u64, CommandError> {
        let mut openings = Vec::with_capacity(candidates.len());
        let mut keys = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let pan = Pan::parse(candidate.pan.reveal()).map_err(CommandError::other)?;
            let key = self.accounts.keys().lookup_pan(&pan)?.0;
            if account_of_card(self.accounts.db(), &key).await?.is_some() {
                self.cards.insert(candidate.customer, key);
                continue;
            }
            let opening = self.opening(candidate.customer, candidate.person)?;
            if let Err(error) = opening.check() {
                problems.tell(&RowProblem {
                    line: candidate.line,
                    reason: format!("the customer can't be opened: {error}"),
                    ends: false,
                });
                continue;
            }
            openings.push(AccountWithCards { opening, cards: vec![self.order(pan)] });
            keys.push((candidate.customer, key));
        }
        let opened = cards::open_many(&self.accounts, &openings, Actor::System, Channel::Console)
            .await
            .map_err(CommandError::other)?;
        self.cards.extend(keys);
        Ok(u64::try_from(opened).unwrap_or(0))
    }

    fn opening(&self, customer: u64, person: Person) -> Result<Opening, CommandError> {
        let (ids, now) = (self.accounts.db().ids(), self.accounts.db().clock().now());
        Ok(Opening {
            account: AccountId::mint(ids, now),
            customer: CustomerId::mint(ids, now),
            person: Some(person),
            product: PRODUCT.to_owned(),
            currency: Currency::from_numeric(self.currency).map_err(CommandError::other)?,
            limit_minor: self.limit_minor,
            cash_limit_minor: self.limit_minor / 100 * i64::from(self.cash_share_percent),
            watched: self.watched,
            // 1 to 28.
            statement_day: u8::try_from(customer % 28).unwrap_or(0) + 1,
        })
    }

    fn order(&self, pan: Pan) -> CardOrder {
        let (ids, now) = (self.accounts.db().ids(), self.accounts.db().clock().now());
        CardOrder {
            card: CardId::mint(ids, now),
            pan,
            expiry: EXPIRY,
            service_code: SERVICE_CODE,
            psn: 1,
            pin: None,
            chip: ChipScheme::Visa,
            product: PRODUCT.to_owned(),
        }
    }
}

/// A person of a Sparkov file. Times are UTC there, so the local clock is too.
fn file_of(person: &FilePerson) -> Person {
    let name = Masked::new(format!("{} {}", person.first, person.last));
    Person {
        name_latin: name.clone(),
        name,
        address: Masked::new(format!("{}, {}, {} {}", person.street, person.city, person.state, person.zip)),
        city: Masked::new(person.city.as_str()),
        country: UNITED_STATES,
        // A float's seven digits place a home to a few metres.
        home: Some(Place { lat: person.home.lat as f32, lon: person.home.lon as f32 }),
        ..invented(person.number)
    }
}

/// What stands in for a person of whom the data knows a number.
fn invented(customer: u64) -> Person {
    let name = Masked::new(format!("Customer {customer}"));
    Person {
        name_latin: name.clone(),
        name,
        language: Locale::En,
        // Country code 999 is assigned to nobody.
        phone: Masked::new(format!("+999{customer:010}")),
        email: Masked::new(format!("customer{customer}@example.com")),
        address: Masked::new("not known"),
        city: Masked::new("not known"),
        country: BELGIUM,
        home: None,
        utc_offset_min: 0,
        document_number: None,
    }
}
