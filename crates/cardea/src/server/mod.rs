//! A running server: everything that a configuration asks for, put together and taken down in order.

mod background;
mod carriers;
pub mod clock;
pub(crate) mod log;
mod own_files;
mod past;
mod policy;
mod provider;
mod replayed;

pub use clock::ServerClock;
pub(crate) use policy::load as load_policy;

use crate::{
    commands::CommandError,
    issuer::{IssuerData, OTHER_CLASS},
    traffic::datasets::place_of_terminal,
    traffic::simulator::sample_merchants,
};
use connectors::{
    authorizations::{Authorizer, Replayed},
    iso8583::{BuiltIn, Dialect, Handler, Server as IsoServer, ServerConfig},
    message_file::MessageFile,
};
use decision::CrossTables;
use features::{
    accounts::{Product, Products},
    authorizations::{Engine, EngineSettings, Intake, Places},
    calls,
    cards::CardFile,
    identity::{self, LetterBox},
    monitoring::{self, Watch, WatchSettings},
};
use kernel::{IdMint, Random, Sleep};
use platform::{
    app::{App, AppParts, Brand, Services},
    audit::LogParts,
    backup::Fence,
    clock::{SystemRandom, TokioSleep},
    config::{ClockMode, Config, Environment, Listen},
    db::Db,
    feature::{self, Feature},
    http::{
        health::Health,
        server::{Tls, serve},
    },
    i18n,
    telemetry::Metrics,
};
use replayed::ReplayParts;
use std::{
    net::SocketAddr,
    sync::{Arc, RwLock},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::KeyRing;

/// How long the last requests may take when the server ends, seconds.
const END_SECONDS: u64 = 15;
/// Merchant category codes have four digits.
pub(crate) const MCC_MAX: u16 = 9_999;

/// Everything put together, not yet listening.
pub struct Assembled {
    /// What handlers get.
    pub app: App,
    /// The engine.
    pub engine: Engine,
    /// How messages become requests.
    pub intake: Intake,
    watch: Watch,
    replayed: Option<Replayed>,
    consumers: Vec<platform::outbox::Consumer>,
    fence: Fence,
    // Held as long as the server lives.
    alone: Option<std::fs::File>,
    log: LogParts,
}

/// Puts a server together: database, keys, rules, engine, watch. A database in an older state than the one that
/// was served last is refused, or with `accept_older` begins a new epoch.
pub async fn assemble(config: Config, keys: KeyRing, accept_older: bool) -> Result<Assembled, CommandError> {
    let clock = ServerClock::of(&config)?;
    let served = served(&clock, &config)?;
    let ids = Arc::new(IdMint::new(0));
    let db = Db::connect(config.database_url().expose(), clock.shared(), ids).await?;
    let alone = db.serve_alone()?;
    db.migrate().await?;
    platform::keys::bind(&db, &keys).await.map_err(CommandError::other)?;
    let fence = fence(&db, &config, accept_older).await?;
    let issuer = IssuerData::embedded()?;
    let policy = Arc::new(policy::load(&db, &issuer).await?);
    let cross = Arc::new(RwLock::new(CrossTables::new()));
    monitoring::rebuild_cross(&db, &cross).await.map_err(CommandError::other)?;
    let sleep: Arc<dyn Sleep> = Arc::new(TokioSleep);
    let started = Watch::start(&db, Arc::clone(&cross), Arc::clone(&sleep), watch_settings(&issuer)).await;
    let (watch, observer) = started.map_err(CommandError::other)?;
    let engine = Engine::start(
        &db,
        Arc::clone(&policy),
        Arc::clone(&cross),
        engine_settings(&config),
        vec![observer],
    )?;
    let keys = Arc::new(keys);
    let places = Arc::new(places(&issuer, &config)?);
    let crypto = issuer.card_crypto(keys.card_keys().clone(), Arc::new(SystemRandom));
    let crypto = Arc::new(crypto.map_err(CommandError::other)?);
    let mut intake = Intake::new(Arc::clone(&keys), crypto, engine.clone(), clock.shared(), places);
    intake.known = Some(Arc::new(CardFile::new(db.clone(), Arc::clone(&keys))));
    intake.skew_us = skew_us(&config);
    let parts = ReplayParts {
        db: db.clone(),
        keys: Arc::clone(&keys),
        engine: engine.clone(),
        watch: watch.clone(),
        cross,
    };
    let replayed = replayed::doors(&clock, parts);
    let consumers = monitoring::consumers(&db, &policy);
    let health = Health::new();
    let log = log::parts(&db, &config, &keys, &health, Arc::clone(&sleep)).await?;
    let mut services = with_cases(with_proofs(&config)?)?
        .with(engine.clone())
        .with(intake.clone())
        .with(Arc::clone(&policy))
        .with(watch.clone())
        .with(log.folder.clone())
        .with(carriers::carriers(&config)?)
        .with(products(&issuer)?);
    services = provider::with_provider(services, &config)?;
    if let ServerClock::System(clock) = &clock {
        services = services.with(Arc::clone(clock));
    }
    let app = App::new(AppParts {
        db,
        random: Arc::new(SystemRandom) as Arc<dyn Random>,
        sleep,
        keys,
        config,
        brand: brand(&issuer),
        health,
        metrics: Metrics::install().map_err(CommandError::other)?,
        features: served,
        error_page: Some(platform::http::error_page),
        services,
    });
    let texts = feature::catalogue(&app.features).map_err(CommandError::other)?;
    // A second server in one process (tests) finds the same texts installed already.
    let _ = i18n::install(texts);
    Ok(Assembled { app, engine, intake, watch, replayed, consumers, fence, alone, log })
}

/// Every feature, with the one that moves a demo's clock; their permissions are narrowed to what the issuer leaves.
fn served(clock: &ServerClock, config: &Config) -> Result<Vec<&'static Feature>, CommandError> {
    let moved = clock.can_be_moved(config).then_some(&clock::FEATURE);
    let served: Vec<_> = features::ALL.iter().copied().chain(moved).collect();
    own_files::narrow_roles(config, &served)?;
    Ok(served)
}

/// Services with what is taken as a proof, and where codes by letter go: in a demo, into the file of its messages.
fn with_proofs(config: &Config) -> Result<Services, CommandError> {
    let policy = own_files::policy_of_proofs(config)?;
    let services = calls::with_line(identity::with_policy(Services::default(), policy));
    if config.environment != Environment::Demo {
        return Ok(services);
    }
    let file = MessageFile::new(config.data_dir.join(carriers::MESSAGES));
    Ok(services.with(Arc::new(file) as Arc<dyn LetterBox>))
}

/// Services with the kinds of cases.
fn with_cases(services: Services) -> Result<Services, CommandError> {
    let book = features::cases::built_in_book().map_err(CommandError::other)?;
    Ok(features::cases::with_book(services, book))
}

/// The fence of the data directory, when the database is as new as it and the published log know.
async fn fence(db: &Db, config: &Config, accept_older: bool) -> Result<Fence, CommandError> {
    let published = log::published(config)?;
    let fence = Fence::take_up(db, &SystemRandom, &config.data_dir, published, accept_older).await;
    fence.map_err(CommandError::other)
}

/// A server that listens.
pub struct Running {
    /// What handlers get.
    pub app: App,
    watch: Watch,
    stop: CancellationToken,
    tasks: TaskTracker,
    _alone: Option<std::fs::File>,
}

impl Assembled {
    /// Opens every port; returns once all of them accept.
    pub async fn listen(self) -> Result<Running, CommandError> {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let authorizer = Authorizer::new(self.intake.clone(), self.replayed.clone());
        let handler: Arc<dyn Handler> = Arc::new(authorizer);
        let iso = self.app.config.iso8583.clone();
        for (which, listen) in [
            (BuiltIn::Ascii, iso.ascii),
            (BuiltIn::AsciiBinaryBitmap, iso.ascii_binary_bitmap),
            (BuiltIn::Bcd, iso.bcd),
        ] {
            listen_iso(which, &listen, &handler, &stop, &tasks).await?;
        }
        let router = feature::build_router(&self.app).map_err(CommandError::other)?;
        let http = self.app.config.http.clone();
        let listener =
            tokio::net::TcpListener::bind(&http.listen).await.map_err(|error| busy(&http.listen, &error))?;
        let tls = match (&http.tls_certificate, &http.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::load(certificate, key).map_err(CommandError::other)?),
            _ => None,
        };
        let health = self.app.health.clone();
        let serving = async move { serve(listener, router, http.connections_max, tls, &health).await };
        tasks.spawn(serving);
        background::start(&self.app, &self.engine, self.consumers, &tasks, &stop);
        background::keep_fence(&self.app, self.fence, &tasks, &stop);
        log::start(&self.log, &*self.app.random, &tasks, &stop);
        self.app.health.set_ready(true);
        Ok(Running { app: self.app, watch: self.watch, stop, tasks, _alone: self.alone })
    }
}

impl Running {
    /// Completes when the server has to end by itself.
    pub async fn failed(&self) {
        self.stop.cancelled().await;
    }

    /// Ends it: no new work, what is under way finishes. Returns whether it was healthy to the end.
    pub async fn end(self, sleep: &dyn Sleep) -> bool {
        let healthy = !self.stop.is_cancelled();
        self.app.health.set_ready(false);
        self.app.health.stop();
        self.stop.cancel();
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            () = sleep.sleep(std::time::Duration::from_secs(END_SECONDS)) => {
                tracing::warn!(left = self.tasks.len(), "some work was cut off at the end");
            }
        }
        // Figures of the last minute; what decisions stand on is durable long since.
        if let Err(error) = self.watch.store().await {
            tracing::warn!(%error, "the wall's last minute was not kept");
        }
        healthy
    }
}

async fn listen_iso(
    which: BuiltIn,
    listen: &Listen,
    handler: &Arc<dyn Handler>,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<(), CommandError> {
    let Some(text) = &listen.0 else { return Ok(()) };
    let address: SocketAddr = text
        .parse()
        .map_err(|_| CommandError::Other(format!("{text} is no address: write 127.0.0.1:8583")))?;
    let dialect = Dialect::built_in(which).map_err(CommandError::other)?;
    let bound =
        IsoServer::bind(address, Arc::new(dialect), Arc::clone(handler), ServerConfig::default()).await;
    let server = bound.map_err(|error| busy(text, &error))?;
    let (ending, stop) = (server.stop_token(), stop.clone());
    tasks.spawn(async move {
        stop.cancelled().await;
        ending.cancel();
    });
    tasks.spawn(async move {
        if let Err(error) = server.run().await {
            tracing::error!(%error, dialect = which.name(), "the listener ended");
        }
    });
    Ok(())
}

fn busy(address: &str, error: &std::io::Error) -> CommandError {
    CommandError::Other(format!("can't listen on {address}: {error}. Is another server running there?"))
}

fn engine_settings(config: &Config) -> EngineSettings {
    let engine = &config.engine;
    let size = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
    EngineSettings {
        batch_max: size(engine.batch_max),
        queue_max: size(engine.queue_max),
        deadline_us: u64::from(engine.deadline_ms) * 1_000,
        log: true,
    }
}

/// How far the time of a message may be from ours; a driven clock has no other time than that of messages.
fn skew_us(config: &Config) -> Option<i64> {
    match config.clock.mode {
        ClockMode::System => Some(i64::from(config.engine.skew_seconds_max) * kernel::SECOND_US),
        ClockMode::Driven => None,
    }
}

fn brand(issuer: &IssuerData) -> Brand {
    let name = &issuer.issuer.name;
    Brand {
        zh_hans: name.zh_hans.clone(),
        zh_hant: name.zh_hant.clone(),
        en: name.en.clone(),
        time_zone: issuer.issuer.time_zone.clone(),
    }
}

fn watch_settings(issuer: &IssuerData) -> WatchSettings {
    let named = |name: &crate::issuer::Names| monitoring::PlaceName {
        zh_hans: name.zh_hans.clone(),
        zh_hant: name.zh_hant.clone(),
        en: name.en.clone(),
    };
    let cities = issuer.cities.iter().map(|city| (city.name.en.clone(), named(&city.name))).collect();
    let of = |mcc: u16| issuer.class_of(mcc).filter(|class| class.id != OTHER_CLASS);
    let classes = (0..=MCC_MAX).filter_map(|mcc| Some((mcc, named(&of(mcc)?.name)))).collect();
    WatchSettings { cities, classes, ..WatchSettings::default() }
}

fn products(issuer: &IssuerData) -> Result<Products, CommandError> {
    let mut products = Vec::with_capacity(issuer.issuer.products.len());
    for product in &issuer.issuer.products {
        products.push(Product {
            id: product.id.clone(),
            watched: product.fraud_rules,
            cash_share_percent: product.cash_share_percent,
            limit_max_minor: product.credit_limit_max,
            limit_currency: product.limit_currency.parse().map_err(CommandError::other)?,
            pin_method: product.pin_method.into(),
            chip: product.chip.into(),
        });
    }
    Ok(Products::new(products))
}

fn place_of_imported(terminal: &str) -> Option<decision::Place> {
    place_of_terminal(terminal).map(|at| decision::Place { lat: at.lat as f32, lon: at.lon as f32 })
}

/// Coordinates, which the wire does not carry: of the sample's shops, and of cities.
fn places(issuer: &IssuerData, config: &Config) -> Result<Places, CommandError> {
    let mut places = Places::default();
    if config.environment == Environment::Demo {
        places.of_number = Some(place_of_imported);
    }
    for shop in sample_merchants()? {
        let place = shop.place.map(|place| decision::Place { lat: place.lat as f32, lon: place.lon as f32 });
        places.merchants.insert(shop.merchant.id.clone(), (place, Some(shop.mcc)));
    }
    for city in &issuer.cities {
        let place = decision::Place { lat: city.lat as f32, lon: city.lon as f32 };
        places.cities.insert((city.country_numeric, city.name.en.to_uppercase()), place);
    }
    Ok(places)
}
