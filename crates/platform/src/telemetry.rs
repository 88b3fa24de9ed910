//! Logs and metrics.
//!
//! Every log line passes [`Redacting`] on its way out, whichever crate wrote it: a run of 12 to 19
//! digits (also grouped by single spaces or hyphens) that has a valid check digit is replaced by
//! `[digits]`, and so is any longer run, where a number could hide. This is the net under the types
//! that can't be printed, not a leave to log card numbers. It takes a harmless number now and then;
//! ids of ours are written in letters and pass.
//!
//! Safe because it works on the finished line: fields, messages, spans and panics are all in it, and
//! each line is written with one call. In JSON a redacted number becomes a string, so lines stay JSON.

mod redact;

pub(crate) use redact::sensitive_spans;
pub use redact::{Form, redact};

use crate::config::{LogFormat, TelemetryConfig};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::io::{self, Write};
use std::sync::OnceLock;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Bounds of the histograms whose names end in `_seconds`.
const SECONDS: &[f64] =
    &[0.000_5, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Why logs or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter in `telemetry.level` can't be read.
    #[error("telemetry.level is no filter: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Logs were set up before in this process.
    #[error("logs are set up already")]
    Twice,
    /// Metrics were set up by somebody else in this process.
    #[error("metrics can't be set up: {0}")]
    Metrics(#[from] BuildError),
}

/// Sends the logs of the whole process to standard error, as the settings say.
pub fn install_logs(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&config.level)?;
    let form = match config.format {
        LogFormat::Text => Form::Text,
        LogFormat::Json => Form::Json,
    };
    let writer = Redacting { inner: io::stderr, form };
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    match config.format {
        LogFormat::Text => base.try_init(),
        LogFormat::Json => base.json().flatten_event(true).try_init(),
    }
    .map_err(|_| TelemetryError::Twice)
}

/// Makes writers that redact what passes through them.
#[derive(Clone, Debug)]
pub struct Redacting<M> {
    /// Where lines go.
    pub inner: M,
    /// What lines look like.
    pub form: Form,
}

/// See [`Redacting`].
#[derive(Debug)]
pub struct RedactingWriter<W> {
    inner: W,
    form: Form,
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for Redacting<M> {
    type Writer = RedactingWriter<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        RedactingWriter { inner: self.inner.make_writer(), form: self.form }
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.inner.write_all(redact(&text, self.form).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The counters and histograms of the process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Takes the metrics of the whole process; a second call gives the same.
    pub fn install() -> Result<Self, TelemetryError> {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        if let Some(metrics) = INSTALLED.get() {
            return Ok(metrics.clone());
        }
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?;
        match builder.install_recorder() {
            Ok(handle) => Ok(INSTALLED.get_or_init(|| Self(handle)).clone()),
            // Two threads at once: the other one has it, or is about to.
            Err(error) => INSTALLED.get().cloned().ok_or(TelemetryError::Metrics(error)),
        }
    }

    /// Everything, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// From the range that is used for nothing but tests.
    const CANARY: &str = "9000123412341233";

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log_with_canary(format: LogFormat) -> String {
        let kept = Kept::default();
        let out = kept.clone();
        let form = if format == LogFormat::Json { Form::Json } else { Form::Text };
        let writer = Redacting { inner: move || out.clone(), form };
        let number: u64 = CANARY.parse().unwrap();
        let work = || {
            let span = tracing::info_span!("paying", card = CANARY);
            let _entered = span.enter();
            tracing::info!(number, text = %CANARY, debug = ?vec![CANARY], "paid with {CANARY}");
        };
        let base = tracing_subscriber::fmt().with_writer(writer).with_ansi(false);
        match format {
            LogFormat::Text => tracing::subscriber::with_default(base.finish(), work),
            LogFormat::Json => {
                tracing::subscriber::with_default(base.json().flatten_event(true).finish(), work)
            }
        }
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_card_number_in_any_part_of_a_line_does_not_come_out() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = log_with_canary(format);
            assert!(!line.contains(CANARY), "{line}");
            assert_eq!(
                line.matches("[digits]").count(),
                if format == LogFormat::Json { 6 } else { 5 },
                "{line}"
            );
            if format == LogFormat::Json {
                let object: serde_json::Value = serde_json::from_str(&line).unwrap();
                assert_eq!(object["number"], "[digits]");
            }
        }
    }

    #[test]
    fn metrics_are_rendered_and_installed_once() {
        let first = Metrics::install().unwrap();
        metrics::counter!("telemetry_test_total").increment(3);
        metrics::histogram!("telemetry_test_seconds").record(0.004);
        let text = Metrics::install().unwrap().render();
        assert!(text.contains("telemetry_test_total 3"), "{text}");
        assert!(text.contains("telemetry_test_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        assert!(first.render().contains("telemetry_test_total"));
    }
}
