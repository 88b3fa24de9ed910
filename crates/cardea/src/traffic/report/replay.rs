//! Answers counted against labels.
//!
//! A *positive* is a request that was declined for a fraud reason (DE39 59 suspected fraud, 65 velocity).
//! Declines for a limit (51, 61) are left out of the matrix and counted apart: they say nothing of fraud either
//! way. Any other decline is a negative, since no rule against fraud made it. Reversals, advices and repeats
//! are counted as sent and answered, but not in the matrix: the issuer had nothing to stop there.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Latency;
use crate::traffic::event::{EventKind, TrafficEvent};

/// What DE39 of an answer says about its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 00, 10 (in part) and 08.
    Approved,
    /// 59 and 65.
    DeclinedForFraud,
    /// 51 and 61.
    DeclinedForLimit,
    DeclinedOtherwise,
    /// No decision was made: 30 format, 91 overload, 94 number used twice, 96 fault.
    Failed,
}

impl Outcome {
    /// Reads the two characters of DE39.
    #[must_use]
    pub fn of_response_code(code: &str) -> Self {
        match code {
            "00" | "08" | "10" => Self::Approved,
            "59" | "65" => Self::DeclinedForFraud,
            "51" | "61" => Self::DeclinedForLimit,
            "30" | "91" | "94" | "96" => Self::Failed,
            _ => Self::DeclinedOtherwise,
        }
    }
}

/// What of a payment must be known to judge its answer; small enough to travel as a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub fraud: bool,
    /// Whether the issuer could have stopped it: a request, no advice, reversal or repeat.
    pub stoppable: bool,
}

impl Judged {
    #[must_use]
    pub fn of(event: &TrafficEvent) -> Self {
        let stoppable = matches!(event.kind, EventKind::Authorization | EventKind::Financial);
        Self { fraud: event.label.is_fraud(), stoppable }
    }
}

/// Running count of a replay; one for each connection, merged at the end.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    latency: Latency,
    approved: u64,
    declined: u64,
    errors: u64,
    limit_declines: u64,
    true_positive: u64,
    false_positive: u64,
    false_negative: u64,
    true_negative: u64,
    by_code: BTreeMap<String, u64>,
}

impl Replay {
    /// Counts an answer. `code` is DE39, `latency_us` comes from the pace.
    pub fn answered(&mut self, payment: Judged, code: &str, latency_us: u64) {
        self.latency.record(latency_us);
        *self.by_code.entry(code.chars().take(2).collect()).or_default() += 1;
        let outcome = Outcome::of_response_code(code);
        match outcome {
            Outcome::Approved => self.approved += 1,
            Outcome::Failed => {
                self.errors += 1;
                return;
            }
            Outcome::DeclinedForLimit => {
                self.declined += 1;
                self.limit_declines += 1;
                return;
            }
            Outcome::DeclinedForFraud | Outcome::DeclinedOtherwise => self.declined += 1,
        }
        if !payment.stoppable {
            return;
        }
        match (outcome == Outcome::DeclinedForFraud, payment.fraud) {
            (true, true) => self.true_positive += 1,
            (true, false) => self.false_positive += 1,
            (false, true) => self.false_negative += 1,
            (false, false) => self.true_negative += 1,
        }
    }

    /// Counts a payment that was sent and got no answer that could be read (timeout, lost connection).
    pub fn unanswered(&mut self) {
        self.errors += 1;
    }

    /// Payments counted so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.approved + self.declined + self.errors
    }

    /// Adds what another connection has counted.
    pub fn merge(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        self.approved += other.approved;
        self.declined += other.declined;
        self.errors += other.errors;
        self.limit_declines += other.limit_declines;
        self.true_positive += other.true_positive;
        self.false_positive += other.false_positive;
        self.false_negative += other.false_negative;
        self.true_negative += other.true_negative;
        for (code, count) in &other.by_code {
            *self.by_code.entry(code.clone()).or_default() += count;
        }
    }

    /// The figures. `elapsed_us` is from the first sending to the last answer, `bad_rows` are rows of the file
    /// that could not be read.
    #[must_use]
    pub fn report(&self, elapsed_us: u64, bad_rows: u64) -> ReplayReport {
        ReplayReport {
            sent: self.sent(),
            approved: self.approved,
            declined: self.declined,
            errors: self.errors,
            p50_us: self.latency.at_per_mille(500),
            p99_us: self.latency.at_per_mille(990),
            p999_us: self.latency.at_per_mille(999),
            tp: self.true_positive,
            fp: self.false_positive,
            r#fn: self.false_negative,
            tn: self.true_negative,
            precision: share(self.true_positive, self.true_positive + self.false_positive),
            recall: share(self.true_positive, self.true_positive + self.false_negative),
            limit_declines: self.limit_declines,
            rate_per_s: per_second(self.sent(), elapsed_us),
            bad_rows,
            by_code: self.by_code.clone(),
        }
    }
}

/// Figures of `cardea replay --json`: one object on standard output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplayReport {
    pub sent: u64,
    pub approved: u64,
    pub declined: u64,
    /// Sent and not decided: no answer, 30, 91, 94, 96.
    pub errors: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
    /// Fraud, declined for a fraud reason.
    pub tp: u64,
    /// Honest, declined for a fraud reason.
    pub fp: u64,
    /// Fraud, let through (or declined for a reason that is none of fraud and none of limits).
    pub r#fn: u64,
    pub tn: u64,
    /// tp of tp + fp; `null` when there was no positive.
    pub precision: Option<f64>,
    /// tp of tp + fn; `null` when there was no fraud.
    pub recall: Option<f64>,
    pub limit_declines: u64,
    /// Answered or failed payments a second.
    pub rate_per_s: f64,
    /// Rows of the file that were skipped.
    pub bad_rows: u64,
    /// Answers by DE39.
    pub by_code: BTreeMap<String, u64>,
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: Option<f64>| part.map_or("-".to_owned(), |p| format!("{:.1} %", p * 100.0));
        writeln!(f, "sent      {:>10}   {:.0} a second", self.sent, self.rate_per_s)?;
        writeln!(f, "approved  {:>10}   declined  {:>10}", self.approved, self.declined)?;
        writeln!(f, "errors    {:>10}   bad rows  {:>10}", self.errors, self.bad_rows)?;
        writeln!(
            f,
            "p50 µs    {:>10}   p99 µs    {:>10}   p99.9 µs {:>10}",
            self.p50_us, self.p99_us, self.p999_us
        )?;
        writeln!(f, "                  fraud      honest")?;
        writeln!(f, "stopped   {:>13} {:>11}   precision {}", self.tp, self.fp, percent(self.precision))?;
        writeln!(f, "let by    {:>13} {:>11}   recall    {}", self.r#fn, self.tn, percent(self.recall))?;
        writeln!(f, "over a limit (apart) {:>6}", self.limit_declines)?;
        write!(f, "answers  ")?;
        for (code, count) in &self.by_code {
            write!(f, " {code}:{count}")?;
        }
        Ok(())
    }
}

/// `part` of `whole` as a fraction; `None` of nothing.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| count_as_f64(part) / count_as_f64(whole))
}

/// Events a second; 0 when no time passed.
fn per_second(count: u64, elapsed_us: u64) -> f64 {
    if elapsed_us == 0 { 0.0 } else { count_as_f64(count) * 1_000_000.0 / count_as_f64(elapsed_us) }
}

/// A count as a float without a cast: exact below 2^53.
fn count_as_f64(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::event::{Label, Original, Scenario};
    use crate::traffic::simulator::{Simulator, SimulatorPlan};
    use proptest::prelude::*;

    fn event(kind: EventKind, fraud: Option<Scenario>) -> Judged {
        static FIRST: std::sync::OnceLock<TrafficEvent> = std::sync::OnceLock::new();
        let first = FIRST.get_or_init(|| {
            Simulator::new(1, SimulatorPlan::small()).expect("sample data").next().expect("never ends")
        });
        let mut event = first.clone();
        event.kind = kind;
        event.label = Label { fraud, expected: None };
        Judged::of(&event)
    }

    #[test]
    fn each_answer_lands_in_one_cell() {
        let fraud = event(EventKind::Authorization, Some(Scenario::Travel));
        let honest = event(EventKind::Financial, None);
        let mut replay = Replay::default();
        for (payment, code) in
            [(fraud, "59"), (fraud, "00"), (fraud, "55"), (fraud, "51"), (honest, "65"), (honest, "00")]
        {
            replay.answered(payment, code, 100);
        }
        replay.answered(honest, "61", 100);
        replay.answered(honest, "91", 100);
        replay.unanswered();
        let report = replay.report(9_000_000, 2);
        assert_eq!((report.tp, report.fp, report.r#fn, report.tn), (1, 1, 2, 1));
        assert_eq!((report.sent, report.approved, report.declined, report.errors), (9, 2, 5, 2));
        assert_eq!((report.limit_declines, report.bad_rows), (2, 2));
        assert_eq!(report.precision, Some(0.5));
        assert!((report.rate_per_s - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_could_not_be_stopped_stays_out_of_the_matrix() {
        let original = Original { row: 1, at_us: 0, financial: false };
        let mut replay = Replay::default();
        for kind in [EventKind::Advice, EventKind::Repeat(original)] {
            replay.answered(event(kind, Some(Scenario::CardTesting)), "00", 5);
        }
        let report = replay.report(1, 0);
        assert_eq!(report.sent, 2);
        assert_eq!(report.tp + report.fp + report.r#fn + report.tn, 0);
        assert_eq!(report.recall, None);
    }

    #[test]
    fn replay_keys_are_the_promised_ones() {
        let json = serde_json::to_value(Replay::default().report(0, 0)).expect("plain data");
        for key in [
            "sent",
            "approved",
            "declined",
            "errors",
            "p50_us",
            "p99_us",
            "tp",
            "fp",
            "fn",
            "tn",
            "precision",
        ] {
            assert!(json.get(key).is_some(), "{key} is missing");
        }
    }

    proptest! {
        #[test]
        fn merging_connections_is_counting_on_one(codes in prop::collection::vec(("[0-9]{2}", any::<bool>(), 1_u64..9_000), 0..60)) {
            let fraud = event(EventKind::Authorization, Some(Scenario::Travel));
            let honest = event(EventKind::Authorization, None);
            let (mut whole, mut parts) = (Replay::default(), [Replay::default(), Replay::default()]);
            for (i, (code, bad, us)) in codes.iter().enumerate() {
                let payment = if *bad { fraud } else { honest };
                whole.answered(payment, code, *us);
                parts[i % 2].answered(payment, code, *us);
            }
            let [mut left, right] = parts;
            left.merge(&right);
            prop_assert_eq!(left.report(7, 1), whole.report(7, 1));
        }
    }
}
