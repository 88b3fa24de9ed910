//! What a running server is made of, handed to every handler.
//!
//! One concrete struct behind one `Arc`. Services of features (the authorization engine, a rule set)
//! are found by their type in [`Services`], filled once at start and never changed: features can't
//! name each other's state here, and platform need not know them. A service that is missing is a
//! mistake of the wiring; asking for it gives an internal error, not a panic.

use crate::config::Config;
use crate::db::Db;
use crate::feature::Feature;
use crate::http::health::Health;
use crate::http::problem::Problem;
use crate::telemetry::Metrics;
use axum::http::{Extensions, request::Parts};
use axum::response::Response;
use kernel::{Clock, IdMint, Random, Sleep, Timestamp};
use std::{ops::Deref, sync::Arc};

/// Makes the page that a browser gets for a problem. The parts are those of the request.
pub type ErrorPage = fn(&App, &Parts, &Problem, request_id: &str) -> Response;

/// What [`App`] is made from; every field can be read through it.
pub struct AppParts {
    /// The database; it also has the clock and the mint of ids.
    pub db: Db,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Waiting.
    pub sleep: Arc<dyn Sleep>,
    /// The keys of this issuer.
    pub keys: Arc<vault::KeyRing>,
    /// The settings.
    pub config: Config,
    /// Red or green.
    pub health: Health,
    /// Counters and histograms.
    pub metrics: Metrics,
    /// The features, in the order of their names.
    pub features: Vec<&'static Feature>,
    /// Makes error pages; without it browsers get the problem document too.
    pub error_page: Option<ErrorPage>,
    /// State of features, by type.
    pub services: Services,
}

/// The running server. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// State of features, found by type. Filled before the server starts.
#[derive(Clone, Default)]
pub struct Services(Extensions);

impl Services {
    /// With `service` added; a second one of the same type takes the first one's place.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, service: T) -> Self {
        self.0.insert(service);
        self
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.db.clock()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The mint of ids.
    pub fn ids(&self) -> &Arc<IdMint> {
        self.db.ids()
    }

    /// The service of type `T`, such as `app.service::<Engine>()?`.
    pub fn service<T: Clone + Send + Sync + 'static>(&self) -> Result<T, Problem> {
        let found = self.services.0.get::<T>().cloned();
        found.ok_or_else(|| Problem::internal(format!("no service of type {}", std::any::type_name::<T>())))
    }

    /// Whether browsers reach us over https, so that cookies can be `Secure`.
    pub fn is_secure(&self) -> bool {
        self.config.http.public_url.starts_with("https://")
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}
