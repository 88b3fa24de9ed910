//! What can be done with customers and accounts (verbs) and what can be asked (nouns). The only opener of
//! transactions here; whatever is sealed is sealed before one begins, so that nobody waits for a cipher.

mod revision;

pub use revision::{Revised, revise_in_tx};

use super::model::{AccountSummary, EMAIL_BYTES_MAX, Told};
use super::store::{self, CustomerRow, Hashed};
use super::{Account, AccountError, Customer, Done, Opening, Person, events};
use crate::authorizations::{NewAccount, NewCard, account_state, insert_account_in_tx};
use kernel::{AccountId, Actor, Channel, CustomerId, Random, Timestamp};
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, Write};
use platform::i18n::Locale;
use platform::outbox::Event;
use std::sync::Arc;
use vault::{DataKey, KeyRing, LookupKind, Place};

/// Accounts of one customer that are shown at most.
pub const ACCOUNTS_OF_MAX: i64 = 100;
/// Customers that one telephone number or mail address can lead to at most.
pub const FOUND_MAX: i64 = 20;
const TABLE: &str = "customers";

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    db: Db,
    keys: Arc<KeyRing>,
    random: Arc<dyn Random>,
}

/// An account ready to be written: checked and sealed.
#[derive(Clone, Debug)]
pub struct Prepared {
    account: Account,
    person: Option<CustomerRow>,
    engine: NewAccount,
    /// Its first cards, for the engine; their rows are written by who issues them.
    pub cards: Vec<NewCard>,
}

impl Prepared {
    /// The account that will be.
    pub fn account(&self) -> &Account {
        &self.account
    }
}

impl Accounts {
    /// Over this database, with these keys.
    pub fn new(db: Db, keys: Arc<KeyRing>, random: Arc<dyn Random>) -> Self {
        Self { db, keys, random }
    }

    /// As the running server has them.
    pub fn of(app: &App) -> Self {
        Self::new(app.db.clone(), Arc::clone(&app.keys), Arc::clone(&app.random))
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The keys.
    pub fn keys(&self) -> &Arc<KeyRing> {
        &self.keys
    }

    /// Chance, for fresh keys and nonces.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// Makes a customer known under `id`. The same id again changes nothing.
    pub async fn register(
        &self,
        id: CustomerId,
        person: &Person,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, AccountError> {
        person.check()?;
        let row = self.seal(id, person, self.db.clock().now())?;
        if store::customer(&self.db, id).await?.is_some() {
            return Ok(Done::AlreadyApplied);
        }
        let mut write = self.db.write().await?;
        store::insert_customers_in_tx(&mut write, &[&row]).await?;
        let body = serde_json::json!({ "customer": id });
        write.emit(Event { topic: events::REGISTERED, object: id.to_string(), body }).await?;
        write.commit(Entry::new(actor, channel, events::REGISTERED).subject(id).concerns(id)).await?;
        Ok(Done::Applied)
    }

    /// Opens an account: the customer where new, the account, the engine's state, the entry and the event in one
    /// transaction. The same account id again changes nothing.
    pub async fn open(
        &self,
        opening: &Opening,
        actor: Actor,
        channel: Channel,
    ) -> Result<Done, AccountError> {
        let prepared = self.prepare(opening).await?;
        if let Some(known) = store::account(&self.db, opening.account).await? {
            let same = known.customer == opening.customer && known.product == opening.product;
            return if same { Ok(Done::AlreadyApplied) } else { Err(AccountError::Taken) };
        }
        let mut write = self.db.write().await?;
        insert_in_tx(&mut write, std::slice::from_ref(&prepared)).await?;
        write.emit(opened(&prepared.account)).await?;
        let detail = serde_json::json!({
            "customer": opening.customer, "product": opening.product, "limit_minor": opening.limit_minor,
            "currency": opening.currency,
        });
        let entry = Entry::new(actor, channel, events::OPENED)
            .subject(opening.account)
            .concerns(opening.customer)
            .detail(detail);
        write.commit(entry).await?;
        Ok(Done::Applied)
    }

    /// Checks an opening and seals what it brings; for those that write more in the same transaction with
    /// [`insert_in_tx`].
    pub async fn prepare(&self, opening: &Opening) -> Result<Prepared, AccountError> {
        opening.check()?;
        let now = self.db.clock().now();
        let known;
        let (person, row) = match &opening.person {
            Some(person) => (person, Some(self.seal(opening.customer, person, now)?)),
            None => {
                let customer = self.customer(opening.customer).await?.ok_or(AccountError::Absent)?;
                if customer.erased {
                    return Err(AccountError::Erased);
                }
                known = customer.person;
                (&known, None)
            }
        };
        Ok(Prepared {
            account: Account {
                id: opening.account,
                customer: opening.customer,
                currency: opening.currency,
                product: opening.product.clone(),
                opening_limit_minor: opening.limit_minor,
                statement_day: opening.statement_day,
                opened_at: now,
            },
            engine: NewAccount {
                account: opening.account,
                currency: opening.currency,
                limit_minor: opening.limit_minor,
                cash_limit_minor: opening.cash_limit_minor,
                watched: opening.watched,
                home_country: person.country,
                home: person.home,
                utc_offset_min: person.utc_offset_min,
            },
            person: row,
            cards: Vec::new(),
        })
    }

    /// The customer with this id; an erased one without what they told us.
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, AccountError> {
        store::customer(&self.db, id).await?.map(|row| self.open_row(&row)).transpose()
    }

    /// Customers with this telephone number; spaces and hyphens don't matter.
    pub async fn customers_by_phone(&self, phone: &str) -> Result<Vec<Customer>, AccountError> {
        self.found(Hashed::Phone, LookupKind::Phone, phone).await
    }

    /// Customers with this mail address; case does not matter.
    pub async fn customers_by_email(&self, email: &str) -> Result<Vec<Customer>, AccountError> {
        self.found(Hashed::Email, LookupKind::Email, email).await
    }

    /// Customers with this document number; only its letters and digits matter, not their case.
    pub async fn customers_by_document(&self, number: &str) -> Result<Vec<Customer>, AccountError> {
        self.found(Hashed::Document, LookupKind::DocumentNumber, number).await
    }

    /// Customers who have told `told`, whatever it is: a mail address, a telephone number or a document number. A
    /// number that is both is taken for a telephone number first.
    pub async fn customers_told(&self, told: &str) -> Result<(Told, Vec<Customer>), AccountError> {
        let told = told.trim();
        if told.len() > EMAIL_BYTES_MAX || !told.chars().any(|letter| letter.is_alphanumeric()) {
            return Ok((Told::Nothing, Vec::new()));
        }
        if told.contains('@') {
            return Ok((Told::Email, self.customers_by_email(told).await?));
        }
        if !told.chars().any(|letter| letter.is_ascii_digit()) {
            return Ok((Told::Nothing, Vec::new()));
        }
        let by_phone = match told.chars().any(char::is_alphabetic) {
            true => Vec::new(),
            false => self.customers_by_phone(told).await?,
        };
        if !by_phone.is_empty() || told.starts_with('+') {
            return Ok((Told::Phone, by_phone));
        }
        let by_document = self.customers_by_document(told).await?;
        let told = if by_document.is_empty() { Told::Number } else { Told::Document };
        Ok((told, by_document))
    }

    async fn found(
        &self,
        hashed: Hashed,
        kind: LookupKind,
        value: &str,
    ) -> Result<Vec<Customer>, AccountError> {
        let hash = self.keys.lookup(kind, value)?;
        self.open_rows(store::customers_by(&self.db, hashed, hash.as_bytes(), FOUND_MAX).await?)
    }

    /// Customers after `after` in the order of their ids, for lists; erased ones are left out.
    pub async fn customers_after(&self, after: i64, rows_max: i64) -> Result<Vec<Customer>, AccountError> {
        self.open_rows(store::customers_after(&self.db, after, rows_max).await?)
    }

    /// The account with this id, whoever owns it: for staff and programs of the issuer.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, AccountError> {
        store::account(&self.db, id).await
    }

    /// The account with this id if it is `owner`'s; somebody else's is absent.
    pub async fn account_of(
        &self,
        owner: CustomerId,
        id: AccountId,
    ) -> Result<Option<Account>, AccountError> {
        Ok(store::account(&self.db, id).await?.filter(|account| account.customer == owner))
    }

    /// The accounts of a customer, oldest first.
    pub async fn accounts_of(&self, owner: CustomerId) -> Result<Vec<Account>, AccountError> {
        store::accounts_of(&self.db, owner, 0, ACCOUNTS_OF_MAX).await
    }

    /// The accounts of a customer after `after` in the order of their ids.
    pub async fn accounts_of_after(
        &self,
        owner: CustomerId,
        after: i64,
        rows_max: i64,
    ) -> Result<Vec<Account>, AccountError> {
        store::accounts_of(&self.db, owner, after, rows_max).await
    }

    /// Accounts after `after` in the order of their ids.
    pub async fn accounts_after(&self, after: i64, rows_max: i64) -> Result<Vec<Account>, AccountError> {
        store::accounts_after(&self.db, after, rows_max).await
    }

    /// An account with its balance and status.
    pub async fn summary(&self, account: Account) -> Result<AccountSummary, AccountError> {
        let state = account_state(&self.db, account.id).await?;
        Ok(AccountSummary::of(account, &state.ok_or(AccountError::Unreadable("account state"))?))
    }

    fn seal(&self, id: CustomerId, person: &Person, at: Timestamp) -> Result<CustomerRow, AccountError> {
        let random = self.random();
        let key = DataKey::create(random);
        let profile = key.seal(profile_place(id), person.encode()?.expose(), random)?;
        Ok(CustomerRow {
            id: id.raw(),
            created_at: at.us(),
            language: person.language.tag().to_owned(),
            country: i16::try_from(person.country).map_err(|_| AccountError::Unreadable("country"))?,
            data_key: Some(self.keys.wrap_key(key_place(id), &key, random)?),
            profile,
            phone_hash: self.keys.lookup(LookupKind::Phone, person.phone.reveal())?.0.to_vec(),
            email_hash: self.keys.lookup(LookupKind::Email, person.email.reveal())?.0.to_vec(),
            document_hash: match &person.document_number {
                None => None,
                Some(number) => {
                    Some(self.keys.lookup(LookupKind::DocumentNumber, number.reveal())?.0.to_vec())
                }
            },
        })
    }

    fn open_row(&self, row: &CustomerRow) -> Result<Customer, AccountError> {
        let id = CustomerId::from_raw(row.id);
        let created_at = Timestamp::from_us(row.created_at);
        let language = Locale::from_tag(&row.language).unwrap_or_default();
        let country = u16::try_from(row.country).map_err(|_| AccountError::Unreadable("country"))?;
        let Some(wrapped) = row.data_key.as_deref() else {
            return Ok(Customer { id, person: Person::erased(language, country), created_at, erased: true });
        };
        let key = self.keys.unwrap_key(key_place(id), wrapped)?;
        let profile = key.open(profile_place(id), &row.profile)?;
        let person = Person::decode(profile.expose(), language, country)?;
        Ok(Customer { id, person, created_at, erased: false })
    }

    fn open_rows(&self, rows: Vec<CustomerRow>) -> Result<Vec<Customer>, AccountError> {
        let readable = rows.iter().filter(|row| row.data_key.is_some());
        readable.map(|row| self.open_row(row)).collect()
    }
}

/// Writes prepared accounts with their customers and the engine's state; at most 500 at a time. The caller
/// commits with its entry.
pub async fn insert_in_tx(write: &mut Write, prepared: &[Prepared]) -> Result<(), AccountError> {
    let people: Vec<&CustomerRow> = prepared.iter().filter_map(|one| one.person.as_ref()).collect();
    let accounts: Vec<&Account> = prepared.iter().map(|one| &one.account).collect();
    store::insert_customers_in_tx(write, &people).await?;
    store::insert_accounts_in_tx(write, &accounts).await?;
    for one in prepared {
        insert_account_in_tx(write, &one.engine, &one.cards).await?;
    }
    Ok(())
}

/// The event of an account opened by itself.
fn opened(account: &Account) -> Event {
    let body = serde_json::json!({
        "account": account.id, "customer": account.customer, "product": account.product,
    });
    Event { topic: events::OPENED, object: account.id.to_string(), body }
}

fn profile_place(id: CustomerId) -> Place<'static> {
    Place { table: TABLE, row: id.raw(), column: "profile" }
}

fn key_place(id: CustomerId) -> Place<'static> {
    Place { table: TABLE, row: id.raw(), column: "data_key" }
}
