//! Gives the entries of the log their places, and their leaves to the tree.
//!
//! **Design.** Writers never wait for one another: an entry is stored with its hash and without a place. The
//! integrator takes rows that have none, in the order of their ids, and in one transaction gives them their
//! places and stores the tree that has grown by their leaves. A row of a batch of authorizations has as many
//! leaves as it covers decisions.
//!
//! **Why safe.** The row of the tree's state carries a version, and whoever writes on the ground of an older
//! one writes nothing: of two integrators one wins and the other begins anew, so there is one history. A kill
//! leaves either the old state or the new one with its rows. Rows are asked for by their mark, never by
//! `id > last`: an id is taken before its commit.
//!
//! One node at a time integrates; the others watch the version and step in when it has not moved for
//! [`LEASE_US`]. That is only economy: two at once would still be right.

use super::state;
use crate::db::{Db, DbError, Housekeeping};

/// Rows taken in one transaction.
const ROWS_MAX: i64 = 512;
/// How long another node may stand still before this one integrates, microseconds of this node's own time.
pub const LEASE_US: u64 = 5_000_000;
/// How often a node that has nothing to do says that it is still there, microseconds.
const BEAT_US: u64 = LEASE_US / 4;

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another node integrates.
    Elsewhere,
    /// These leaves were taken in; `more` when further rows wait.
    Took {
        /// Leaves.
        leaves: u64,
        /// Whether the transaction was full.
        more: bool,
    },
}

/// See the module.
pub struct Integrator {
    db: Db,
    node: i64,
    seen_version: i64,
    seen_us: u64,
}

impl Integrator {
    /// For the node with this number, which no other node has.
    pub fn new(db: &Db, node: i64) -> Self {
        Self { db: db.clone(), node: node.max(1), seen_version: -1, seen_us: 0 }
    }

    /// Takes in what waits, at most one transaction of it.
    ///
    /// # Errors
    /// When the database fails, or holds a row whose leaves are damaged: then nothing is taken in any more, since
    /// leaving one out would be a hole.
    pub async fn step(&mut self) -> Result<Step, DbError> {
        let state = state::read(&self.db).await?;
        let now_us = self.db.clock().monotonic_us();
        if state.version != self.seen_version {
            (self.seen_version, self.seen_us) = (state.version, now_us);
        }
        let stood_us = now_us.saturating_sub(self.seen_us);
        let own = state.holder == self.node;
        if !own && state.holder != 0 && stood_us < LEASE_US {
            return Ok(Step::Elsewhere);
        }
        let rows = state::waiting(&self.db, ROWS_MAX).await?;
        if rows.is_empty() && own && stood_us < BEAT_US {
            return Ok(Step::Took { leaves: 0, more: false });
        }
        self.take(state, &rows).await
    }

    async fn take(&mut self, state: state::State, rows: &[state::Waiting]) -> Result<Step, DbError> {
        let mut frontier = state.frontier;
        let before = frontier.size();
        let (mut ids, mut positions) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            ids.push(row.id);
            positions.push(frontier.size().cast_signed());
            let leaves = state::leaves_of(&row.leaves).ok_or(DbError::Damaged("an entry's leaf hashes"))?;
            leaves.iter().for_each(|leaf| frontier.push(*leaf));
        }
        let leaves = frontier.size() - before;
        let mut write = self.db.write().await?;
        // The state first: on PostgreSQL its row is what a second integrator waits at.
        if !state::replace_in_tx(&mut write, state.version, self.node, &frontier).await? {
            write.rollback().await?;
            return Ok(Step::Elsewhere);
        }
        let placed =
            if ids.is_empty() { 0 } else { state::place_in_tx(&mut write, &ids, &positions).await? };
        if usize::try_from(placed).is_ok_and(|placed| placed == ids.len()) {
            write.housekeeping(Housekeeping::Log).await?;
            metrics::counter!("cardea_log_leaves_total").increment(leaves);
            Ok(Step::Took { leaves, more: i64::try_from(rows.len()).is_ok_and(|taken| taken == ROWS_MAX) })
        } else {
            // A row that was there a moment ago is gone or has a place that the state does not know of.
            write.rollback().await?;
            Err(DbError::Damaged("entries that waited for their place"))
        }
    }

    /// Lets another node integrate at once.
    pub async fn resign(&mut self) -> Result<(), DbError> {
        let state = state::read(&self.db).await?;
        if state.holder != self.node {
            return Ok(());
        }
        let mut write = self.db.write().await?;
        state::replace_in_tx(&mut write, state.version, 0, &state.frontier).await?;
        write.housekeeping(Housekeeping::Log).await
    }
}
