//! Attacks over the telephone: bombing with confirmations, talking an agent into something, an imitated voice, and a
//! call that pretends to be ours.

use super::people::Person;
use crate::server::Server;
use cardea::traffic::sample_files::CardRow;
use features::identity::{Policy, ProofKind};
use serde_json::json;

/// A card of whoever the demo lets in as the cardholder.
fn card_of<'s>(server: &'s Server, owner: &Person) -> &'s CardRow {
    let page = owner.get(server, "/cards").text();
    server.cards.iter().find(|row| page.contains(&row.card)).expect("a card of theirs in cards.csv")
}

/// An agent with the customer on the line, and the address of the call.
fn on_the_line(server: &Server, card: &CardRow) -> (Person, String) {
    let agent = Person::sign_in(server, "agent", "/desk/customers");
    let matter = format!("/desk/customers/{}/matters", card.customer);
    assert_eq!(agent.post(server, &matter, "kind=call").status, 303);
    let begun = agent.post(server, "/desk/calls", &format!("customer={}", card.customer));
    let call = begun.header("location").unwrap_or_else(|| panic!("{}", begun.text())).to_owned();
    (agent, call)
}

#[test]
fn attack_11_push_bombing() {
    let server = Server::start();
    let owner = Person::sign_in(&server, "cardholder", "/cards");
    let (agent, call) = on_the_line(&server, card_of(&server, &owner));
    let codes: Vec<u16> =
        (0..20).map(|_| agent.post(&server, &format!("{call}/confirmations"), "").status).collect();
    assert_eq!(codes[0], 303);
    assert!(codes[1..].iter().all(|code| *code == 429), "one waits at a time: {codes:?}");
    let sent = crate::server::poll(|| {
        std::fs::read_to_string(&server.demo.messages).ok().filter(|text| !text.is_empty())
    });
    let pushes = sent.unwrap().lines().filter(|line| line.contains("calls.confirm.asked")).count();
    assert_eq!(pushes, 1, "the owner's phone rings once");
    // And a confirmation needs the number that only the agent's screen shows: a tired tap approves nothing.
    let tap = owner.post(&server, "/calls/confirm", "number=");
    assert_eq!(tap.header("location"), Some("/calls/confirm?told=wrong"));
    let state = server.api_get(&format!("/v1{}", call.trim_start_matches("/desk"))).json();
    assert_eq!(state["assurance"], 0);
}

#[test]
fn attack_18_social_engineering_of_an_agent() {
    let server = Server::start();
    let owner = Person::sign_in(&server, "cardholder", "/cards");
    let card = card_of(&server, &owner);
    let (agent, call) = on_the_line(&server, card);
    let form = format!("card={}&proof=pin", card.card);
    // The agent is willing, and tries everything that the desk has: none of it takes their word.
    assert_eq!(agent.post(&server, &format!("/desk/cards/{}/freeze", card.card), "").status, 303);
    for (path, fields) in [
        (format!("{call}/unfreeze"), form.clone()),
        (format!("{call}/unblock"), form.clone()),
        (format!("{call}/unblock"), format!("{form}&assurance=3&verified=true&proof=pin")),
        (format!("/cards/{}/unfreeze", card.card), String::new()),
        (format!("{call}/proofs"), "kind=query_password".to_owned()),
        (format!("{call}/code"), "code=123456".to_owned()),
    ] {
        let answer = agent.post(&server, &path, &fields);
        let told = answer.header("location").is_some_and(|to| to.ends_with("told=no-match"));
        assert!(matches!(answer.status, 400 | 401 | 403 | 404 | 405) || told, "{path}: {}", answer.head);
    }
    let frozen = || server.api_get(&format!("/v1/cards/{}", card.card)).json()["status"] == "frozen";
    assert!(frozen(), "it does not pay");
    // At level 1, what needs 2 is refused with the reason, and the refusal is in the log.
    let id = call.rsplit('/').next().unwrap();
    let digits = json!({ "proof": "query_password", "digits": card.query_password });
    let proved = server.api_post(&format!("/v1/calls/{id}/digits"), "digits", &digits).json();
    assert_eq!(proved["answer"], "match");
    let unfreeze = agent.post(&server, &format!("{call}/unfreeze"), &form);
    assert_eq!((unfreeze.status, frozen()), (403, true), "{}", unfreeze.text());
    let refused = agent.post(&server, &format!("{call}/unblock"), &form);
    let problem = refused.json();
    assert_eq!((refused.status, &problem["code"]), (403, &"call_assurance_too_low".into()), "{problem}");
    assert!(problem["mend"].as_str().or(problem["detail"].as_str()).is_some());
    let written = crate::server::poll(|| {
        let log = server.api_get("/v1/audit-entries?act=calls.act.refused").text();
        (log.contains(id) && log.contains("calls.card.unblock")).then_some(())
    });
    assert!(written.is_some(), "the refusal is in the log with its call");
}

#[test]
fn attack_20_a_call_that_pretends_to_be_ours() {
    let server = Server::start();
    let owner = Person::sign_in(&server, "cardholder", "/cards");
    let says_so = |page: &str| page.contains("You are talking to");
    let page = owner.get(&server, "/calls?lang=en");
    assert!(!says_so(&page.text()) && page.text().contains("We are not talking to you"));
    let (agent, call) = on_the_line(&server, card_of(&server, &owner));
    let page = owner.get(&server, "/calls?lang=en");
    assert!(says_so(&page.text()));
    assert_eq!(
        page.header("cache-control"),
        Some("no-store"),
        "nothing keeps it for a phone without network"
    );
    assert!(
        page.header("refresh").is_some_and(|again| again.starts_with("10;")),
        "it goes stale within seconds"
    );
    assert_eq!(agent.post(&server, &format!("{call}/closure"), "").status, 303);
    assert!(!says_so(&owner.get(&server, "/calls?lang=en").text()));
}

#[test]
fn attack_21_an_imitated_voice() {
    // There is no such kind of proof, in no setting and on no wire.
    assert!(ProofKind::ALL.iter().all(|kind| !kind.word().contains("voice")));
    for text in [
        "[proofs.voice]\nfactor = \"is\"\nstrength = \"strong\"\nlife_minutes = 15\nchannels = [\"phone\"]\n",
        "[[grants]]\nlevel = 2\nneeds = [[\"voice\"]]\n",
    ] {
        assert!(Policy::of_issuer(text).is_err(), "{text}");
    }
    let server = Server::start();
    let card = server.plain_cards()[0];
    let begun = server.api_post("/v1/calls", "begin", &json!({ "card_number": card.pan })).json();
    let path = format!("/v1/calls/{}/digits", begun["id"].as_str().unwrap());
    let answer = server.api_post(&path, "voice", &json!({ "proof": "voice", "digits": "1" }));
    assert_eq!(answer.status, 400, "{}", answer.text());
    let state = server.api_get(path.trim_end_matches("/digits")).json();
    assert_eq!(state["assurance"], 0);
}
