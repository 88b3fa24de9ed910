//! Asking, deciding and doing what needs two people; what one person does at once; alarms. The only opener of
//! transactions here.

mod console;
mod provider;

pub use console::{add_person, tell_person};
pub(super) use provider::{Back, begin, finish};

use super::error::StaffError;
use super::events;
use super::model::{Alarm, AlarmKind, Command, Relation, Request, Standing};
use super::port::IdentityProvider;
use super::rules::{checkers, is_sound, makers};
use super::store;
use kernel::{Actor, Channel, CustomerId, DAY_US, HOUR_US, Masked, StaffId};
use platform::access::{
    AccessLost, Caller, NewStaff, Role, Staff, add_staff_in_tx, change_role_in_tx, disable_staff_in_tx,
    enable_staff_in_tx, end_access_in_tx, find_staff, hold_staff_in_tx, list_staff,
};
use platform::app::App;
use platform::audit::{self, Entry};
use platform::db::{Db, DbError, Housekeeping, Write};
use platform::http::problem::Problem;
use serde_json::json;

/// How long leave to open an important person's record lasts, microseconds.
const ALLOWED_US: i64 = HOUR_US;

/// What the page of colleagues shows.
pub(super) struct Overview {
    pub(super) colleagues: Vec<Staff>,
    pub(super) waiting: Vec<Request>,
    /// The outside identity provider, where there is one.
    pub(super) issuer: Option<String>,
}

/// What stands between `staff`, with each of their accounts, and the record of `customer`.
///
/// # Errors
/// When the database fails.
pub async fn standing(db: &Db, staff: StaffId, customer: CustomerId) -> Result<Standing, StaffError> {
    Ok(store::standing(db, staff, customer, db.clock().now()).await?)
}

/// Whether two accounts are of the same person, as their employee's numbers say.
///
/// # Errors
/// When the database fails.
pub async fn are_one_person(db: &Db, one: StaffId, other: StaffId) -> Result<bool, StaffError> {
    Ok(store::are_one_person(db, one, other).await?)
}

/// The other accounts of the person who has this one; none where nobody has said whose it is.
///
/// # Errors
/// When the database fails.
pub async fn accounts_of_person(db: &Db, staff: StaffId) -> Result<Vec<StaffId>, DbError> {
    store::accounts_of_person(db, staff).await
}

/// Raises an alarm about `staff` in somebody else's transaction; the same one again is counted until it is seen to.
///
/// # Errors
/// When the database fails.
pub async fn raise_in_tx(
    write: &mut Write,
    kind: AlarmKind,
    staff: StaffId,
    customer: Option<CustomerId>,
) -> Result<(), StaffError> {
    metrics::counter!("cardea_staff_alarms_total", "kind" => kind.word()).increment(1);
    tracing::warn!(kind = kind.word(), "an alarm about a member of staff");
    let now = write.now();
    Ok(store::raise_in_tx(write, kind, staff, customer, now).await?)
}

/// Counts a search for customers; refused, with an alarm, when an hour's number is used up.
///
/// # Errors
/// [`StaffError::Searches`] over the number; else what the database says.
pub async fn count_search(app: &App, caller: &Caller) -> Result<(), Problem> {
    let (staff, now) = (caller.staff()?, app.now());
    let mut write = app.db.write().await?;
    // One after the other, or those at the same moment would not see each other.
    hold_staff_in_tx(&mut write, staff).await?;
    let made = store::count_search_in_tx(&mut write, staff, now.plus_us(-HOUR_US), now).await?;
    if made <= i64::from(app.config.staff.searches_per_hour) {
        write.housekeeping(Housekeeping::Aggregates).await?;
        return Ok(());
    }
    raise_in_tx(&mut write, AlarmKind::Quota, staff, None).await?;
    let entry = caller.entry(events::SEARCH_REFUSED).subject(staff).refused();
    write.commit(entry.detail(json!({ "code": "search_quota" }))).await?;
    Err(StaffError::Searches.into())
}

/// Forgets searches of before yesterday.
pub(super) async fn forget_searches(db: &Db) -> Result<(), DbError> {
    let before = db.clock().now().plus_us(-DAY_US);
    let mut write = db.write().await?;
    store::forget_searches_in_tx(&mut write, before).await?;
    store::forget_begun_in_tx(&mut write, db.clock().now()).await?;
    write.housekeeping(Housekeeping::Aggregates).await
}

/// Who works here and what waits. Its reading is an entry.
pub(super) async fn overview(app: &App, caller: &Caller) -> Result<Overview, Problem> {
    audit::record(&app.db, caller.entry(events::LIST_READ)).await?;
    let colleagues = list_staff(&app.db).await?;
    let waiting = store::waiting(&app.db, app.now()).await?;
    let issuer = app.service::<IdentityProvider>().ok().map(|provider| provider.provider.issuer().to_owned());
    Ok(Overview { colleagues, waiting, issuer })
}

/// What an entry says about a request: the act, whom it is about, the hash of the exact command; never a name.
fn told(entry: Entry, request: &Request) -> Entry {
    let command = &request.command;
    let role = match command {
        Command::TakeOn { role, .. } | Command::ChangeRole { to: role, .. } => Some(role.word()),
        _ => None,
    };
    let mark = match command {
        Command::Mark { mark, .. } | Command::Unmark { mark, .. } => Some(mark.word()),
        _ => None,
    };
    let detail = json!({
        "act": command.word(), "staff": command.staff(), "role": role, "mark": mark, "command": request.hash,
    });
    let entry = entry.subject(request.made_by).detail(detail);
    match command.customer() {
        Some(customer) => entry.concerns(customer),
        None => entry,
    }
}

/// Asks for something that needs a second person. Returns the number of the request.
pub(super) async fn ask(app: &App, caller: &Caller, command: Command) -> Result<i64, Problem> {
    let maker = caller.staff()?;
    let own = matches!(command, Command::OpenRecord { staff, .. } if staff != maker);
    if !makers(&command).contains(&caller.role) || own {
        return Err(refuse(app, caller, StaffError::NotYoursToAsk).await?);
    }
    if !is_sound(&command) {
        return Err(StaffError::Field.into());
    }
    if let Some(staff) = command.staff() {
        find_staff(&app.db, staff).await?.ok_or(StaffError::Absent)?;
    }
    let body = serde_json::to_string(&command).map_err(Problem::internal)?;
    let (hash, now) = (Command::hash_of(&body), app.now());
    let mut write = app.db.write().await?;
    let request = Request {
        id: write.next_id(),
        command,
        hash_made: hash.clone(),
        hash,
        made_by: maker,
        made_at: now,
        lapses_at: now.plus_us(i64::from(app.config.staff.request_hours) * HOUR_US),
        is_decided: false,
    };
    store::insert_request_in_tx(&mut write, &request, &body).await?;
    write.commit(told(caller.entry(events::REQUEST_MADE), &request)).await?;
    Ok(request.id)
}

/// Allows or refuses a request, as the one who saw the text with the hash `seen`. What is allowed is done from the kept
/// text in the same transaction.
pub(super) async fn decide(
    app: &App,
    caller: &Caller,
    id: i64,
    approve: bool,
    seen: &str,
) -> Result<(), Problem> {
    let request = store::request(&app.db, id).await?.ok_or(StaffError::Absent)?;
    match may_decide(app, caller, &request, seen).await {
        Ok(()) => {}
        Err(error) => return Err(refuse_decision(app, caller, &request, error).await?),
    }
    let (checker, now) = (caller.staff()?, app.now());
    let mut write = app.db.write().await?;
    if let Err(error) = still_may_in_tx(&mut write, caller, &request).await {
        write.rollback().await?;
        return Err(refuse_decision(app, caller, &request, error).await?);
    }
    let outcome = if approve { "approved" } else { "refused" };
    if !store::decide_in_tx(&mut write, &request, checker, now, outcome).await? {
        write.rollback().await?;
        return Err(StaffError::Decided.into());
    }
    if !approve {
        return Ok(write.commit(told(caller.entry(events::REQUEST_REFUSED), &request)).await?);
    }
    if !do_in_tx(app, &mut write, &request, checker).await? {
        write.rollback().await?;
        return Err(StaffError::Stale.into());
    }
    Ok(write.commit(told(caller.entry(events::REQUEST_APPROVED), &request)).await?)
}

async fn may_decide(app: &App, caller: &Caller, request: &Request, seen: &str) -> Result<(), StaffError> {
    let checker = caller.staff().map_err(|_| StaffError::Absent)?;
    if request.is_decided {
        return Err(StaffError::Decided);
    }
    if request.lapses_at <= app.now() {
        return Err(StaffError::Lapsed);
    }
    if request.hash != request.hash_made || request.hash != seen {
        return Err(StaffError::Changed);
    }
    for party in [Some(request.made_by), request.command.staff()].into_iter().flatten() {
        if store::are_one_person(&app.db, checker, party).await? {
            return Err(StaffError::OwnRequest);
        }
    }
    if checkers(&request.command).contains(&caller.role) { Ok(()) } else { Err(StaffError::NotYoursToDecide) }
}

/// Whether both are still who they were, until this transaction ends: whoever asked can ask, whoever decides is not shut
/// out and has the role of their session. Everybody's row is held in one order, so that two decisions about each other
/// wait and don't block each other.
async fn still_may_in_tx(write: &mut Write, caller: &Caller, request: &Request) -> Result<(), StaffError> {
    let (checker, maker) = (caller.staff().map_err(|_| StaffError::Absent)?, request.made_by);
    let mut all: Vec<StaffId> =
        [Some(checker), Some(maker), request.command.staff()].into_iter().flatten().collect();
    all.sort_unstable_by_key(|one| one.raw());
    all.dedup();
    let mut roles = Vec::with_capacity(all.len());
    for one in all {
        roles.push((one, hold_staff_in_tx(write, one).await?));
    }
    let role = |of: StaffId| roles.iter().find(|(one, _)| *one == of).and_then(|(_, role)| *role);
    if role(checker) != Some(caller.role) {
        return Err(StaffError::NotYoursToDecide);
    }
    match role(maker) {
        Some(role) if makers(&request.command).contains(&role) => Ok(()),
        _ => Err(StaffError::MakerGone),
    }
}

/// Does what was allowed; whether it still fitted.
async fn do_in_tx(
    app: &App,
    write: &mut Write,
    request: &Request,
    checker: StaffId,
) -> Result<bool, StaffError> {
    let now = write.now();
    match &request.command {
        Command::TakeOn { name, employee, role, locale } => {
            let new = NewStaff { name: Masked::new(name.trim()), role: *role, locale: locale.clone() };
            let Some(id) = add_staff_in_tx(write, &new).await? else { return Ok(false) };
            store::tell_employee_in_tx(write, id, employee).await?;
            Ok(true)
        }
        Command::ChangeRole { staff, from, to } => Ok(change_role_in_tx(write, *staff, *from, *to).await?),
        Command::Vouch { staff, issuer, subject } => {
            Ok(store::bind_subject_in_tx(write, issuer, subject, *staff).await?)
        }
        Command::EnableAgain { staff } => {
            // Also the keys of somebody who was shut out before keys ended with that.
            end_keys_in_tx(app, write, *staff, (Actor::Staff(checker), Channel::Desk)).await?;
            Ok(enable_staff_in_tx(write, *staff).await?)
        }
        Command::Mark { customer, mark } => {
            store::mark_in_tx(write, *customer, *mark, request.made_by, now).await?;
            Ok(true)
        }
        Command::Unmark { customer, mark } => Ok(store::unmark_in_tx(write, *customer, *mark, now).await?),
        Command::EndRelation { staff, customer } => {
            Ok(store::end_relation_in_tx(write, *staff, *customer, now).await?)
        }
        Command::OpenRecord { staff, customer } => {
            store::allow_in_tx(write, *staff, *customer, checker, now.plus_us(ALLOWED_US)).await?;
            Ok(true)
        }
    }
}

/// A refusal becomes an entry before it becomes an answer.
async fn refuse(app: &App, caller: &Caller, error: StaffError) -> Result<Problem, Problem> {
    if let Some(code) = error.refusal() {
        let entry = caller.entry(events::DECISION_REFUSED).refused().detail(json!({ "code": code }));
        audit::record(&app.db, entry).await?;
    }
    Ok(error.into())
}

/// The same for a decision; deciding one's own is an alarm as well.
async fn refuse_decision(
    app: &App,
    caller: &Caller,
    request: &Request,
    error: StaffError,
) -> Result<Problem, Problem> {
    let Some(code) = error.refusal() else { return Ok(error.into()) };
    let entry = caller.entry(events::DECISION_REFUSED).subject(request.made_by).refused();
    let detail = json!({ "code": code, "act": request.command.word(), "command": request.hash });
    let mut write = app.db.write().await?;
    if matches!(error, StaffError::OwnRequest) {
        let customer = request.command.customer();
        raise_in_tx(&mut write, AlarmKind::OwnRequest, caller.staff()?, customer).await?;
    }
    write.commit(entry.detail(detail)).await?;
    Ok(error.into())
}

async fn end_keys_in_tx(
    app: &App,
    write: &mut Write,
    staff: StaffId,
    (by, channel): (Actor, Channel),
) -> Result<(), DbError> {
    end_access_in_tx(app, write, AccessLost { whose: Actor::Staff(staff), by, channel }).await
}

/// Shuts somebody out at once: they can't sign in, their sessions are over, and their keys ended for good.
pub(super) async fn shut_out(app: &App, caller: &Caller, staff: StaffId) -> Result<(), Problem> {
    find_staff(&app.db, staff).await?.ok_or(StaffError::Absent)?;
    let mut write = app.db.write().await?;
    if !disable_staff_in_tx(&mut write, staff).await? {
        return Ok(write.rollback().await?);
    }
    end_keys_in_tx(app, &mut write, staff, (caller.actor, caller.channel)).await?;
    Ok(write.commit(caller.entry(events::SHUT_OUT).subject(staff)).await?)
}

/// Says that somebody is, or is related to, a customer. About themselves anybody may say it, about others those who
/// answer for colleagues.
pub(super) async fn relate(
    app: &App,
    caller: &Caller,
    staff: StaffId,
    customer: CustomerId,
    relation: Relation,
) -> Result<(), Problem> {
    let by = caller.staff()?;
    let answers = matches!(caller.role, Role::Manager | Role::Administrator | Role::Compliance);
    if by != staff && !answers {
        return Err(refuse(app, caller, StaffError::NotYoursToAsk).await?);
    }
    find_staff(&app.db, staff).await?.ok_or(StaffError::Absent)?;
    let mut write = app.db.write().await?;
    store::relate_in_tx(&mut write, (staff, customer, relation), by, app.now()).await?;
    let entry = caller.entry(events::RELATED).subject(staff).concerns(customer);
    Ok(write.commit(entry.detail(json!({ "relation": relation.word() }))).await?)
}

/// Alarms that nobody has seen to. Their reading is an entry that concerns the customers on it.
pub(super) async fn alarms(app: &App, caller: &Caller) -> Result<Vec<Alarm>, Problem> {
    let alarms = store::unseen(&app.db).await?;
    let entry = caller.entry(events::ALARMS_READ).detail(json!({ "count": alarms.len() }));
    let entry = alarms.iter().filter_map(|alarm| alarm.customer).fold(entry, Entry::concerns);
    audit::record(&app.db, entry).await?;
    Ok(alarms)
}

/// Says that an alarm is seen to. Nobody does so for one about themselves, with none of their accounts.
pub(super) async fn see(app: &App, caller: &Caller, id: i64) -> Result<(), Problem> {
    let by = caller.staff()?;
    let mut write = app.db.write().await?;
    if !store::see_in_tx(&mut write, id, by, app.now()).await? {
        write.rollback().await?;
        return Err(StaffError::Absent.into());
    }
    Ok(write
        .commit(caller.entry(events::ALARM_SEEN).subject(by).detail(json!({ "alarm": id.to_string() })))
        .await?)
}
