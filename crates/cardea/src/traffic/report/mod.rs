//! What came of it: latency, answers, and how the answers compare with the labels.
//!
//! Problem: a replay or a bench is worth as much as its figures can be trusted. Design: latency goes into an
//! HDR histogram from the *intended* send time ([`super::pace`]); every sent payment is counted exactly once as
//! approved, declined or an error; the confusion matrix counts only requests that the rules could have stopped.
//! The key names of the JSON objects are relied upon by others; they are fixed by tests.

mod latency;
mod replay;

use std::fmt;

use serde::Serialize;

pub use latency::Latency;
pub use replay::{Judged, Outcome, Replay, ReplayReport};

/// Figures of `cardea bench authorizations --json`: one object on standard output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchReport {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Accounts that existed.
    pub accounts: u64,
    /// Decisions a second that were durable when they were answered.
    pub durable_per_s: f64,
    /// Median latency, microseconds.
    pub p50_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
    /// The same rows through the same driver in the same batches, with no decision.
    pub baseline_per_s: f64,
    /// Processor time of the engine's thread for one decision, microseconds; 0 where the system does not tell.
    pub cpu_us: f64,
    /// The same of the baseline's thread for one record.
    pub baseline_cpu_us: f64,
    /// Resident memory at the end, MiB.
    pub rss_mib: u64,
    /// `process` or `tcp`.
    pub via: String,
    /// Offered payments a second; 0 is saturation.
    pub rate: u32,
    /// Median of one commit on this disk, milliseconds.
    pub commit_ms: f64,
    /// By how much the log lowers the rate, per cent; only measured by calls at saturation with the log on.
    pub log_cost_percent: Option<f64>,
    /// Leaves that were integrated, signed and published beside that measurement.
    pub log_leaves: Option<u64>,
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offered = if self.rate == 0 { "saturation".to_owned() } else { format!("{}/s", self.rate) };
        writeln!(f, "database   {:>12}   accounts  {:>12}", self.database, self.accounts)?;
        writeln!(f, "via        {:>12}   offered   {:>12}", self.via, offered)?;
        writeln!(f, "durable/s  {:>12.0}   baseline/s {:>11.0}", self.durable_per_s, self.baseline_per_s)?;
        writeln!(f, "CPU µs     {:>12.1}   baseline  {:>12.1}", self.cpu_us, self.baseline_cpu_us)?;
        writeln!(f, "p50 µs     {:>12}   p99 µs    {:>12}", self.p50_us, self.p99_us)?;
        writeln!(f, "p99.9 µs   {:>12}   commit ms {:>12.2}", self.p999_us, self.commit_ms)?;
        write!(f, "memory MiB {:>12}", self.rss_mib)?;
        match (self.log_cost_percent, self.log_leaves) {
            (Some(percent), Some(leaves)) => {
                write!(
                    f,
                    "   log cost % {percent:>10.1}\nlog leaves {leaves:>12}   (integrated and published beside it)"
                )
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bench_keys_are_the_promised_ones() {
        let report = BenchReport {
            database: "sqlite".to_owned(),
            accounts: 10_000,
            durable_per_s: 15_000.5,
            p50_us: 900,
            p99_us: 4_000,
            p999_us: 9_000,
            baseline_per_s: 30_000.0,
            cpu_us: 15.5,
            baseline_cpu_us: 10.5,
            rss_mib: 210,
            via: "process".to_owned(),
            rate: 0,
            commit_ms: 0.4,
            log_cost_percent: Some(9.5),
            log_leaves: Some(100_000),
        };
        let json = serde_json::to_value(&report).expect("plain data");
        let mut keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
        keys.sort();
        assert_eq!(
            keys,
            [
                "accounts",
                "baseline_cpu_us",
                "baseline_per_s",
                "commit_ms",
                "cpu_us",
                "database",
                "durable_per_s",
                "log_cost_percent",
                "log_leaves",
                "p50_us",
                "p999_us",
                "p99_us",
                "rate",
                "rss_mib",
                "via"
            ]
        );
        assert!(report.to_string().contains("saturation"));
    }
}
