//! Timers of cases: what clocks and waiting requests have come to, looked for each second.

use super::service::Cases;
use kernel::SECOND_US;
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let app = app.clone();
    let run = move |_body| -> Done {
        let app = app.clone();
        Box::pin(async move {
            let Ok(cases) = Cases::of(&app) else { return Ok(()) };
            cases.fire_due().await.map(drop)
        })
    };
    vec![Handler { kind: "cases.fire_timers", every_us: Some(SECOND_US), run: Arc::new(run) }]
}
