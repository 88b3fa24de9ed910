//! `cardea serve`: the server, until it is told to end.

use super::CommandError;
use crate::server;
use clap::Args;
use connectors::{authorizations::Authorizer, iso8583::Handler};
use features::authorizations::{Engine, Intake, Places};
use kernel::Clock;
use platform::{
    clock::{SystemRandom, TokioSleep},
    config::{ClockMode, Config},
    telemetry,
};
use std::{path::PathBuf, sync::Arc};
use vault::{KeyRing, SoftwareCardCrypto};

/// How to serve.
#[derive(Args, Debug, Clone)]
pub struct ServeArgs {
    /// The settings file; see `docs/operating/configuration.md`.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Whose time counts: `system`, or `driven` by the payments of a replay.
    #[arg(long, value_parser = ["system", "driven"])]
    pub clock: Option<String>,
    /// Serves a database that is older than the one served last: ends all sessions and links, begins a new epoch,
    /// and writes it into the log.
    #[arg(long)]
    pub accept_older_state: bool,
}

/// Serves until Ctrl-C, a termination signal, or a failure that only a restart can mend.
pub async fn run(args: ServeArgs) -> Result<(), CommandError> {
    let mut config = Config::load(args.config.as_deref()).map_err(CommandError::other)?;
    match args.clock.as_deref() {
        Some("driven") => config.clock.mode = ClockMode::Driven,
        Some(_) => config.clock.mode = ClockMode::System,
        None => {}
    }
    telemetry::install_logs(&config.telemetry).map_err(CommandError::other)?;
    let keys = crate::keys::open(&config)?;
    tracing::info!(source = keys.module().describe(), "keys are open");
    let running = server::assemble(config, keys, args.accept_older_state).await?.listen().await?;
    tracing::info!(http = running.app.config.http.listen, "ready");
    until_end(running).await
}

/// Waits for a signal or a failure, then ends the server in order.
pub(crate) async fn until_end(running: server::Running) -> Result<(), CommandError> {
    tokio::select! {
        () = running.failed() => {}
        signal = signalled() => signal?,
    }
    if running.end(&TokioSleep).await {
        Ok(())
    } else {
        Err(CommandError::Stopped("the authorization engine"))
    }
}

/// Completes at Ctrl-C or a termination signal.
pub(crate) async fn signalled() -> Result<(), CommandError> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => Ok(done?),
        _ = terminate.recv() => Ok(()),
    }
}

/// The handler of ISO 8583 messages for an engine that stands alone (measurements).
pub(crate) fn authorizer(engine: &Engine, clock: &Arc<dyn Clock>, keys: &Arc<KeyRing>) -> Arc<dyn Handler> {
    let places = Arc::new(Places::default());
    let crypto = Arc::new(SoftwareCardCrypto::new(keys.card_keys().clone(), Arc::new(SystemRandom)));
    let intake = Intake::new(Arc::clone(keys), crypto, engine.clone(), Arc::clone(clock), places);
    Arc::new(Authorizer::new(intake, None))
}
