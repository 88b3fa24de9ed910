//! Recovery by a code by letter: no weaker than the first enrolment, told to every contact, and stopped by its owner.

use super::people::Person;
use crate::http::{Answer, send};
use crate::server::{Server, cardea, poll};
use serde_json::{Value, json};

/// What was sent to a customer over a channel, as the demo's file has it.
fn sent(server: &Server, customer: &str, kind: &str) -> Vec<Value> {
    let sink = std::fs::read_to_string(&server.demo.messages).unwrap_or_default();
    let lines = sink.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["customer"] == customer && line["kind"] == kind).collect()
}

/// The codes of all letters to a customer.
fn letters(server: &Server, customer: &str) -> Vec<String> {
    let sink = std::fs::read_to_string(&server.demo.messages).unwrap_or_default();
    let lines = sink.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let own = lines.filter(|line| line["customer"] == customer && line["channel"] == "letter");
    own.map(|line| line["code"].as_str().unwrap().to_owned()).collect()
}

fn activate(server: &Server, code: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("origin", server.demo.http.as_str())];
    let body = json!({ "code": code }).to_string();
    send(server.http(), "POST /activate/question", &headers, body.as_bytes()).unwrap()
}

/// What an answer says, without the number of its request.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("request_id");
    (answer.status, body)
}

fn ask(server: &Server, agent: &Person, customer: &str, account: &str, seen: usize) -> String {
    let page = format!("/desk/accounts/{account}");
    let asked = agent.post(server, &format!("{page}/activation"), "");
    assert_eq!(asked.status, 303, "{}", asked.text());
    let code = poll(|| letters(server, customer).get(seen).cloned()).expect("a letter");
    assert!(!agent.get(server, &format!("{page}/proofs")).text().contains(&code), "staff see no code");
    code
}

#[test]
fn attack_16_recovery_weaker_than_login() {
    let server = Server::start();
    let (customer, account) = (server.cards[0].customer.clone(), server.cards[0].account.clone());
    let agent = Person::sign_in(&server, "agent", "/desk/customers");
    let without = agent.post(&server, &format!("/desk/accounts/{account}/activation"), "");
    assert_eq!((without.status, without.json()["code"].as_str()), (403, Some("no_matter")));
    let matters = format!("/desk/customers/{customer}/matters");
    assert_eq!(agent.post(&server, &matters, "kind=call").status, 303);

    let code = ask(&server, &agent, &customer, &account, 0);
    let wrong = told(&activate(&server, "0000000000000000"));
    assert_eq!(told(&activate(&server, &code)), wrong, "too early and wrong are one answer");
    let notices =
        poll(|| Some(sent(&server, &customer, "identity.activation.asked")).filter(|all| all.len() >= 2));
    for notice in notices.expect("every contact is told") {
        assert!(!notice.to_string().contains(&code), "and no notice has the code");
    }

    // Its owner says that it was not them; a second one is left alone. Time makes only that one better.
    let owner = Person::customer(&server, &customer, "/security/proofs");
    assert_eq!(owner.post(&server, "/security/activation/stop", "").status, 303);
    let twin = ask(&server, &agent, &customer, &account, 1);
    assert_eq!(told(&activate(&server, &twin)), wrong);
    let config = server.settings();
    for _ in 0..3 {
        let moved = cardea(&["clock", "advance", "25h", "--config", config.to_str().unwrap()]);
        assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    }
    assert_eq!(told(&activate(&server, &code)), wrong, "what was stopped stays stopped");
    assert_eq!(activate(&server, &twin).status, 200);
}
