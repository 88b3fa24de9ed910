//! Titles of charts: what the figures say, in a sentence.

use super::{
    super::rules::{DeclinesFinding, LatencyFinding, RateFinding},
    Words,
};

impl Words<'_> {
    /// The title of the chart of declines.
    pub fn declines_title(&self, finding: &DeclinesFinding) -> String {
        match finding {
            DeclinesFinding::Idle => self.t("monitoring-declines-idle"),
            DeclinesFinding::None => self.t("monitoring-declines-none"),
            DeclinesFinding::Steady { share } => {
                self.with("monitoring-declines-steady", &[("share", self.share(*share).into())])
            }
            DeclinesFinding::Share { share } => {
                self.with("monitoring-declines-share", &[("share", self.share(*share).into())])
            }
            DeclinesFinding::Up { now, before, family } => self.with(
                "monitoring-declines-up",
                &[
                    ("now", self.share(*now).into()),
                    ("before", self.share(*before).into()),
                    ("family", self.t(family.key()).into()),
                ],
            ),
            DeclinesFinding::Down { now, before } => self.with(
                "monitoring-declines-down",
                &[("now", self.share(*now).into()), ("before", self.share(*before).into())],
            ),
            DeclinesFinding::Wave { since, rule, reason, stopped } => {
                let key =
                    if *stopped { "monitoring-declines-wave-stopped" } else { "monitoring-declines-wave" };
                let mut reason = self.reason(reason);
                if self.locale == platform::i18n::Locale::En {
                    reason = reason.to_lowercase();
                }
                self.with(
                    key,
                    &[
                        ("time", self.time(*since).into()),
                        ("rule", self.rule(rule).into()),
                        ("reason", reason.into()),
                    ],
                )
            }
        }
    }

    /// The title of the chart of the rate.
    pub fn rate_title(&self, finding: &RateFinding) -> String {
        let change = |key, before: f64, now: f64| {
            self.with(key, &[("before", self.rate(before).into()), ("now", self.rate(now).into())])
        };
        match finding {
            RateFinding::Idle => self.t("monitoring-rate-idle"),
            RateFinding::Steady(now) => {
                self.with("monitoring-rate-steady", &[("now", self.rate(*now).into())])
            }
            RateFinding::Up(before, now) => change("monitoring-rate-up", *before, *now),
            RateFinding::Down(before, now) => change("monitoring-rate-down", *before, *now),
        }
    }

    /// The title of the chart of durations.
    pub fn latency_title(&self, finding: &LatencyFinding, budget_us: u64) -> String {
        // Durations are finite and positive; a cast of what is not would give zero.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let worst = |us: &f64| self.ms(*us as u64);
        match finding {
            LatencyFinding::Idle => self.t("monitoring-latency-idle"),
            LatencyFinding::Within => {
                self.with("monitoring-latency-within", &[("ms", self.ms(budget_us).into())])
            }
            LatencyFinding::Exceeded { at, worst_us } => self.with(
                "monitoring-latency-exceeded",
                &[("time", self.time(*at).into()), ("worst", worst(worst_us).into())],
            ),
            LatencyFinding::Exceeds { since, worst_us } => self.with(
                "monitoring-latency-exceeds",
                &[("time", self.time(*since).into()), ("worst", worst(worst_us).into())],
            ),
        }
    }
}
