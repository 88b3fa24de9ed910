//! Attacks 6, 11 and 14: one approval used for another act or many times, requests until somebody gives in, and a
//! stolen session that wants more than its owner signed. The authenticator (soft-webauthn) and the reader of receipts
//! (PyJWT) are others' work.

use crate::ledger::Ledger;
use crate::python::python;
use crate::server::Server;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

#[derive(Deserialize)]
struct Line {
    name: String,
    status: u16,
    said: Option<String>,
}

fn attacked() -> (Server, BTreeMap<String, Line>) {
    let server = Server::start();
    let links: Vec<&str> = server
        .demo
        .sign_ins
        .iter()
        .filter(|sign_in| sign_in.role == "cardholder")
        .map(|sign_in| sign_in.url.as_str())
        .collect();
    let output = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/attacks/approvals.py"))
        .args([&server.demo.http, links[0], links[1], &server.demo.api_key])
        .arg(server.data.join("cards.csv"))
        .arg(server.sqlite())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let lines = said.lines().map(|line| serde_json::from_str::<Line>(line).unwrap());
    (server, lines.map(|line| (line.name.clone(), line)).collect())
}

#[test]
fn attack_06_approvals_of_other_acts_attack_11_push_bombing_and_attack_14_acts_of_a_stolen_session() {
    let (server, lines) = attacked();
    let told = |name: &str| (lines[name].status, lines[name].said.as_deref());
    // Attack 6: a signature is worth one act, once.
    for altered in [
        "another act",
        "origin",
        "relying party",
        "challenge",
        "type",
        "inside another page",
        "user not verified",
        "user not present",
        "signature of nothing",
        "cloned counter",
        "her passkey",
    ] {
        assert_eq!(told(altered), (401, Some("passkey_refused")), "{altered}");
    }
    assert_eq!(told("at the same time").0, 1, "of eight at once, one is taken");
    assert_eq!(told("again"), (409, Some("approval_not_waiting")));
    assert_eq!(told("payment before it is signed"), (409, Some("approval_not_waiting")));
    assert_eq!(told("payment: signed").0, 200);
    for field in ["payee", "amount_minor", "currency"] {
        assert_eq!(told(&format!("payment of another {field}")), (409, Some("approval_different")));
    }
    assert_eq!(told("payment at the same time").0, 1);
    assert_eq!((told("hers").0, told("her receipt").0), (404, 404));
    // The record of it can be checked without us.
    assert_eq!(told("receipt"), (200, Some("cards.controls.raise")));
    assert_eq!(told("changed receipts taken").0, 0);
    // Attack 11: who asks sees no difference; the owner sees three, and after two noes none.
    assert_eq!((told("asked").0, told("seen").0), (1, 3));
    assert_eq!(told("from the asking browser"), (401, Some("approval_no_match")));
    assert_eq!(told("wrong number"), (401, Some("approval_no_match")));
    assert_eq!(told("right number afterwards"), (409, Some("approval_not_waiting")));
    assert_eq!(told("after two noes").0, 404);
    assert_eq!((told("thief is in").0, told("not me").0, told("thief is out").0), (200, 303, 303));
    let ledger = Ledger::open(&server.database_url());
    assert_eq!(ledger.bodies(&["approvals.approval.not_shown"]).len(), 18);
    assert_eq!(ledger.bodies(&["approvals.approval.disowned"]).len(), 1);
    assert!(
        ledger.bodies(&["approvals.approval.not_signed"]).len() >= 11,
        "and those that came second at the same time"
    );
}
