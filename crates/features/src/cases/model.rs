//! What is asked of cases, what is seen of them, and the row that is worked out of one. Pure.

use super::store::CaseRow;
use cases::{
    Act, Acting, Blocker, Book, Case, Category, ClockKind, Event, EventBody, Fields, Kind, Link, Offer,
    Reading, Value,
};
use kernel::{Actor, CaseId, Channel, CustomerId, Timestamp};
use platform::access::{Caller, Role};
use platform::audit::{Entry, Origin};
use platform::text::{CHARS_MAX, FreeText};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// No clock runs: last in a list.
pub(super) const NEVER: i64 = i64::MAX;
/// No clock of a case was ever late.
pub(super) const IN_TIME: i64 = 0;
/// A promise of the house was late, and no clock of the law.
pub(super) const LATE_BY_PROMISE: i64 = 1;
/// A clock of the law was late.
pub(super) const LATE_BY_LAW: i64 = 2;

/// Who reads or acts, once the gate has let them pass.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// Over which channel.
    pub channel: Channel,
    /// What they are in the program.
    pub role: Role,
    /// From which session or key.
    pub origin: Option<Origin>,
}

impl By {
    /// An entry of the log that says that they did `act`.
    pub(super) fn entry(&self, act: &'static str) -> Entry {
        Entry::new(self.actor, self.channel, act).origin(self.origin)
    }
}

impl From<&Caller> for By {
    fn from(caller: &Caller) -> Self {
        Self { actor: caller.actor, channel: caller.channel, role: caller.role, origin: caller.origin() }
    }
}

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The kind, by its id.
    pub kind: String,
    /// The pack of clocks, where the kind has some.
    pub pack: Option<String>,
    /// Whose matter.
    pub customer: CustomerId,
    /// What is known at the beginning.
    pub fields: Fields,
}

/// An act on a case, with the name of the request: sent twice, it is done once.
#[derive(Clone, Debug)]
pub struct Request {
    /// What.
    pub act: Act,
    /// The version that was seen.
    pub expected_version: Option<u64>,
    /// The same number for the same request.
    pub request: i64,
}

/// A case as a reader sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its id.
    pub id: CaseId,
    /// Whose matter.
    pub customer: CustomerId,
    /// The case.
    pub case: Case,
    /// Its events, in order; texts are empty once the customer is erased.
    pub events: Vec<Event>,
    /// The last run of every clock that has started.
    pub clocks: BTreeMap<String, Reading>,
    /// What the reader may do, and what is in the way of the rest.
    pub offers: Vec<Offer>,
    /// Cases that belong to it, as far as the reader may see them.
    pub links: Vec<Linked>,
}

/// Whose matter a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The customer.
    pub customer: CustomerId,
    /// Nothing that the customer may read names the case.
    pub confidential: bool,
}

/// A case that belongs to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// How, told from where it was written.
    pub link: Link,
    /// Whether it was written at the other one.
    pub back: bool,
    /// The other one.
    pub row: CaseRow,
}

/// How the cases of a kind are, and how those of the last time went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Open ones.
    pub open: i64,
    /// Open ones by age: up to a day, a week, 30 days, more.
    pub ages: [i64; 4],
    /// Open ones by their next due date: past, within a day, three days, seven days.
    pub due: [i64; 4],
    /// Those that ended in the time that is looked at.
    pub ended: i64,
    /// Of these, how many met every clock of the law.
    pub within_law: i64,
    /// Of these, how many met every clock at all.
    pub within_promise: i64,
    /// How long half of them took at most, µs.
    pub median_us: i64,
    /// How long nine of ten took at most, µs.
    pub p90_us: i64,
}

impl CaseRow {
    /// The row of a case.
    pub(super) fn of(book: &Book, id: i64, customer: CustomerId, case: &Case) -> Self {
        let closed = book.kind_of(case).is_none_or(|kind| kind.category(&case.state) == Category::Closed);
        let clocks = book.clocks(case, case.changed_at);
        let running = clocks.values().filter(|reading| reading.stopped_at.is_none() && !reading.paused);
        let due = running.filter_map(|reading| reading.due_at).min();
        let timer = book.timers(case).first().map(|timer| timer.fire_at.us());
        let held = case.claimed(case.changed_at);
        Self {
            id,
            kind: case.kind.clone(),
            def_version: i64::from(case.def_version),
            customer: customer.raw(),
            state: case.state.clone(),
            open: i64::from(!closed),
            assignee: case.assignee.map(|assignee| assignee.to_string()),
            holder: held.map(|(holder, _)| holder.to_string()),
            held_until: held.map(|(_, until)| until.us()),
            version: i64::try_from(case.version).unwrap_or(i64::MAX),
            opened_at: case.opened_at.us(),
            changed_at: case.changed_at.us(),
            closed_at: case.closed_at().map(Timestamp::us),
            due_at: due.map_or(NEVER, Timestamp::us),
            timer_at: timer,
            late: match book.latest(case, case.changed_at) {
                Some(ClockKind::Legal) => LATE_BY_LAW,
                Some(ClockKind::Service) => LATE_BY_PROMISE,
                None => IN_TIME,
            },
            words: words(&case.fields),
        }
    }

    /// The fields that are no texts of people.
    ///
    /// # Errors
    /// The row was damaged.
    pub(super) fn fields(&self) -> Result<Fields, serde_json::Error> {
        serde_json::from_str(&self.words)
    }

    /// Who has it at `now`, for good or for a while.
    pub fn held_by(&self, now: Timestamp) -> Option<&str> {
        let claimed = self.held_until.is_some_and(|until| now.us() < until);
        self.assignee.as_deref().or_else(|| self.holder.as_deref().filter(|_| claimed))
    }
}

/// Fields without what people typed, as they stand in a row.
fn words(fields: &Fields) -> String {
    let kept: BTreeMap<_, _> = fields.iter().filter(|(_, value)| !matches!(value, Value::Text(_))).collect();
    serde_json::to_string(&kept).unwrap_or_default()
}

/// The links that the events of a case tell, in order, each once.
pub(super) fn links_of(events: &[Event]) -> BTreeSet<(String, i64)> {
    let told = events.iter().filter_map(|event| match &event.body {
        EventBody::Linked { link, other } => {
            Some((link_word(*link).to_owned(), other.parse::<CaseId>().ok()?.raw()))
        }
        _ => None,
    });
    told.collect()
}

/// The word of a link in columns, forms and keys of texts.
pub(super) const fn link_word(link: Link) -> &'static str {
    match link {
        Link::Duplicate => "duplicate",
        Link::CausedBy => "caused_by",
        Link::Child => "child",
        Link::ConvertedFrom => "converted_from",
    }
}

/// Every link, the usual one first.
pub(super) const LINKS: [Link; 4] = [Link::Duplicate, Link::CausedBy, Link::Child, Link::ConvertedFrom];

/// What somebody may see of the matters of a customer: `,kind:version:state,` of every definition.
pub(super) fn visible_to(book: &Book, by: &By, customer: CustomerId) -> String {
    let mut all = ",".to_owned();
    for kind in book.versions() {
        let roles = roles_of(kind, by.role, by.actor, customer);
        let every = by.actor == Actor::System;
        for state in kind.states.keys().filter(|state| every || kind.is_visible(state, &roles)) {
            let _ = write!(all, "{}:{}:{state},", kind.id, kind.version);
        }
    }
    all
}

/// States of a kind that somebody with these roles may see, with commas around each.
pub(super) fn visible_states(kind: &Kind, roles: &[String]) -> String {
    let seen = kind.states.keys().filter(|state| kind.is_visible(state, roles));
    seen.fold(",".to_owned(), |all, state| format!("{all}{state},"))
}

/// The roles that somebody has in a kind: those that rest on their role in the program, and `customer` in their own
/// matter.
pub fn roles_of(kind: &Kind, role: Role, actor: Actor, customer: CustomerId) -> Vec<String> {
    if actor == Actor::Cardholder(customer) {
        return vec!["customer".to_owned()];
    }
    let word = role.word();
    kind.role_defs
        .iter()
        .filter(|(_, def)| def.is.iter().any(|rests_on| rests_on == word))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Who acts on a case of a kind, with their other accounts.
pub(super) fn acting(kind: &Kind, by: &By, customer: CustomerId, same: Vec<Actor>, at: Timestamp) -> Acting {
    Acting { actor: by.actor, roles: roles_of(kind, by.role, by.actor, customer), same, at }
}

/// The fields that an act sets.
pub(super) const fn fields_of(act: &Act) -> Option<&Fields> {
    match act {
        Act::Move { input, .. } | Act::BreakGlass { input, .. } | Act::Amend { input, .. } => Some(input),
        Act::Edit { fields } => Some(fields),
        _ => None,
    }
}

/// An act without what is worked out anew when the same form comes again: until when a claim lasts.
pub(super) fn repeatable(act: &Act) -> Act {
    match act {
        Act::Claim { .. } => Act::Claim { until: Timestamp::from_us(0) },
        other => other.clone(),
    }
}

/// Takes every text that people typed out of an event, in a fixed order; empty ones stay in their places.
pub(super) fn take_texts(body: &mut EventBody) -> Vec<String> {
    texts(body).into_iter().map(std::mem::take).collect()
}

/// Puts the texts back that [`take_texts`] took.
pub(super) fn put_texts(body: &mut EventBody, taken: Vec<String>) {
    for (place, text) in texts(body).into_iter().zip(taken) {
        *place = text;
    }
}

/// The places of an event in which there is what people typed.
fn texts(body: &mut EventBody) -> Vec<&mut String> {
    fn of(fields: &mut Fields) -> impl Iterator<Item = &mut String> {
        fields.values_mut().filter_map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }
    match body {
        EventBody::Opened { fields, .. } | EventBody::Edited { fields } => of(fields).collect(),
        EventBody::Moved { fields, reason, .. } => of(fields).chain(reason.as_mut()).collect(),
        EventBody::Proposed { input, reason, .. } | EventBody::Amended { input, reason, .. } => {
            of(input).chain(reason.as_mut()).collect()
        }
        EventBody::Agreed { reason, .. } | EventBody::Dropped { reason, .. } => reason.iter_mut().collect(),
        EventBody::Reviewed { reason, .. } => vec![reason],
        EventBody::Noted { text } => vec![text],
        EventBody::Fired { .. }
        | EventBody::Claimed { .. }
        | EventBody::Released
        | EventBody::Assigned { .. }
        | EventBody::Attached { .. }
        | EventBody::Linked { .. } => Vec::new(),
    }
}

/// Takes card numbers out of every text of an act, ids included: somebody types one into each field sooner or later.
///
/// # Errors
/// A text is longer than free text may be.
pub(super) fn scan_act(act: &mut Act) -> Result<(), Blocker> {
    let mut places: Vec<&mut String> = Vec::new();
    match act {
        Act::Move { input, reason, .. } | Act::Amend { input, reason, .. } => {
            scan_fields(input)?;
            places.extend(reason.as_mut());
        }
        Act::BreakGlass { input, reason, .. } => {
            scan_fields(input)?;
            places.push(reason);
        }
        Act::Vote { reason, .. } => places.extend(reason.as_mut()),
        Act::Review { reason, .. } => places.push(reason),
        Act::Edit { fields } => scan_fields(fields)?,
        Act::Note { text } => places.push(text),
        Act::Attach { document } => places.push(document),
        Act::Link { other, .. } => places.push(other),
        Act::Withdraw { .. }
        | Act::Expire { .. }
        | Act::Claim { .. }
        | Act::Release
        | Act::Assign { .. }
        | Act::Fire { .. } => {}
    }
    places.into_iter().try_for_each(scan)
}

/// The same for fields.
///
/// # Errors
/// A text is longer than free text may be.
pub(super) fn scan_fields(fields: &mut Fields) -> Result<(), Blocker> {
    fields.values_mut().try_for_each(|value| match value {
        Value::Text(text) | Value::Word(text) => scan(text),
        Value::Flag(_) | Value::Number(_) | Value::Money(_) => Ok(()),
    })
}

fn scan(text: &mut String) -> Result<(), Blocker> {
    let scanned = FreeText::scan(text).ok_or(Blocker::TooMany { what: "characters", max: CHARS_MAX })?;
    scanned.reveal().clone_into(text);
    Ok(())
}
