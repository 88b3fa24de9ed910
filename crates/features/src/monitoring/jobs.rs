//! Forgetting, once a day.

use super::service;
use kernel::DAY_US;
use platform::{app::App, jobs};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<jobs::Handler> {
    let db = app.db.clone();
    let run = move |_body| -> jobs::Done {
        let db = db.clone();
        Box::pin(async move { service::forget_old(&db).await })
    };
    vec![jobs::Handler { kind: "monitoring.forget", every_us: Some(DAY_US), run: Arc::new(run) }]
}
