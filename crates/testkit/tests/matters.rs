//! Need-to-serve over both databases: no record of a customer opens at the desk without a live matter of the reader,
//! whatever route leads to it; refusals are in the log; an alert serves whoever works on it.

#![cfg(test)]

use cases::Fields;
use decision::CrossTables;
use features::cards::open_many;
use features::cases::{By, Cases, Opening};
use features::monitoring::{AlertId, AlertKind, Hit, NewAlert, Raised, Watch, WatchSettings, raise};
use kernel::{AccountId, Actor, CardId, CaseId, Channel, CustomerId, MINUTE_US};
use platform::access::{Assurance, RECORD_PARAMETERS, RecordPlace, Role, Surface};
use platform::app::Services;
use platform::audit::{Found, Outcome, Search, search};
use platform::feature::{self, FeatureError, Route};
use platform::i18n;
use std::sync::{Arc, RwLock};
use testkit::{Browser, TestApp, databases, purchase, sample_customer, test_pan};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const OTHER: CustomerId = CustomerId::from_raw(2);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);
const CARD: CardId = CardId::from_raw(2_000_001);
/// Routes of the desk that name somebody and open no record, each with its reason in the code. It may only shrink.
const EXCUSED: &[&str] = &[
    "POST /desk/cards/{card}/freeze",
    "POST /desk/cards/{card}/loss-reports",
    "POST /desk/customers/{customer}/emergencies",
    "POST /desk/customers/{customer}/matters",
    "POST /desk/customers/{customer}/matters/closure",
];

struct Desk {
    app: TestApp,
    alert: AlertId,
    authorization: String,
    case: CaseId,
}

/// A complaint of the owner.
async fn complaint(app: &TestApp) -> CaseId {
    let id = CaseId::mint(app.app.ids(), app.app.now());
    let by = By { actor: BY.0, channel: BY.1, role: Role::Nobody, origin: None };
    let opening =
        Opening { kind: "complaint".to_owned(), pack: None, customer: OWNER, fields: Fields::new() };
    Cases::of(&app.app).unwrap().open(&by, id, id.raw(), &opening).await.unwrap();
    id
}

async fn desks() -> Vec<Desk> {
    let mut all = Vec::new();
    for test in databases().await {
        let cross = Arc::new(RwLock::new(CrossTables::new()));
        let watch = Watch::idle(&test.db, cross, WatchSettings::default()).await.unwrap();
        let app = TestApp::start_with(test, "number = 1\nname = \"none\"\n", Services::default().with(watch));
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let key = app.app.keys.lookup_pan(&test_pan(1)).unwrap().0;
        let now = app.app.now();
        let paid = app.engine.authorize(purchase(key, 1, 4_600, now)).await.authorization.unwrap();
        let hit =
            Hit { authorization: paid.raw(), account: ACCOUNT.raw(), at: now, minor: 4_600, passed: true };
        let alert = NewAlert {
            group: "merchant/R-1".to_owned(),
            kind: AlertKind::Merchant,
            rule: "R-1".to_owned(),
            reason: "unusual_amount".to_owned(),
            account: 0,
            merchant: String::new(),
            at: now,
            hit: Some(hit),
            worst: 0,
            bound: 0,
        };
        let raised = raise(&app.app.db, &alert).await.unwrap();
        let Raised::Opened(alert) = raised else { panic!("{raised:?}") };
        let case = complaint(&app).await;
        all.push(Desk { app, alert, authorization: paid.to_string(), case });
    }
    all
}

impl Desk {
    fn address(&self, route: &Route) -> String {
        let part = |part: &str| match part {
            "{customer}" => OWNER.to_string(),
            "{account}" => ACCOUNT.to_string(),
            "{card}" => CARD.to_string(),
            "{authorization}" => self.authorization.clone(),
            "{case}" => self.case.to_string(),
            other => other.to_owned(),
        };
        let path = route.path().split('/').map(part).collect::<Vec<_>>().join("/");
        match route.record() {
            RecordPlace::Query(name) => format!("{path}?{name}={OWNER}"),
            _ => path,
        }
    }

    async fn open(&self, browser: &Browser, fields: &str) -> testkit::Answer {
        self.app.post(browser, &format!("/desk/customers/{OWNER}/matters"), fields).await
    }

    async fn account(&self, browser: &Browser) -> u16 {
        self.app.get(browser, &format!("/desk/accounts/{ACCOUNT}")).await.status.as_u16()
    }

    async fn refusals(&self) -> Vec<Found> {
        let acts = vec!["matters.record.refused".to_owned()];
        let wanted = Search { acts, concerns: vec![OWNER.to_string()], rows_max: 1_000, ..Search::default() };
        search(&self.app.app.db, &wanted).await.unwrap()
    }
}

fn routes_of_the_desk() -> Vec<Route> {
    let all = features::ALL.iter().flat_map(|feature| (feature.routes)());
    all.filter(|route| Surface::of(route.path()) == Surface::Desk).collect()
}

#[test]
fn every_route_of_the_desk_that_names_somebody_is_guarded_or_on_the_list() {
    let mut excused = Vec::new();
    let mut guarded = 0;
    for route in routes_of_the_desk() {
        let named = RECORD_PARAMETERS.iter().any(|name| route.path().contains(&format!("{{{name}}}")));
        match route.record() {
            RecordPlace::None => assert!(!named, "{} {}", route.method(), route.path()),
            RecordPlace::Excused(_) => excused.push(format!("{} {}", route.method(), route.path())),
            RecordPlace::Path(_) | RecordPlace::Query(_) => guarded += 1,
        }
    }
    excused.sort();
    assert_eq!(excused, EXCUSED);
    assert!(guarded >= 5, "{guarded}");
}

#[test]
fn a_server_whose_records_nobody_guards_does_not_start() {
    let without: Vec<_> = features::ALL.iter().copied().filter(|feature| feature.name != "matters").collect();
    assert!(matches!(feature::check(&without), Err(FeatureError::Unguarded { .. })));
    assert!(feature::check(features::ALL).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_record_opens_without_a_matter_of_the_reader_and_every_try_is_in_the_log() {
    for desk in desks().await {
        // Somebody else serves the customer; that opens nothing for anybody but them.
        let served = desk.app.staff(Role::Agent).await.1;
        assert_eq!(desk.app.serve(&served, Role::Agent, OWNER).await.status, 303);
        let mut tried = 0;
        for role in Role::STAFF {
            let (id, browser) = desk.app.staff(*role).await;
            // A matter for another customer opens nothing here.
            desk.app.serve(&browser, *role, OTHER).await;
            for route in routes_of_the_desk().iter().filter(|route| route.record().is_guarded()) {
                // For whom a case doesn't exist nothing is refused: `cases.rs` has them.
                let no_part = matches!(role, Role::Administrator | Role::Analyst);
                if !route.permission().allows(*role) || (no_part && route.path().contains("{case}")) {
                    continue;
                }
                let path = desk.address(route);
                let before = desk.refusals().await.len();
                let fields = "form=7&thing=phone&why=compare&words=calls";
                let answer = match route.method().as_str() {
                    "GET" => desk.app.get(&browser, &path).await,
                    _ => desk.app.post(&browser, &path, fields).await,
                };
                assert_eq!(answer.status, 403, "{role} {} {path}: {}", route.method(), answer.body);
                for shown in ["周明慧", "Zhou", "6021", "Wild Plum", "\u{2022}\u{2022}"] {
                    assert!(!answer.body.contains(shown), "{role} {path} shows {shown}");
                }
                let refusals = desk.refusals().await;
                assert_eq!(refusals.len(), before + 1, "{role} {path}");
                let newest = &refusals[0];
                assert_eq!((newest.actor.clone(), newest.outcome), (id.to_string(), Outcome::Refused));
                assert_eq!(newest.detail["code"], "no_matter");
                tried += 1;
            }
        }
        assert!(tried >= 12, "{tried}");
        assert_eq!(desk.account(&served).await, 200, "the accepted twin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_is_the_page_where_a_matter_is_opened_and_leads_back() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let wanted = format!("/desk/accounts/{ACCOUNT}?lang=en");
        let page = desk.app.get(&agent, &wanted).await;
        assert_eq!(page.status, 403);
        assert!(page.body.contains("What do you serve this customer for?"), "{}", page.body);
        let back = format!("kind=call&next=%2Fdesk%2Faccounts%2F{ACCOUNT}");
        let opened = desk.open(&agent, &back).await;
        assert_eq!(opened.header("location"), format!("/desk/accounts/{ACCOUNT}"));
        assert_eq!(desk.account(&agent).await, 200);
        let away = desk.open(&agent, "kind=call&next=%2F%2Fevil.example%2Fdesk%2F").await;
        assert_eq!(away.header("location"), format!("/desk/customers/{OWNER}"), "never to another host");
        // A program gets the problem, with what to do.
        let headers = [("cookie", agent.cookie.as_str()), ("accept", "*/*")];
        let path = format!("/desk/customers/{OTHER}");
        let told = desk.app.ask("GET", &path, &headers, "").await;
        assert_eq!((told.status.as_u16(), told.code().as_str()), (403, "no_matter"));
        assert!(told.json()["mend"].as_str().is_some_and(|mend| mend.contains("/matters")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_serves_whoever_works_on_it_and_only_while_they_do() {
    for desk in desks().await {
        let (id, analyst) = desk.app.staff(Role::Analyst).await;
        let (_, other) = desk.app.staff(Role::Analyst).await;
        let refused = desk.open(&analyst, "kind=alert").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "no_alert"), "nobody took it");
        features::monitoring::take(&desk.app.app.db, desk.alert, id).await.unwrap();
        assert_eq!(desk.open(&other, "kind=alert").await.code(), "no_alert", "another's alert");
        let page = desk.app.get(&analyst, &format!("/desk/accounts/{ACCOUNT}?lang=en")).await;
        assert!(page.body.contains(&desk.alert.to_string()), "it is offered: {}", page.body);
        assert_eq!(desk.open(&analyst, "kind=alert").await.status, 303);
        assert_eq!((desk.account(&analyst).await, desk.account(&other).await), (200, 403));
        let path = format!("/desk/customers/{OTHER}/matters");
        let elsewhere = desk.app.post(&analyst, &path, "kind=alert").await;
        assert_eq!(elsewhere.code(), "no_alert", "the alert is not about this customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_opens_its_kinds_and_an_officer_says_why() {
    for desk in desks().await {
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        for fields in ["kind=review&words=curious", "kind=emergency&words=curious", "kind=alert"] {
            assert_eq!(desk.open(&agent, fields).await.code(), "matter_kind", "{fields}");
        }
        assert_eq!(desk.open(&officer, "kind=review").await.code(), "reason_missing");
        assert_eq!(desk.open(&officer, "kind=call").await.code(), "matter_kind");
        assert_eq!(desk.open(&officer, "kind=review&words=a+customer+complains").await.status, 303);
        assert_eq!(desk.account(&officer).await, 200);
        let log = format!("/desk/audit-log?person={OWNER}");
        assert_eq!(desk.app.get(&officer, &log).await.status, 200);
        let both = format!("/desk/audit-log?person={OWNER},{OTHER}");
        assert_eq!(desk.app.get(&officer, &both).await.status, 403, "each person of the search");
        assert_eq!(desk.app.get(&officer, "/desk/audit-log").await.status, 200, "nobody is named");
        let nobody = format!("/desk/customers/{}/matters", CustomerId::from_raw(9));
        assert_eq!(desk.app.post(&agent, &nobody, "kind=call").await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_allows_the_records_of_so_many_customers_also_at_once() {
    for desk in desks().await {
        let more: Vec<_> = (3..40).map(sample_customer).collect();
        open_many(&desk.app.accounts(), &more, BY.0, BY.1).await.unwrap();
        let (_, agent) = desk.app.staff(Role::Agent).await;
        let all: Vec<CustomerId> = (1..40).map(CustomerId::from_raw).collect();
        let answers = futures_util::future::join_all(
            all.iter().map(|customer| desk.app.serve(&agent, Role::Agent, *customer)),
        )
        .await;
        let count = |status: u16| answers.iter().filter(|answer| answer.status.as_u16() == status).count();
        assert_eq!((count(303), count(429)), (20, 19), "{}", desk.app.app.db.kind());
        let served = answers.iter().position(|answer| answer.status == 303).unwrap();
        let again = desk.app.serve(&agent, Role::Agent, all[served]).await;
        assert_eq!(again.status, 303, "who was served already is no new record");
        let other = desk.app.staff(Role::Agent).await.1;
        assert_eq!(desk.app.serve(&other, Role::Agent, OWNER).await.status, 303, "each has an own quota");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_ends_by_itself_and_when_it_is_closed() {
    for desk in desks().await {
        let (id, agent) = desk.app.staff(Role::Agent).await;
        desk.open(&agent, "kind=case&reference=C-2026-000123").await;
        assert_eq!(desk.account(&agent).await, 200);
        let closure = format!("/desk/customers/{OWNER}/matters/closure");
        assert_eq!(desk.app.post(&agent, &closure, "").await.status, 303);
        assert_eq!(desk.account(&agent).await, 403);
        desk.open(&agent, "kind=call").await;
        desk.app.clock.advance_us(31 * MINUTE_US);
        let later = desk.app.browser(Actor::Staff(id), Role::Agent, Assurance::TWO).await;
        assert_eq!(desk.account(&later).await, 403, "it ended by itself");
    }
}
