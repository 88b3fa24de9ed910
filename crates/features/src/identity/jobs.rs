//! Telling of refused proofs, and forgetting codes that have ended.

use super::service::{TELL_BLOCKED, forget, tell_blocked};
use kernel::{DAY_US, MINUTE_US};
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let (tell, often, daily) = (app.clone(), app.db.clone(), app.db.clone());
    vec![
        Handler {
            kind: TELL_BLOCKED,
            every_us: None,
            run: Arc::new(move |body| -> Done {
                let app = tell.clone();
                Box::pin(async move { tell_blocked(&app, body).await })
            }),
        },
        Handler {
            kind: "identity.forget_codes",
            every_us: Some(MINUTE_US),
            run: Arc::new(move |_| -> Done {
                let db = often.clone();
                Box::pin(async move { forget(&db, false).await })
            }),
        },
        Handler {
            kind: "identity.forget_counts",
            every_us: Some(DAY_US),
            run: Arc::new(move |_| -> Done {
                let db = daily.clone();
                Box::pin(async move { forget(&db, true).await })
            }),
        },
    ]
}
