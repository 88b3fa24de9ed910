//! Making changes whose time has come, telling of those that have ended beside something else, and forgetting what nobody
//! signed and what is old. The rows are the timers: a restart loses none.

use super::service;
use kernel::{DAY_US, SECOND_US};
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

/// How often due changes are looked for, microseconds.
const TICK_US: i64 = 10 * SECOND_US;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let (ticked, told, db) = (app.clone(), app.clone(), app.db.clone());
    vec![
        Handler {
            kind: "changes.make_due",
            every_us: Some(TICK_US),
            run: Arc::new(move |_| -> Done {
                let app = ticked.clone();
                Box::pin(async move { service::make_due(&app).await })
            }),
        },
        Handler {
            kind: service::TELL_ENDED,
            every_us: None,
            run: Arc::new(move |body| -> Done {
                let app = told.clone();
                Box::pin(async move { service::tell_ended(&app, body).await })
            }),
        },
        Handler {
            kind: "changes.forget_unsigned",
            every_us: Some(DAY_US),
            run: Arc::new(move |_| -> Done {
                let db = db.clone();
                Box::pin(async move { service::forget(&db).await })
            }),
        },
    ]
}
