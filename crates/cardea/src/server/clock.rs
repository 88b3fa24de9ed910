//! The clock of a server, and in a demo the way to move it.
//!
//! Holds expire after days and delays last for days; whoever tries Cardea can't wait for them. A demo's clock can
//! be moved forward over the API; every page says that it was, and the sum is kept in the data directory, so that
//! a restart doesn't go back in time. It never goes back: what a delay was waited for would be had twice. The
//! route exists only where the settings say `environment = "demo"` and the clock is the machine's.

use crate::commands::CommandError;
use axum::extract::State;
use kernel::{Channel, Clock, DAY_US, Fault, SECOND_US};
use platform::access::{Assurance, Caller, Direction, Permission, Role};
use platform::app::App;
use platform::audit::Entry;
use platform::clock::{DrivenClock, SystemClock};
use platform::config::{ClockMode, Config, Environment};
use platform::feature::{Feature, Route};
use platform::http::extract::Json;
use platform::http::problem::Problem;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where the clock is moved.
pub const PATH: &str = "/v1/demo/clock";
/// The furthest that one request moves it, seconds: ten years.
pub const ADVANCE_MAX_S: u64 = 10 * 366 * 86_400;
const ACT: &str = "clock.time.advanced";
/// The file with the sum, microseconds, in the data directory.
const OFFSET_FILE: &str = "clock-offset";

static ADVANCE: Permission = Permission {
    name: "clock.time.advance",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::ApiClient],
};

/// Moving the clock, as a feature that only a demo serves.
pub static FEATURE: Feature = Feature {
    name: "clock",
    routes: || vec![Route::post(PATH, &ADVANCE, advance)],
    permissions: &[&ADVANCE],
    ..Feature::EMPTY
};

/// The clock that a configuration asks for.
pub enum ServerClock {
    /// The machine's, with an offset that a demo can move.
    System(Arc<SystemClock>),
    /// One that payments carry along.
    Driven(Arc<DrivenClock>),
}

impl ServerClock {
    /// The clock of `config`; a demo's begins where it had been moved to.
    pub fn of(config: &Config) -> Result<Self, CommandError> {
        Ok(match config.clock.mode {
            ClockMode::System => Self::System(Arc::new(SystemClock::new(kept_offset(config)?))),
            ClockMode::Driven => Self::Driven(Arc::new(DrivenClock::at_machine_time())),
        })
    }

    /// As everybody else sees it.
    pub fn shared(&self) -> Arc<dyn Clock> {
        match self {
            Self::System(clock) => Arc::clone(clock) as Arc<dyn Clock>,
            Self::Driven(clock) => Arc::clone(clock) as Arc<dyn Clock>,
        }
    }

    /// Whether it may be moved by request.
    pub fn can_be_moved(&self, config: &Config) -> bool {
        matches!(self, Self::System(_)) && config.environment == Environment::Demo
    }
}

fn offset_file(config: &Config) -> PathBuf {
    config.data_dir.join(OFFSET_FILE)
}

fn kept_offset(config: &Config) -> Result<i64, CommandError> {
    if config.environment != Environment::Demo {
        return Ok(0);
    }
    match std::fs::read_to_string(offset_file(config)) {
        Ok(text) => text.trim().parse().map_err(|_| {
            CommandError::Other(format!("{} is no number of microseconds", offset_file(config).display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// How far to move the clock.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvanceBody {
    /// Seconds, at least 1.
    pub advance_s: u64,
}

/// Where the clock stands.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ClockView {
    /// The server's time now, seconds since the epoch.
    pub now_s: i64,
    /// How far it is ahead of the machine's, seconds.
    pub ahead_s: i64,
}

async fn advance(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<AdvanceBody>,
) -> Result<Json<ClockView>, Problem> {
    if body.advance_s == 0 || body.advance_s > ADVANCE_MAX_S {
        return Err(Problem::new(Fault::Invalid, "clock_advance_out_of_range")
            .detail("The clock moves forward by 1 second to 3,660 days at a time."));
    }
    let clock: Arc<SystemClock> = app.service()?;
    let offset_us = clock.advance(Duration::from_secs(body.advance_s));
    std::fs::write(offset_file(&app.config), offset_us.to_string()).map_err(Problem::internal)?;
    let write = app.db.write().await?;
    let detail = serde_json::json!({ "advance_s": body.advance_s, "days": offset_us / DAY_US });
    let entry = Entry::new(caller.actor, Channel::Api, ACT).detail(detail);
    write.commit(entry).await?;
    Ok(Json(ClockView { now_s: app.now().us() / SECOND_US, ahead_s: offset_us / SECOND_US }))
}
