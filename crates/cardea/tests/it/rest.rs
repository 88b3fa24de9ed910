//! The API over HTTP: the twin of what comes as ISO 8583, names of requests, and the document that describes it.

use crate::http;
use crate::ledger::Ledger;
use crate::server::Server;
use crate::switch::{Switch, code, purchase, repeated, text};
use cardea::traffic::sample_files::CardRow;
use platform::feature::{role_matrix, with_own};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Barrier;

fn body(card: &CardRow, minor: i64) -> Value {
    json!({
        "card_number": card.pan, "expiry": card.expiry, "cvv2": card.cvv2,
        "amount": { "minor": minor, "currency": card.currency },
        "merchant": { "id": "MERCHANT0000001", "terminal": "TERM0001", "name": "Spring Field Market",
                      "city": "Shanghai", "country": 156, "mcc": 5411 },
        "entry_mode": "chip"
    })
}

#[test]
fn every_path_of_the_document_is_a_route_and_every_route_is_in_the_document() {
    let server = Server::start();
    let answer = http::get(server.http(), "/v1/openapi.json").unwrap();
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| -> Vec<String> {
        let known = ["get", "post", "put", "patch", "delete"];
        let named = item.as_object().unwrap().keys().filter(|key| known.contains(&key.as_str()));
        named.map(|method| format!("{path} | {}", method.to_uppercase())).collect()
    };
    let described: BTreeSet<String> = paths.iter().flat_map(methods).collect();
    let matrix = role_matrix(features::ALL);
    let of_matrix = |line: &str| line.split(" | ").take(2).collect::<Vec<_>>().join(" | ");
    let served: BTreeSet<String> = matrix.lines().skip(1).map(of_matrix).collect();
    let unserved: Vec<_> = described.difference(&served).collect();
    assert!(unserved.is_empty(), "in the document, but no routes: {unserved:?}");
    // The published log follows C2SP tlog-tiles, which describes it.
    let own = ["/v1/openapi.json", "/v1/docs", "/v1/log/"];
    let of_api =
        |route: &&String| route.starts_with("/v1/") && !own.iter().any(|path| route.starts_with(path));
    let silent: Vec<_> = served.iter().filter(of_api).filter(|route| !described.contains(*route)).collect();
    assert!(silent.is_empty(), "routes of the API that the document does not describe: {silent:?}");
    assert!(described.len() > 10);
}

#[test]
fn a_payment_over_the_api_is_decided_like_its_twin_on_the_wire() {
    let server = Server::start();
    let plain = server.plain_cards();
    let (over_wire, over_api) = (plain[0].clone(), plain[1].clone());
    let mut switch = Switch::connect(server.iso(0));
    let mut number = 0;
    let mut both = |share: &dyn Fn(&CardRow) -> i64, change: &dyn Fn(&mut CardRow)| {
        number += 1;
        let (mut wire, mut api) = (over_wire.clone(), over_api.clone());
        let (wire_minor, api_minor) = (share(&wire), share(&api));
        change(&mut wire);
        change(&mut api);
        let mut message = purchase(&wire, wire_minor, number);
        let value = [(connectors::iso8583::fields::CARD_VERIFICATION, wire.cvv2.as_str())];
        connectors::iso8583::fields::set_private(&mut message, &value).unwrap();
        let on_wire = switch.ask(&message);
        let answer = server.api_post("/v1/authorizations", &format!("twin-{number}"), &body(&api, api_minor));
        assert_eq!(answer.status, 201, "{}", answer.text());
        let on_api = answer.json();
        assert_eq!(on_api["code"].as_str(), Some(code(&on_wire).as_str()));
        assert_eq!(on_api["approved"].as_bool(), Some(code(&on_wire) == "00"));
        assert_eq!(on_api["approval_code"].is_string(), !text(&on_wire, 38).is_empty());
        code(&on_wire)
    };
    let keep = |_: &mut CardRow| {};
    assert_eq!(both(&|_| 1_000, &keep), "00");
    assert_eq!(both(&|card| card.limit_minor, &keep), "51");
    assert_eq!(both(&|card| card.limit_minor - 1_000, &keep), "00");
    assert_eq!(both(&|_| 1, &keep), "51");
    assert_eq!(both(&|_| 1, &|card| card.cvv2 = wrong(&card.cvv2)), "82");
    assert_eq!(
        both(&|_| 1, &|card| card.expiry = "4912".to_owned()),
        "82",
        "the value is made with the expiry"
    );
    assert_eq!(both(&|_| 1, &|card| card.pan = "9999999999999995".to_owned()), "14");
    Ledger::open(&server.database_url()).check(0);
}

fn wrong(value: &str) -> String {
    if value == "123" { "321".to_owned() } else { "123".to_owned() }
}

#[test]
fn a_repeat_on_the_wire_of_a_payment_over_the_api_is_the_same_payment() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let mut sent = body(&card, 5_000);
    sent["trace"] = json!({ "stan": 8, "rrn": "000000000007", "acquirer": "900156" });
    let first = server.api_post("/v1/authorizations", "once", &sent).json();
    assert_eq!(first["approved"], json!(true));
    // A second name for the same payment: the trace numbers tell.
    let second = server.api_post("/v1/authorizations", "twice", &sent).json();
    assert_eq!((&second["id"], &second["duplicate"]), (&first["id"], &json!(true)));
    assert_eq!(Ledger::open(&server.database_url()).records(0).len(), 1);
}

#[test]
fn a_named_request_runs_once() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let (path, sent) = ("/v1/authorizations", body(&card, 700));
    let first = server.api_post(path, "name-1", &sent);
    let again = server.api_post(path, "name-1", &sent);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body, "byte for byte the same answer");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.header("idempotency-replayed"), None);
    let other = server.api_post(path, "name-1", &body(&card, 701));
    assert_eq!((other.status, other.json()["code"].as_str()), (409, Some("idempotency_key_reused")));
    let key = format!("Bearer {}", server.demo.api_key);
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    let bare =
        http::send(server.http(), &format!("POST {path}"), &headers, sent.to_string().as_bytes()).unwrap();
    assert_eq!((bare.status, bare.json()["code"].as_str()), (400, Some("idempotency_key_missing")));
    assert_eq!(Ledger::open(&server.database_url()).records(0).len(), 1);
}

#[test]
fn one_name_at_once_is_one_payment() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let barrier = Barrier::new(16);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    server.api_post("/v1/authorizations", "at-once", &body(&card, 900))
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    let ids: BTreeSet<String> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.json()["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "one payment");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (409, Some("idempotency_key_running")));
    }
    assert_eq!(Ledger::open(&server.database_url()).records(0).len(), 1);
}

#[test]
fn holds_are_captured_and_reversed_over_the_api() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let pay = |name: &str, minor: i64| {
        let answer = server.api_post("/v1/authorizations", name, &body(&card, minor)).json();
        assert_eq!(answer["approved"], json!(true), "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    };
    let (one, two) = (pay("one", 4_000), pay("two", 6_000));
    let part = json!({ "amount": { "minor": 3_000, "currency": card.currency } });
    let captured = server.api_post(&format!("/v1/authorizations/{one}/captures"), "capture", &part);
    assert_eq!(captured.status, 201, "{}", captured.text());
    let twice = server.api_post(&format!("/v1/authorizations/{one}/captures"), "capture-2", &part);
    assert_eq!((twice.status, twice.json()["code"].as_str()), (409, Some("nothing_held")));
    let large = json!({ "amount": { "minor": 6_001, "currency": card.currency } });
    let large = server.api_post(&format!("/v1/authorizations/{two}/captures"), "large", &large);
    assert_eq!((large.status, large.json()["code"].as_str()), (409, Some("capture_too_large")));
    let undone = server.api_post(&format!("/v1/authorizations/{two}/reversals"), "undo", &json!({}));
    assert_eq!(undone.json()["given_back"]["minor"], json!(6_000), "{}", undone.text());
    let ledger = Ledger::open(&server.database_url());
    ledger.check(0);
    let account = ledger.accounts().into_iter().find(|account| account.posted_minor > 0).unwrap();
    assert_eq!((account.posted_minor, account.held_minor), (3_000, 0));
    // Seen from outside: the list of the account, a page at a time.
    let list = format!("/v1/accounts/{}/authorizations", card.account);
    assert_eq!(server.api_get(&list).json()["data"].as_array().map(Vec::len), Some(3));
    let acts: BTreeSet<String> = ledger.acts().into_iter().collect();
    let features = with_own(features::ALL);
    let told = features.iter().flat_map(|feature| feature.audit_acts).map(|act| act.name.to_owned());
    let told: BTreeSet<String> = told.collect();
    assert_eq!(acts.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "acts without a sentence");
}

#[test]
fn a_repeat_on_the_wire_is_no_second_payment() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let mut switch = Switch::connect(server.iso(0));
    let message = purchase(&card, 800, 3);
    let first = switch.ask(&message);
    assert_eq!(text(&switch.ask(&repeated(&message)), 38), text(&first, 38));
    let list = server.api_get(&format!("/v1/accounts/{}/authorizations", card.account)).json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1), "{list}");
}
