//! What runs beside the answers: events on their way out, jobs, and the watch over the engine.

use features::authorizations::Engine;
use features::messages::{self, Way};
use platform::{
    app::App,
    backup::Fence,
    feature, jobs,
    keys::{Rotation, columns},
    outbox,
};
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Pause between two looks at the outbox, and at the messages, when nothing was there.
const OUTBOX_PAUSE: Duration = Duration::from_millis(250);
/// Pause between two looks at the jobs.
const JOBS_PAUSE: Duration = Duration::from_secs(1);
/// How often the fence of the epoch follows the log: what an older state can hide is what happened within it.
const FENCE_PAUSE: Duration = Duration::from_secs(2);
/// Pause between two looks for a new master key.
const KEYS_PAUSE: Duration = Duration::from_secs(1);
/// How often the engine's health is looked at.
const ENGINE_PAUSE: Duration = Duration::from_millis(200);

/// Starts all of it; it ends with `stop`.
pub fn start(
    app: &App,
    engine: &Engine,
    consumers: Vec<outbox::Consumer>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    tasks.spawn(stop.clone().run_until_cancelled_owned(relay(app.clone(), consumers)));
    tasks.spawn(stop.clone().run_until_cancelled_owned(run_jobs(app.clone())));
    for way in Way::ALL {
        tasks.spawn(stop.clone().run_until_cancelled_owned(carry_messages(app.clone(), way)));
    }
    tasks.spawn(stop.clone().run_until_cancelled_owned(rotate_keys(app.clone())));
    tasks.spawn(stop.clone().run_until_cancelled_owned(watch_engine(
        app.clone(),
        engine.clone(),
        stop.clone(),
    )));
}

/// Lets the fence follow the log; a last time when the server ends.
pub fn keep_fence(app: &App, mut fence: Fence, tasks: &TaskTracker, stop: &CancellationToken) {
    let (app, stop) = (app.clone(), stop.clone());
    tasks.spawn(async move {
        loop {
            let ended = stop.run_until_cancelled(app.sleep.sleep(FENCE_PAUSE)).await.is_none();
            if let Err(error) = fence.advance(&app.db).await {
                tracing::warn!(%error, "the fence of the epoch did not follow the log; it is tried again");
            }
            if ended {
                return;
            }
        }
    });
}

async fn relay(app: App, consumers: Vec<outbox::Consumer>) {
    loop {
        match outbox::relay(&app.db, &consumers).await {
            Ok(0) => app.sleep.sleep(OUTBOX_PAUSE).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "events could not be handed on; they are tried again");
                app.sleep.sleep(JOBS_PAUSE).await;
            }
        }
    }
}

/// Hands the messages of one way to its carrier. Loops of their own: a slow mail server must hold up neither jobs nor
/// events nor text messages.
async fn carry_messages(app: App, way: Way) {
    loop {
        match messages::relay(&app, way).await {
            Ok(0) => app.sleep.sleep(OUTBOX_PAUSE).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "messages could not be handed on; they are tried again");
                app.sleep.sleep(JOBS_PAUSE).await;
            }
        }
    }
}

async fn run_jobs(app: App) {
    let handlers = feature::job_handlers(&app);
    loop {
        let done = match jobs::schedule_recurring(&app.db, &handlers).await {
            Ok(()) => jobs::run_due(&app.db, &handlers).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "jobs could not be run; they are tried again");
        }
        app.sleep.sleep(JOBS_PAUSE).await;
    }
}

/// Wraps data keys anew when somebody has made a new master key.
async fn rotate_keys(app: App) {
    let rotation = Rotation {
        db: app.db.clone(),
        keys: Arc::clone(&app.keys),
        random: Arc::clone(&app.random),
        columns: columns(&app.features),
        rows_per_second: app.config.keys.rotate_rows_per_second,
    };
    let mut told = String::new();
    loop {
        match rotation.run(&*app.sleep).await {
            Ok(_) => told.clear(),
            // The same failure is told once, not each second.
            Err(error) if told == error.to_string() => {}
            Err(error) => {
                tracing::error!(%error, "the master key can't be looked after; it is tried again");
                told = error.to_string();
            }
        }
        app.sleep.sleep(KEYS_PAUSE).await;
    }
}

/// An engine that can't make its decisions durable ends the server: a supervisor starts it again, and it
/// recovers from the database.
async fn watch_engine(app: App, engine: Engine, stop: CancellationToken) {
    while !engine.has_failed() {
        app.sleep.sleep(ENGINE_PAUSE).await;
    }
    app.health.red("engine", "decisions can't be made durable");
    // Long enough for a probe to see why, short enough for a supervisor.
    app.sleep.sleep(JOBS_PAUSE).await;
    stop.cancel();
}
