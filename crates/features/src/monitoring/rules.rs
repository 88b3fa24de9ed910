//! What the figures say: findings for the titles of charts, and figures that are out of bounds. Pure.

use super::model::{Alert, AlertKind, Family, Level, Live, Picture, Signal, Slots};
use kernel::{MINUTE_US, Timestamp};

/// Declines at one merchant that make a wave worth the title of a chart.
const WAVE_MIN: u64 = 10;
/// A level is steady while it stays within this share of the one it is held against.
const STEADY: f64 = 0.25;
/// Declined share that must be exceeded by this much, as a share of all, before it counts as a rise.
const RISE: f64 = 0.015;
/// Authorizations behind a share or percentile, at least, before anything is said of it.
const FLOOR: u64 = 50;
/// Minutes that a figure must be out of bounds on average before it is an alert.
const BREACH_MINUTES: i64 = 3;
/// Declined share is a surge when it is this many times what it was in the hour before, ...
const SURGE_TIMES: u64 = 2;
/// ... and this many thousandths higher.
const SURGE_THOUSANDTHS: u64 = 50;

/// What the chart of declines says.
#[derive(Clone, Debug, PartialEq)]
pub enum DeclinesFinding {
    /// Nothing was asked.
    Idle,
    /// Nothing was declined.
    None,
    /// Cards are tried at one merchant.
    Wave {
        /// Since when.
        since: Timestamp,
        /// The rule that saw it.
        rule: String,
        /// In its word.
        reason: String,
        /// None of its payments passed.
        stopped: bool,
    },
    /// More is declined than in the time before.
    Up {
        /// Share now, 0 to 1.
        now: f64,
        /// Share before.
        before: f64,
        /// What rose most.
        family: Family,
    },
    /// Less is declined than in the time before.
    Down {
        /// Share now, 0 to 1.
        now: f64,
        /// Share before.
        before: f64,
    },
    /// As in the time before.
    Steady {
        /// Share, 0 to 1.
        share: f64,
    },
    /// So much; what was before is not known.
    Share {
        /// Share, 0 to 1.
        share: f64,
    },
}

/// What the chart of the rate says.
#[derive(Clone, Debug, PartialEq)]
pub enum RateFinding {
    /// Nothing was asked.
    Idle,
    /// It rose from one level to another.
    Up(f64, f64),
    /// It fell from one level to another.
    Down(f64, f64),
    /// As ever.
    Steady(f64),
}

/// What the chart of durations says.
#[derive(Clone, Debug, PartialEq)]
pub enum LatencyFinding {
    /// Nothing was asked.
    Idle,
    /// Never over the budget.
    Within,
    /// Over the budget for a time.
    Exceeded {
        /// When first.
        at: Timestamp,
        /// At most, microseconds.
        worst_us: f64,
    },
    /// Over the budget now.
    Exceeds {
        /// Since when.
        since: Timestamp,
        /// At most, microseconds.
        worst_us: f64,
    },
}

/// Whether an alert is a wave: many payments at one merchant.
pub fn is_wave(alert: &Alert) -> bool {
    alert.kind == AlertKind::Merchant && alert.count >= WAVE_MIN
}

/// The largest open wave that touches the range.
pub fn wave<'a>(alerts: &'a [Alert], picture: &Picture) -> Option<&'a Alert> {
    let begin = picture.now.plus_us(-picture.range.minutes() * MINUTE_US);
    alerts.iter().filter(|alert| is_wave(alert) && alert.last_at >= begin).max_by_key(|alert| alert.count)
}

/// What the chart of declines says.
pub fn declines(picture: &Picture, alerts: &[Alert]) -> DeclinesFinding {
    let total = picture.sums.total();
    if total == 0 {
        return DeclinesFinding::Idle;
    }
    if let Some(alert) = wave(alerts, picture) {
        return DeclinesFinding::Wave {
            since: alert.opened_at,
            rule: alert.rule.clone(),
            reason: alert.reason.clone(),
            stopped: alert.passed == 0,
        };
    }
    if picture.sums.declined() == 0 {
        return DeclinesFinding::None;
    }
    let share = ratio(picture.sums.declined(), total);
    let before = picture.before.filter(|before| before.total() >= FLOOR && total >= FLOOR);
    let Some(before) = before else { return DeclinesFinding::Share { share } };
    let then = ratio(before.declined(), before.total());
    if share > then + RISE && share > then * (1.0 + STEADY) {
        let rise = |family: &Family| {
            ratio(picture.sums.get(*family), total) - ratio(before.get(*family), before.total())
        };
        let most = Family::DECLINED.into_iter().max_by(|one, other| rise(one).total_cmp(&rise(other)));
        return DeclinesFinding::Up { now: share, before: then, family: most.unwrap_or(Family::Risk) };
    }
    if share < then - RISE && share < then * (1.0 - STEADY) {
        return DeclinesFinding::Down { now: share, before: then };
    }
    DeclinesFinding::Steady { share }
}

/// What the chart of the rate says: the last slot against the middle of the others.
pub fn rate(picture: &Picture) -> RateFinding {
    let values = first(&picture.rate);
    let mut known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let Some(now) = known.pop() else { return RateFinding::Idle };
    known.sort_by(f64::total_cmp);
    let Some(middle) = known.get(known.len() / 2).copied() else { return steady_or_idle(now) };
    if now.max(middle) < 0.05 {
        return RateFinding::Idle;
    }
    // A handful a minute jumps about by itself.
    let noise = (middle * 60.0).sqrt() * 3.0 / 60.0;
    if now > middle * (1.0 + STEADY) + noise {
        RateFinding::Up(middle, now)
    } else if now < middle * (1.0 - STEADY) - noise {
        RateFinding::Down(middle, now)
    } else {
        RateFinding::Steady(now)
    }
}

fn steady_or_idle(now: f64) -> RateFinding {
    if now > 0.0 { RateFinding::Steady(now) } else { RateFinding::Idle }
}

/// What the chart of durations says.
pub fn latency(picture: &Picture, budget_us: u64) -> LatencyFinding {
    let p99 = first(&picture.latency);
    #[expect(clippy::cast_precision_loss, reason = "a budget is far below 2^53 microseconds")]
    let budget = budget_us as f64;
    let worst_us = p99.iter().copied().filter(|value| value.is_finite()).fold(f64::NAN, f64::max);
    if worst_us.is_nan() {
        return LatencyFinding::Idle;
    }
    let over = |value: &f64| *value > budget;
    let started = |slot: usize| picture.latency.starts.get(slot).copied().unwrap_or(picture.now);
    if p99.last().is_some_and(over) {
        let calm = p99.iter().rposition(|value| !over(value));
        return LatencyFinding::Exceeds { since: started(calm.map_or(0, |slot| slot + 1)), worst_us };
    }
    match p99.iter().position(over) {
        Some(slot) => LatencyFinding::Exceeded { at: started(slot), worst_us },
        None => LatencyFinding::Within,
    }
}

/// Figures of the last minutes that are out of bounds.
pub fn signals(live: &Live, now: Timestamp, budget_us: u64) -> Vec<Signal> {
    // The present minute is not over; a minute that is judged must be whole.
    let last = now.us().div_euclid(MINUTE_US) - 1;
    let mut found = Vec::new();
    let recent = live.latency(last, BREACH_MINUTES);
    if let Some(p99_us) = recent.quantile(990).filter(|p99| recent.count() >= FLOOR && *p99 > budget_us) {
        found.push(Signal::Latency { p99_us, budget_us });
    }
    let (sums, before) =
        (live.sums_of_minutes(last, BREACH_MINUTES), live.sums_of_minutes(last - BREACH_MINUTES, 60));
    if sums.total() >= FLOOR && before.total() >= FLOOR {
        let now = sums.declined() * 1_000 / sums.total();
        let before = before.declined() * 1_000 / before.total();
        if now >= before * SURGE_TIMES && now >= before + SURGE_THOUSANDTHS {
            found.push(Signal::Declines { now, before });
        }
    }
    found
}

/// The level to hold the present against: the usual one, else that of the stretch before.
pub fn level_before(picture: &Picture) -> Option<Level> {
    let before = picture.before?;
    #[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^53")]
    let per_second = before.total() as f64 / (picture.range.minutes() * 60) as f64;
    let approved = (before.total() > 0).then(|| ratio(before.approved(), before.total()));
    Some(Level { per_second, approved })
}

fn first(slots: &Slots) -> &[f64] {
    slots.values.first().map_or(&[], Vec::as_slice)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^53")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
