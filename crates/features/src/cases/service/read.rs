//! What is seen of cases: one, a queue, a customer's, figures, the return; and whether rows are what events come to.

use super::super::error::CaseError;
use super::super::events;
use super::super::model::{
    self, By, Figures, LATE_BY_LAW, LINKS, Linked, Seen, Whose, acting, link_word, links_of, visible_to,
};
use super::super::rules::{Counted, Return};
use super::super::store::{self, CaseRow};
use super::{ATTACH, Cases, about};
use cases::{Case, Category, Event, EventBody, Kind, Stretch};
use kernel::{CaseId, CustomerId, Timestamp};
use platform::audit;

/// Cases that are compared, or counted, at once.
const COMPARED_AT_ONCE: i64 = 500;

impl Cases {
    /// A case with its events, clocks and offers. That it was read is in the log.
    ///
    /// # Errors
    /// [`CaseError::Absent`] also for whom the case doesn't exist.
    pub async fn read(&self, by: &By, id: CaseId) -> Result<Seen, CaseError> {
        let (row, kind) = self.admitted(by, id).await?;
        let customer = CustomerId::from_raw(row.customer);
        let (mut events_of_it, case) = self.load(id, customer).await?;
        let who = acting(kind, by, customer, self.same(by).await?, self.now());
        if !self.book.is_visible(&case, &who) {
            return Err(CaseError::Absent);
        }
        let entry = about(kind, by.entry(events::READ).subject(id), customer);
        audit::record(&self.db, entry).await?;
        let (clocks, mut offers) = (self.book.clocks(&case, who.at), self.book.offers(&case, &who));
        offers.retain(|offer| offer.act != ATTACH);
        let links = self.links(by, id).await?;
        // What a link leads to may be confidential for this reader; that there is one is told by nothing.
        let seen: Vec<String> =
            links.iter().map(|linked| CaseId::from_raw(linked.row.id).to_string()).collect();
        events_of_it
            .retain(|event| !matches!(&event.body, EventBody::Linked { other, .. } if !seen.contains(other)));
        Ok(Seen { id, customer, case, events: events_of_it, clocks, offers, links })
    }

    /// Writes down whose cases a list is about to name.
    ///
    /// # Errors
    /// The log can't be written, so the list must not be shown.
    pub async fn note_listed(&self, by: &By, kind: &str, rows: &[CaseRow]) -> Result<(), CaseError> {
        let Some(kind) = self.book.newest(kind, None).filter(|_| !rows.is_empty()) else { return Ok(()) };
        let entry = by.entry(events::READ).detail(serde_json::json!({ "listed": rows.len() }));
        let whose = rows.iter().map(|row| CustomerId::from_raw(row.customer));
        let entry = whose.fold(entry, |entry, customer| about(kind, entry, customer));
        Ok(audit::record(&self.db, entry).await?)
    }

    /// Which time counted in a clock of a case.
    pub fn explain(&self, seen: &Seen, clock: &str) -> Vec<Stretch> {
        self.book.explain(&seen.case, clock, self.now())
    }

    /// Cases that belong to a case, in both directions, as far as somebody may see them.
    async fn links(&self, by: &By, id: CaseId) -> Result<Vec<Linked>, CaseError> {
        let mut found = Vec::new();
        for (from, link, to) in store::links(&self.db, id.raw()).await? {
            let back = from != id.raw();
            let other = CaseId::from_raw(if back { from } else { to });
            let link = LINKS.into_iter().find(|known| link_word(*known) == link);
            let link = link.ok_or(CaseError::Unreadable(id.raw()))?;
            match self.admitted(by, other).await {
                Ok((row, _)) => found.push(Linked { link, back, row }),
                Err(CaseError::Absent) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Open cases of a kind after the case `after`, the ones that are due first; nothing for whom the kind doesn't exist.
    ///
    /// # Errors
    /// [`CaseError::Cursor`] where `after` is no open case of the list (any more); else the database failed.
    pub async fn queue(
        &self,
        by: &By,
        kind: &str,
        after: Option<i64>,
        rows_max: i64,
    ) -> Result<Vec<CaseRow>, CaseError> {
        let Some((kind, states)) = self.view_of(by, kind) else { return Ok(Vec::new()) };
        let after = match after {
            // Any other case, whatever it is, is answered alike: its place in time is nobody's who can't see it.
            Some(id) => {
                let place = store::place_in_queue(&self.db, &kind.id, &states, id).await?;
                Some(place.ok_or(CaseError::Cursor)?)
            }
            None => None,
        };
        Ok(store::queue(&self.db, &kind.id, &states, after, None, rows_max).await?)
    }

    /// Open cases of a kind that are nobody's now, the ones that are due first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn free(&self, by: &By, kind: &str, rows_max: i64) -> Result<Vec<CaseRow>, CaseError> {
        let Some((kind, states)) = self.view_of(by, kind) else { return Ok(Vec::new()) };
        Ok(store::queue(&self.db, &kind.id, &states, None, Some(self.now()), rows_max).await?)
    }

    /// The case of a kind that somebody has taken for a while and still has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held(&self, by: &By, kind: &str) -> Result<Option<CaseId>, CaseError> {
        let Some((kind, states)) = self.view_of(by, kind) else { return Ok(None) };
        let held = store::held(&self.db, &kind.id, &states, &by.actor.to_string(), self.now()).await?;
        Ok(held.map(CaseId::from_raw))
    }

    /// Cases of a customer that somebody may see, the newest first, before the case `before`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of_customer(
        &self,
        by: &By,
        customer: CustomerId,
        before: Option<i64>,
        rows_max: i64,
    ) -> Result<Vec<CaseRow>, CaseError> {
        let visible = visible_to(&self.book, by, customer);
        Ok(store::of_customer(&self.db, customer.raw(), &visible, before, rows_max).await?)
    }

    /// Where a case stands, for whom it exists. Nothing in the answer was typed.
    ///
    /// # Errors
    /// [`CaseError::Absent`] also for whom the case doesn't exist.
    pub async fn stands(&self, by: &By, id: CaseId) -> Result<CaseRow, CaseError> {
        Ok(self.admitted(by, id).await?.0)
    }

    /// Whose matter a case is, for whom it exists.
    ///
    /// # Errors
    /// The database failed.
    pub async fn whose(&self, by: &By, id: CaseId) -> Result<Option<Whose>, CaseError> {
        match self.admitted(by, id).await {
            Ok((row, kind)) => {
                let customer = CustomerId::from_raw(row.customer);
                Ok(Some(Whose { customer, confidential: kind.confidential }))
            }
            Err(CaseError::Absent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The kind of a case, for whom it exists.
    ///
    /// # Errors
    /// [`CaseError::Absent`] also for whom the case doesn't exist.
    pub async fn kind_for(&self, by: &By, id: CaseId) -> Result<&Kind, CaseError> {
        Ok(self.admitted(by, id).await?.1)
    }

    /// How the open cases of a kind are, and how those went that ended since `since`; `None` for whom the kind doesn't
    /// exist.
    ///
    /// # Errors
    /// The database failed.
    pub async fn figures(&self, by: &By, kind: &str, since: Timestamp) -> Result<Option<Figures>, CaseError> {
        let Some((kind, states)) = self.view_of(by, kind) else { return Ok(None) };
        Ok(Some(store::figures(&self.db, &kind.id, &states, self.now(), since).await?))
    }

    /// What a regulator is told of a kind: cases that were open at some moment from `from` until `until`, counted by
    /// category and channel. `None` for whom the kind doesn't exist.
    ///
    /// # Errors
    /// The database failed, or a row was damaged.
    pub async fn regulator_return(
        &self,
        by: &By,
        kind: &str,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Option<Return>, CaseError> {
        let Some((kind, _)) = self.view_of(by, kind) else { return Ok(None) };
        let (mut found, mut after) = (Return::new(from, until), 0);
        loop {
            let rows =
                store::open_between(&self.db, &kind.id, (from, until), after, COMPARED_AT_ONCE).await?;
            let Some(last) = rows.last() else { return Ok(Some(found)) };
            after = last.id;
            for row in &rows {
                let fields = row.fields().map_err(|_| CaseError::Unreadable(row.id))?;
                found.count(&Counted {
                    opened_at: Timestamp::from_us(row.opened_at),
                    closed_at: row.closed_at.map(Timestamp::from_us),
                    in_time: row.late != LATE_BY_LAW,
                    decided: ends_decided(kind, &row.state),
                    fields: &fields,
                });
            }
        }
    }

    /// A kind of which somebody sees cases, with the states in which they do.
    fn view_of(&self, by: &By, kind: &str) -> Option<(&Kind, String)> {
        let kind = self.book.newest(kind, None)?;
        let roles = model::roles_of(kind, by.role, by.actor, CustomerId::from_raw(0));
        let states = model::visible_states(kind, &roles);
        kind.is_visible(&kind.initial, &roles).then_some((kind, states))
    }

    /// The cases whose row is not what their events come to: none, unless somebody else wrote to the database.
    ///
    /// # Errors
    /// The database failed, or events can't be read.
    pub async fn differing(&self) -> Result<Vec<CaseId>, CaseError> {
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let rows = store::rows_after(&self.db, after, COMPARED_AT_ONCE).await?;
            let Some(last) = rows.last() else { return Ok(found) };
            after = last.id;
            for row in &rows {
                let id = CaseId::from_raw(row.id);
                let (events_of_it, case) = self.replay(id).await?;
                let links = store::links(&self.db, row.id).await?.into_iter();
                let stored_links =
                    links.filter(|link| link.0 == row.id).map(|(_, link, other)| (link, other));
                if CaseRow::of(&self.book, row.id, CustomerId::from_raw(row.customer), &case) != *row
                    || stored_links.collect::<std::collections::BTreeSet<_>>() != links_of(&events_of_it)
                {
                    found.push(id);
                }
            }
        }
    }

    async fn replay(&self, id: CaseId) -> Result<(Vec<Event>, Case), CaseError> {
        let stored = store::events(&self.db, id).await?;
        let events_of_it = self.opened_all(id, &stored, None)?;
        let case = Case::fold(&events_of_it).ok_or(CaseError::Unreadable(id.raw()))?;
        Ok((events_of_it, case))
    }

    /// The kinds of which somebody may open a case for a customer.
    pub fn openable(&self, by: &By, customer: CustomerId) -> Vec<&Kind> {
        let opens = |kind: &&Kind| {
            let roles = model::roles_of(kind, by.role, by.actor, customer);
            roles.iter().any(|role| kind.opened_by.contains(role))
        };
        self.book.kinds().filter(opens).collect()
    }

    /// The kinds of which somebody may see open cases.
    pub fn kinds_of(&self, by: &By) -> Vec<&Kind> {
        let visible = |kind: &&Kind| {
            let roles = model::roles_of(kind, by.role, by.actor, CustomerId::from_raw(0));
            kind.is_visible(&kind.initial, &roles)
        };
        self.book.kinds().filter(visible).collect()
    }

    /// The definition that holds for a case.
    ///
    /// # Errors
    /// [`CaseError::Unreadable`] where it is gone.
    pub fn kind_of(&self, seen: &Seen) -> Result<&Kind, CaseError> {
        self.book.kind_of(&seen.case).ok_or(CaseError::Unreadable(seen.id.raw()))
    }
}

/// Whether cases come to a state only from a decision that stands: one that was taken up again and then withdrawn has
/// found nothing.
fn ends_decided(kind: &Kind, state: &str) -> bool {
    let mut ways = kind.transitions.iter().filter(|transition| transition.to == state);
    ways.all(|way| way.from.iter().all(|from| kind.category(from) == Category::Decided))
}
