//! Forgetting what was never answered, once a day.

use super::service;
use kernel::DAY_US;
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let db = app.db.clone();
    let run = move |_body| -> Done {
        let db = db.clone();
        Box::pin(async move { service::forget(&db).await })
    };
    vec![Handler { kind: "approvals.forget_unanswered", every_us: Some(DAY_US), run: Arc::new(run) }]
}
