//! The whole server without a socket: features, engine, keys and a clock that the test moves.

use crate::{ManualClock, Postbox, SeededRandom, Taken, TestDb};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use decision::{CrossTables, RuleSet};
use features::accounts::{Accounts, Product, Products};
use features::authorizations::{ChipScheme, Engine, EngineSettings, HoldDays, Intake, Places, Policy};
use features::calls;
use features::cards::{CardFile, Cards};
use features::identity::{self, Identity};
use kernel::{Actor, Channel, Clock, Currency, Sleep};
use platform::access::new_api_key;
use platform::app::{App, AppParts, Brand, Services};
use platform::config::{Config, Environment};
use platform::feature::{Feature, build_router};
use platform::http::health::Health;
use platform::telemetry::Metrics;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tower::ServiceExt;
use vault::{KeyRing, Pan, PinMethod, SoftwareCardCrypto};

/// A sleep that never ends: nothing in a test waits for time to pass.
struct Endless;

impl Sleep for Endless {
    fn sleep(&self, _duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}

/// The server over one database.
pub struct TestApp {
    /// What handlers get.
    pub app: App,
    /// Every route.
    pub router: Router,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// The engine.
    pub engine: Engine,
    /// The way from a wire to the engine.
    pub intake: Intake,
    /// Every answer so far, head and body, for looking through.
    pub said: Mutex<Vec<String>>,
    _db: TestDb,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// A header's text; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[expect(clippy::panic, reason = "a test that gets no JSON must fail")]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    /// The code of a problem; empty for what is none.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }
}

impl TestApp {
    /// A server over `db` with these rules.
    ///
    /// # Panics
    /// When a part of it can't be made.
    pub fn start(db: TestDb, rules: &str) -> Self {
        Self::start_with(db, rules, Services::default())
    }

    /// The same, with more services for handlers.
    ///
    /// # Panics
    /// When a part of it can't be made.
    pub fn start_with(db: TestDb, rules: &str, services: Services) -> Self {
        Self::start_whole(db, rules, services, Self::keys_of_tests(), features::ALL.to_vec())
    }

    /// The same without rules, with `beside` served beside the features of the program.
    ///
    /// # Panics
    /// When a part of it can't be made.
    pub fn start_beside(db: TestDb, services: Services, beside: &[&'static Feature]) -> Self {
        let served = features::ALL.iter().chain(beside).copied().collect();
        Self::start_whole(db, "number = 1\nname = \"none\"\n", services, Self::keys_of_tests(), served)
    }

    /// The same, with keys of the test's own.
    ///
    /// # Panics
    /// When a part of it can't be made.
    pub fn start_with_keys(db: TestDb, rules: &str, keys: KeyRing) -> Self {
        Self::start_whole(db, rules, Services::default(), keys, features::ALL.to_vec())
    }

    /// The keys that [`Self::start`] takes, the same each time.
    ///
    /// # Panics
    /// When they can't be made.
    #[expect(clippy::expect_used, reason = "a test without its keys must fail")]
    pub fn keys_of_tests() -> KeyRing {
        KeyRing::create(&SeededRandom::new(7)).expect("keys")
    }

    #[expect(clippy::expect_used, reason = "a test without its server must fail")]
    fn start_whole(
        db: TestDb,
        rules: &str,
        services: Services,
        keys: KeyRing,
        served: Vec<&'static Feature>,
    ) -> Self {
        let random = Arc::new(SeededRandom::new(8));
        let keys = Arc::new(keys);
        let rules = RuleSet::compile(rules).expect("rules that compile");
        let policy = Arc::new(Policy { rules, hold_days: HoldDays::default() });
        let cross = Arc::new(RwLock::new(CrossTables::new()));
        let engine = Engine::start(&db.db, policy, cross, EngineSettings::default(), Vec::new())
            .expect("the engine starts");
        let time: Arc<dyn Clock> = Arc::clone(&db.clock) as Arc<dyn Clock>;
        let crypto = Arc::new(SoftwareCardCrypto::new(keys.card_keys().clone(), random.clone()));
        let mut intake =
            Intake::new(Arc::clone(&keys), crypto, engine.clone(), time, Arc::new(Places::default()));
        intake.known = Some(Arc::new(CardFile::new(db.db.clone(), Arc::clone(&keys))));
        let services = services.with(engine.clone()).with(intake.clone()).with(sample_products());
        let services = Postbox::default().into_services(services);
        let book = features::cases::built_in_book().expect("the built-in kinds have no findings");
        let services = services.or_with(Arc::new(book));
        let services = identity::with_policy(services, identity::Policy::built_in().expect("the policy"));
        let services = calls::with_line(services);
        let app = App::new(AppParts {
            db: db.db.clone(),
            random,
            sleep: Arc::new(Endless),
            keys,
            config: Config { environment: Environment::Demo, ..Config::default() },
            brand: sample_brand(),
            health: Health::new(),
            metrics: Metrics::install().expect("metrics"),
            features: served,
            error_page: None,
            services,
        });
        let router = build_router(&app).expect("a router");
        let clock = Arc::clone(&db.clock);
        Self { app, router, clock, engine, intake, said: Mutex::new(Vec::new()), _db: db }
    }

    /// Commands and queries of accounts.
    pub fn accounts(&self) -> Accounts {
        Accounts::of(&self.app)
    }

    /// Takes out everything that was sent to people so far, oldest first.
    ///
    /// # Panics
    /// When it can't be handed over.
    #[expect(clippy::expect_used, reason = "a test whose messages don't leave must fail")]
    pub async fn sent(&self) -> Vec<Taken> {
        self.app.service::<Postbox>().expect("a box").empty(&self.app).await
    }

    /// Checks and counts of proofs.
    ///
    /// # Panics
    /// When the wiring is incomplete.
    #[expect(clippy::expect_used, reason = "a test without its service must fail")]
    pub fn identity(&self) -> Identity {
        Identity::of(&self.app).expect("the services of identity")
    }

    /// Commands and queries of cards.
    pub fn cards(&self) -> Cards {
        Cards::new(self.accounts(), self.engine.clone())
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When there is no answer.
    #[expect(clippy::expect_used, reason = "a test without an answer must fail")]
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8_lossy(&bytes).into_owned();
        self.said.lock().expect("no panic before").push(format!("{:?} {body}", parts.headers));
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks with a method, a key and headers.
    ///
    /// # Panics
    /// When the request can't be built.
    #[expect(clippy::expect_used, reason = "a test without its request must fail")]
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// A key of the API with these scopes, as the value of the header `Authorization`.
    ///
    /// # Panics
    /// When the database refuses.
    #[expect(clippy::expect_used, reason = "a test without its key must fail")]
    pub async fn api_key(&self, scopes: &[&str]) -> String {
        let (by, random) = (Actor::System, &*self.app.random);
        let key = new_api_key(&self.app.db, random, by, Channel::Console, "test", scopes).await;
        format!("Bearer {}", key.expect("a key").token.expose())
    }
}

/// Card number `serial` of a product's range; the range 9 belongs to no card scheme.
///
/// # Panics
/// When `serial` has more than seven digits.
#[expect(clippy::expect_used, reason = "a test without its card must fail")]
pub fn test_pan(serial: u32) -> Pan {
    Pan::with_check_digit(&format!("90000101{serial:07}")).expect("digits")
}

fn sample_products() -> Products {
    let product = |id: &str, watched| Product {
        id: id.to_owned(),
        watched,
        cash_share_percent: 50,
        limit_max_minor: 20_000_000,
        limit_currency: Currency::CNY,
        pin_method: if watched { PinMethod::Ibm3624 } else { PinMethod::Pvv },
        chip: ChipScheme::Visa,
    };
    Products::new(vec![product("gold", true), product("plain", false)])
}

fn sample_brand() -> Brand {
    Brand {
        zh_hans: "青梧银行".to_owned(),
        zh_hant: "青梧銀行".to_owned(),
        en: "Qingwu Bank".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    }
}
