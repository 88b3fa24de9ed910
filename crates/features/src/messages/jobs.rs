//! Forgetting what was sealed for deliveries that were given up, once a day.

use super::service;
use kernel::DAY_US;
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let app = app.clone();
    let run = move |_body| -> Done {
        let app = app.clone();
        Box::pin(async move { service::forget(&app).await })
    };
    vec![Handler { kind: "messages.forget_undelivered", every_us: Some(DAY_US), run: Arc::new(run) }]
}
