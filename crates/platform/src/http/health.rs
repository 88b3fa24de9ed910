//! Whether the server is well: one handle that any part can turn red, read by `/healthz` and `/readyz`.
//!
//! `/healthz` is for whoever restarts the process: red means that only a restart can help (the engine
//! has failed, the disk is full). `/readyz` is for whoever sends it traffic: red also while it starts
//! or stops and while the database does not answer. Degraded is neither: the server goes on serving, and a
//! person should look.

use std::collections::BTreeMap;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The handle. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    ready: AtomicBool,
    red: Mutex<BTreeMap<&'static str, String>>,
    degraded: Mutex<BTreeMap<&'static str, String>>,
    stopping: CancellationToken,
}

impl Health {
    /// Well, and not ready yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `part` has failed for `reason`: one sentence without secrets, shown to everybody.
    pub fn red(&self, part: &'static str, reason: impl Into<String>) {
        let reason = reason.into();
        tracing::error!(part, reason, "health turned red");
        self.parts().insert(part, reason);
    }

    /// `part` is well again.
    pub fn green(&self, part: &'static str) {
        if self.parts().remove(part).is_some() {
            tracing::info!(part, "health is green again");
        }
    }

    /// `part` does not do what it should for `reason` (shown to everybody), and payments can go on.
    pub fn degraded(&self, part: &'static str, reason: impl Into<String>) {
        let reason = reason.into();
        let mut parts = self.degraded_parts();
        if parts.get(part) != Some(&reason) {
            tracing::error!(part, reason, "degraded");
            parts.insert(part, reason);
        }
    }

    /// `part` does again what it should.
    pub fn recovered(&self, part: &'static str) {
        if self.degraded_parts().remove(part).is_some() {
            tracing::info!(part, "no longer degraded");
        }
    }

    /// What is degraded, and why.
    pub fn degradations(&self) -> BTreeMap<&'static str, String> {
        self.degraded_parts().clone()
    }

    fn degraded_parts(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        // As in `parts`: a map is whole after each of its calls.
        self.0.degraded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Traffic may come, or may not any more.
    pub fn set_ready(&self, ready: bool) {
        self.0.ready.store(ready, Ordering::SeqCst);
    }

    /// The server is to end: no traffic any more, streams close, requests under way finish.
    pub fn stop(&self) {
        self.set_ready(false);
        self.0.stopping.cancel();
    }

    /// Completes when [`Self::stop`] was called.
    pub fn stopped(&self) -> WaitForCancellationFutureOwned {
        self.0.stopping.clone().cancelled_owned()
    }

    /// Whether traffic may come: ready, and nothing red.
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::SeqCst) && self.parts().is_empty()
    }

    /// What is red, and why.
    pub fn reasons(&self) -> BTreeMap<&'static str, String> {
        self.parts().clone()
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        // Whoever panicked with the lock has left a whole map: insert and remove don't stop half-way.
        self.0.red.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_parts_are_told_until_they_are_green() {
        let health = Health::new();
        assert!(!health.is_ready());
        health.set_ready(true);
        assert!(health.is_ready());
        health.clone().red("engine", "the disk is full");
        assert!(!health.is_ready());
        assert_eq!(health.reasons()["engine"], "the disk is full");
        health.green("engine");
        assert!(health.is_ready());
        health.degraded("log", "it waits");
        assert!(health.is_ready(), "what is degraded still serves");
        assert_eq!(health.degradations()["log"], "it waits");
        health.recovered("log");
        assert!(health.degradations().is_empty());
    }
}
