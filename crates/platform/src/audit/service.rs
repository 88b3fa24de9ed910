//! The log at work: integrate, sign, publish.
//!
//! Having it witnessed and having it kept elsewhere are loops of their own, so that a slow witness or mail server
//! holds up nobody. What goes wrong is tried again in the next round and makes the server's health say that the log
//! is degraded; payments go on, since their entries are in the database with their commit and only wait for their
//! place.

use super::{
    integrator::{Integrator, Step},
    note::{Checkpoint, LogKey},
    port::{Keeper, Witness},
    publisher::{Covered, PublishError, Published, Publisher},
    state,
    tiles::Folder,
};
use crate::{
    db::{Db, DbError},
    http::health::Health,
};
use kernel::Sleep;
use std::{sync::Arc, time::Duration};

/// Transactions of one round at most, before what is there is signed and published.
const STEPS_MAX: usize = 64;
/// Pause after a round that found little to do.
const PAUSE: Duration = Duration::from_millis(500);
/// How long entries may wait for their place before the log counts as degraded, microseconds.
pub const LAG_US_MAX: u64 = 60_000_000;
/// Checkpoints kept one by one for this long; of older ones, one an hour.
const KEPT_US: i64 = kernel::DAY_US;

/// What the log is made of.
#[derive(Clone)]
pub struct LogParts {
    /// The database with the entries.
    pub db: Db,
    /// Where degradations are told.
    pub health: Health,
    /// Waiting.
    pub sleep: Arc<dyn Sleep>,
    /// Signs checkpoints.
    pub key: LogKey,
    /// Where it is published.
    pub folder: Folder,
    /// Gives what batches cover.
    pub covered: Covered,
    /// Least time between two checkpoints, microseconds.
    pub interval_us: u64,
    /// Who cosigns.
    pub witnesses: Vec<Arc<dyn Witness>>,
    /// How many of them a checkpoint should have.
    pub quorum: usize,
    /// Who keeps copies.
    pub keepers: Vec<Arc<dyn Keeper>>,
}

/// The loop that integrates, signs and publishes.
pub struct Log {
    parts: LogParts,
    integrator: Integrator,
    publisher: Publisher,
    signed_us: Option<u64>,
    caught_up_us: u64,
}

impl Log {
    /// On the node with this number.
    pub fn new(parts: &LogParts, node: i64) -> Self {
        let verifier = parts.key.verifier().clone();
        let (folder, covered) = (parts.folder.clone(), Arc::clone(&parts.covered));
        Self {
            integrator: Integrator::new(&parts.db, node),
            publisher: Publisher::new(&parts.db, folder, verifier, covered),
            signed_us: None,
            caught_up_us: parts.db.clock().monotonic_us(),
            parts: parts.clone(),
        }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let sleep = Arc::clone(&self.parts.sleep);
        loop {
            let more = match self.round().await {
                Ok(more) => {
                    self.parts.health.recovered("log");
                    more
                }
                Err(error) => {
                    self.parts.health.degraded("log", error.to_string());
                    false
                }
            };
            self.tell_lag().await;
            if !more {
                sleep.sleep(PAUSE).await;
            }
        }
    }

    /// One round; whether more waits.
    ///
    /// # Errors
    /// The first thing that failed; what was done before it stays done.
    pub async fn round(&mut self) -> Result<bool, PublishError> {
        let (mut here, mut more) = (true, true);
        for _ in 0..STEPS_MAX {
            (here, more) = match self.integrator.step().await? {
                Step::Elsewhere => (false, false),
                Step::Took { more, .. } => (true, more),
            };
            if !more {
                self.caught_up_us = self.now_us();
                break;
            }
        }
        if here {
            self.sign().await?;
        }
        let Published { unlike, .. } = self.publisher.publish().await?;
        if unlike > 0 {
            metrics::counter!("cardea_log_unlike_total").increment(unlike);
            self.parts
                .health
                .degraded("log_entries", "entries of the log were changed after they were logged");
        }
        Ok(more)
    }

    /// Signs the tree, when it has grown and the last signature is old enough.
    async fn sign(&mut self) -> Result<(), PublishError> {
        let now_us = self.now_us();
        if self.signed_us.is_some_and(|at| now_us.saturating_sub(at) < self.parts.interval_us) {
            return Ok(());
        }
        let state = state::read(&self.parts.db).await?;
        let newest = state::newest_checkpoint(&self.parts.db).await?;
        let signed = newest.map_or(0, |newest| newest.size.cast_unsigned());
        let size = state.frontier.size();
        if size < signed {
            // Never a smaller one: what was signed was seen by others.
            return Err(DbError::Damaged("the log's state").into());
        }
        if size == signed {
            return Ok(());
        }
        let root = state.frontier.root();
        let note = self.parts.key.checkpoint(size, root)?;
        let origin = self.parts.key.verifier().name().to_owned();
        let thin_before = self.parts.db.clock().now().us() - KEPT_US;
        let checkpoint = Checkpoint { origin, size, root };
        state::keep_checkpoint(&self.parts.db, &checkpoint, &note, thin_before).await?;
        self.signed_us = Some(now_us);
        Ok(())
    }

    async fn tell_lag(&self) {
        if let Ok(waiting) = state::count_waiting(&self.parts.db).await {
            metrics::gauge!("cardea_log_waiting_entries").set(waiting as f64);
        }
        let lag_us = self.now_us().saturating_sub(self.caught_up_us);
        metrics::gauge!("cardea_log_lag_seconds").set(lag_us as f64 / 1e6);
        if lag_us > LAG_US_MAX {
            self.parts.health.degraded("log_lag", "entries of the log wait long for their place");
        } else {
            self.parts.health.recovered("log_lag");
        }
    }

    fn now_us(&self) -> u64 {
        self.parts.db.clock().monotonic_us()
    }
}
