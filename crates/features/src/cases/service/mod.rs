//! Opening cases and acting on them: the one path that changes a case. The only opener of transactions here.

mod built_in;
mod read;
mod sealing;
mod timers;

pub use built_in::{book_with, built_in_book, with_book};

use super::error::CaseError;
use super::model::{
    By, Opening, Request, acting, fields_of, links_of, repeatable, roles_of, scan_act, scan_fields,
};
use super::store::{self, CaseRow, Named};
use super::{access, events, model};
use crate::staff::accounts_of_person;
use cases::{Act, Blocker, Book, Case, Command, Event, FieldKind, Fields, Kind, Value};
use kernel::{Actor, CaseId, CustomerId, StaffId, Timestamp};
use platform::access::find_staff;
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, Write};
use platform::http::problem::Problem;
use platform::keys::PersonKeys;
use std::sync::Arc;
use vault::{DataKey, KeyRing};

/// Documents have no store yet, and an id that leads nowhere must not pass for evidence: nobody attaches.
const ATTACH: &str = "attach";

/// Commands and queries of cases.
#[derive(Clone)]
pub struct Cases {
    db: Db,
    keys: PersonKeys,
    ring: Arc<KeyRing>,
    random: Arc<dyn kernel::Random>,
    book: Arc<Book>,
}

impl Cases {
    /// As the running server has it.
    ///
    /// # Errors
    /// The wiring left the book out.
    pub fn of(app: &App) -> Result<Self, Problem> {
        let (db, keys) = (app.db.clone(), PersonKeys::of(app));
        let (ring, random) = (Arc::clone(&app.keys), Arc::clone(&app.random));
        Ok(Self { db, keys, ring, random, book: app.service::<Arc<Book>>()? })
    }

    /// The definitions.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Opens a case under an id that the caller has from the mint. The same request again changes nothing and tells the
    /// case that it has opened.
    ///
    /// # Errors
    /// [`CaseError::Blocked`] with everything that is in the way; [`CaseError::Reused`] where the request was another one.
    pub async fn open(
        &self,
        by: &By,
        id: CaseId,
        request: i64,
        opening: &Opening,
    ) -> Result<CaseId, CaseError> {
        let customer = opening.customer;
        let mut fields = opening.fields.clone();
        scan_fields(&mut fields).map_err(|blocker| CaseError::Blocked(vec![blocker]))?;
        let kind = self.book.newest(&opening.kind, opening.pack.as_deref()).ok_or(CaseError::Absent)?;
        let who = acting(kind, by, customer, self.same(by).await?, self.now());
        if kind.confidential && !who.has_any(&kind.opened_by) {
            return Err(CaseError::Absent);
        }
        let event = self.book.open(&opening.kind, opening.pack.as_deref(), &fields, &who);
        let event = event.map_err(CaseError::blocked)?;
        let case = Case::opened(&event).ok_or(CaseError::Unreadable(id.raw()))?;
        self.check_people(&fields).await?;
        let named = self.named(by, request, &(&opening.kind, &opening.pack, customer, &fields))?;
        let key = self.keys.key(customer).await?;
        let mut write = self.db.write().await?;
        if let Some((opened, hash)) = store::opening_in_tx(&mut write, request).await? {
            write.rollback().await?;
            return if hash == named.hash { Ok(CaseId::from_raw(opened)) } else { Err(CaseError::Reused) };
        }
        let row = self.sealed(write.next_id(), &event, Some(&key), id)?;
        store::append_in_tx(&mut write, id, &row, Some(&named)).await?;
        store::put_row_in_tx(&mut write, &CaseRow::of(&self.book, id.raw(), customer, &case)).await?;
        let entry = about(kind, by.entry(events::OPENED).subject(id), customer);
        let detail = serde_json::json!({ "kind": case.kind, "state": case.state });
        write.commit(if kind.confidential { entry } else { entry.detail(detail) }).await?;
        Ok(id)
    }

    /// Does what was asked, or says everything that is in its way. The same request again changes nothing.
    ///
    /// # Errors
    /// [`CaseError::Blocked`]; [`CaseError::Absent`] also for whom the case doesn't exist; [`CaseError::Reused`] where the
    /// request was another one; [`CaseError::Erased`] where a text comes with it and the customer was erased.
    pub async fn apply(&self, by: &By, id: CaseId, asked: &Request) -> Result<(), CaseError> {
        let (row, kind) = self.admitted(by, id).await?;
        let customer = CustomerId::from_raw(row.customer);
        let mut act = asked.act.clone();
        scan_act(&mut act).map_err(|blocker| CaseError::Blocked(vec![blocker]))?;
        if matches!(act, Act::Attach { .. }) {
            return Err(CaseError::Blocked(vec![Blocker::UnknownAction { action: ATTACH.to_owned() }]));
        }
        self.check_link(by, &row, kind, &act).await?;
        self.check_assignee(kind, customer, &act).await?;
        if let Some(fields) = fields_of(&act) {
            self.check_people(fields).await?;
        }
        let named = self.named(by, asked.request, &repeatable(&act))?;
        let (key, same) = (self.key(customer).await?, self.same(by).await?);
        let mut write = self.db.write().await?;
        if store::lock_in_tx(&mut write, id).await?.is_none() {
            write.rollback().await?;
            return Ok(());
        }
        if let Some(hash) = store::done_in_tx(&mut write, id, named.request).await? {
            write.rollback().await?;
            return if hash == named.hash { Ok(()) } else { Err(CaseError::Reused) };
        }
        let stored = store::events_in_tx(&mut write, id).await?;
        let mut case = self.fold(id, &stored, key.as_ref())?;
        let kind = self.book.kind_of(&case).ok_or(CaseError::Unreadable(id.raw()))?;
        let who = acting(kind, by, customer, same, write.now());
        let command = Command { act, expected_version: asked.expected_version };
        let decided = match self.book.apply(&case, &command, &who) {
            Ok(decided) => decided,
            Err(blockers) => {
                write.rollback().await?;
                return Err(CaseError::blocked(blockers));
            }
        };
        let detail = told(kind, &case, &decided);
        let append = Append { decided: &decided, key: key.as_ref(), named: Some(&named) };
        self.append_in_tx(&mut write, id, customer, &mut case, append).await?;
        let entry = about(kind, by.entry(events::ACTED).subject(id), customer);
        Ok(write.commit(entry.detail(detail)).await?)
    }

    /// Appends events and brings the row up to date.
    async fn append_in_tx(
        &self,
        write: &mut Write,
        id: CaseId,
        customer: CustomerId,
        case: &mut Case,
        append: Append<'_>,
    ) -> Result<(), CaseError> {
        let mut named = append.named;
        for event in append.decided {
            let row = self.sealed(write.next_id(), event, append.key, id)?;
            store::append_in_tx(write, id, &row, named.take()).await?;
            if !case.absorb(event) {
                return Err(CaseError::Unreadable(id.raw()));
            }
        }
        for (link, other) in links_of(append.decided) {
            store::link_in_tx(write, id.raw(), &link, other).await?;
        }
        Ok(store::put_row_in_tx(write, &CaseRow::of(&self.book, id.raw(), customer, case)).await?)
    }

    /// The row of a case and its kind, where somebody may see it. A case that they may not see costs what one costs that
    /// doesn't exist: nothing of it is read but the row.
    async fn admitted(&self, by: &By, id: CaseId) -> Result<(CaseRow, &Kind), CaseError> {
        let row = store::row(&self.db, id).await?.ok_or(CaseError::Absent)?;
        let kind = self.kind_of_row(&row)?;
        if self.sees(by, kind, &row) { Ok((row, kind)) } else { Err(CaseError::Absent) }
    }

    fn kind_of_row(&self, row: &CaseRow) -> Result<&Kind, CaseError> {
        let version = u32::try_from(row.def_version).unwrap_or_default();
        self.book.version_of(&row.kind, version).ok_or(CaseError::Unreadable(row.id))
    }

    fn sees(&self, by: &By, kind: &Kind, row: &CaseRow) -> bool {
        let customer = CustomerId::from_raw(row.customer);
        by.actor == Actor::System
            || kind.is_visible(&row.state, &model::roles_of(kind, by.role, by.actor, customer))
    }

    /// The other accounts of whoever acts.
    async fn same(&self, by: &By) -> Result<Vec<Actor>, CaseError> {
        let Actor::Staff(staff) = by.actor else { return Ok(Vec::new()) };
        Ok(accounts_of_person(&self.db, staff).await?.into_iter().map(Actor::Staff).collect())
    }

    /// Refuses a member of staff who doesn't exist: a mistyped one would be kept from nothing.
    async fn check_people(&self, fields: &Fields) -> Result<(), CaseError> {
        for (name, value) in fields {
            let kind = self.book.registry().field(name);
            let (Some(FieldKind::Reference(StaffId::PREFIX)), Value::Word(id)) = (kind, value) else {
                continue;
            };
            let known = match id.parse() {
                Ok(id) => find_staff(&self.db, id).await?.is_some(),
                Err(_) => false,
            };
            if !known {
                let expected = "the id of a member of staff";
                return Err(CaseError::Blocked(vec![Blocker::FieldWrong { field: name.clone(), expected }]));
            }
        }
        Ok(())
    }

    /// Refuses to give a case to somebody who is not there any more, or has no part in its kind.
    async fn check_assignee(&self, kind: &Kind, customer: CustomerId, act: &Act) -> Result<(), CaseError> {
        let Act::Assign { to: to @ Actor::Staff(id) } = act else { return Ok(()) };
        let colleague = find_staff(&self.db, *id).await?.filter(|colleague| colleague.active);
        let has_part = colleague.is_some_and(|colleague| {
            let roles = roles_of(kind, colleague.role, *to, customer);
            kind.roles.iter().any(|role| roles.contains(role))
        });
        let expected = "an active member of staff with a part in this kind";
        let wrong = || CaseError::Blocked(vec![Blocker::FieldWrong { field: "to".to_owned(), expected }]);
        if has_part { Ok(()) } else { Err(wrong()) }
    }

    /// Refuses a link to a case that the maker may not see, and one that would tell those who see this case of a
    /// confidential one that they don't see.
    async fn check_link(&self, by: &By, from: &CaseRow, kind: &Kind, act: &Act) -> Result<(), CaseError> {
        let Act::Link { other, .. } = act else { return Ok(()) };
        let wrong = || {
            let expected = "the id of another case";
            CaseError::Blocked(vec![Blocker::FieldWrong { field: "other".to_owned(), expected }])
        };
        let other: CaseId = other.parse().map_err(|_| wrong())?;
        match self.admitted(by, other).await {
            Ok((row, to)) if row.id != from.id && (!to.confidential || all_see(kind, to)) => Ok(()),
            Ok(_) | Err(CaseError::Absent) => Err(wrong()),
            Err(error) => Err(error),
        }
    }

    fn now(&self) -> Timestamp {
        self.db.clock().now()
    }
}

/// Whom an entry concerns: nobody where the kind is confidential, for owners see who looked at what, and so does whoever
/// searches the log for a person.
fn about(kind: &Kind, entry: Entry, customer: CustomerId) -> Entry {
    if kind.confidential { entry } else { entry.concerns(customer) }
}

/// Whether everybody who sees cases of one kind sees those of the other.
fn all_see(from: &Kind, to: &Kind) -> bool {
    let sees = |kind: &Kind, role| {
        let roles = roles_of(kind, role, Actor::Nobody, CustomerId::from_raw(0));
        kind.states.keys().any(|state| kind.is_visible(state, &roles))
    };
    let mut among_staff = access::EVERYBODY.iter().map(|role| !sees(from, *role) || sees(to, *role));
    from.confidential && among_staff.all(|both| both)
}

/// Events to be appended, under which key their texts, and by which request.
struct Append<'a> {
    decided: &'a [Event],
    key: Option<&'a DataKey>,
    named: Option<&'a Named>,
}

/// What the log says of events: their kind, the transition and where the case is; nothing that people typed. Of a
/// confidential case it says how many there were.
fn told(kind: &Kind, before: &Case, decided: &[Event]) -> serde_json::Value {
    if kind.confidential {
        return serde_json::json!({ "events": decided.len() });
    }
    let kinds: Vec<serde_json::Value> = decided
        .iter()
        .map(|event| {
            let body = serde_json::to_value(&event.body).unwrap_or_default();
            let pick = |name: &str| body.get(name).cloned().unwrap_or_default();
            serde_json::json!({ "kind": pick("kind"), "transition": pick("transition"), "to": pick("to") })
        })
        .collect();
    serde_json::json!({ "kind": before.kind, "from": before.state, "events": kinds })
}
