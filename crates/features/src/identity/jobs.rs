//! Telling of refused proofs, freezing where a phone is gone, handing letters over, watching for attacks, and forgetting
//! codes that have ended.

use super::service::{
    FREEZE, LOSE_PHONE, SEND_LETTER, TELL_BLOCKED, forget, freeze_lost_now, lose_phone_now, send_letter,
    tell_blocked, watch,
};
use kernel::{DAY_US, MINUTE_US};
use platform::app::App;
use platform::jobs::{Done, Handler};
use std::sync::Arc;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<Handler> {
    let (tell, lose, freeze) = (app.clone(), app.clone(), app.clone());
    let (send, watched) = (app.clone(), app.clone());
    let (often, daily) = (app.db.clone(), app.db.clone());
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
            kind: LOSE_PHONE,
            every_us: None,
            run: Arc::new(move |body| -> Done {
                let app = lose.clone();
                Box::pin(async move { lose_phone_now(&app, body).await })
            }),
        },
        Handler {
            kind: FREEZE,
            every_us: None,
            run: Arc::new(move |body| -> Done {
                let app = freeze.clone();
                Box::pin(async move { freeze_lost_now(&app, body).await })
            }),
        },
        Handler {
            kind: SEND_LETTER,
            every_us: None,
            run: Arc::new(move |body| -> Done {
                let app = send.clone();
                Box::pin(async move { send_letter(&app, body).await })
            }),
        },
        Handler {
            kind: "identity.watch_misses",
            every_us: Some(MINUTE_US / 2),
            run: Arc::new(move |_| -> Done {
                let app = watched.clone();
                Box::pin(async move { watch(&app).await })
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
