//! Monitoring over both databases: alerts that are counted once, labels that teach once, figures that outlast the
//! process, and the pages of the desk as their readers see them.

#![cfg(test)]

use axum::body::{Body, HttpBody};
use axum::http::{Request, StatusCode};
use decision::{CrossTables, RuleSet};
use features::authorizations::{
    self, AuthorizationRequest, Class, Engine, EngineSettings, HoldDays, Policy, Reason, account_state,
};
use features::monitoring::{
    self, AlertKind, AlertState, Hit, Labelled, MonitoringError, NewAlert, NewLabel, Outcome, PlaceName,
    Raised, Range, Watch, WatchSettings,
};
use kernel::{
    Actor, AuthorizationId, Channel, Clock, DAY_US, HOUR_US, IdMint, MINUTE_US, Masked, SECOND_US, Sleep,
    StaffId,
};
use platform::access::{Assurance, NewSession, NewStaff, Role, add_staff, close_session, open_session};
use platform::app::{App, AppParts, Brand, Services};
use platform::audit::Entry;
use platform::config::{Config, Environment};
use platform::http::health::Health;
use platform::telemetry::Metrics;
use platform::{feature, i18n, on, outbox};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use testkit::{SeededRandom, TestDb, databases, open_account, purchase, sqlite};
use tokio::sync::Notify;
use tower::ServiceExt;

/// Declines everything above 500, and points at one shop's card testing.
const RULES: &str = r#"
number = 41
name = "tests"

[[rule]]
id = "R-131"
name = { en = "Many cards at one shop", zh-Hans = "同一商户密集试卡", zh-Hant = "同一商戶密集試卡" }
when = 'payment.small && payment.mcc == 5942'
action = "decline"
reason = "card_testing"

[[rule]]
id = "R-200"
when = 'payment.amount > 500.0'
action = "alert"
reason = "unusual_amount"
"#;

fn policy() -> Arc<Policy> {
    Arc::new(Policy { rules: RuleSet::compile(RULES).expect("rules"), hold_days: HoldDays::default() })
}

fn cross() -> Arc<RwLock<CrossTables>> {
    Arc::new(RwLock::new(CrossTables::new()))
}

async fn idle(test: &TestDb) -> Watch {
    Watch::idle(&test.db, cross(), WatchSettings::default()).await.expect("a watch")
}

/// An account that the rules watch.
async fn watched(test: &TestDb, n: u32) -> testkit::OpenAccount {
    let account = open_account(&test.db, n, 10_000_000).await;
    let mut write = test.db.write().await.unwrap();
    let mut state = account_state(&test.db, account.account).await.unwrap().unwrap();
    state.standing.watched = true;
    let mut standing = Vec::new();
    state.standing.encode(&mut standing).unwrap();
    on!(write.conn(), c => {
        sqlx::query("UPDATE account_state SET standing = $2 WHERE account_id = $1")
            .bind(account.account.raw())
            .bind(&standing)
            .execute(&mut *c)
            .await
            .map(drop)
    })
    .unwrap();
    let entry = platform::audit::Entry::new(Actor::System, Channel::Console, "accounts.account.watched");
    write.commit(entry).await.unwrap();
    account
}

fn engine(
    test: &TestDb,
    cross: &Arc<RwLock<CrossTables>>,
    observers: Vec<authorizations::Observer>,
) -> Engine {
    Engine::start(&test.db, policy(), Arc::clone(cross), EngineSettings::default(), observers)
        .expect("an engine")
}

fn small_try(account: &testkit::OpenAccount, stan: u32, at: kernel::Timestamp) -> AuthorizationRequest {
    let mut request = purchase(account.key, stan, 100, at);
    request.site.mcc = 5942;
    request.site.merchant = "MERCHANT0000042".to_owned();
    request.site.name = "Yunhe Books".to_owned();
    request
}

fn new_alert(n: i64, at: kernel::Timestamp) -> NewAlert {
    NewAlert {
        group: "merchant/R-131/M42".to_owned(),
        kind: AlertKind::Merchant,
        rule: "R-131".to_owned(),
        reason: "card_testing".to_owned(),
        account: 0,
        merchant: "Yunhe Books".to_owned(),
        at,
        hit: Some(Hit { authorization: n, account: 1_000 + n, at, minor: 100, passed: false }),
        worst: 0,
        bound: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_is_one_alert_and_each_payment_counts_once() {
    for test in databases().await {
        let now = test.clock.now();
        let first = monitoring::raise(&test.db, &new_alert(1, now)).await.unwrap();
        let Raised::Opened(id) = first else { panic!("{first:?}") };
        for n in 2..=30 {
            assert_eq!(monitoring::raise(&test.db, &new_alert(n, now)).await.unwrap(), Raised::Joined(id));
        }
        for n in 1..=30 {
            assert_eq!(
                monitoring::raise(&test.db, &new_alert(n, now)).await.unwrap(),
                Raised::AlreadyCounted
            );
        }
        let (alert, hits) = monitoring::detail(&test.db, id).await.unwrap();
        assert_eq!((alert.count, alert.minor, alert.passed, hits.len()), (30, 3_000, 0, 30));
        assert_eq!(monitoring::open_now(&test.db).await.unwrap().count, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_the_engine_become_alerts_once_however_often_they_are_relayed() {
    for test in databases().await {
        let (one, other) = (watched(&test, 1).await, watched(&test, 2).await);
        let engine = engine(&test, &cross(), Vec::new());
        let now = test.clock.now();
        for (stan, account) in [(1, &one), (2, &other), (3, &one)] {
            let answer = engine.authorize(small_try(account, stan, now)).await;
            assert_eq!(answer.reason, Reason::SuspectedFraud, "on {}", test.db.kind());
        }
        let large = purchase(one.key, 9, 90_000, now);
        assert!(engine.authorize(large).await.is_approved());
        let consumers = monitoring::consumers(&test.db, &policy());
        assert_eq!(outbox::relay(&test.db, &consumers).await.unwrap(), 4);
        // As after a crash between a consumer's work and its mark.
        let mut write = test.db.write().await.unwrap();
        on!(write.conn(), c => sqlx::query("UPDATE outbox SET relayed_at = NULL").execute(&mut *c).await.map(drop))
            .unwrap();
        write.housekeeping(platform::db::Housekeeping::Outbox).await.unwrap();
        assert_eq!(outbox::relay(&test.db, &consumers).await.unwrap(), 4);
        let open = monitoring::list(&test.db, false, None, 10).await.unwrap();
        let facts: Vec<_> = open.iter().map(|a| (a.kind, a.rule.as_str(), a.count, a.passed)).collect();
        assert_eq!(facts, [(AlertKind::Account, "R-200", 1, 1), (AlertKind::Merchant, "R-131", 3, 0)]);
        assert_eq!(open[0].account, one.account.raw());
        assert_eq!((open[1].merchant.as_str(), open[1].reason.as_str()), ("Yunhe Books", "card_testing"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_taken_and_closed_and_what_it_was_becomes_labels() {
    for test in databases().await {
        let account = watched(&test, 1).await;
        let tables = cross();
        let watch = Watch::idle(&test.db, Arc::clone(&tables), WatchSettings::default()).await.unwrap();
        let engine = engine(&test, &cross(), Vec::new());
        let now = test.clock.now();
        let mut ids = Vec::new();
        for stan in 1..=3 {
            ids.push(engine.authorize(small_try(&account, stan, now)).await.authorization.unwrap());
        }
        outbox::relay(&test.db, &monitoring::consumers(&test.db, &policy())).await.unwrap();
        let id = monitoring::list(&test.db, false, None, 10).await.unwrap()[0].id;
        let (gu, lin) = (StaffId::from_raw(71), StaffId::from_raw(72));
        assert_eq!(monitoring::take(&test.db, id, gu).await.unwrap().state, AlertState::Seen);
        assert_eq!(monitoring::take(&test.db, id, lin).await.unwrap().assigned, Some(lin));
        let closed = monitoring::close(&test.db, &watch, id, Outcome::Fraud, lin).await.unwrap();
        assert_eq!(closed.labelled, 3);
        let labels = authorizations::labels_in(&test.db, ids[0].raw(), ids[2].raw()).await.unwrap();
        assert_eq!(labels.len(), 3);
        assert!(labels.iter().all(|(_, fraud)| *fraud));
        let merchant = authorizations::site_hash("merchant", "MERCHANT0000042");
        let known = tables.read().unwrap().merchants().risk(merchant, now.us()).recent_frauds;
        assert_eq!(known, 3, "the tables know each fraud once");
        for again in [
            monitoring::take(&test.db, id, gu).await.map(drop),
            monitoring::close(&test.db, &watch, id, Outcome::Genuine, gu).await.map(drop),
        ] {
            assert!(matches!(again, Err(MonitoringError::Closed)), "{again:?}");
        }
        let next = monitoring::raise(
            &test.db,
            &NewAlert { group: "merchant/R-131/MERCHANT0000042".to_owned(), ..new_alert(99, now) },
        )
        .await;
        assert!(matches!(next.unwrap(), Raised::Opened(_)), "what comes after the end is a new alert");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_teaches_once_and_can_be_taken_back() {
    for test in databases().await {
        let account = open_account(&test.db, 1, 1_000_000).await;
        let tables = cross();
        let watch = Watch::idle(&test.db, Arc::clone(&tables), WatchSettings::default()).await.unwrap();
        let engine = engine(&test, &cross(), Vec::new());
        let now = test.clock.now();
        let authorization = engine.authorize(purchase(account.key, 1, 100, now)).await.authorization.unwrap();
        let label = |fraud| NewLabel {
            authorization,
            fraud,
            source: "cardholder".to_owned(),
            actor: Actor::System,
            channel: Channel::Console,
        };
        let frauds = || {
            let merchant = authorizations::site_hash("merchant", "MERCHANT0000001");
            tables.read().unwrap().merchants().risk(merchant, now.us()).recent_frauds
        };
        let learn = |fraud| monitoring::learn_label(&test.db, &watch, label(fraud));
        assert_eq!(learn(true).await.unwrap(), Labelled::Applied);
        assert_eq!(learn(true).await.unwrap(), Labelled::AlreadyApplied);
        assert_eq!(frauds(), 1);
        assert_eq!(learn(false).await.unwrap(), Labelled::Applied);
        assert_eq!(frauds(), 0);
        let nobody = NewLabel { authorization: AuthorizationId::from_raw(5), ..label(true) };
        let refused = monitoring::learn_label(&test.db, &watch, nobody).await;
        assert!(matches!(refused, Err(MonitoringError::Absent)));
    }
}

/// A label that is only stored, as the API stores it.
async fn say(db: &platform::db::Db, authorization: AuthorizationId, fraud: bool) {
    let mut write = db.write().await.unwrap();
    authorizations::label_in_tx(&mut write, authorization, db.clock().now(), fraud, "api").await.unwrap();
    let entry = Entry::new(Actor::System, Channel::Api, authorizations::FRAUD_REPORTED);
    write.commit(entry.subject(authorization)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_learns_a_label_that_another_stored_while_it_runs() {
    for test in databases().await {
        let account = open_account(&test.db, 1, 1_000_000).await;
        let (here, there) = (cross(), cross());
        let other =
            platform::db::Db::connect(&test.url, Arc::clone(test.db.clock()), Arc::new(IdMint::new(2)));
        let other = other.await.unwrap();
        let one = Watch::idle(&test.db, Arc::clone(&here), WatchSettings::default()).await.unwrap();
        let two = Watch::idle(&other, Arc::clone(&there), WatchSettings::default()).await.unwrap();
        let engine = engine(&test, &here, Vec::new());
        let now = test.clock.now();
        let mut paid = Vec::new();
        for stan in 1..=3 {
            let answer =
                engine.authorize(purchase(account.key, stan, 100, now.plus_us(i64::from(stan)))).await;
            paid.push(answer.authorization.unwrap());
        }
        let (merchant, day) = (authorizations::site_hash("merchant", "MERCHANT0000001"), DAY_US);
        let frauds = |tables: &Arc<RwLock<CrossTables>>, later_us: i64| {
            let risk = tables.read().unwrap().merchants().risk(merchant, now.us() + later_us + 10);
            (risk.recent_frauds, risk.week.frauds)
        };
        test.clock.advance_us(HOUR_US);
        say(&test.db, paid[0], true).await;
        for (watch, tables) in [(&one, &here), (&two, &there)] {
            assert_eq!(watch.learn_labels().await.unwrap(), 1, "on {}", test.db.kind());
            assert_eq!(watch.learn_labels().await.unwrap(), 0, "it is known now");
            assert_eq!(frauds(tables, day), (1, 0), "younger than the delay of labels: no window yet");
            assert_eq!(frauds(tables, 8 * day), (0, 1), "a week later the windows have it");
        }
        // One that is stored late, with an earlier time than another that is known; and one taken back.
        test.clock.advance_us(30 * SECOND_US);
        say(&other, paid[1], true).await;
        assert_eq!(one.learn_labels().await.unwrap(), 1);
        test.clock.advance_us(-20 * SECOND_US);
        say(&other, paid[2], true).await;
        say(&other, paid[0], false).await;
        assert_eq!(one.learn_labels().await.unwrap(), 2);
        assert_eq!(two.learn_labels().await.unwrap(), 3);
        assert_eq!((frauds(&here, day), frauds(&there, day)), ((2, 0), (2, 0)));
        // A node that starts now has them from its filling, and learns nothing twice.
        let filled = cross();
        monitoring::rebuild_cross(&test.db, &filled).await.unwrap();
        let late = Watch::idle(&test.db, Arc::clone(&filled), WatchSettings::default()).await.unwrap();
        assert_eq!((late.learn_labels().await.unwrap(), frauds(&filled, day)), (0, (2, 0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_filled_from_records_equal_those_that_watched() {
    for test in databases().await {
        let account = open_account(&test.db, 1, 1_000_000_000).await;
        let tables = cross();
        let watch = Watch::idle(&test.db, Arc::clone(&tables), WatchSettings::default()).await.unwrap();
        let counting = watch.clone();
        let clock = Arc::clone(&test.clock);
        let observer: authorizations::Observer = Arc::new(move |decided| counting.take(clock.now(), decided));
        let engine = engine(&test, &cross(), vec![observer]);
        let start = test.clock.now();
        for stan in 0..60 {
            test.clock.advance_us(HOUR_US);
            let mut request = purchase(account.key, stan, 1_000 + i64::from(stan), test.clock.now());
            request.site.merchant = format!("M{}", stan % 7);
            request.site.terminal = format!("T{}", stan % 11);
            if stan % 13 == 0 {
                request.class = Class::History;
            }
            let answer = engine.authorize(request).await;
            if stan % 9 == 0 {
                let label = NewLabel {
                    authorization: answer.authorization.unwrap(),
                    fraud: true,
                    source: "api".to_owned(),
                    actor: Actor::System,
                    channel: Channel::Console,
                };
                monitoring::learn_label(&test.db, &watch, label).await.unwrap();
            }
        }
        let filled = RwLock::new(CrossTables::new());
        let done = monitoring::rebuild_cross(&test.db, &filled).await.unwrap();
        assert_eq!((done.payments, done.frauds), (60, 7));
        let (filled, watched) = (filled.into_inner().unwrap(), tables.read().unwrap().clone());
        for n in 0..11 {
            for later in [0, 3, 8, 12, 40] {
                let at = start.plus_us(later * DAY_US).us();
                let (merchant, terminal) = (
                    authorizations::site_hash("merchant", &format!("M{n}")),
                    authorizations::site_hash("terminal", &format!("T{n}")),
                );
                assert_eq!(filled.merchants().risk(merchant, at), watched.merchants().risk(merchant, at));
                assert_eq!(filled.terminals().risk(terminal, at), watched.terminals().risk(terminal, at));
            }
        }
        // What is older than any window is left out.
        test.clock.advance_us(60 * DAY_US);
        let later = RwLock::new(CrossTables::new());
        assert_eq!(monitoring::rebuild_cross(&test.db, &later).await.unwrap().payments, 0);
    }
}

/// Decides `count` purchases a second for `seconds` seconds in front of `watch`; every tenth over the limit.
fn traffic(test: &TestDb, watch: &Watch, seconds: i64, count: i64) {
    for second in 0..seconds {
        test.clock.advance_us(SECOND_US);
        let now = test.clock.now();
        let batch: Vec<_> = (0..count).map(|n| decided(second * count + n, now)).collect();
        watch.take(now, &batch);
    }
}

fn decided(n: i64, now: kernel::Timestamp) -> authorizations::Decided {
    let (city, country) = [("Shanghai", 156), ("Tokyo", 392)][usize::try_from(n % 4 / 3).unwrap_or(0)];
    authorizations::Decided {
        authorization: n,
        account: 1,
        card: 1,
        range: 0,
        class: Class::Authorization,
        reason: if n % 10 == 0 { Reason::OverLimit } else { Reason::Approved },
        at: now.us(),
        arrived_us: 0,
        answered_us: 9_000 + (n % 100).unsigned_abs() * 100,
        billing_minor: 100,
        payment: None,
        city: city.to_owned(),
        country,
        alert: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_outlast_the_process_and_two_nodes_add_up() {
    for test in databases().await {
        let (one, other) = (idle(&test).await, idle(&test).await);
        traffic(&test, &one, 180, 3);
        traffic(&test, &other, 60, 2);
        one.store().await.unwrap();
        one.store().await.unwrap();
        other.store().await.unwrap();
        let fresh = idle(&test).await;
        let sums = fresh.picture(Range::Hour).sums;
        assert_eq!((sums.total(), sums.declined()), (3 * 180 + 2 * 60, 54 + 12), "on {}", test.db.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_usual_is_said_only_when_it_is_known() {
    for test in databases().await {
        let past = idle(&test).await;
        // Noon to 12:40, a week ago: long enough to say what is usual.
        traffic(&test, &past, 40 * 60, 1);
        past.store().await.unwrap();
        test.clock.advance_us(7 * DAY_US - 20 * MINUTE_US);
        let now = idle(&test).await;
        let usual = now.picture(Range::Hour).usual.expect("a week ago is known").per_second;
        assert!((0.95..=1.0).contains(&usual), "{usual} on {}", test.db.kind());
        test.clock.advance_us(2 * HOUR_US);
        let other_hour = idle(&test).await;
        assert_eq!(other_hour.picture(Range::Hour).usual, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_out_of_bounds_opens_one_alert_that_grows() {
    for test in databases().await {
        let settings = WatchSettings { latency_budget_us: 5_000, ..WatchSettings::default() };
        let watch = Watch::idle(&test.db, cross(), settings).await.unwrap();
        traffic(&test, &watch, 240, 2);
        watch.raise_signals().await.unwrap();
        traffic(&test, &watch, 60, 2);
        watch.raise_signals().await.unwrap();
        let open = monitoring::list(&test.db, false, None, 10).await.unwrap();
        let [alert] = &open[..] else { panic!("{open:?}") };
        assert_eq!((alert.kind, alert.count, alert.bound), (AlertKind::Latency, 2, 5_000));
        assert!(alert.worst > 17_000, "{}", alert.worst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_observer_never_waits_and_what_is_left_out_is_counted() {
    let test = sqlite().await;
    let tables = cross();
    let sleep: Arc<dyn Sleep> = Arc::new(ManualSleep::default());
    let started = Watch::start(&test.db, Arc::clone(&tables), sleep, WatchSettings::default()).await;
    let (watch, observer) = started.unwrap();
    let now = test.clock.now();
    let mut one = decided(1, now);
    one.payment = Some(decision::Payment { at_us: now.us(), ..decision::Payment::default() });
    let batch = Arc::new(vec![one; 3]);
    let batches = 3 * monitoring::QUEUE_BATCHES_MAX as u64;
    {
        // As if the engine were deciding all the while: nobody can write the tables.
        let _deciding = tables.read().unwrap();
        (0..batches).for_each(|_| observer(&batch));
        let left_out = watch.dropped();
        let taken = batches - left_out / 3;
        assert!(left_out > 0 && taken <= monitoring::QUEUE_BATCHES_MAX as u64 + 1, "{left_out} left out");
    }
    while watch.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    let counted = watch.picture(Range::Quarter).sums.total();
    assert_eq!(counted + watch.dropped(), 3 * batches, "each is counted or known to be left out");
}

/// Sleepers wake when the test says so.
#[derive(Default)]
struct ManualSleep(Notify);

impl Sleep for ManualSleep {
    fn sleep(&self, _duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.notified())
    }
}

struct Desk {
    app: App,
    router: axum::Router,
    sleep: Arc<ManualSleep>,
    watch: Watch,
    test: TestDb,
}

struct SignedIn {
    cookie: String,
    csrf: String,
    session: kernel::SessionId,
}

impl Desk {
    async fn start() -> Self {
        let test = sqlite().await;
        let sleep = Arc::new(ManualSleep::default());
        let city = PlaceName { zh_hans: "上海".into(), zh_hant: "上海".into(), en: "Shanghai".into() };
        let settings = WatchSettings {
            cities: HashMap::from([("Shanghai".to_owned(), city)]),
            ..WatchSettings::default()
        };
        let watch = Watch::idle(&test.db, cross(), settings).await.unwrap();
        let random = Arc::new(SeededRandom::new(7));
        let app = App::new(AppParts {
            db: test.db.clone(),
            random: Arc::clone(&random) as Arc<dyn kernel::Random>,
            sleep: Arc::clone(&sleep) as Arc<dyn Sleep>,
            keys: Arc::new(vault::KeyRing::create(&*random).unwrap()),
            config: Config { environment: Environment::Demo, ..Config::default() },
            brand: Brand {
                zh_hans: "青梧银行".to_owned(),
                zh_hant: "青梧銀行".to_owned(),
                en: "Qingwu Bank".to_owned(),
                time_zone: "Asia/Shanghai".to_owned(),
            },
            health: Health::new(),
            metrics: Metrics::install().unwrap(),
            features: features::ALL.to_vec(),
            error_page: None,
            services: Services::default().with(watch.clone()).with(policy()),
        });
        let _ = i18n::install(feature::catalogue(&app.features).unwrap());
        let router = feature::build_router(&app).unwrap();
        Self { app, router, sleep, watch, test }
    }

    async fn sign_in(&self, role: Role) -> SignedIn {
        let new = NewStaff { name: Masked::new("Gu Yan"), role, locale: "en".to_owned() };
        let id = add_staff(&self.app.db, Actor::System, Channel::Console, new).await.unwrap().unwrap();
        let session = NewSession::new(Actor::Staff(id), role, Assurance::TWO);
        let opened = open_session(&self.app.db, &*self.app.random, session).await.unwrap().unwrap();
        let cookie = format!("cardea_desk={}", opened.token.expose());
        let mut one = SignedIn { cookie, csrf: String::new(), session: opened.session.id };
        let (_, page) = self.get("/desk/live", &one).await;
        one.csrf = between(&page, "name=\"csrf\" value=\"", "\"").to_owned();
        one
    }

    async fn get(&self, path: &str, who: &SignedIn) -> (StatusCode, String) {
        self.send(Request::get(path).header("cookie", &who.cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, who: &SignedIn, form: &str) -> (StatusCode, String) {
        let request = Request::post(path)
            .header("cookie", &who.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("csrf={}&{form}", who.csrf)));
        self.send(request.unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(found, _)| found)
}

/// What a reader reads of the content: words without markup, a line for each element.
fn read(page: &str) -> String {
    let main = between(page, "<main", "</main>").split_once('>').map_or("", |(_, rest)| rest);
    let mut text = String::new();
    for piece in main.split('<') {
        let words = piece.split_once('>').map_or("", |(_, words)| words).trim();
        if !words.is_empty() {
            text.push_str(words);
            text.push('\n');
        }
    }
    text
}

/// Whether it is the kept text; a difference writes the new one beside it, to be looked at and kept.
fn same_as_kept(name: &str, text: &str) -> bool {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    if kept != text {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.new")), text).unwrap();
        eprintln!("{name} reads differently now; compare {name}.new with it and keep the right one");
    }
    kept == text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_and_the_alerts_read_as_kept_in_each_language() {
    let desk = Desk::start().await;
    traffic(&desk.test, &desk.watch, 20 * 60, 2);
    for n in 1..=12 {
        monitoring::raise(&desk.test.db, &new_alert(n, desk.test.clock.now())).await.unwrap();
    }
    let analyst = desk.sign_in(Role::Analyst).await;
    let mut same = true;
    for lang in ["zh-Hans", "zh-Hant", "en"] {
        for (name, path) in [("wall", "/desk/live?range=15m"), ("alerts", "/desk/alerts?state=open")] {
            let (status, page) = desk.get(&format!("{path}&lang={lang}"), &analyst).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            assert!(page.contains(&format!("lang=\"{lang}\"")));
            same &= same_as_kept(&format!("monitoring-{name}.{lang}.txt"), &read(&page));
        }
    }
    assert!(same, "some pages read differently than kept");
    let gaps: Vec<_> =
        i18n::catalogue().gaps().into_iter().filter(|gap| gap.key.contains("monitoring")).collect();
    assert_eq!(gaps, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_is_dark_unless_chosen_and_works_without_script() {
    let desk = Desk::start().await;
    let analyst = desk.sign_in(Role::Analyst).await;
    let (_, page) = desk.get("/desk/live", &analyst).await;
    assert!(page.contains("data-theme=\"dark\""));
    assert!(page.contains("<noscript><a"), "a link that refreshes");
    assert!(page.contains("data-live=\"/desk/live/events?range=1h\""));
    let (_, light) = desk.get("/desk/live?theme=light", &analyst).await;
    assert!(light.contains("data-theme=\"light\""));
    // The content policy forbids both.
    assert!(!page.contains(" style=") && !page.contains("<script>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_look_is_refused_everywhere() {
    let desk = Desk::start().await;
    let Raised::Opened(id) =
        monitoring::raise(&desk.test.db, &new_alert(1, desk.test.clock.now())).await.unwrap()
    else {
        panic!("the first of its group opens")
    };
    for role in [Role::Agent, Role::Administrator, Role::Compliance] {
        let who = desk.sign_in(role).await;
        for path in ["/desk/live", "/desk/live/events", "/desk/alerts", &format!("/desk/alerts/{id}")] {
            assert_eq!(desk.get(path, &who).await.0, StatusCode::FORBIDDEN, "{role} {path}");
        }
        let take = format!("/desk/alerts/{id}/assignment");
        assert_eq!(desk.post(&take, &who, "").await.0, StatusCode::FORBIDDEN);
    }
    let analyst = desk.sign_in(Role::Analyst).await;
    assert_eq!(desk.get("/desk/alerts/alrt_0000000000009", &analyst).await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.get("/desk/alerts/nonsense", &analyst).await.0, StatusCode::NOT_FOUND);
    let forged =
        SignedIn { csrf: "forged".to_owned(), cookie: analyst.cookie.clone(), session: analyst.session };
    assert_eq!(
        desk.post(&format!("/desk/alerts/{id}/assignment"), &forged, "").await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(monitoring::detail(&desk.test.db, id).await.unwrap().0.state, AlertState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_take_and_close_an_alert() {
    let desk = Desk::start().await;
    let Raised::Opened(id) =
        monitoring::raise(&desk.test.db, &new_alert(1, desk.test.clock.now())).await.unwrap()
    else {
        panic!("the first of its group opens")
    };
    let analyst = desk.sign_in(Role::Analyst).await;
    assert_eq!(
        desk.post(&format!("/desk/alerts/{id}/assignment"), &analyst, "").await.0,
        StatusCode::SEE_OTHER
    );
    assert_eq!(monitoring::detail(&desk.test.db, id).await.unwrap().0.state, AlertState::Seen);
    let closure = format!("/desk/alerts/{id}/closure");
    assert_eq!(desk.post(&closure, &analyst, "outcome=magic").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(desk.post(&closure, &analyst, "outcome=unclear").await.0, StatusCode::SEE_OTHER);
    let alert = monitoring::detail(&desk.test.db, id).await.unwrap().0;
    assert_eq!((alert.state, alert.outcome), (AlertState::Closed, Some(Outcome::Unclear)));
    assert_eq!(desk.post(&closure, &analyst, "outcome=fraud").await.0, StatusCode::CONFLICT);
    let (_, closed) = desk.get("/desk/alerts?state=closed&lang=en", &analyst).await;
    assert!(read(&closed).contains("Unclear"), "{}", read(&closed));
}

/// The next piece of a stream.
async fn next(body: &mut Body) -> Option<String> {
    let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    let bytes = frame.expect("a whole frame").into_data().expect("data");
    Some(String::from_utf8(bytes.to_vec()).expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_begins_with_everything_and_ends_with_the_session() {
    let desk = Desk::start().await;
    let analyst = desk.sign_in(Role::Analyst).await;
    traffic(&desk.test, &desk.watch, 60, 1);
    let request = Request::get("/desk/live/events?range=15m&lang=en")
        .header("cookie", &analyst.cookie)
        .body(Body::empty());
    let response = desk.router.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    assert_eq!(next(&mut body).await.as_deref(), Some("event: beat\ndata: beat\n\n"));
    let first = next(&mut body).await.unwrap();
    for id in [
        "wall-now",
        "wall-kpi-rate",
        "wall-declines",
        "wall-rate",
        "wall-latency",
        "wall-alerts",
        "wall-places",
    ] {
        assert!(first.contains(&format!("id=\"{id}\"")), "{id} is in the first event");
    }
    assert!(first.starts_with("data: "), "a message without a name");
    close_session(&desk.app.db, analyst.session, Actor::System).await.unwrap();
    let waking = Arc::clone(&desk.sleep);
    let waker = tokio::spawn(async move {
        loop {
            waking.0.notify_waiters();
            tokio::task::yield_now().await;
        }
    });
    let mut last = String::new();
    while let Some(event) = next(&mut body).await {
        last = event;
    }
    waker.abort();
    assert_eq!(last, "event: end\ndata: end\n\n");
}
