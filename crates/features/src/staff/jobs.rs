//! Forgetting of searches that are counted no more.

use super::service::forget_searches;
use kernel::HOUR_US;
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let db = app.db.clone();
    let run = move |_body| -> Done {
        let db = db.clone();
        Box::pin(async move { forget_searches(&db).await })
    };
    vec![Handler { kind: "staff.forget_searches", every_us: Some(HOUR_US), run: Arc::new(run) }]
}
