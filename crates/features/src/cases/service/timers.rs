//! Timers: what clocks and waiting requests have come to, done once however many servers look.

use super::super::error::CaseError;
use super::super::events;
use super::super::store::{self, CaseRow};
use super::{Append, Cases, about, told};
use cases::{Acting, Command};
use kernel::{Actor, CaseId, Channel, CustomerId, HOUR_US};
use platform::audit::Entry;
use platform::db::{DbError, Housekeeping, Write};

/// Cases whose timers fire in one transaction.
const TIMERS_AT_ONCE: i64 = 64;
/// Timers that one round fires: a round has an end, and the next one begins a second later.
const ROUNDS_MAX: usize = 40;
/// A timer that can't be fired comes again so much later, behind all others.
const PUT_OFF_US: i64 = HOUR_US;

impl Cases {
    /// Fires the timers that have come; returns how many acts that were. Each is done once, whoever else fires too.
    ///
    /// # Errors
    /// The database failed; what was committed stays done.
    pub async fn fire_due(&self) -> Result<usize, DbError> {
        let mut fired = 0;
        for _ in 0..ROUNDS_MAX {
            let due = store::with_timers(&self.db, self.now(), TIMERS_AT_ONCE).await?;
            if due.is_empty() {
                break;
            }
            let done = self.fire_some(&due).await?;
            fired += done;
            if done == 0 {
                break;
            }
        }
        Ok(fired)
    }

    async fn fire_some(&self, due: &[i64]) -> Result<usize, DbError> {
        // In the order of their ids, so that two servers don't wait for each other.
        let mut ids = due.to_vec();
        ids.sort_unstable();
        let mut write = self.db.write().await?;
        let mut entries: Vec<Entry> = Vec::new();
        for raw in ids {
            let id = CaseId::from_raw(raw);
            match self.fire_in_tx(&mut write, id).await {
                Ok(done) => entries.extend(done),
                Err(CaseError::Db(error)) => return Err(error),
                Err(error) => {
                    tracing::error!(case = %id, %error, "the timers of a case can't be fired");
                    store::put_off_in_tx(&mut write, id, self.now().plus_us(PUT_OFF_US)).await?;
                }
            }
        }
        let done = entries.len();
        let Some(last) = entries.pop() else {
            // Somebody else was faster, or what came can't be fired.
            write.housekeeping(Housekeeping::Jobs).await?;
            return Ok(0);
        };
        for entry in entries {
            write.also(entry).await?;
        }
        write.commit(last).await?;
        Ok(done)
    }

    /// Fires what has come of one case. Texts stay sealed: no timer reads or writes any.
    async fn fire_in_tx(&self, write: &mut Write, id: CaseId) -> Result<Vec<Entry>, CaseError> {
        let Some(customer) = store::lock_in_tx(write, id).await?.map(CustomerId::from_raw) else {
            return Ok(Vec::new());
        };
        let stored = store::events_in_tx(write, id).await?;
        let mut case = self.fold(id, &stored, None)?;
        let kind = self.book.kind_of(&case).ok_or(CaseError::Unreadable(id.raw()))?;
        let who = Acting { actor: Actor::System, roles: Vec::new(), same: Vec::new(), at: write.now() };
        let mut entries = Vec::new();
        while let Some(timer) =
            self.book.timers(&case).into_iter().next().filter(|timer| timer.fire_at <= who.at)
        {
            let command = Command { act: timer.act, expected_version: None };
            let Ok(decided) = self.book.apply(&case, &command, &who) else { break };
            let detail = told(kind, &case, &decided);
            self.append_in_tx(
                write,
                id,
                customer,
                &mut case,
                Append { decided: &decided, key: None, named: None },
            )
            .await?;
            let entry = Entry::new(Actor::System, Channel::Job, events::FIRED);
            entries.push(about(kind, entry.subject(id), customer).detail(detail));
        }
        let stuck = self.book.timers(&case).first().is_some_and(|timer| timer.fire_at <= who.at);
        if stuck {
            tracing::error!(case = %id, "a timer has come and the case refuses it");
            store::put_off_in_tx(write, id, who.at.plus_us(PUT_OFF_US)).await?;
        } else if entries.is_empty() {
            // Its row said that something was due and nothing was: put it right, so that it doesn't come again.
            store::put_row_in_tx(write, &CaseRow::of(&self.book, id.raw(), customer, &case)).await?;
        }
        Ok(entries)
    }
}
