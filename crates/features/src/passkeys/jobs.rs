//! Forgetting, once an hour.

use super::service;
use kernel::HOUR_US;
use platform::{app::App, jobs};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<jobs::Handler> {
    let db = app.db.clone();
    let run = move |_body| -> jobs::Done {
        let db = db.clone();
        Box::pin(async move { service::forget_old(&db).await })
    };
    vec![jobs::Handler { kind: "passkeys.forget", every_us: Some(HOUR_US), run: Arc::new(run) }]
}
