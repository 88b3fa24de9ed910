//! How far a long sending has come, on standard error where that is a terminal.
//!
//! Against a limit the answers are the measure, against a whole file the bytes read, since nobody knows how many
//! payments lie in it. indicatif shows nothing where standard error is no terminal, so `--json` in a pipe stays
//! clean.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use kernel::Sleep;
use tokio::task::JoinHandle;

use crate::traffic::datasets::ReadSoFar;

/// How often the bar moves.
const EVERY: Duration = Duration::from_millis(200);

/// A bar and what it is measured by.
#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    answered: Arc<AtomicU64>,
    file: Option<ReadSoFar>,
}

impl Progress {
    /// Against a number of payments, or without an end.
    pub(super) fn of_payments(limit: Option<u64>) -> Self {
        let (bar, template) = match limit {
            Some(limit) => (ProgressBar::new(limit), "{bar:40} {pos}/{len} {per_sec} {eta}"),
            None => (ProgressBar::new_spinner(), "{spinner} {pos} {per_sec} {elapsed}"),
        };
        Self { bar: styled(bar, template), answered: Arc::default(), file: None }
    }

    /// Against a whole file.
    pub(super) fn of_file(file: ReadSoFar) -> Self {
        let bar = ProgressBar::new(file.total_bytes);
        let template = "{bar:40} {percent} % {msg} {elapsed} + {eta}";
        Self { bar: styled(bar, template), answered: Arc::default(), file: Some(file) }
    }

    /// The count of answers, which goes up as they come.
    pub(super) fn answered(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.answered)
    }

    /// Moves the bar until the task is aborted; ends at once where nobody sees it.
    pub(super) fn follow(&self, sleep: Arc<dyn Sleep>) -> JoinHandle<()> {
        let progress = self.clone();
        tokio::spawn(async move {
            while !progress.bar.is_hidden() {
                progress.show();
                sleep.sleep(EVERY).await;
            }
        })
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        let answered = self.answered.load(Ordering::Relaxed);
        match &self.file {
            None => self.bar.set_position(answered),
            Some(file) => {
                self.bar.set_message(format!("{answered} payments"));
                self.bar.set_position(file.bytes());
            }
        }
    }
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A bar over the tables of a backup.
pub(super) struct Steps {
    /// What the work moves.
    pub(super) progress: platform::backup::Progress,
    bar: ProgressBar,
    follow: JoinHandle<()>,
}

impl Steps {
    /// Shows the bar where somebody sees it.
    pub(super) fn start() -> Self {
        let progress = platform::backup::Progress::default();
        let bar = styled(ProgressBar::new(0), "{bar:40} {pos}/{len} tables {msg} {elapsed}");
        let (seen, moved) = (progress.clone(), bar.clone());
        let follow = tokio::spawn(async move {
            while !moved.is_hidden() {
                let stand = seen.stand();
                moved.set_length(stand.tables);
                moved.set_position(stand.tables_done);
                moved.set_message(format!("{} rows {}", stand.rows, stand.table));
                platform::clock::TokioSleep.sleep(EVERY).await;
            }
        });
        Self { progress, bar, follow }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.follow.abort();
        self.bar.finish_and_clear();
    }
}
