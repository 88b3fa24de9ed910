//! What the tests of this crate share: an app over a fresh database, a clock and a sleep that tests
//! move, and a small feature with a route of each sort.

use crate::access::{
    Assurance, Caller, Direction, NewSession, Opened, Permission, Role, add_staff, new_api_key, open_session,
};
use crate::access::{NewStaff, Surface};
use crate::app::{App, AppParts, Brand, Services};
use crate::clock::{DrivenClock, SystemRandom};
use crate::config::{Config, Environment};
use crate::db::Db;
use crate::feature::{Feature, Route, build_router};
use crate::http::extract::{Form, Json};
use crate::http::health::Health;
use crate::http::idempotency::Operation;
use crate::http::problem::Problem;
use crate::http::sse;
use crate::telemetry::Metrics;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::sse::Event;
use axum::{Extension, Router};
use futures_util::stream::{BoxStream, unfold};
use kernel::{Actor, Channel, CustomerId, Fault, IdMint, Masked, Random, Sleep, StaffId, Timestamp};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tower::ServiceExt;

/// 2026-11-22T12:00:00Z.
pub const NOON: Timestamp = Timestamp::from_us(1_795_348_800_000_000);

/// Sleepers wake when the test says so.
#[derive(Default)]
pub struct ManualSleep(Notify);

impl ManualSleep {
    pub fn wake_all(&self) {
        self.0.notify_waiters();
    }
}

impl Sleep for ManualSleep {
    fn sleep(&self, _duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.notified())
    }
}

/// What the routes of the test feature have seen.
#[derive(Clone, Default)]
pub struct Seen {
    pub runs: Arc<AtomicU64>,
    pub operations: Arc<Mutex<Vec<Operation>>>,
    /// Runs of `/v1/things/slow` wait for a permit each.
    pub gate: Arc<Gates>,
}

pub struct Gates {
    pub arrived: Semaphore,
    pub leave: Semaphore,
}

impl Default for Gates {
    fn default() -> Self {
        Self { arrived: Semaphore::new(0), leave: Semaphore::new(0) }
    }
}

pub struct TestApp {
    pub app: App,
    pub router: Router,
    pub clock: Arc<DrivenClock>,
    pub sleep: Arc<ManualSleep>,
    pub seen: Seen,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }
}

impl TestApp {
    /// A demo over SQLite.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut AppParts)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.sqlite").display());
        Self::over(&url, folder, change).await
    }

    /// The same on each database that there is: SQLite, and PostgreSQL where the variable names a
    /// server (the acceptance run always does).
    pub async fn start_on_each() -> Vec<Self> {
        let mut apps = vec![Self::start().await];
        #[expect(clippy::disallowed_methods, reason = "the variable of the tests, not a setting")]
        if let Ok(server) = std::env::var("CARDEA_TEST_POSTGRES_URL") {
            let url = fresh_postgres(&server).await;
            apps.push(Self::over(&url, tempfile::tempdir().unwrap(), |_| {}).await);
        }
        apps
    }

    async fn over(url: &str, folder: tempfile::TempDir, change: impl FnOnce(&mut AppParts)) -> Self {
        let clock = Arc::new(DrivenClock::new(NOON));
        let sleep = Arc::new(ManualSleep::default());
        let seen = Seen::default();
        let db = Db::connect(url, clock.clone(), Arc::new(IdMint::new(1))).await.unwrap();
        db.migrate().await.unwrap();
        let mut parts = AppParts {
            db,
            random: Arc::new(SystemRandom),
            sleep: sleep.clone(),
            keys: Arc::new(vault::KeyRing::create(&SystemRandom).unwrap()),
            config: Config { environment: Environment::Demo, ..Config::default() },
            brand: Brand {
                zh_hans: "青梧银行".to_owned(),
                zh_hant: "青梧銀行".to_owned(),
                en: "Qingwu Bank".to_owned(),
                time_zone: "Asia/Shanghai".to_owned(),
            },
            health: Health::new(),
            metrics: Metrics::install().unwrap(),
            features: vec![&FEATURE],
            error_page: None,
            services: Services::default().with(seen.clone()),
        };
        change(&mut parts);
        let app = App::new(parts);
        let router = build_router(&app).unwrap();
        Self { app, router, clock, sleep, seen, _folder: folder }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request("GET", path, headers, "")).await
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(request("POST", path, headers, body)).await
    }

    pub fn advance_s(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub async fn cardholder(&self) -> Opened {
        let id = CustomerId::mint(self.app.ids(), self.app.now());
        self.session(Actor::Cardholder(id), Role::Cardholder, Assurance::ONE).await
    }

    pub async fn staff(&self, role: Role) -> (StaffId, Opened) {
        let new = NewStaff { name: Masked::new("Lin Yue"), role, locale: "en".to_owned() };
        let id = add_staff(&self.app.db, Actor::System, Channel::Console, new).await.unwrap().unwrap();
        (id, self.session(Actor::Staff(id), role, Assurance::TWO).await)
    }

    pub async fn session(&self, actor: Actor, role: Role, assurance: Assurance) -> Opened {
        let new = NewSession::new(actor, role, assurance);
        open_session(&self.app.db, &*self.app.random, new).await.unwrap().unwrap()
    }

    pub async fn api_key(&self, scopes: &[&str]) -> String {
        let (by, random) = (Actor::System, &*self.app.random);
        let key = new_api_key(&self.app.db, random, by, Channel::Console, "test", scopes).await.unwrap();
        format!("Bearer {}", key.token.expose())
    }
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// The `Cookie` header of a session.
pub fn cookie(surface: Surface, opened: &Opened) -> String {
    let name = if surface == Surface::Desk { "cardea_desk" } else { "cardea_app" };
    format!("{name}={}", opened.token.expose())
}

/// A fresh database on `server`; it goes with the server.
async fn fresh_postgres(server: &str) -> String {
    use sqlx::{AssertSqlSafe, Connection, PgConnection};
    let name = format!("platform_{:016x}", SystemRandom.next_u64());
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
    if query.is_empty() { format!("{root}/{name}") } else { format!("{root}/{name}?{query}") }
}

pub static MINE: Permission = Permission {
    name: "tests.mine.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Cardholder],
};
pub static EXPOSE: Permission = Permission {
    name: "tests.mine.expose",
    direction: Direction::Exposing,
    assurance: Assurance::THREE,
    roles: &[Role::Cardholder],
};
pub static DESK: Permission = Permission {
    name: "tests.desk.read",
    direction: Direction::Reading,
    assurance: Assurance::ONE,
    roles: &[Role::Agent, Role::Manager],
};
pub static THINGS: Permission = Permission {
    name: "tests.thing.make",
    direction: Direction::Exposing,
    assurance: Assurance::NONE,
    roles: &[Role::ApiClient],
};

pub static FEATURE: Feature = Feature {
    name: "tests",
    routes: || {
        vec![
            Route::get("/mine", &MINE, |caller: Caller| async move { caller.csrf().to_owned() }),
            Route::post("/mine/note", &MINE, note),
            Route::post("/mine/expose", &EXPOSE, || async { "exposed" }),
            Route::get("/mine/exposed", &EXPOSE, || async { "exposed" }),
            Route::get("/mine/live", &MINE, live).unattended(),
            Route::get("/mine/panic", &MINE, panics),
            Route::get("/mine/fails", &MINE, fails),
            Route::get("/desk/things", &DESK, || async { "things" }),
            Route::get("/v1/things", &THINGS, || async { Json(serde_json::json!([])) }),
            Route::post("/v1/things", &THINGS, make_thing),
            Route::post("/v1/things/slow", &THINGS, make_slowly),
            Route::post("/v1/things/failing", &THINGS, make_badly),
        ]
    },
    permissions: &[&MINE, &EXPOSE, &DESK, &THINGS],
    ..Feature::EMPTY
};

#[derive(serde::Deserialize)]
struct Note {
    text: String,
}

async fn note(Form(note): Form<Note>) -> String {
    note.text
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

async fn fails() -> Problem {
    Problem::internal("the secret of the house")
}

/// Never at a loss for an event.
fn busy() -> BoxStream<'static, Event> {
    Box::pin(unfold((), |()| async {
        tokio::task::yield_now().await;
        Some((Event::default().data("news"), ()))
    }))
}

async fn live(State(app): State<App>, caller: Caller) -> axum::response::Response {
    sse::live(&app, &caller, busy())
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    count: u32,
}

fn ran(app: &App, operation: Operation) -> Result<u64, Problem> {
    let seen = app.service::<Seen>()?;
    seen.operations.lock().unwrap().push(operation);
    Ok(seen.runs.fetch_add(1, Ordering::SeqCst) + 1)
}

async fn make_thing(
    State(app): State<App>,
    Extension(operation): Extension<Operation>,
    Json(thing): Json<Thing>,
) -> Result<(StatusCode, Json<serde_json::Value>), Problem> {
    let run = ran(&app, operation)?;
    if thing.count > 10 {
        return Err(Problem::new(Fault::Conflict, "too_many").at("/count"));
    }
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "run": run, "count": thing.count }))))
}

async fn make_slowly(
    State(app): State<App>,
    Extension(operation): Extension<Operation>,
) -> Result<String, Problem> {
    let gate = app.service::<Seen>()?.gate;
    gate.arrived.add_permits(1);
    gate.leave.acquire().await.map_err(Problem::internal)?.forget();
    Ok(format!("run {}", ran(&app, operation)?))
}

async fn make_badly(
    State(app): State<App>,
    Extension(operation): Extension<Operation>,
) -> Result<String, Problem> {
    match ran(&app, operation)? {
        1 => Err(Problem::new(Fault::Busy, "queue_full")),
        run => Ok(format!("run {run}")),
    }
}

/// The header of a form.
pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
