//! The log over both databases: every page that shows somebody's data says so in the log, whoever reads it; nothing
//! is shown or changed while the log can't be written; refusals and sign-ins are entries; what was written is found.

#![cfg(test)]

use decision::CrossTables;
use features::cards::open_many;
use features::monitoring::{AlertKind, Hit, NewAlert, Watch, WatchSettings, raise};
use kernel::{AccountId, Actor, CardId, Channel, CustomerId, SessionId, Timestamp};
use platform::access::{Assurance, Role, Surface};
use platform::app::Services;
use platform::audit::note::LogKey;
use platform::audit::tiles::Folder;
use platform::audit::{Entry, Found, Log, LogParts, Outcome, Search, leaf_hash, record, search};
use platform::clock::TokioSleep;
use platform::db::Housekeeping;
use platform::feature::{self, Route};
use platform::http::health::Health;
use platform::{i18n, on};
use std::sync::{Arc, RwLock};
use testkit::{Answer, Browser, TestApp, TestDb, databases, purchase, sample_customer, test_pan};
use vault::SigningUse;

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);
const CARD: CardId = CardId::from_raw(2_000_001);
/// Pages of the desk that show nobody's data: the first step of a search, totals, alerts without their accounts, and
/// the way to the first page.
const ABOUT_NOBODY: &[&str] = &[
    "/desk",
    "/desk/calls",
    "/desk/cases",
    "/desk/cases/figures",
    "/desk/customers",
    "/desk/live",
    "/desk/alerts",
    "/desk/messages",
];
/// Where colleagues sign in and keep their own keys: the tests of passkeys have those.
const ABOUT_ONESELF: &[&str] = &["/desk/sign-in", "/desk/activate", "/desk/devices", "/desk/step-up"];

struct Desk {
    app: TestApp,
    alert: String,
    authorization: String,
    /// The id of an entry about the customer.
    entry: i64,
    folder: tempfile::TempDir,
    colleague: String,
}

async fn desks() -> Vec<Desk> {
    let mut all = Vec::new();
    for test in databases().await {
        all.push(Desk::open(test).await);
    }
    all
}

impl Desk {
    async fn open(test: TestDb) -> Self {
        let cross = Arc::new(RwLock::new(CrossTables::new()));
        let watch = Watch::idle(&test.db, cross, WatchSettings::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let services = Services::default().with(Folder::new(folder.path().to_owned()));
        let app = TestApp::start_with(test, "number = 1\nname = \"none\"\n", services.with(watch));
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let key = app.app.keys.lookup_pan(&test_pan(1)).unwrap().0;
        let now = app.app.now();
        let paid = app.engine.authorize(purchase(key, 1, 4_600, now)).await.authorization.unwrap();
        let hit =
            Hit { authorization: paid.raw(), account: ACCOUNT.raw(), at: now, minor: 4_600, passed: true };
        let alert = NewAlert {
            group: "account/R-1".to_owned(),
            kind: AlertKind::Account,
            rule: "R-1".to_owned(),
            reason: "unusual_amount".to_owned(),
            account: ACCOUNT.raw(),
            merchant: String::new(),
            at: now,
            hit: Some(hit),
            worst: 0,
            bound: 0,
        };
        let raised = raise(&app.app.db, &alert).await.unwrap();
        let features::monitoring::Raised::Opened(alert) = raised else { panic!("{raised:?}") };
        let written = Entry::new(BY.0, BY.1, "tests.thing.done").concerns(OWNER);
        record(&app.app.db, written).await.unwrap();
        let about = Search { concerns: vec![OWNER.to_string()], rows_max: 1, ..Search::default() };
        let entry = search(&app.app.db, &about).await.unwrap()[0].id;
        let colleague = app.staff(Role::Agent).await.0.to_string();
        Self { app, alert: alert.to_string(), authorization: paid.to_string(), entry, folder, colleague }
    }

    /// The route's address with the ids of the one customer.
    fn address(&self, route: &Route) -> String {
        let part = |part: &str| match part {
            "{customer}" => OWNER.to_string(),
            "{account}" => ACCOUNT.to_string(),
            "{card}" => CARD.to_string(),
            "{id}" if route.path().starts_with("/desk/alerts") => self.alert.clone(),
            "{authorization}" => self.authorization.clone(),
            "{entry}" => self.entry.to_string(),
            "{staff}" => self.colleague.clone(),
            other => other.to_owned(),
        };
        route.path().split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// Whether the text shows anything of the customer.
    fn shows(text: &str) -> bool {
        let last4 = test_pan(1).masked().last4().to_owned();
        let signs = ["周明慧", "Zhou Minghui", "+8613800016021", "zhou.1@", "6021"].map(str::to_owned);
        let ids = [ACCOUNT.to_string(), OWNER.to_string(), format!("•••• {last4}")];
        signs.iter().chain(&ids).any(|sign| text.contains(sign.as_str()))
    }

    /// Asks as its page would.
    async fn attempt(&self, browser: &Browser, route: &Route, path: &str) -> Answer {
        match route.method().as_str() {
            "GET" if path.ends_with("/return.csv") => {
                self.app
                    .get(browser, &format!("{path}?kind=complaint&from=2026-01-01&until=2026-03-31"))
                    .await
            }
            "GET" => self.app.get(browser, path).await,
            _ if route.path().ends_with("/loss-reports") => {
                self.app.post(browser, path, "kind=lost&sure=yes").await
            }
            _ if route.path().ends_with("{customer}/cases") => {
                let fields = "kind=complaint&pack=cn&form=7&complaint.channel=phone&complaint.summary=late";
                self.app.post(browser, path, fields).await
            }
            _ if route.path().ends_with("/proofs/reset") => {
                self.app.post(browser, path, "kind=query_password").await
            }
            _ => {
                let fields = format!(
                    "sought={OWNER}&person={OWNER}&outcome=fraud&kind=call&form=7&thing=phone&why=compare&words=calls\
                             &what=mark&mark=important&customer={OWNER}&relation=family&proof=pin"
                );
                self.app.post(browser, path, &fields).await
            }
        }
    }

    async fn entries(&self, wanted: Search) -> Vec<Found> {
        search(&self.app.app.db, &Search { rows_max: 1_000, ..wanted }).await.unwrap()
    }

    async fn of_owner(&self) -> Vec<Found> {
        let concerns = vec![OWNER.to_string(), ACCOUNT.to_string()];
        self.entries(Search { concerns, ..Search::default() }).await
    }

    /// Gives the entries their places, signs, publishes.
    async fn integrate(&self) {
        let public = self.app.app.keys.public_key(SigningUse::LogCheckpoint).unwrap();
        let keys = Arc::clone(&self.app.app.keys);
        let sign = move |text: &[u8]| Ok(keys.sign(SigningUse::LogCheckpoint, text).unwrap().0);
        let parts = LogParts {
            db: self.app.app.db.clone(),
            health: Health::new(),
            sleep: Arc::new(TokioSleep),
            key: LogKey::try_new("card.example/v1/log", &public.0, Arc::new(sign)).unwrap(),
            folder: Folder::new(self.folder.path().to_owned()),
            covered: Arc::new(|_| Box::pin(async { Ok(vec![]) })),
            interval_us: 0,
            witnesses: vec![],
            quorum: 0,
            keepers: vec![],
        };
        Log::new(&parts, 1).round().await.unwrap();
    }

    /// Makes every write of an entry fail.
    async fn block_log(&self) {
        let texts: &[&'static str] = match self.app.app.db.kind() {
            "sqlite" => &["CREATE TRIGGER no_log BEFORE INSERT ON audit_entries
                 BEGIN SELECT RAISE(ABORT, 'the log is blocked'); END"],
            _ => &[
                "CREATE FUNCTION no_log() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'the log is blocked'; END $$",
                "CREATE TRIGGER no_log BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION no_log()",
            ],
        };
        let mut write = self.app.app.db.write().await.unwrap();
        for text in texts {
            on!(write.conn(), c => sqlx::query(*text).execute(&mut *c).await.map(drop)).unwrap();
        }
        write.housekeeping(Housekeeping::Aggregates).await.unwrap();
    }
}

/// Routes of the desk that answer at once; the stream of the wall shows what the wall shows.
fn routes_of_the_desk() -> Vec<Route> {
    let all = features::ALL.iter().flat_map(|feature| (feature.routes)());
    let desk = all.filter(|route| Surface::of(route.path()) == Surface::Desk);
    desk.filter(|route| !route.path().ends_with("/events")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_that_shows_somebodys_data_to_staff_is_an_entry_that_concerns_them() {
    for desk in desks().await {
        let mut shown = 0;
        for role in Role::STAFF {
            let (id, browser) = desk.app.staff(*role).await;
            desk.app.serve(&browser, *role, OWNER).await;
            for route in routes_of_the_desk().iter().filter(|route| route.method() == "GET") {
                let path = desk.address(route);
                let before = desk.of_owner().await.len();
                let answer = desk.app.get(&browser, &path).await;
                let after = desk.of_owner().await;
                let read = after.len() > before && after[0].actor == id.to_string();
                if route.path().starts_with("/desk/audit-log") {
                    // The log is about everybody: its reading is an entry of its own, which is told to nobody else.
                    let newest = &desk.entries(Search { rows_max: 1, ..Search::default() }).await[0];
                    let allowed = route.permission().allows(*role);
                    assert_eq!(
                        newest.act.starts_with("audit_log.entries."),
                        allowed,
                        "{role} {path}: {newest:?}"
                    );
                    assert!(allowed || !Desk::shows(&answer.body), "{role} {path}");
                } else if Desk::shows(&answer.body) {
                    assert!(read, "{role} saw {path} and the log does not know");
                    // Who is asked what for first sees the customer's number, which the address has, and no more.
                    let asked = answer.status == 403;
                    let outcome = if asked { Outcome::Refused } else { Outcome::Done };
                    assert_eq!(
                        (after[0].outcome, after[0].channel.as_str()),
                        (outcome, "desk"),
                        "{role} {path}"
                    );
                    assert!(
                        !asked || !Desk::shows(&answer.body.replace(&OWNER.to_string(), "")),
                        "{role} {path}"
                    );
                    assert!(after[0].origin.as_deref().is_some_and(|id| id.parse::<SessionId>().is_ok()));
                    shown += 1;
                } else {
                    assert!(!read, "{role} saw nothing at {path}, and the log says otherwise");
                }
            }
        }
        assert!(shown >= 10, "{shown} pages showed data: the signs are still on them");
    }
}

/// A program sees nobody's data unnoticed either, and sees none while the log can't be written.
#[tokio::test(flavor = "multi_thread")]
async fn each_read_of_a_program_is_an_entry_that_concerns_whose_data_it_was() {
    let routes = features::ALL.iter().flat_map(|feature| (feature.routes)());
    let routes: Vec<Route> = routes
        .filter(|route| route.path().starts_with("/v1/") && route.method() == "GET")
        .filter(|route| route.permission().roles.contains(&Role::ApiClient))
        .collect();
    let scopes: Vec<&str> = routes.iter().map(|route| route.permission().name).collect();
    for desk in desks().await {
        let key = desk.app.api_key(&scopes).await;
        let ask = async |path: &str| desk.app.ask("GET", path, &[("authorization", key.as_str())], "").await;
        let mut seen = Vec::new();
        for route in &routes {
            let path = desk.address(route);
            let before = desk.of_owner().await.len();
            let answer = ask(&path).await;
            let after = desk.of_owner().await;
            if route.path() == "/v1/audit-entries" {
                continue;
            }
            // A decision says nothing of the customer but the payment that it is about.
            let shown = Desk::shows(&answer.body) || answer.body.contains(&desk.authorization);
            // Who looks for what somebody has and finds nothing has looked.
            let logged = after.len() > before;
            let about_owner = path.contains(&OWNER.to_string()) || path.contains(&ACCOUNT.to_string());
            assert!(logged == shown || (logged && about_owner), "{path}: {}", answer.body);
            if shown {
                let entry = &after[0];
                assert!(entry.actor.starts_with("akey_") && entry.channel == "api", "{path}: {entry:?}");
                assert_eq!(entry.origin.as_deref(), Some(entry.actor.as_str()), "{path}");
                seen.push(route.path());
            }
        }
        assert!(seen.len() >= 8, "only {seen:?} showed data");
        desk.block_log().await;
        for route in seen {
            let path = desk.address(routes.iter().find(|one| one.path() == route).unwrap());
            let answer = ask(&path).await;
            assert_eq!(answer.status, 503, "{path}");
            assert!(!Desk::shows(answer.body.trim_start_matches(&path)), "{path}: {}", answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_cant_be_written_staff_see_and_change_nothing() {
    for desk in desks().await {
        let mut people = Vec::new();
        for role in Role::STAFF {
            people.push((*role, desk.app.staff(*role).await.1));
        }
        for (role, browser) in &people {
            desk.app.serve(browser, *role, OWNER).await;
        }
        let fresh = desk.app.staff(Role::Agent).await.1;
        let before = desk.of_owner().await.len();
        desk.block_log().await;
        let begun = desk.app.serve(&fresh, Role::Agent, OWNER).await;
        assert_eq!(begun.status.as_u16(), 503, "{}", begun.body);
        for (role, browser) in &people {
            // What only names a request, an alarm or an emergency needs one of them; the tests of staff and of cases have
            // them.
            let named = |route: &Route| {
                [
                    "{request}",
                    "{alarm}",
                    "{matter}",
                    "{message}",
                    "{call}",
                    "{approval}",
                    "{change}",
                    "{case}",
                ]
                .iter()
                .any(|part| route.path().contains(part))
                    || ABOUT_ONESELF.iter().any(|own| route.path().starts_with(own))
            };
            for route in routes_of_the_desk().into_iter().filter(|route| !named(route)) {
                let path = desk.address(&route);
                let what = format!("{role} {} {path}", route.method());
                let answer = desk.attempt(browser, &route, &path).await;
                assert!(!Desk::shows(&answer.body), "{what}: {}", answer.body);
                // A matter is open already, no code waits to be stopped, no case waits to be taken: it changes nothing and
                // shows nothing.
                let opens = ["/matters", "/emergencies", "/activation/stop", "/cases/next"]
                    .iter()
                    .any(|end| route.path().ends_with(end));
                let again = opens && answer.status == 303;
                // A kind of case says itself whose role opens it; for all others it isn't there.
                let not_theirs = route.path().ends_with("{customer}/cases") && answer.status == 404;
                let harmless =
                    again || not_theirs || (route.method() == "GET" && ABOUT_NOBODY.contains(&route.path()));
                let allowed = route.permission().allows(*role);
                if !(harmless && allowed) {
                    assert_eq!(answer.status.as_u16(), 503, "{what}: {}", answer.body);
                    assert!(!answer.header("retry-after").is_empty(), "{what} says when to try again");
                }
            }
        }
        assert_eq!(desk.of_owner().await.len(), before);
        let card = desk.app.cards().card(CARD).await.unwrap().unwrap();
        assert_eq!(card.status, Some(features::authorizations::CardStatus::Active), "nothing was frozen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_sign_ins_are_entries() {
    for desk in desks().await {
        let (id, administrator) = desk.app.staff(Role::Administrator).await;
        let refused = desk.app.get(&administrator, &format!("/desk/accounts/{ACCOUNT}")).await;
        assert_eq!(refused.status, 403);
        let key = desk.app.api_key(&["cards.*"]).await;
        let path = format!("/v1/accounts/{ACCOUNT}");
        assert_eq!(desk.app.ask("GET", &path, &[("authorization", &key)], "").await.status, 403);
        let weak = desk.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::NONE).await;
        assert_eq!(desk.app.get(&weak, "/").await.status, 303, "led to prove more");
        let all = desk.entries(Search { outcome: Some(Outcome::Refused), ..Search::default() }).await;
        let told: Vec<_> =
            all.iter().map(|entry| (entry.subject.as_deref().unwrap(), &entry.detail["code"])).collect();
        assert_eq!(
            told,
            [
                ("home.own.read", &serde_json::json!("assurance_too_low")),
                ("accounts.account.read", &serde_json::json!("scope_missing")),
                ("desk.account.read", &serde_json::json!("role_forbidden")),
            ]
        );
        assert_eq!(all[2].actor, id.to_string());
        assert!(all.iter().all(|entry| entry.origin.is_some()), "{all:?}");

        // Nobody is known, so nothing is said but that it was tried.
        let tried = "nobody-knows-this-token-0123456789abcdefghijklmnopqrs";
        assert_eq!(desk.app.ask("GET", &format!("/sign-in/link/{tried}"), &[], "").await.status, 404);
        let found = desk
            .entries(Search { acts: vec!["access.sign_in.refused".to_owned()], ..Search::default() })
            .await;
        assert_eq!(found.len(), 1);
        assert!(!format!("{found:?}").contains(tried));
        let opened = desk
            .entries(Search { acts: vec!["access.session.opened".to_owned()], ..Search::default() })
            .await;
        assert!(
            opened.iter().all(|entry| entry.origin == entry.subject),
            "a session begins as its own origin"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_found_by_person_actor_act_and_time_and_hashes_to_its_leaf() {
    for desk in desks().await {
        let (id, agent) = desk.app.staff(Role::Agent).await;
        let mut times = Vec::new();
        for _ in 0..7 {
            desk.app.clock.advance_us(kernel::HOUR_US);
            let agent = desk.app.browser(Actor::Staff(id), Role::Agent, Assurance::TWO).await;
            desk.app.serve(&agent, Role::Agent, OWNER).await;
            assert_eq!(desk.app.get(&agent, &format!("/desk/accounts/{ACCOUNT}")).await.status, 200);
            times.push(desk.app.app.now());
        }
        drop(agent);
        let acts = vec!["accounts.account.read".to_owned()];
        let reads = Search { acts, actor: Some(id.to_string()), ..Search::default() };
        let all = desk.entries(reads.clone()).await;
        assert_eq!(all.len(), 7);
        assert!(all.is_sorted_by(|newer, older| newer.id > older.id), "newest first");
        assert!(all.iter().all(|entry| entry.concerns == [OWNER.to_string()]));
        let span = Search { from: Some(times[2]), until: Some(times[5]), ..reads.clone() };
        let found: Vec<Timestamp> = desk.entries(span).await.iter().map(|entry| entry.at).collect();
        assert_eq!(found, [times[4], times[3], times[2]]);
        // A piece at a time, each entry once.
        let (mut met, mut before) = (Vec::new(), None);
        loop {
            let piece = Search { before, rows_max: 2, ..reads.clone() };
            let piece = search(&desk.app.app.db, &piece).await.unwrap();
            before = piece.last().map(|entry| entry.id);
            met.extend(piece.iter().map(|entry| entry.id));
            if before.is_none() {
                break;
            }
        }
        assert_eq!(met, all.iter().map(|entry| entry.id).collect::<Vec<_>>());
        let other = vec![CustomerId::from_raw(2).to_string()];
        let nobody = Search { concerns: other, ..reads };
        assert_eq!(desk.entries(nobody).await, []);
        let rows: Vec<(String, Vec<u8>)> = on!(desk.app.app.db.pool(), p => {
            sqlx::query_as("SELECT body, leaves FROM audit_entries WHERE refs IS NULL").fetch_all(p).await
        })
        .unwrap();
        assert!(rows.iter().all(|(body, leaf)| leaf_hash(body.as_bytes())[..] == leaf[..]));
    }
}

/// A form's entry has the origin too, through the engine's own thread.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_writes_down_says_from_which_session_it_came() {
    for desk in desks().await {
        let (id, agent): (_, Browser) = desk.app.staff(Role::Agent).await;
        assert_eq!(desk.app.post(&agent, &format!("/desk/cards/{CARD}/freeze"), "").await.status, 303);
        let found = &desk.of_owner().await[0];
        assert_eq!((found.act.as_str(), found.actor.clone()), ("cards.card.frozen", id.to_string()));
        assert!(found.origin.as_deref().is_some_and(|origin| origin.starts_with("sess_")), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_could_not_be_published_is_refused_with_its_change() {
    for TestDb { db, .. } in databases().await {
        let long = |bytes: usize| {
            let detail = serde_json::json!({ "said": "a".repeat(bytes) });
            platform::audit::Entry::new(BY.0, BY.1, "tests.entry.made").detail(detail)
        };
        assert!(platform::audit::record(&db, long(66_000)).await.is_err(), "{}", db.kind());
        platform::audit::record(&db, long(60_000)).await.unwrap();
        let kept: i64 = on!(db.pool(), p => {
            sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE act = 'tests.entry.made'").fetch_one(p).await
        })
        .unwrap();
        assert_eq!(kept, 1, "{}", db.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_says_what_covers_it_and_when_it_was_changed() {
    for desk in desks().await {
        let (id, officer) = desk.app.staff(Role::Compliance).await;
        let path = format!("/desk/audit-log/entries/{}?lang=en", desk.entry);
        let proof = format!("/desk/audit-log/entries/{}/proof", desk.entry);
        let waits = desk.app.get(&officer, &path).await;
        assert!(waits.status == 200 && waits.body.contains("Waiting for its checkpoint"), "{}", waits.body);
        assert_eq!(desk.app.get(&officer, &proof).await.status, 404);
        let noted = &desk.of_owner().await[0];
        assert_eq!(
            (noted.act.as_str(), noted.actor.as_str()),
            ("audit_log.entries.proved", id.to_string().as_str())
        );

        desk.integrate().await;
        let covered = desk.app.get(&officer, &path).await.body;
        for sign in ["As it was logged", "the checkpoint of", "no witnesses are set up", "Save the proof"] {
            assert!(covered.contains(sign), "{sign}: {covered}");
        }
        let list = desk.app.get(&officer, "/desk/audit-log?lang=en").await.body;
        assert!(list.contains(&format!("/desk/audit-log/entries/{}", desk.entry)));
        let saved = desk.app.get(&officer, &proof).await;
        assert!(
            saved.body.starts_with("c2sp.org/tlog-proof@v1\nextra ")
                && saved.body.contains("card.example/v1/log")
        );
        assert!(saved.header("content-disposition").contains(".tlog-proof"));
        assert_eq!(saved.header("cache-control"), "no-store");
        for other in [Role::Agent, Role::Analyst, Role::Manager] {
            let (_, browser) = desk.app.staff(other).await;
            for path in [&path, &proof] {
                assert_eq!(desk.app.get(&browser, path).await.status, 403, "{other} {path}");
            }
        }
        for nobody in
            ["/desk/audit-log/entries/1", "/desk/audit-log/entries/x", "/desk/audit-log/entries/1/proof"]
        {
            assert!([400, 404].contains(&desk.app.get(&officer, nobody).await.status.as_u16()), "{nobody}");
        }

        let mut write = desk.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE audit_entries SET body = body || ' ' WHERE id = $1")
                .bind(desk.entry)
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Log).await.unwrap();
        let changed = desk.app.get(&officer, &path).await.body;
        assert!(
            changed.contains("Not as it was logged") && !changed.contains("As it was logged"),
            "{changed}"
        );
    }
}
