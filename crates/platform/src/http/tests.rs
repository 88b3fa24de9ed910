//! The boundary, problems, idempotency and features as data, over a whole router.

use crate::access::{Assurance, Direction, Permission, Role, Surface};
use crate::app::App;
use crate::feature::{self, Feature, FeatureError, NavItem, Route};
use crate::http::problem::Problem;
use crate::http::{idempotency, limits, server};
use crate::testing::{FEATURE, TestApp, cookie, request};
use axum::http::StatusCode;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

/// From the range that is used for nothing but tests; its check digit is right.
const CANARY: &str = "9000123412341233";
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_problem_names_its_request_and_hides_its_cause() {
    let t = TestApp::start().await;
    let cookie = cookie(Surface::App, &t.cardholder().await);
    let failed = t.get("/mine/fails", &[("cookie", &cookie)]).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.header("content-type"), "application/problem+json");
    assert_eq!(failed.json()["request_id"], failed.header("x-request-id"));
    assert!(!failed.body.contains("secret of the house"));
    let panicked = t.get("/mine/panic", &[("cookie", &cookie)]).await;
    assert_eq!((panicked.status, panicked.code().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    let next = t.get("/mine", &[("cookie", &cookie)]).await;
    assert_eq!(next.status, StatusCode::OK);
    assert_ne!(next.header("x-request-id"), panicked.header("x-request-id"));
}

#[tokio::test]
async fn a_browser_gets_the_page_for_its_problem() {
    let t = TestApp::start_with(|parts| {
        parts.error_page = Some(|_: &App, parts, problem: &Problem, id| {
            use axum::response::IntoResponse;
            axum::response::Html(format!("{} {} {id}", problem.code(), parts.uri)).into_response()
        });
    })
    .await;
    let page = t.get("/nowhere", &[("accept", "text/html")]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.body, format!("not_found /nowhere {}", page.header("x-request-id")));
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(t.get("/nowhere", &[]).await.code(), "not_found");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let t = TestApp::start().await;
    for path in ["/healthz", "/nowhere", "/mine", "/v1/things"] {
        let answer = t.get(path, &[]).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("strict-transport-security"), "", "not over http");
    }
    let https =
        TestApp::start_with(|parts| parts.config.http.public_url = "https://card.example".to_owned()).await;
    assert!(https.get("/healthz", &[]).await.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_the_limit() {
    let t = TestApp::start().await;
    let key = t.api_key(&["*"]).await;
    let auth = ("authorization", key.as_str());
    let body = format!("{{\"count\":1{}}}", " ".repeat(limits::BODY_BYTES));
    let large = t.post("/v1/things", &[auth, JSON, ("idempotency-key", "a")], &body).await;
    assert_eq!((large.status, large.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));
    let long = t.get(&format!("/v1/things?{}", "x".repeat(limits::URI_BYTES)), &[auth]).await;
    assert_eq!(long.status, StatusCode::URI_TOO_LONG);
    let many: Vec<(&str, &str)> = vec![("x-filler", "1"); limits::HEADER_LINES + 1];
    assert_eq!(t.get("/v1/things", &many).await.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let method = t.send(request("DELETE", "/v1/things", &[auth], "")).await;
    assert_eq!(
        (method.status, method.code().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    );
}

#[tokio::test]
async fn a_slow_handler_is_given_up() {
    let t = TestApp::start().await;
    let key = t.api_key(&["*"]).await;
    let slow = request("POST", "/v1/things/slow", &[("authorization", &key), ("idempotency-key", "s")], "");
    let answer = tokio::spawn(t.router.clone().oneshot(slow));
    t.seen.gate.arrived.acquire().await.unwrap().forget();
    while !answer.is_finished() {
        t.sleep.wake_all();
        tokio::task::yield_now().await;
    }
    assert_eq!(answer.await.unwrap().unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn bad_bodies_are_placed_and_never_repeated() {
    let t = TestApp::start().await;
    let key = t.api_key(&["*"]).await;
    let mut run = 0;
    let mut refuse = async |body: &str| {
        run += 1;
        let name = format!("bad-{run}");
        let headers = [("authorization", key.as_str()), JSON, ("idempotency-key", name.as_str())];
        let refused = t.post("/v1/things", &headers, body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(!refused.body.contains(CANARY), "{}", refused.body);
        let json = refused.json();
        (
            json["code"].as_str().unwrap().to_owned(),
            json["where"].as_str().unwrap_or("").to_owned(),
            json["detail"].as_str().unwrap().to_owned(),
        )
    };
    let field = |at: &str, detail: &str| ("field_invalid".to_owned(), at.to_owned(), detail.to_owned());
    assert_eq!(refuse(&format!("{{\"count\":\"{CANARY}\"}}")).await, field("/count", "expected u32"));
    assert_eq!(refuse(&format!("{{\"count\":{CANARY}}}")).await, field("/count", "expected u32"));
    assert_eq!(refuse("{}").await, field("", "missing field `count`"));
    let unknown = refuse(&format!("{{\"count\":1,\"{CANARY}\":2}}")).await;
    assert_eq!((unknown.0.as_str(), unknown.2.as_str()), ("field_invalid", "expected `count`"));
    assert_eq!(refuse("{\"count\":1,\"count\":2}").await.2, "duplicate field `count`");
    assert_eq!(refuse("{\"count\":").await.0, "json_malformed");
    assert_eq!(refuse("{\"count\":1} x").await.0, "json_malformed");
    let kind = [("authorization", key.as_str()), ("content-type", "text/plain"), ("idempotency-key", "kind")];
    assert_eq!(t.post("/v1/things", &kind, "{}").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_post_needs_a_key_and_repeats_get_the_first_answer() {
    for t in TestApp::start_on_each().await {
        let (key, other) = (t.api_key(&["*"]).await, t.api_key(&["*"]).await);
        let post = async |auth: &str, name: &str, body: &str| {
            t.post("/v1/things", &[("authorization", auth), JSON, ("idempotency-key", name)], body).await
        };
        let without = t.post("/v1/things", &[("authorization", &key), JSON], "{\"count\":1}").await;
        assert_eq!(
            (without.status, without.code().as_str()),
            (StatusCode::BAD_REQUEST, "idempotency_key_missing")
        );
        for bad in ["", " ", &"k".repeat(201)] {
            assert_eq!(post(&key, bad, "{\"count\":1}").await.code(), "idempotency_key_missing");
        }
        let first = post(&key, "a", "{\"count\":1}").await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (StatusCode::CREATED, ""));
        let again = post(&key, "a", "{\"count\":1}").await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (StatusCode::CREATED, "true"));
        assert_eq!(
            (again.body, again.headers.get("content-type")),
            (first.body, first.headers.get("content-type"))
        );
        let reused = post(&key, "a", "{\"count\":2}").await;
        assert_eq!((reused.status, reused.code().as_str()), (StatusCode::CONFLICT, "idempotency_key_reused"));
        // A refusal is an answer too, document and all.
        let refused = post(&key, "b", "{\"count\":11}").await;
        let refused_again = post(&key, "b", "{\"count\":11}").await;
        assert_eq!((refused.code(), refused_again.code()), ("too_many".to_owned(), "too_many".to_owned()));
        assert_eq!(refused_again.header("content-type"), "application/problem+json");
        // Names belong to a key, and are free again after a day.
        assert_eq!(post(&other, "a", "{\"count\":2}").await.json()["run"], 3);
        t.advance_s(24 * 3600 - 1);
        assert_eq!(post(&key, "a", "{\"count\":1}").await.header("idempotency-replayed"), "true");
        t.advance_s(1);
        assert_eq!(post(&key, "a", "{\"count\":2}").await.json()["run"], 4);
        t.advance_s(24 * 3600);
        idempotency::sweep(&t.app.db).await.unwrap();
        let count: i64 = crate::on!(t.app.db.pool(), p => {
            sqlx::query_scalar("SELECT COUNT(*) FROM idempotency_keys").fetch_one(p).await
        })
        .unwrap();
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn many_at_once_run_once() {
    for t in TestApp::start_on_each().await {
        let key = t.api_key(&["*"]).await;
        let headers = [("authorization", key.as_str()), ("idempotency-key", "one")];
        let slow = || request("POST", "/v1/things/slow", &headers, "");
        let first = tokio::spawn(t.router.clone().oneshot(slow()));
        t.seen.gate.arrived.acquire().await.unwrap().forget();
        let others = futures_util::future::join_all((0..16).map(|_| t.send(slow()))).await;
        for other in &others {
            assert_eq!(
                (other.status, other.code().as_str()),
                (StatusCode::CONFLICT, "idempotency_key_running")
            );
        }
        t.seen.gate.leave.add_permits(1);
        assert_eq!(first.await.unwrap().unwrap().status(), StatusCode::OK);
        let after = t.send(slow()).await;
        assert_eq!((after.body.as_str(), after.header("idempotency-replayed")), ("run 1", "true"));
        assert_eq!(t.seen.runs.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_run_goes_on_when_its_client_hangs_up() {
    let t = TestApp::start().await;
    let key = t.api_key(&["*"]).await;
    let headers = [("authorization", key.as_str()), ("idempotency-key", "gone")];
    let client = tokio::spawn(t.router.clone().oneshot(request("POST", "/v1/things/slow", &headers, "")));
    t.seen.gate.arrived.acquire().await.unwrap().forget();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    t.seen.gate.leave.add_permits(1);
    loop {
        let again = t.post("/v1/things/slow", &headers, "").await;
        if again.status == StatusCode::OK {
            assert_eq!((again.body.as_str(), again.header("idempotency-replayed")), ("run 1", "true"));
            break;
        }
        assert_eq!(again.code(), "idempotency_key_running");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn failures_that_pass_run_again_as_the_same_operation() {
    for t in TestApp::start_on_each().await {
        let key = t.api_key(&["*"]).await;
        let headers = [("authorization", key.as_str()), ("idempotency-key", "busy")];
        let first = t.post("/v1/things/failing", &headers, "").await;
        assert_eq!((first.status, first.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "queue_full"));
        assert_eq!(t.post("/v1/things/failing", &headers, "").await.body, "run 2");
        assert_eq!(t.post("/v1/things/failing", &headers, "").await.header("idempotency-replayed"), "true");
        let operations = t.seen.operations.lock().unwrap().clone();
        assert_eq!(operations.len(), 2);
        assert_eq!(operations[0].id, operations[1].id);
        assert!(!operations[0].again && operations[1].again);
    }
}

#[tokio::test]
async fn a_run_that_died_is_taken_over_after_its_lease() {
    for t in TestApp::start_on_each().await {
        let key = t.api_key(&["*"]).await;
        let headers = [("authorization", key.as_str()), ("idempotency-key", "dead")];
        // A process that dies leaves its row as a run under way leaves it: with a lease and no answer.
        let lost = tokio::spawn(t.router.clone().oneshot(request("POST", "/v1/things/slow", &headers, "")));
        t.seen.gate.arrived.acquire().await.unwrap().forget();
        t.advance_s(59);
        assert_eq!(t.post("/v1/things/slow", &headers, "").await.code(), "idempotency_key_running");
        t.advance_s(1);
        let again = request("POST", "/v1/things/slow", &headers, "");
        let taken = tokio::spawn(t.router.clone().oneshot(again));
        t.seen.gate.arrived.acquire().await.unwrap().forget();
        t.seen.gate.leave.add_permits(2);
        assert_eq!(taken.await.unwrap().unwrap().status(), StatusCode::OK);
        assert_eq!(lost.await.unwrap().unwrap().status(), StatusCode::OK);
        let mut operations = t.seen.operations.lock().unwrap().clone();
        operations.sort_by_key(|operation| operation.again);
        assert_eq!(operations.iter().map(|operation| operation.again).collect::<Vec<_>>(), [false, true]);
        assert_eq!(operations[0].id, operations[1].id);
    }
}

#[tokio::test]
async fn a_run_without_a_client_is_given_up_before_its_lease_ends() {
    let t = TestApp::start().await;
    let key = t.api_key(&["*"]).await;
    let headers = [("authorization", key.as_str()), ("idempotency-key", "stuck")];
    let client = tokio::spawn(t.router.clone().oneshot(request("POST", "/v1/things/slow", &headers, "")));
    t.seen.gate.arrived.acquire().await.unwrap().forget();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    t.sleep.wake_all();
    let leased_until = async || -> i64 {
        crate::on!(t.app.db.pool(), p => {
            sqlx::query_scalar("SELECT leased_until FROM idempotency_keys").fetch_one(p).await
        })
        .unwrap()
    };
    while leased_until().await > 0 {
        tokio::task::yield_now().await;
    }
    t.seen.gate.leave.add_permits(1);
    let again = t.post("/v1/things/slow", &headers, "").await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (StatusCode::OK, ""), "it ran anew");
    let operations = t.seen.operations.lock().unwrap().clone();
    assert_eq!(operations.len(), 1, "the stuck run never came to its end");
    assert!(operations[0].again);
}

#[tokio::test]
async fn health_is_told_to_those_who_restart_and_those_who_send() {
    let t = TestApp::start().await;
    assert_eq!(t.get("/healthz", &[]).await.status, StatusCode::OK);
    let starting = t.get("/readyz", &[]).await;
    assert_eq!(
        (starting.status, starting.json()["reasons"]["server"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("starting or stopping"))
    );
    t.app.health.set_ready(true);
    assert_eq!(t.get("/readyz", &[]).await.status, StatusCode::OK);
    t.app.health.red("engine", "the disk is full");
    for path in ["/healthz", "/readyz"] {
        let red = t.get(path, &[]).await;
        assert_eq!(red.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(red.json()["reasons"]["engine"], "the disk is full");
    }
}

#[tokio::test]
async fn metrics_count_by_route_pattern() {
    let t = TestApp::start().await;
    t.get("/sign-in/link/abcdefg", &[]).await;
    let text = t.get("/metrics", &[]).await.body;
    assert!(text.contains("route=\"/sign-in/link/{token}\""), "{text}");
    assert!(text.contains("http_request_seconds_bucket"), "{text}");
    assert!(!text.contains("abcdefg"), "an address came into a label");
}

#[tokio::test]
async fn the_api_document_and_its_page_are_served() {
    let t = TestApp::start().await;
    let document = t.get("/v1/openapi.json", &[]).await.json();
    assert_eq!(document["info"]["title"], "Cardea");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["mend"].is_object(), "{document}");
    let page = t.get("/v1/docs/", &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("swagger-ui"), "{}", page.body);
    assert!(page.header("content-security-policy").contains("style-src 'self' 'unsafe-inline'"));
    assert!(t.get("/v1/docs/swagger-initializer.js", &[]).await.body.contains("/v1/openapi.json"));
    assert_eq!(t.get("/v1/docs/nothing.js", &[]).await.status, StatusCode::NOT_FOUND);
}

static SOME: Permission = Permission {
    name: "a.b.c",
    direction: Direction::Reading,
    assurance: Assurance::NONE,
    roles: &[Role::Agent],
};
static TWICE: Feature = Feature { name: "twice", tables: &["sessions"], ..Feature::EMPTY };
static UNLISTED: Feature =
    Feature { name: "unlisted", routes: || vec![Route::get("/x", &SOME, || async {})], ..Feature::EMPTY };
static LATE: Feature = Feature {
    name: "late",
    permissions: &[&SOME],
    navigation: &[
        NavItem { surface: Surface::Desk, path: "/b", label: "b", icon: "b", order: 2, permission: &SOME },
        NavItem { surface: Surface::Desk, path: "/a", label: "a", icon: "a", order: 1, permission: &SOME },
        NavItem { surface: Surface::App, path: "/c", label: "c", icon: "c", order: 0, permission: &SOME },
    ],
    ..Feature::EMPTY
};

#[test]
fn features_that_contradict_each_other_do_not_start() {
    let claimed = |what, name: &str, first, second| {
        Err(FeatureError::Claimed { what, name: name.to_owned(), first, second })
    };
    assert_eq!(feature::check(&[&FEATURE]), Ok(()));
    assert_eq!(feature::check(&[&TWICE]), claimed("table", "sessions", "access", "twice"));
    assert_eq!(feature::check(&[&FEATURE, &FEATURE]), claimed("route", "GET /mine", "tests", "tests"));
    let told = feature::check(&[&UNLISTED]).unwrap_err().to_string();
    assert_eq!(told, "GET /x of unlisted needs a.b.c, which unlisted does not list in its permissions");
}

#[test]
fn menus_show_what_a_role_may_open_in_order() {
    let paths = |surface, role| -> Vec<&str> {
        feature::navigation(&[&LATE], surface, role).iter().map(|item| item.path).collect()
    };
    assert_eq!(paths(Surface::Desk, Role::Agent), ["/a", "/b"]);
    assert!(paths(Surface::Desk, Role::Analyst).is_empty());
}

#[test]
fn the_matrix_has_every_route_once() {
    let matrix = feature::role_matrix(&[&FEATURE]);
    for line in [
        "/mine | GET | tests | tests.mine.read | reading | 1 | cardholder",
        "/mine/expose | POST | tests | tests.mine.expose | exposing | 3 | cardholder",
        "/desk/things | GET | tests | tests.desk.read | reading | 1 | agent manager",
        "/v1/things | POST | tests | tests.thing.make | exposing | 0 | api_client",
    ] {
        assert_eq!(matrix.lines().filter(|found| *found == line).count(), 1, "{line}\n{matrix}");
    }
    let all = [&FEATURE, &super::FEATURE, &crate::access::FEATURE, &crate::audit::FEATURE];
    let routes: usize = all.iter().map(|feature| (feature.routes)().len()).sum();
    assert_eq!(matrix.lines().count(), routes + 1);
}

#[tokio::test]
async fn the_server_answers_over_tcp_and_finishes_what_is_under_way() {
    let t = TestApp::start().await;
    let key = t.api_key(&["*"]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, health) = (t.router.clone(), t.app.health.clone());
    let serving = tokio::spawn(async move { server::serve(listener, router, 8, None, &health).await });

    let mut huge = tokio::net::TcpStream::connect(address).await.unwrap();
    let filler = "x".repeat(limits::HEAD_BYTES + 1);
    huge.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\nx-filler: {filler}").as_bytes()).await.unwrap();
    let mut told = Vec::new();
    // The server may close before all is sent; what it said before counts.
    let _ = huge.read_to_end(&mut told).await;
    assert!(told.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&told));

    let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
    let slow = format!(
        "POST /v1/things/slow HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\nidempotency-key: t\r\ncontent-length: 0\r\n\r\n"
    );
    client.write_all(slow.as_bytes()).await.unwrap();
    t.seen.gate.arrived.acquire().await.unwrap().forget();
    t.app.health.stop();
    tokio::task::yield_now().await;
    t.seen.gate.leave.add_permits(1);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("run 1"), "{answer}");
    serving.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "it takes no new connections");
}

#[tokio::test]
async fn error_pages_speak_the_reader_language_and_name_the_request() {
    let t = TestApp::start_with(|parts| parts.error_page = Some(super::error_page)).await;
    for (language, locale, name) in
        [("en", "en", "Qingwu Bank"), ("zh-CN", "zh-Hans", "青梧银行"), ("zh-TW", "zh-Hant", "青梧銀行")]
    {
        let page = t.get("/nowhere", &[("accept", "text/html"), ("accept-language", language)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(
            page.body.contains(&format!("lang=\"{locale}\"")) && page.body.contains(name),
            "{}",
            page.body
        );
    }
    let api = t.get("/v1/things", &[("accept", "text/html")]).await;
    assert_eq!(api.header("www-authenticate"), "Bearer");
}

#[test]
fn every_sentence_here_exists_in_three_languages() {
    let own = feature::with_own(&[]);
    let catalogue = feature::catalogue(&[]).unwrap();
    assert_eq!(catalogue.gaps(), []);
    for act in own.iter().flat_map(|feature| feature.audit_acts) {
        assert!(catalogue.has(act.sentence), "{}", act.sentence);
    }
    for role in Role::ALL {
        assert!(catalogue.has(&format!("access-role-{}", role.word().replace('_', "-"))), "{role}");
    }
    for which in ["invalid", "unproved", "forbidden", "absent", "conflict", "busy", "internal"]
        .into_iter()
        .chain(["assurance-too-low", "form-expired", "link-not-valid"])
    {
        assert!(catalogue.has(&format!("platform-error-{which}")), "{which}");
        assert!(catalogue.has(&format!("platform-error-{which}-text")), "{which}");
    }
}

#[tokio::test]
async fn files_of_pages_are_served_without_a_sign_in() {
    let t = TestApp::start().await;
    let file = t.get(&crate::assets::href("app.css"), &[]).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("cache-control").contains("immutable"));
    let squeezed = t.router.clone();
    let asked = request("GET", &crate::assets::href("app.css"), &[("accept-encoding", "gzip")], "");
    assert_eq!(squeezed.oneshot(asked).await.unwrap().headers()["content-encoding"], "gzip");
    let opened = t.cardholder().await;
    let cookie = crate::testing::cookie(crate::access::Surface::App, &opened);
    let page = t.get("/mine", &[("accept-encoding", "gzip"), ("cookie", &cookie)]).await;
    assert_eq!((page.status, page.header("content-encoding")), (StatusCode::OK, ""));
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = server::Tls::load(&certificate, &key).unwrap();
    assert!(server::Tls::load(&key, &key).is_err() && server::Tls::load(&certificate, &certificate).is_err());

    let t = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, health) = (t.router.clone(), t.app.health.clone());
    let serving = tokio::spawn(async move { server::serve(listener, router, 8, Some(tls), &health).await });

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let ring = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut client = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    let head = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let mut plain = tokio::net::TcpStream::connect(address).await.unwrap();
    plain.write_all(head.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    let _ = plain.read_to_end(&mut told).await;
    assert!(!told.starts_with(b"HTTP"), "it answered without TLS");
    t.app.health.stop();
    serving.await.unwrap();
}

#[tokio::test]
async fn the_sweep_is_among_the_jobs_and_runs() {
    let t = TestApp::start().await;
    let handlers = feature::job_handlers(&t.app);
    assert!(handlers.iter().any(|handler| handler.kind == "access.sweep"));
    crate::jobs::schedule_recurring(&t.app.db, &handlers).await.unwrap();
    let all = handlers.len();
    assert_eq!(crate::jobs::run_due(&t.app.db, &handlers).await.unwrap(), all);
    assert_eq!(crate::jobs::run_due(&t.app.db, &handlers).await.unwrap(), 0);
    t.advance_s(3600);
    assert_eq!(crate::jobs::run_due(&t.app.db, &handlers).await.unwrap(), all);
}
