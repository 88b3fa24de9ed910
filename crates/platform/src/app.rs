//! What a running server is made of, handed to every handler.
//!
//! One concrete struct behind one `Arc`. Services of features (the authorization engine, a rule set)
//! are found by their type in [`Services`], filled once at start and never changed: features can't
//! name each other's state here, and platform need not know them. A service that is missing is a
//! mistake of the wiring; asking for it gives an internal error, not a panic.

use crate::clock::SystemClock;
use crate::config::{ClockMode, Config, Environment};
use crate::db::Db;
use crate::feature::Feature;
use crate::http::health::Health;
use crate::http::problem::Problem;
use crate::i18n::Locale;
use crate::i18n::dates::Calendar;
use crate::telemetry::Metrics;
use crate::ui::Banner;
use axum::http::{Extensions, request::Parts};
use axum::response::Response;
use kernel::{Clock, IdMint, Random, Sleep, Timestamp};
use std::{ops::Deref, sync::Arc};

/// Makes the page that a browser gets for a problem. The parts are those of the request.
pub type ErrorPage = fn(&App, &Parts, &Problem, request_id: &str) -> Response;

/// The issuer as its pages name it.
#[derive(Clone, Debug)]
pub struct Brand {
    /// Its name in Simplified Chinese.
    pub zh_hans: String,
    /// Its name in Traditional Chinese.
    pub zh_hant: String,
    /// Its name in English.
    pub en: String,
    /// The zone whose time its pages show, such as `Asia/Shanghai`.
    pub time_zone: String,
}

impl Brand {
    /// The name in a language.
    pub fn name(&self, locale: Locale) -> &str {
        match locale {
            Locale::ZhHans => &self.zh_hans,
            Locale::ZhHant => &self.zh_hant,
            Locale::En => &self.en,
        }
    }
}

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
    /// The issuer's name and zone.
    pub brand: Brand,
    /// Red or green.
    pub health: Health,
    /// Counters and histograms.
    pub metrics: Metrics,
    /// The features, in the order of their names.
    pub features: Vec<&'static Feature>,
    /// Makes error pages ([`crate::http::error_page`]); without it browsers get the problem document too.
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

    /// With `service` added unless there is one of its type.
    #[must_use]
    pub fn or_with<T: Clone + Send + Sync + 'static>(mut self, service: T) -> Self {
        self.0.get_or_insert(service);
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

    /// Dates and times for a reader, in the issuer's zone.
    pub fn calendar(&self, locale: Locale) -> Calendar {
        Calendar::in_zone_named(locale, &self.brand.time_zone, self.now())
    }

    /// What every page says about where it runs: that this is a demo, and that its clock was moved. The
    /// clock is known to be moved when the wiring has put its `Arc<SystemClock>` among the services.
    pub fn banner(&self, locale: Locale) -> Option<Banner> {
        if self.config.environment != Environment::Demo {
            return None;
        }
        let offset_us = self.services.0.get::<Arc<SystemClock>>().map_or(0, |clock| clock.offset_us());
        let moved = offset_us > 0 || self.config.clock.mode == ClockMode::Driven;
        let clock_moved_to = moved.then(|| self.calendar(locale).date_time(self.now()));
        Some(Banner { demo: true, clock_moved_to })
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
