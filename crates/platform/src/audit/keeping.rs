//! Has checkpoints kept off this host: what the log is checked against when nobody trusts the host any more.
//!
//! Every place gets the published checkpoint, all at once, as often as that place wants and only when it has changed.
//! A place that fails is asked again, less and less often; after [`OUTSIDE_US_MAX`] of failures the log counts as
//! degraded. Each node gives its own publication: two nodes keep the same checkpoints under the same names.
//!
//! Which checkpoints a place has is remembered in memory only, so each start gives the newest one once more.

use super::{
    note::Checkpoint,
    outside::{OUTSIDE_US_MAX, PAUSE, Patience},
    port::Keeper,
    publisher::PublishError,
    service::LogParts,
};
use futures_util::future::join_all;
use std::sync::Arc;

/// The loop that has checkpoints kept.
pub struct Keeping {
    parts: LogParts,
    /// One for each keeper of `parts`, in their order.
    given: Vec<Given>,
}

/// What is remembered of a keeper.
#[derive(Debug, Default)]
struct Given {
    note: String,
    not_before_us: u64,
    patience: Patience,
    failing_since_us: Option<u64>,
}

impl Keeping {
    /// With the keepers of `parts`.
    pub fn new(parts: &LogParts) -> Self {
        let given = parts.keepers.iter().map(|_| Given::default()).collect();
        Self { parts: parts.clone(), given }
    }

    /// Works until it is dropped.
    pub async fn run(mut self) {
        let sleep = Arc::clone(&self.parts.sleep);
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "checkpoints were not copied; it is tried again");
            }
            self.tell();
            sleep.sleep(PAUSE).await;
        }
    }

    /// Gives the published checkpoint to every keeper that lacks it and whose time has come; how many took it.
    ///
    /// # Errors
    /// When the folder fails; keepers that fail are told in the log of the operator and asked again.
    pub async fn round(&mut self) -> Result<usize, PublishError> {
        let Some(note) = self.parts.folder.checkpoint()? else { return Ok(0) };
        let size = Checkpoint::open(&note, self.parts.key.verifier())?.size;
        let now_us = self.parts.db.clock().monotonic_us();
        let due = self.parts.keepers.iter().zip(&mut self.given).filter(|(_, given)| {
            given.note != note && now_us >= given.not_before_us && given.patience.is_over(now_us)
        });
        let giving = due.map(|(keeper, given)| give(&self.parts, keeper.as_ref(), given, size, &note));
        Ok(join_all(giving).await.into_iter().filter(|taken| *taken).count())
    }

    /// Tells health what is so now.
    pub fn tell(&self) {
        let now_us = self.parts.db.clock().monotonic_us();
        let failing = |given: &Given| {
            given.failing_since_us.is_some_and(|since| now_us.saturating_sub(since) > OUTSIDE_US_MAX)
        };
        if self.given.iter().any(failing) {
            let why = "checkpoints of the log could not be copied off this host for long";
            self.parts.health.degraded("log_copies", why);
        } else {
            self.parts.health.recovered("log_copies");
        }
    }
}

/// Gives one checkpoint to one keeper and remembers what came of it; whether it was taken.
async fn give(parts: &LogParts, keeper: &dyn Keeper, given: &mut Given, size: u64, note: &str) -> bool {
    let name = keeper.name();
    let kept = keeper.keep(size, note.to_owned()).await;
    let now_us = parts.db.clock().monotonic_us();
    match kept {
        Ok(()) => {
            let not_before_us = now_us.saturating_add(keeper.interval_us());
            *given = Given { note: note.to_owned(), not_before_us, ..Given::default() };
            metrics::counter!("cardea_log_copies_total", "place" => name.to_owned()).increment(1);
            true
        }
        Err(why) => {
            given.patience.failed(now_us);
            given.failing_since_us.get_or_insert(now_us);
            metrics::counter!("cardea_log_copy_failures_total", "place" => name.to_owned()).increment(1);
            tracing::warn!(keeper = name, why, "a copy of a checkpoint was not kept");
            false
        }
    }
}
