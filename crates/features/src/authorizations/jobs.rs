//! Holds whose time is over, let go by the clock.
//!
//! Problem: the engine lets an account's expired holds go before it decides the account's next payment, but a
//! card that is not used again would keep its holds, and its owner would see less credit than there is. Design:
//! a recurring job walks the accounts whose earliest hold is due and sends each the command that the engine
//! already knows, through its queue, so nothing is released behind the engine's back. Why safe: the command looks
//! at the engine's own time and changes nothing where nothing is due; a run is bounded, and the next one goes on
//! with what is left.

use super::engine::Engine;
use super::error::AuthorizationError;
use super::model::{AccountCommand, CommandOutcome};
use super::store::due_accounts;
use futures_util::future::join_all;
use kernel::{AccountId, Actor, Channel, MINUTE_US};
use platform::{app::App, db::Db, jobs};
use std::sync::Arc;

/// How often accounts are looked through.
const EVERY_US: i64 = MINUTE_US;
/// Commands in the engine's queue at once.
const ACCOUNTS_AT_ONCE: i64 = 256;
/// Accounts of one run at most: a run must end well within the lease of its job.
pub const RUN_ACCOUNTS_MAX: usize = 20_000;

/// The feature's jobs.
pub(super) fn jobs(app: &App) -> Vec<jobs::Handler> {
    // Without an engine (pages alone, in a test) there is nobody who could let a hold go.
    let Ok(engine) = app.service::<Engine>() else { return Vec::new() };
    let db = app.db.clone();
    let run = move |_body| -> jobs::Done {
        let (db, engine) = (db.clone(), engine.clone());
        Box::pin(async move {
            match release_expired(&db, &engine).await {
                Ok(_) => Ok(()),
                Err(AuthorizationError::Db(error)) => Err(error),
                Err(error) => {
                    tracing::warn!(%error, "expired holds were not released; the next run tries again");
                    Ok(())
                }
            }
        })
    };
    vec![jobs::Handler {
        kind: "authorizations.release_expired",
        every_us: Some(EVERY_US),
        run: Arc::new(run),
    }]
}

/// Lets go what is due on at most [`RUN_ACCOUNTS_MAX`] accounts; returns on how many something was.
///
/// # Errors
/// The database failed or the engine has stopped; what was released before stays released.
pub async fn release_expired(db: &Db, engine: &Engine) -> Result<usize, AuthorizationError> {
    let (mut after, mut looked_at, mut released) = (i64::MIN, 0, 0);
    while looked_at < RUN_ACCOUNTS_MAX {
        let due = due_accounts(db, db.clock().now(), after, ACCOUNTS_AT_ONCE).await?;
        let Some(last) = due.last().copied() else { break };
        let release = |account: &i64| {
            let account = AccountId::from_raw(*account);
            engine.command(account, AccountCommand::ReleaseExpired, Actor::System, Channel::Job)
        };
        for outcome in join_all(due.iter().map(release)).await {
            released += usize::from(outcome? == CommandOutcome::Applied);
        }
        looked_at += due.len();
        after = last;
    }
    Ok(released)
}
