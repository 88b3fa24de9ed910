//! Opening and closing matters, and whether a record opens. The only opener of transactions here.

use super::error::MatterError;
use super::events;
use super::model::{Matter, MatterKind, Reference};
use super::rules::{WORDS_CHARS, kinds_of, needs_words};
use super::store;
use crate::accounts::{Accounts, Done};
use crate::authorizations::authorization;
use crate::cards::Cards;
use crate::monitoring::alerts_worked_on;
use kernel::{
    AccountId, AuthorizationId, CardId, CustomerId, HOUR_US, MINUTE_US, MatterId, StaffId, Timestamp,
};
use platform::access::{Caller, Record};
use platform::app::App;
use platform::audit;
use platform::db::{Db, Write};
use platform::http::problem::Problem;
use platform::keys::PersonKeys;
use platform::text::FreeText;
use vault::Place;

/// What somebody says they serve a customer for.
pub(super) struct Opening {
    pub(super) kind: MatterKind,
    pub(super) reference: FreeText,
    pub(super) words: FreeText,
}

/// The matter for which `staff` serves `customer` now.
///
/// # Errors
/// When the database fails.
pub async fn live_matter(
    db: &Db,
    staff: StaffId,
    customer: CustomerId,
) -> Result<Option<Matter>, MatterError> {
    Ok(store::live_matter(db, staff, customer, db.clock().now()).await?)
}

/// Opens a matter in somebody else's transaction: whoever opens it writes the entry, with [`Matter::facts`].
///
/// # Errors
/// When the database fails.
pub async fn open_in_tx(write: &mut Write, matter: &Matter) -> Result<(), MatterError> {
    Ok(store::insert_in_tx(write, matter, None).await?)
}

/// Closes one matter in somebody else's transaction; whether it was open.
///
/// # Errors
/// When the database fails.
pub async fn close_in_tx(write: &mut Write, id: MatterId, now: Timestamp) -> Result<bool, MatterError> {
    Ok(store::close_in_tx(write, id, now).await?)
}

/// Whose record is asked for; `None` for an id that is nobody's. That a customer of this id exists is for the page to
/// find out: no matter can be open for one who does not.
pub(super) async fn owner(app: &App, record: &Record) -> Result<Option<CustomerId>, Problem> {
    let accounts = Accounts::of(app);
    if let Ok(id) = record.id.parse::<CustomerId>() {
        return Ok(Some(id));
    }
    let account = if let Ok(id) = record.id.parse::<CardId>() {
        Cards::of(app)?.card(id).await?.map(|held| held.card.account)
    } else if let Ok(id) = record.id.parse::<AuthorizationId>() {
        authorization(&app.db, id).await?.map(|row| AccountId::from_raw(row.account))
    } else {
        record.id.parse().ok()
    };
    let Some(account) = account else { return Ok(None) };
    Ok(accounts.account(account).await?.map(|account| account.customer))
}

/// Whether the record of `customer` opens for the caller now.
pub(super) async fn pass(app: &App, caller: &Caller, customer: CustomerId) -> Result<(), MatterError> {
    let staff = caller.staff().map_err(|_| MatterError::Absent)?;
    live_matter(&app.db, staff, customer).await?.map(drop).ok_or(MatterError::NoMatter)
}

/// Begins to serve a customer. While a matter of the caller's is open for them, this changes nothing.
pub(super) async fn open(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    opening: &Opening,
) -> Result<Done, Problem> {
    let done = open_matter(app, caller, customer, opening).await;
    finish(app, caller, customer, done).await
}

async fn open_matter(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    opening: &Opening,
) -> Result<Done, MatterError> {
    let staff = caller.staff().map_err(|_| MatterError::Absent)?;
    if !kinds_of(caller.role).contains(&opening.kind) {
        return Err(MatterError::Kind);
    }
    let accounts = Accounts::of(app);
    // Most have an account; only for the rest the profile is opened, which a damaged row would refuse.
    if accounts.accounts_of(customer).await?.is_empty() && accounts.customer(customer).await?.is_none() {
        return Err(MatterError::Absent);
    }
    let reference = reference(app, staff, customer, opening).await?;
    if needs_words(opening.kind) && !WORDS_CHARS.contains(&opening.words.chars()) {
        return Err(MatterError::Words);
    }
    if live_matter(&app.db, staff, customer).await?.is_some() {
        return Ok(Done::AlreadyApplied);
    }
    let now = app.now();
    let matter = Matter {
        id: MatterId::mint(app.ids(), now),
        kind: opening.kind,
        customer,
        reference,
        opened_by: staff,
        opened_at: now,
        ends_at: now.plus_us(i64::from(app.config.staff.matter_minutes) * MINUTE_US),
    };
    let words = seal(app, &matter, &opening.words).await?;
    let mut write = app.db.write().await?;
    store::take_turn_in_tx(&mut write, staff, now).await?;
    let others = store::others_since_in_tx(&mut write, staff, customer, now.plus_us(-HOUR_US)).await?;
    if others >= i64::from(app.config.staff.records_per_hour) {
        write.rollback().await?;
        return Err(MatterError::Quota);
    }
    store::insert_in_tx(&mut write, &matter, words.as_deref()).await?;
    let entry = caller.entry(events::OPENED).subject(customer).concerns(customer);
    write.commit(entry.detail(matter.facts())).await?;
    Ok(Done::Applied)
}

/// How the matter is called elsewhere: as typed for a case, the alert that is theirs for an alert.
async fn reference(
    app: &App,
    staff: StaffId,
    customer: CustomerId,
    opening: &Opening,
) -> Result<Option<String>, MatterError> {
    match (opening.kind, opening.reference.reveal().trim()) {
        (MatterKind::Alert, _) => {
            let alert = alert_of(app, staff, customer).await?;
            Ok(Some(alert.ok_or(MatterError::NoAlert)?))
        }
        (MatterKind::Call | MatterKind::Review | MatterKind::Emergency, "") => Ok(None),
        (_, typed) => Ok(Some(Reference::parse(typed).ok_or(MatterError::Reference)?.0)),
    }
}

/// The open alert about `customer` that `staff` works on.
pub(super) async fn alert_of(
    app: &App,
    staff: StaffId,
    customer: CustomerId,
) -> Result<Option<String>, MatterError> {
    let accounts = Accounts::of(app).accounts_of(customer).await?;
    let accounts: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let alerts = alerts_worked_on(&app.db, staff, &accounts).await?;
    Ok(alerts.first().map(ToString::to_string))
}

async fn seal(app: &App, matter: &Matter, words: &FreeText) -> Result<Option<Vec<u8>>, MatterError> {
    if words.chars() == 0 {
        return Ok(None);
    }
    if !WORDS_CHARS.contains(&words.chars()) {
        return Err(MatterError::Words);
    }
    let place = Place { table: "matters", row: matter.id.raw(), column: "words" };
    let sealed = PersonKeys::of(app).seal(matter.customer, place, words.reveal().as_bytes()).await?;
    Ok(Some(sealed))
}

/// Ends what the caller serves a customer for.
pub(super) async fn close(app: &App, caller: &Caller, customer: CustomerId) -> Result<Done, Problem> {
    let staff = caller.staff()?;
    let mut write = app.db.write().await?;
    let closed = store::close_all_in_tx(&mut write, staff, customer, app.now()).await?;
    if closed == 0 {
        write.rollback().await?;
        return Ok(Done::AlreadyApplied);
    }
    let entry = caller.entry(events::CLOSED).subject(customer).concerns(customer);
    write.commit(entry).await?;
    Ok(Done::Applied)
}

/// A refusal becomes an entry before it becomes an answer.
pub(super) async fn finish<T>(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    done: Result<T, MatterError>,
) -> Result<T, Problem> {
    if let Err(error) = &done
        && let Some(code) = error.refusal()
    {
        let entry = caller.entry(events::REFUSED).subject(customer).concerns(customer).refused();
        audit::record(&app.db, entry.detail(serde_json::json!({ "code": code }))).await?;
    }
    Ok(done?)
}
