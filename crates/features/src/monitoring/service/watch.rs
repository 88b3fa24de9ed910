//! The watch: takes every committed batch from the engine, behind the answers, and keeps figures from it.
//!
//! Problem: the engine must never wait for statistics, and its read lock on the cross tables must never be
//! held off for long. Design: the observer puts a shared pointer into a bounded queue and returns; when the
//! queue is full the batch is left out and counted. A thread takes batches from the queue, feeds the cross
//! tables a few payments at a time, and counts. What must last is stored about once a minute ([`super::keep`]).
//!
//! Why safe: nothing here can fail an authorization. Figures are for people and for risk tables that may be
//! seconds old by design; after a crash the last minute of figures may be missing, never an authorization.

use super::super::{
    error::MonitoringError,
    model::{Live, Picture, Range},
};
use super::views::Views;
use crate::authorizations::{Decided, Observer, Reason};
use decision::{CrossTables, Outcome};
use kernel::{Clock, Sleep, Timestamp};
use platform::db::Db;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Batches that wait to be counted, at most; more are left out of the figures, and counted as such.
pub const QUEUE_BATCHES_MAX: usize = 1_024;
/// Answers should take no longer, p99, microseconds.
pub const LATENCY_BUDGET_US: u64 = 100_000;
/// Payments fed to the cross tables in one go: some 20 microseconds of the lock.
const FEED_MAX: usize = 64;

/// A city's name in the languages of the interface.
#[derive(Clone, Debug)]
pub struct PlaceName {
    /// Simplified Chinese.
    pub zh_hans: String,
    /// Traditional Chinese.
    pub zh_hant: String,
    /// English.
    pub en: String,
}

/// What the watch is told at the start.
#[derive(Clone)]
pub struct WatchSettings {
    /// See [`LATENCY_BUDGET_US`].
    pub latency_budget_us: u64,
    /// Names of cities by the name that field 43 carries; others are shown as they come.
    pub cities: HashMap<String, PlaceName>,
    /// Names of merchant classes by their code (ISO 18245); others are shown by their code.
    pub classes: HashMap<u16, PlaceName>,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self { latency_budget_us: LATENCY_BUDGET_US, cities: HashMap::new(), classes: HashMap::new() }
    }
}

/// The face of the watch: cheap to clone. Put it into `Services`.
#[derive(Clone)]
pub struct Watch {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cross: Arc<RwLock<CrossTables>>,
    pub(super) settings: WatchSettings,
    live: Mutex<Live>,
    views: Views,
    /// See [`super::labels`].
    pub(super) labels_from_us: AtomicI64,
    /// Batches in the queue.
    waiting: AtomicU64,
    dropped: AtomicU64,
}

struct Batch {
    now: Timestamp,
    decided: Arc<Vec<Decided>>,
}

impl Watch {
    /// Loads the figures of the last day, starts the thread that counts and the task that stores, and gives
    /// the observer for the engine. Both end when the observer is gone. Call it inside tokio.
    pub async fn start(
        db: &Db,
        cross: Arc<RwLock<CrossTables>>,
        sleep: Arc<dyn Sleep>,
        settings: WatchSettings,
    ) -> Result<(Self, Observer), MonitoringError> {
        let watch = Self::idle(db, cross, settings).await?;
        let (queue, batches) = sync_channel(QUEUE_BATCHES_MAX);
        let counting = Self { inner: Arc::clone(&watch.inner) };
        std::thread::Builder::new()
            .name("monitoring".to_owned())
            .spawn(move || counting.run(&batches))
            .map_err(platform::db::DbError::Io)?;
        tokio::spawn(super::keep::keep(Arc::downgrade(&watch.inner), Arc::clone(&sleep)));
        tokio::spawn(super::keep::guard(Arc::downgrade(&watch.inner), Arc::clone(&sleep)));
        tokio::spawn(super::labels::follow(Arc::downgrade(&watch.inner), sleep));
        let observer = watch.observer(queue);
        Ok((watch, observer))
    }

    /// A watch that counts only what [`Watch::take`] is given: no thread, no task.
    pub async fn idle(
        db: &Db,
        cross: Arc<RwLock<CrossTables>>,
        settings: WatchSettings,
    ) -> Result<Self, MonitoringError> {
        let clock = Arc::clone(db.clock());
        let mut live = Live::new(clock.now());
        super::keep::load(db, &mut live, clock.now()).await?;
        let labels_from_us = clock.now().us() - super::labels::BEFORE_START_US;
        Ok(Self {
            inner: Arc::new(Inner {
                db: db.clone(),
                clock,
                cross,
                settings,
                live: Mutex::new(live),
                views: Views::default(),
                labels_from_us: AtomicI64::new(labels_from_us),
                waiting: AtomicU64::new(0),
                dropped: AtomicU64::new(0),
            }),
        })
    }

    fn observer(&self, queue: SyncSender<Batch>) -> Observer {
        let inner = Arc::clone(&self.inner);
        Arc::new(move |decided| {
            let batch = Batch { now: inner.clock.now(), decided: Arc::clone(decided) };
            inner.waiting.fetch_add(1, Ordering::Relaxed);
            if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(batch) {
                inner.waiting.fetch_sub(1, Ordering::Relaxed);
                let count = u64::try_from(decided.len()).unwrap_or(0);
                inner.dropped.fetch_add(count, Ordering::Relaxed);
                metrics::counter!("cardea_monitoring_dropped_total").increment(count);
            }
        })
    }

    fn run(&self, batches: &Receiver<Batch>) {
        while let Ok(batch) = batches.recv() {
            self.take(batch.now, &batch.decided);
            let waiting = self.inner.waiting.fetch_sub(1, Ordering::Release) - 1;
            // Exact below 2^53; the queue holds a thousand.
            metrics::gauge!("cardea_monitoring_waiting_batches")
                .set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
        }
    }

    /// Counts a batch that was answered at `now`.
    pub fn take(&self, now: Timestamp, decided: &[Decided]) {
        for some in decided.chunks(FEED_MAX) {
            let mut cross = self.inner.cross.write().unwrap_or_else(PoisonError::into_inner);
            for one in some {
                if let Some(payment) = &one.payment {
                    let outcome =
                        if one.reason.is_approval() { Outcome::Approved } else { Outcome::Declined };
                    cross.observe(payment, one.card.cast_unsigned(), outcome);
                }
            }
        }
        let mut live = self.live();
        decided.iter().for_each(|one| live.take(now, one));
        drop(live);
        count_metrics(decided);
    }

    /// What the wall shows for a range, now.
    pub fn picture(&self, range: Range) -> Picture {
        Picture::take(&self.live(), self.inner.clock.now(), range)
    }

    /// Tells the cross tables of this node what a payment was: fraud, or not after all. Telling twice changes
    /// nothing.
    pub(super) fn feed_label(&self, id: i64, payment: &decision::Payment, fraud: bool) {
        let mut cross = self.inner.cross.write().unwrap_or_else(PoisonError::into_inner);
        cross.label(id, payment, fraud);
    }

    /// Learns the labels that anybody stored lately, over any interface and on any node: once a second by itself.
    /// Returns how many were new here.
    pub async fn learn_labels(&self) -> Result<u64, MonitoringError> {
        super::labels::learn(self).await
    }

    /// Authorizations that were left out of the figures because the queue was full.
    pub fn dropped(&self) -> u64 {
        self.inner.dropped.load(Ordering::Relaxed)
    }

    /// Batches that are decided and not yet counted.
    pub fn waiting(&self) -> u64 {
        self.inner.waiting.load(Ordering::Acquire)
    }

    /// The rendered wall, shared by everybody who looks at it.
    pub fn views(&self) -> &Views {
        &self.inner.views
    }

    /// The clock on which views age, microseconds.
    pub fn monotonic_us(&self) -> u64 {
        self.inner.clock.monotonic_us()
    }

    /// How it was set up.
    pub fn settings(&self) -> &WatchSettings {
        &self.inner.settings
    }

    /// Stores what has been counted: about once a minute by itself, and when the server stops.
    pub async fn store(&self) -> Result<(), MonitoringError> {
        super::keep::store(&self.inner).await
    }

    /// Looks for figures that are out of bounds and opens alerts for them: once a minute by itself.
    pub async fn raise_signals(&self) -> Result<(), MonitoringError> {
        super::keep::raise_signals(&self.inner).await
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.inner.live()
    }
}

impl Inner {
    pub(super) fn live(&self) -> MutexGuard<'_, Live> {
        // Whoever panicked while counting left a count too low, nothing worse.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For Prometheus; off the engine's thread.
fn count_metrics(decided: &[Decided]) {
    let mut reasons = [0_u64; Reason::ALL.len()];
    let latency = metrics::histogram!("cardea_authorization_seconds");
    for one in decided {
        let place = usize::try_from(one.reason.number()).ok().and_then(|index| reasons.get_mut(index));
        place.into_iter().for_each(|count| *count += 1);
        #[expect(clippy::cast_precision_loss, reason = "durations are far below 2^53 microseconds")]
        latency.record(one.answered_us.saturating_sub(one.arrived_us) as f64 / 1e6);
    }
    for reason in Reason::ALL {
        let index = usize::try_from(reason.number()).unwrap_or(usize::MAX);
        let count = reasons.get(index).copied().unwrap_or(0);
        if count > 0 {
            metrics::counter!("cardea_authorizations_total", "reason" => reason.key()).increment(count);
        }
    }
    let size = u32::try_from(decided.len()).unwrap_or(u32::MAX);
    metrics::histogram!("cardea_authorization_batch_size").record(f64::from(size));
}
