//! Opening and closing matters, and whether a record opens. The only opener of transactions here.

use super::error::MatterError;
use super::events;
use super::model::{Matter, MatterKind, Reference, ReviewOutcome, ToReview};
use super::rules::{self, WORDS_CHARS, kinds_of, needs_words};
use super::store;
use crate::accounts::{Accounts, Done};
use crate::authorizations::authorization;
use crate::cards::Cards;
use crate::cases::{By, Cases};
use crate::monitoring::alerts_worked_on;
use crate::staff::{AlarmKind, Standing, are_one_person, raise_in_tx, standing};
use kernel::{
    AccountId, AuthorizationId, CardId, CaseId, CustomerId, HOUR_US, MINUTE_US, MatterId, StaffId, Timestamp,
};
use platform::access::{Caller, Record, hold_staff_in_tx};
use platform::app::App;
use platform::audit;
use platform::db::{Db, Write};
use platform::http::problem::Problem;
use platform::keys::{KeyError, PersonKeys};
use platform::text::FreeText;
use vault::Place;

/// What somebody says they serve a customer for.
pub(super) struct Opening {
    pub(super) kind: MatterKind,
    pub(super) reference: FreeText,
    pub(super) words: FreeText,
}

/// The matter for which `staff` serves `customer` now; the newest where there are several.
///
/// # Errors
/// When the database fails.
pub async fn live_matter(
    db: &Db,
    staff: StaffId,
    customer: CustomerId,
) -> Result<Option<Matter>, MatterError> {
    Ok(store::live_matters(db, staff, customer, db.clock().now()).await?.into_iter().next())
}

/// The same of one kind.
///
/// # Errors
/// When the database fails.
pub async fn live_matter_of(
    db: &Db,
    staff: StaffId,
    customer: CustomerId,
    kind: MatterKind,
) -> Result<Option<Matter>, MatterError> {
    let live = store::live_matters(db, staff, customer, db.clock().now()).await?;
    Ok(live.into_iter().find(|matter| matter.kind == kind))
}

/// Whether the caller may serve `customer` at all, with a matter or to open one: not themselves nor a relation, and an
/// important person only with leave, as a manager, or while an emergency of theirs lasts. A refusal is in the log, with
/// its alarm, before it is told.
///
/// # Errors
/// The refusal, or what the database says.
pub async fn may_serve(app: &App, caller: &Caller, customer: CustomerId) -> Result<Standing, Problem> {
    let may = stands(app, caller, customer).await;
    finish(app, caller, customer, may).await
}

async fn stands(app: &App, caller: &Caller, customer: CustomerId) -> Result<Standing, MatterError> {
    let staff = caller.staff().map_err(|_| MatterError::Absent)?;
    let live = store::live_matters(&app.db, staff, customer, app.now()).await?;
    let emergency = live.iter().any(|matter| matter.kind == MatterKind::Emergency);
    let standing = standing(&app.db, staff, customer).await?;
    rules::may_open(standing, caller.role, emergency)?;
    Ok(standing)
}

/// Opens a matter in a transaction of the caller's, who has asked [`may_serve`] and writes the entry with
/// [`Matter::facts`]: within the number of an hour, with the alarms that it raises. Where it is refused the caller gives
/// the transaction up and tells [`refused`].
///
/// # Errors
/// [`MatterError::Quota`] over the number; else what the database says.
pub async fn open_in_tx(
    app: &App,
    write: &mut Write,
    matter: &Matter,
    standing: Standing,
) -> Result<(), MatterError> {
    keep_in_tx(app, write, matter, None, standing).await
}

/// Writes a refusal down, with its alarm, and gives the answer to it.
///
/// # Errors
/// When the database fails.
pub async fn refused(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    error: MatterError,
) -> Result<Problem, Problem> {
    Ok(match finish::<()>(app, caller, customer, Err(error)).await {
        Err(problem) => problem,
        Ok(()) => Problem::internal("an error is no success"),
    })
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
/// A case that doesn't exist for the caller is nobody's.
pub(super) async fn owner(
    app: &App,
    caller: &Caller,
    record: &Record,
) -> Result<Option<CustomerId>, Problem> {
    if let Ok(case) = record.id.parse::<CaseId>() {
        return Ok(Cases::of(app)?.whose(&By::from(caller), case).await?.map(|whose| whose.customer));
    }
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
    stands(app, caller, customer).await?;
    live_matter(&app.db, staff, customer).await?.map(drop).ok_or(MatterError::NoMatter)
}

/// Begins to serve a customer. While a matter of the caller's is open for them, this changes nothing, but that an
/// emergency opens beside a matter of another kind.
pub(super) async fn open(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    opening: &Opening,
) -> Result<Done, Problem> {
    // An emergency has its own permission, and so its own way in.
    let done = match kinds_of(caller.role).contains(&opening.kind) {
        true => open_matter(app, caller, customer, opening).await,
        false => Err(MatterError::Kind),
    };
    finish(app, caller, customer, done).await
}

async fn open_matter(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    opening: &Opening,
) -> Result<Done, MatterError> {
    let staff = caller.staff().map_err(|_| MatterError::Absent)?;
    let emergency = opening.kind == MatterKind::Emergency;
    let standing = standing(&app.db, staff, customer).await?;
    rules::may_open(standing, caller.role, emergency)?;
    let accounts = Accounts::of(app);
    // Most have an account; only for the rest the profile is opened, which a damaged row would refuse.
    if accounts.accounts_of(customer).await?.is_empty() && accounts.customer(customer).await?.is_none() {
        return Err(MatterError::Absent);
    }
    let reference = reference(app, caller, customer, opening).await?;
    if needs_words(opening.kind) && !WORDS_CHARS.contains(&opening.words.chars()) {
        return Err(MatterError::Words);
    }
    let live = store::live_matters(&app.db, staff, customer, app.now()).await?;
    if live.iter().any(|matter| !emergency || matter.kind == MatterKind::Emergency) {
        return Ok(Done::AlreadyApplied);
    }
    let settings = &app.config.staff;
    let minutes = if emergency { settings.emergency_minutes } else { settings.matter_minutes };
    let now = app.now();
    let matter = Matter {
        id: MatterId::mint(app.ids(), now),
        kind: opening.kind,
        customer,
        reference,
        opened_by: staff,
        opened_at: now,
        ends_at: now.plus_us(i64::from(minutes) * MINUTE_US),
    };
    let words = seal(app, &matter, &opening.words).await?;
    keep(app, caller, &matter, words.as_deref(), standing).await?;
    Ok(Done::Applied)
}

async fn keep(
    app: &App,
    caller: &Caller,
    matter: &Matter,
    words: Option<&[u8]>,
    standing: Standing,
) -> Result<(), MatterError> {
    let mut write = app.db.write().await?;
    if let Err(error) = keep_in_tx(app, &mut write, matter, words, standing).await {
        write.rollback().await?;
        return Err(error);
    }
    let emergency = matter.kind == MatterKind::Emergency;
    let act = if emergency { events::EMERGENCY_OPENED } else { events::OPENED };
    let entry = caller.entry(act).subject(matter.customer).concerns(matter.customer);
    Ok(write.commit(entry.detail(matter.facts())).await?)
}

/// Writes a matter down, within the number of an hour, with the alarms that it raises.
async fn keep_in_tx(
    app: &App,
    write: &mut Write,
    matter: &Matter,
    words: Option<&[u8]>,
    standing: Standing,
) -> Result<(), MatterError> {
    let (staff, customer, now) = (matter.opened_by, matter.customer, matter.opened_at);
    let emergency = matter.kind == MatterKind::Emergency;
    // One after the other, or those at the same moment would not see each other.
    hold_staff_in_tx(write, staff).await?;
    let others = store::others_since_in_tx(write, staff, customer, now.plus_us(-HOUR_US)).await?;
    // An emergency does not wait for an hour to pass; it is looked at afterwards.
    if !emergency && others >= i64::from(app.config.staff.records_per_hour) {
        return Err(MatterError::Quota);
    }
    store::insert_in_tx(write, matter, words).await?;
    let raised = [
        (emergency, AlarmKind::Emergency),
        (standing.honey, AlarmKind::Honey),
        (standing.important, AlarmKind::Important),
    ];
    for (_, kind) in raised.into_iter().filter(|(raises, _)| *raises) {
        raise_in_tx(write, kind, staff, Some(customer)).await?;
    }
    Ok(())
}

/// Opens a record for an emergency: reason in words, an alarm, and a review afterwards.
pub(super) async fn open_emergency(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    words: FreeText,
) -> Result<Done, Problem> {
    let opening = Opening { kind: MatterKind::Emergency, reference: FreeText::default(), words };
    let done = open_matter(app, caller, customer, &opening).await;
    finish(app, caller, customer, done).await
}

/// Emergencies that nobody has reviewed, with their reasons in words. Its reading is an entry.
pub(super) async fn to_review(app: &App, caller: &Caller) -> Result<Vec<ToReview>, Problem> {
    let rows = store::unreviewed(&app.db).await?;
    let entry = caller.entry(events::REVIEWS_READ).detail(serde_json::json!({ "count": rows.len() }));
    let entry = rows.iter().fold(entry, |entry, (matter, _)| entry.concerns(matter.customer));
    audit::record(&app.db, entry).await?;
    let mut found = Vec::with_capacity(rows.len());
    for (matter, words) in rows {
        let words = open_words(app, &matter, words.as_deref()).await?;
        found.push(ToReview { matter, words });
    }
    Ok(found)
}

/// The reason in words; `None` where it went with the person's key.
async fn open_words(app: &App, matter: &Matter, words: Option<&[u8]>) -> Result<Option<String>, MatterError> {
    let Some(sealed) = words else { return Ok(None) };
    let place = Place { table: "matters", row: matter.id.raw(), column: "words" };
    match PersonKeys::of(app).open(matter.customer, place, sealed).await {
        Ok(text) => Ok(Some(String::from_utf8_lossy(text.expose()).into_owned())),
        Err(KeyError::Erased(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says what an emergency came to. Nobody reviews their own, with none of their accounts.
pub(super) async fn review(
    app: &App,
    caller: &Caller,
    id: MatterId,
    outcome: ReviewOutcome,
) -> Result<(), Problem> {
    let by = caller.staff()?;
    let opened_by = store::opened_by(&app.db, id).await?.ok_or(MatterError::NoReview)?;
    if are_one_person(&app.db, by, opened_by).await? {
        return Err(MatterError::NoReview.into());
    }
    let mut write = app.db.write().await?;
    let Some(customer) = store::review_in_tx(&mut write, id, by, app.now(), outcome).await? else {
        write.rollback().await?;
        return Err(MatterError::NoReview.into());
    };
    let entry = caller.entry(events::REVIEWED).subject(id).concerns(customer);
    Ok(write.commit(entry.detail(serde_json::json!({ "outcome": outcome.word() }))).await?)
}

/// How the matter is called elsewhere: as typed for a case, which must be the customer's where it is one of ours; the
/// alert that is theirs for an alert. A confidential case is named nowhere: the customer sees what was opened about them.
async fn reference(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    opening: &Opening,
) -> Result<Option<String>, MatterError> {
    let staff = caller.staff().map_err(|_| MatterError::Absent)?;
    if let (MatterKind::Case, Ok(case)) = (opening.kind, opening.reference.reveal().trim().parse::<CaseId>())
    {
        let cases = Cases::of(app).map_err(|_| MatterError::Reference)?;
        let whose = cases.whose(&By::from(caller), case).await?;
        let whose = whose.filter(|whose| whose.customer == customer).ok_or(MatterError::Reference)?;
        return Ok((!whose.confidential).then(|| case.to_string()));
    }
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
        let mut write = app.db.write().await?;
        if let Some(kind) = error.alarm() {
            // An hour's number is about many customers, so one alarm serves for all of them.
            let whose = (kind != AlarmKind::Quota).then_some(customer);
            raise_in_tx(&mut write, kind, caller.staff()?, whose).await?;
        }
        write.commit(entry.detail(serde_json::json!({ "code": code }))).await?;
    }
    Ok(done?)
}
