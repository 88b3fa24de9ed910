//! Opening cases and acting on them: the one path that changes a case. The only opener of transactions here.

mod built_in;
mod read;
mod sealing;
mod timers;

pub use built_in::{book_with, built_in_book, with_book};

use super::error::CaseError;
use super::model::{By, Opening, Request, acting, links_of, scan_act, scan_fields};
use super::store::{self, CaseRow};
use super::{events, model};
use cases::{Act, Blocker, Book, Case, Command, Event, Kind};
use kernel::{Actor, CaseId, CustomerId, Timestamp};
use platform::app::App;
use platform::audit::Entry;
use platform::db::{Db, Write};
use platform::http::problem::Problem;
use platform::keys::PersonKeys;
use std::sync::Arc;
use vault::DataKey;

/// Documents have no store yet, and an id that leads nowhere must not pass for evidence: nobody attaches.
const ATTACH: &str = "attach";

/// Commands and queries of cases.
#[derive(Clone)]
pub struct Cases {
    db: Db,
    keys: PersonKeys,
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
        Ok(Self { db, keys, random: Arc::clone(&app.random), book: app.service::<Arc<Book>>()? })
    }

    /// The definitions.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Opens a case under an id that the caller has from the mint; the same id again changes nothing.
    ///
    /// # Errors
    /// [`CaseError::Blocked`] with everything that is in the way.
    pub async fn open(&self, by: &By, id: CaseId, opening: &Opening) -> Result<(), CaseError> {
        let customer = opening.customer;
        let mut fields = opening.fields.clone();
        scan_fields(&mut fields).map_err(|blocker| CaseError::Blocked(vec![blocker]))?;
        let kind = self.book.newest(&opening.kind, opening.pack.as_deref()).ok_or(CaseError::Absent)?;
        let who = acting(kind, by, customer, self.now());
        if kind.confidential && !who.has_any(&kind.opened_by) {
            return Err(CaseError::Absent);
        }
        let event = self.book.open(&opening.kind, opening.pack.as_deref(), &fields, &who);
        let event = event.map_err(CaseError::blocked)?;
        let case = Case::opened(&event).ok_or(CaseError::Unreadable(id.raw()))?;
        let key = self.keys.key(customer).await?;
        let mut write = self.db.write().await?;
        if store::lock_in_tx(&mut write, id).await?.is_some() {
            write.rollback().await?;
            return Ok(());
        }
        let row = self.sealed(write.next_id(), &event, Some(&key), id)?;
        store::append_in_tx(&mut write, id, &row, Some(id.raw())).await?;
        store::put_row_in_tx(&mut write, &CaseRow::of(&self.book, id.raw(), customer, &case)).await?;
        let entry = about(kind, by.entry(events::OPENED).subject(id), customer);
        let detail = serde_json::json!({ "kind": case.kind, "state": case.state });
        Ok(write.commit(entry.detail(detail)).await?)
    }

    /// Does what was asked, or says everything that is in its way. The same request again changes nothing.
    ///
    /// # Errors
    /// [`CaseError::Blocked`]; [`CaseError::Absent`] also for whom the case doesn't exist.
    pub async fn apply(&self, by: &By, id: CaseId, asked: &Request) -> Result<(), CaseError> {
        let (row, kind) = self.admitted(by, id).await?;
        let customer = CustomerId::from_raw(row.customer);
        let mut act = asked.act.clone();
        scan_act(&mut act).map_err(|blocker| CaseError::Blocked(vec![blocker]))?;
        if matches!(act, Act::Attach { .. }) {
            return Err(CaseError::Blocked(vec![Blocker::UnknownAction { action: ATTACH.to_owned() }]));
        }
        self.check_link(by, &row, kind, &act).await?;
        let key = self.keys.key(customer).await?;
        let mut write = self.db.write().await?;
        if store::lock_in_tx(&mut write, id).await?.is_none()
            || store::was_done_in_tx(&mut write, id, asked.request).await?
        {
            write.rollback().await?;
            return Ok(());
        }
        let stored = store::events_in_tx(&mut write, id).await?;
        let mut case = self.fold(id, &stored, Some(&key))?;
        let kind = self.book.kind_of(&case).ok_or(CaseError::Unreadable(id.raw()))?;
        let who = acting(kind, by, customer, write.now());
        let command = Command { act, expected_version: asked.expected_version };
        let decided = match self.book.apply(&case, &command, &who) {
            Ok(decided) => decided,
            Err(blockers) => {
                write.rollback().await?;
                return Err(CaseError::blocked(blockers));
            }
        };
        let detail = told(&case, &decided);
        self.append_in_tx(
            &mut write,
            id,
            customer,
            &mut case,
            Append { decided: &decided, key: Some(&key), request: Some(asked.request) },
        )
        .await?;
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
        let mut request = append.request;
        for event in append.decided {
            let row = self.sealed(write.next_id(), event, append.key, id)?;
            store::append_in_tx(write, id, &row, request.take()).await?;
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

    /// Refuses a link to a case that the maker may not see, and one that would tell those who see this case of a
    /// confidential one.
    async fn check_link(&self, by: &By, from: &CaseRow, kind: &Kind, act: &Act) -> Result<(), CaseError> {
        let Act::Link { other, .. } = act else { return Ok(()) };
        let wrong = || {
            let expected = "the id of another case";
            CaseError::Blocked(vec![Blocker::FieldWrong { field: "other".to_owned(), expected }])
        };
        let other: CaseId = other.parse().map_err(|_| wrong())?;
        match self.admitted(by, other).await {
            Ok((row, to)) if row.id != from.id && (kind.confidential || !to.confidential) => Ok(()),
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

/// Events to be appended, under which key their texts, and by which request.
struct Append<'a> {
    decided: &'a [Event],
    key: Option<&'a DataKey>,
    request: Option<i64>,
}

/// What the log says of events: their kind, the transition and where the case is; nothing that people typed.
fn told(before: &Case, decided: &[Event]) -> serde_json::Value {
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
