//! Labels that others stored, learnt while the server runs.
//!
//! Problem: a fraud is reported over the API, by an analyst, by a replay, on this node or on another; the rules
//! of every node must know of it without a restart. Design: each node reads the labels stored since a moment,
//! once a second, and feeds its own cross tables; a label that they know already changes nothing. A transaction
//! takes its time before it commits, so each look begins a while before the newest label that was seen. The delay
//! of labels is the tables' own: their windows end seven days before a payment. Why safe: what is durable is read
//! again rather than handed on, so a lost event or a stopped node loses nothing. What it does not do: hurry; a
//! label counts a second later.

use super::super::error::MonitoringError;
use super::cross;
use super::watch::{Inner, Watch};
use crate::authorizations;
use kernel::{AuthorizationId, MINUTE_US, Sleep};
use std::sync::{Arc, PoisonError, Weak, atomic::Ordering};
use std::time::Duration;

/// From one look to the next.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a transaction may take from its time to its commit, and how far the clocks of nodes may differ.
const OVERLAP_US: i64 = 2 * MINUTE_US;
/// Before the start: filling the tables took a while, and what was stored meanwhile may not be in them.
pub(super) const BEFORE_START_US: i64 = 60 * MINUTE_US;
/// Labels read at once.
const PAGE_ROWS: i64 = 500;

/// Learns once a second for as long as somebody counts.
pub(super) async fn follow(watch: Weak<Inner>, sleep: Arc<dyn Sleep>) {
    loop {
        sleep.sleep(LOOK_EVERY).await;
        let Some(inner) = watch.upgrade() else { return };
        if let Err(error) = learn(&Watch { inner }).await {
            tracing::warn!(%error, "new labels could not be read; the next look tries again");
        }
    }
}

/// Learns what is new; returns how many labels were.
pub(super) async fn learn(watch: &Watch) -> Result<u64, MonitoringError> {
    let inner = &watch.inner;
    let newest_us = inner.labels_from_us.load(Ordering::Relaxed);
    // A clock that is driven by a replay may have been put back.
    let from_us = newest_us.min(inner.clock.now().us());
    let (mut after, mut learnt) = ((from_us - OVERLAP_US, 0), 0);
    loop {
        let labels = authorizations::labels_since(&inner.db, after, PAGE_ROWS).await?;
        let Some(last) = labels.last() else { break };
        after = (last.at, last.authorization);
        for label in &labels {
            let known =
                inner.cross.read().unwrap_or_else(PoisonError::into_inner).is_fraud(label.authorization);
            if known == label.fraud {
                continue;
            }
            let id = AuthorizationId::from_raw(label.authorization);
            if let Some(row) = authorizations::authorization(&inner.db, id).await? {
                cross::feed(watch, &row, label.fraud);
                learnt += 1;
            }
        }
    }
    inner.labels_from_us.store(after.0.max(from_us), Ordering::Relaxed);
    Ok(learnt)
}
