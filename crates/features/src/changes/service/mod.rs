//! Asking for changes, making, stopping and undoing them (verbs), and what there is of them (nouns). The only opener of
//! transactions here; whatever is sealed is sealed before one begins.

mod ending;
mod make;
mod notices;
mod request;
mod stop;

pub(super) use ending::{TELL_ENDED, stop_lost, tell_ended};
pub(super) use make::{forget, make_due};
pub use request::Preview;
pub(super) use request::sign;
pub(super) use stop::Told;
pub use stop::stop_again_in_tx;

use super::error::ChangeError;
use super::events;
use super::model::{Change, Field, Kept, State, Value};
use super::rules::{Finding, Policy, Sign, check_alone};
use super::store::{self, Row};
use crate::accounts::{Accounts, Person};
use crate::identity::Identity;
use kernel::{ApprovalId, ChangeId, CustomerId, Masked, Timestamp};
use platform::access::Caller;
use platform::app::App;
use platform::audit;
use platform::db::{Db, DbError};
use platform::http::problem::Problem;
use platform::keys::{KeyError, PersonKeys};
use platform::outbox::Event;
use serde_json::json;
use vault::{DataKey, Place};

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    app: App,
    policy: Policy,
    accounts: Accounts,
    identity: Identity,
}

impl Changes {
    /// As the running server has them.
    ///
    /// # Errors
    /// The wiring left a service out, or the table can't be used.
    pub fn of(app: &App) -> Result<Self, Problem> {
        let policy = Policy::built_in().map_err(ChangeError::Policy)?;
        let (accounts, identity) = (Accounts::of(app), Identity::of(app)?);
        Ok(Self { app: app.clone(), policy, accounts, identity })
    }

    /// The table that holds.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What is known of a customer; an erased one is absent.
    ///
    /// # Errors
    /// [`ChangeError::Absent`], or something failed.
    pub(super) async fn person(&self, owner: CustomerId) -> Result<Person, ChangeError> {
        let customer = self.accounts.customer(owner).await?.filter(|customer| !customer.erased);
        Ok(customer.ok_or(ChangeError::Absent)?.person)
    }

    /// A customer's signed changes before `before`, newest first.
    ///
    /// # Errors
    /// Something failed.
    pub async fn changes_of(
        &self,
        owner: CustomerId,
        before: Option<i64>,
        rows_max: i64,
    ) -> Result<Vec<Change>, ChangeError> {
        let rows = store::changes_of(&self.app.db, owner, before.unwrap_or(i64::MAX), rows_max).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = PersonKeys::of(&self.app).key(owner).await?;
        rows.into_iter().map(|row| opened(row, &key)).collect()
    }

    /// A change of this customer's; somebody else's is absent.
    ///
    /// # Errors
    /// [`ChangeError::Absent`], or something failed.
    pub async fn change_of(&self, owner: CustomerId, id: ChangeId) -> Result<Change, ChangeError> {
        let row = store::change(&self.app.db, id).await?.filter(|row| row.customer == owner.raw());
        self.open(row.ok_or(ChangeError::Absent)?).await
    }

    /// What is wrong with a value before anybody asks for it, and whether other customers have it: for programs that take
    /// data in. Written down before it is answered, since it tells who is known.
    pub(super) async fn check_value(
        &self,
        caller: &Caller,
        (field, country): (Field, u16),
        texts: &[Masked],
    ) -> Result<(Option<Finding>, usize), ChangeError> {
        let entry = caller.entry(events::CHECKED).detail(json!({ "field": field }));
        audit::record(&self.app.db, entry).await?;
        let finding = check_alone(field, country, texts);
        let text = texts.first().map_or("", Masked::reveal);
        let known = match field {
            _ if finding.is_some() => Vec::new(),
            Field::Phone => self.accounts.customers_by_phone(text).await?,
            Field::Email => self.accounts.customers_by_email(text).await?,
            Field::Document => self.accounts.customers_by_document(text).await?,
            Field::Address | Field::Language | Field::Name => Vec::new(),
        };
        Ok((finding, known.len()))
    }

    /// A customer's changes for somebody else's eyes: in the log before they are shown.
    pub(super) async fn read_for(
        &self,
        caller: &Caller,
        owner: CustomerId,
        (before, rows_max): (Option<i64>, i64),
    ) -> Result<Vec<Change>, ChangeError> {
        audit::record(&self.app.db, caller.entry(events::READ).subject(owner).concerns(owner)).await?;
        self.changes_of(owner, before, rows_max).await
    }

    /// Writes down that somebody else looks at what a change of a customer would do; absent where there is none.
    pub(super) async fn note_preview(
        &self,
        caller: &Caller,
        owner: CustomerId,
        field: Field,
    ) -> Result<(), ChangeError> {
        self.person(owner).await?;
        let entry = caller.entry(events::READ).subject(owner).concerns(owner);
        Ok(audit::record(&self.app.db, entry.detail(json!({ "preview": field }))).await?)
    }

    async fn open(&self, row: Row) -> Result<Change, ChangeError> {
        let key = PersonKeys::of(&self.app).key(CustomerId::from_raw(row.customer)).await?;
        opened(row, &key)
    }
}

fn opened(row: Row, key: &DataKey) -> Result<Change, ChangeError> {
    let sealed = key.open(place(row.id), &row.value).map_err(KeyError::from)?;
    let kept: Option<Kept> = serde_json::from_slice(sealed.expose()).ok();
    let (field, state) = (Field::from_word(&row.field), State::from_word(&row.state));
    let (Some(kept), Some(field), Some(state)) = (kept, field, state) else {
        return Err(ChangeError::Unreadable);
    };
    let (from, to) = kept.values(field).ok_or(ChangeError::Unreadable)?;
    let signs: Vec<Sign> = serde_json::from_str(&row.signs).map_err(|_| ChangeError::Unreadable)?;
    Ok(Change {
        id: ChangeId::from_raw(row.id),
        customer: CustomerId::from_raw(row.customer),
        field,
        from,
        to,
        state,
        requested_at: Timestamp::from_us(row.requested_at),
        signed_at: row.signed_at.map(Timestamp::from_us),
        approval: row.approval.map(ApprovalId::from_raw),
        due_at: Timestamp::from_us(row.due_at),
        made_at: row.made_at.map(Timestamp::from_us),
        undo_until: Timestamp::from_us(row.undo_until),
        ended_at: row.ended_at.map(Timestamp::from_us),
        signs,
        disowned_at: row.disowned_at.map(Timestamp::from_us),
    })
}

/// How many changes of a customer wait, for the menu.
pub(super) async fn waiting_of(db: &Db, owner: CustomerId) -> Result<u64, DbError> {
    store::open_of(db, owner).await
}

/// What a person has of a field; `None` for one that is not changed here.
pub(super) fn present(field: Field, person: &Person) -> Option<Value> {
    Some(match field {
        Field::Phone => Value::Phone(person.phone.clone()),
        Field::Email => Value::Email(person.email.clone()),
        Field::Address => Value::Address { street: person.address.clone(), city: person.city.clone() },
        Field::Language => Value::Language(person.language),
        Field::Name | Field::Document => return None,
    })
}

fn event(topic: &'static str, change: &Change) -> Event {
    let body = json!({ "change": change.id, "customer": change.customer, "field": change.field });
    Event { topic, object: change.id.to_string(), body }
}

const fn place(row: i64) -> Place<'static> {
    Place { table: "changes", row, column: "value" }
}
