//! Attacks 12 and 13: a passkey's answer with each part altered, a copied passkey, sessions fixed or stolen. The
//! authenticator is soft-webauthn, which others wrote.

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

/// Everything the script did, by its name.
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
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/attacks/passkeys.py"))
        .args([&server.demo.http, links[0], links[1]])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let lines = said.lines().map(|line| serde_json::from_str::<Line>(line).unwrap());
    let lines: Vec<(String, Line)> = lines.map(|line| (line.name.clone(), line)).collect();
    let twins = lines.iter().filter(|(name, _)| name.ends_with(": twin")).count();
    assert!(twins > 15, "{twins} accepted twins: {said}");
    for (name, line) in lines.iter().filter(|(name, _)| name.ends_with(": twin")) {
        assert_eq!(line.status, 200, "{name}: what is not altered is taken ({:?})", line.said);
    }
    (server, lines.into_iter().collect())
}

#[test]
fn attack_12_passkey_answers_altered_and_attack_13_sessions_fixed_or_stolen() {
    let (server, lines) = attacked();
    for altered in [
        "origin",
        "origin of another port",
        "relying party",
        "challenge",
        "type",
        "inside another page",
        "user not verified",
        "user not present",
        "signature of nothing",
        "another person",
        "nobody",
        "another credential",
        "unknown credential",
        "replay",
        "answer to another question",
        "cloned counter",
        "after the clone",
        "before it is signed for",
    ] {
        let line = &lines[altered];
        assert_eq!((line.status, line.said.as_deref()), (401, Some("passkey_refused")), "{altered}");
    }
    for stolen in ["fixation", "factor changed"] {
        assert_eq!(lines[stolen].status, 401, "{stolen}: the old token opens nothing");
    }
    // Each refusal is in the log by its reason; nothing of an answer is.
    let ledger = Ledger::open(&server.database_url());
    let reasons = ledger.bodies(&["passkeys.passkey.refused", "passkeys.passkey.ended"]);
    for reason in [
        "origin",
        "relying_party",
        "challenge",
        "type",
        "cross_origin",
        "user_not_verified",
        "user_not_present",
        "another_person",
        "unknown",
        "used_before",
        "copied",
    ] {
        let told = format!("\"why\":\"{reason}\"");
        assert!(reasons.iter().any(|body| body.contains(&told)), "{reason}: {reasons:#?}");
    }
}
