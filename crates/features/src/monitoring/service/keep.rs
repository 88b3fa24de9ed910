//! Figures that outlast the process: stored once a minute as differences, loaded at the start; what is usual at
//! this hour of the week; alerts for figures that are out of bounds; forgetting.

use super::super::{
    error::MonitoringError,
    model::{
        AlertKind, Family, Level, Live, MINUTES_KEPT, MinuteTotal, NewAlert, Pending, Place, Signal, Sums,
        Usual,
    },
    rules, store,
};
use super::watch::Inner;
use crate::authorizations::Reason;
use kernel::{DAY_US, HOUR_US, MINUTE_US, SECOND_US, Sleep, Timestamp};
use platform::db::{Db, Housekeeping};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// From one storing to the next.
const STORE_EVERY: Duration = Duration::from_secs(60);
/// From one look at tried card numbers to the next: an attack must be known within a minute.
const GUARD_EVERY: Duration = Duration::from_secs(5);
/// Rows stored in one transaction: on SQLite everybody else waits meanwhile, a millisecond or two.
const STORED_AT_ONCE: usize = 200;
/// Weeks that what is usual is taken from.
const USUAL_WEEKS: i64 = 4;
/// Watched minutes of an hour before it says what is usual.
const USUAL_MINUTES_MIN: u64 = 30;
/// How long figures are kept.
const FIGURES_KEPT_US: i64 = 400 * DAY_US;
/// How long closed alerts are kept.
const ALERTS_KEPT_US: i64 = 5 * 365 * DAY_US;

/// Stores, judges and prunes once a minute for as long as somebody counts.
pub(super) async fn keep(watch: Weak<Inner>, sleep: Arc<dyn Sleep>) {
    loop {
        sleep.sleep(STORE_EVERY).await;
        let Some(inner) = watch.upgrade() else { return };
        if let Err(error) = store(&inner).await {
            tracing::warn!(%error, "figures could not be stored; they are kept for the next try");
        }
        if let Err(error) = raise_signals(&inner).await {
            tracing::warn!(%error, "an alert could not be opened; the next minute tries again");
        }
    }
}

/// Stores what has been counted since the last time, and brings what is usual up to date.
pub(super) async fn store(inner: &Inner) -> Result<(), MonitoringError> {
    let now = inner.clock.now();
    let mut pending = {
        let mut live = inner.live();
        live.groups.prune(now.us().div_euclid(MINUTE_US));
        live.mark_watched(now);
        live.take_pending()
    };
    while !pending.is_empty() {
        let part = pending.split(STORED_AT_ONCE);
        if let Err(error) = write(&inner.db, &part).await {
            let mut live = inner.live();
            let lost = live.put_back(part) + live.put_back(pending);
            if lost > 0 {
                let lost = u64::try_from(lost).unwrap_or(0);
                metrics::counter!("cardea_monitoring_figures_lost_total").increment(lost);
            }
            return Err(error);
        }
    }
    let known = inner.live().usual.hour;
    if known != now.us().div_euclid(HOUR_US) {
        let usual = usual(&inner.db, now).await?;
        inner.live().usual = usual;
        // Once an hour as well: it visits every terminal and merchant.
        inner.cross.write().unwrap_or_else(std::sync::PoisonError::into_inner).prune(now.us());
    }
    Ok(())
}

async fn write(db: &Db, pending: &Pending) -> Result<(), MonitoringError> {
    let mut write = db.write().await?;
    store::add_pending_in_tx(&mut write, pending).await?;
    write.housekeeping(Housekeeping::Aggregates).await?;
    Ok(())
}

/// Fills the counters with the last day.
pub(super) async fn load(db: &Db, live: &mut Live, now: Timestamp) -> Result<(), MonitoringError> {
    let minute = now.us().div_euclid(MINUTE_US);
    let day = i64::try_from(MINUTES_KEPT).unwrap_or(0);
    for row in store::minutes_between(db, minute - day + 1, minute).await? {
        let number = i16::try_from(row.reason).unwrap_or(i16::MAX);
        let total = MinuteTotal { count: u64::try_from(row.count).unwrap_or(0), minor: row.amount_minor };
        live.load_minute(row.minute, Reason::from_number(number), total);
    }
    let hour = minute.div_euclid(60);
    for row in store::hours_between(db, hour - 2 * 24, hour).await? {
        let count = u64::try_from(row.count).unwrap_or(0);
        let Some(family) = family_at(row.family) else { continue };
        match (row.kind, row.name.parse()) {
            (2, Ok(class)) => live.groups.load_class(class, row.hour, family, count),
            (1, _) => live.groups.load_place(&Place::from_text(&row.name), row.hour, family, count),
            _ => {}
        }
    }
    live.usual = usual(db, now).await?;
    Ok(())
}

fn family_at(index: i64) -> Option<Family> {
    let all = std::iter::once(Family::Approved).chain(Family::DECLINED);
    all.into_iter().find(|family| i64::try_from(family.index()) == Ok(index))
}

/// What the same hour of the last weeks was like; nothing where none of them was watched long enough.
pub(super) async fn usual(db: &Db, now: Timestamp) -> Result<Usual, MonitoringError> {
    let hour = now.us().div_euclid(HOUR_US);
    let (mut sums, mut minutes, mut places) = (Sums::default(), 0, HashMap::<Place, u64>::new());
    for week in 1..=USUAL_WEEKS {
        let then = hour - week * 7 * 24;
        let rows = store::minutes_between(db, then * 60, then * 60 + 59).await?;
        let mut watched: Vec<i64> = rows.iter().map(|row| row.minute).collect();
        watched.dedup();
        let watched = u64::try_from(watched.len()).unwrap_or(0);
        if watched < USUAL_MINUTES_MIN {
            continue;
        }
        minutes += watched;
        for row in rows {
            let number = i16::try_from(row.reason).unwrap_or(i16::MAX);
            let count = u64::try_from(row.count).unwrap_or(0);
            sums.add(Family::of(Reason::from_number(number)), count);
        }
        for row in store::hours_between(db, then, then).await?.into_iter().filter(|row| row.kind == 1) {
            *places.entry(Place::from_text(&row.name)).or_default() += u64::try_from(row.count).unwrap_or(0);
        }
    }
    if minutes == 0 {
        return Ok(Usual { hour, level: None, places: HashMap::new() });
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a few hours are far below 2^53")]
    let share = |part: u64, whole: u64| part as f64 / whole as f64;
    let level = Level {
        per_second: share(sums.total(), minutes * 60),
        approved: (sums.total() > 0).then(|| share(sums.approved(), sums.total())),
    };
    let places = places.into_iter().map(|(place, count)| (place, share(count, minutes))).collect();
    Ok(Usual { hour, level: Some(level), places })
}

/// Looks every few seconds for ranges of card numbers that are tried, for as long as somebody counts.
pub(super) async fn guard(watch: Weak<Inner>, sleep: Arc<dyn Sleep>) {
    loop {
        sleep.sleep(GUARD_EVERY).await;
        let Some(inner) = watch.upgrade() else { return };
        if let Err(error) = raise_tried(&inner).await {
            tracing::warn!(%error, "an alert about tried card numbers could not be opened; a minute later it is tried again");
        }
    }
}

/// Opens alerts for ranges of card numbers that are tried, or adds the minute to one that is open. One that can't be opened
/// holds up none of the others.
pub(super) async fn raise_tried(inner: &Inner) -> Result<(), MonitoringError> {
    let now = inner.clock.now();
    let found = inner.live().tried.tell(now.us().div_euclid(SECOND_US));
    let mut raised = Ok(());
    for tried in found {
        if let Err(error) = super::raise(&inner.db, &alert_of(Signal::Range(tried), now)).await {
            raised = Err(error);
        }
    }
    raised
}

/// Opens alerts for figures that are out of bounds, or adds the minute to one that is open.
pub(super) async fn raise_signals(inner: &Inner) -> Result<(), MonitoringError> {
    let now = inner.clock.now();
    let found = rules::signals(&inner.live(), now, inner.settings.latency_budget_us);
    for signal in found {
        super::raise(&inner.db, &alert_of(signal, now)).await?;
    }
    Ok(())
}

fn alert_of(signal: Signal, at: Timestamp) -> NewAlert {
    let (group, kind, worst, bound) = match signal {
        Signal::Latency { p99_us, budget_us } => {
            ("latency".to_owned(), AlertKind::Latency, p99_us, budget_us)
        }
        Signal::Declines { now, before } => ("declines".to_owned(), AlertKind::Declines, now, before),
        Signal::Range(tried) => {
            (format!("range/{}", tried.range), AlertKind::Range, tried.failures, u64::from(tried.range))
        }
    };
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    NewAlert {
        group,
        kind,
        rule: String::new(),
        reason: String::new(),
        account: 0,
        merchant: String::new(),
        at,
        hit: None,
        worst: number(worst),
        bound: number(bound),
    }
}

/// Forgets figures and closed alerts whose time is over.
pub async fn forget_old(db: &Db) -> Result<(), platform::db::DbError> {
    let now = db.clock().now();
    let mut write = db.write().await?;
    let minute = now.plus_us(-FIGURES_KEPT_US).us().div_euclid(MINUTE_US);
    store::forget_figures_in_tx(&mut write, minute).await?;
    store::forget_closed_in_tx(&mut write, now.plus_us(-ALERTS_KEPT_US)).await?;
    write.housekeeping(Housekeeping::Aggregates).await
}
