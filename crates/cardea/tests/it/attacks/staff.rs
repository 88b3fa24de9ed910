//! Attacks from inside: looking at whomever one likes, taking many records away, serving oneself.

use crate::http::{self, Answer};
use crate::server::Server;
use std::collections::BTreeSet;

/// Somebody of the demo at a browser.
struct Person<'a> {
    server: &'a Server,
    cookie: String,
    csrf: String,
}

impl<'a> Person<'a> {
    fn sign_in(server: &'a Server, role: &str) -> Self {
        let link = server.demo.sign_ins.iter().find(|one| one.role == role).expect("a sign-in link");
        let path = link.url.strip_prefix(&server.demo.http).unwrap();
        let answer = http::get(server.http(), path).unwrap();
        let cookie = answer.header("set-cookie").expect("signed in").split(';').next().unwrap().to_owned();
        let mut person = Self { server, cookie, csrf: String::new() };
        let home = if role == "cardholder" { "/cards" } else { "/desk" };
        // The shell of every page has the form that signs out, with the token of the session.
        let mut page = person.get(home);
        if let Some(next) = page.header("location").map(str::to_owned) {
            page = person.get(&next);
        }
        let text = page.text();
        let token = text.split_once("name=\"csrf\" value=\"").expect("a token").1;
        person.csrf = token.split('"').next().unwrap().to_owned();
        person
    }

    fn send(&self, line: &str, body: &str) -> Answer {
        let origin = self.server.demo.http.clone();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("origin", origin.as_str()),
            ("accept", "*/*"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        http::send(self.server.http(), line, &headers, body.as_bytes()).unwrap()
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), "")
    }

    fn post(&self, path: &str, fields: &str) -> Answer {
        self.send(&format!("POST {path}"), &format!("csrf={}&{fields}", self.csrf))
    }

    /// Status, and the code of the problem where there is one.
    fn told(answer: &Answer) -> (u16, String) {
        let code = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
        let code = code.and_then(|body| Some(body["code"].as_str()?.to_owned())).unwrap_or_default();
        (answer.status, code)
    }

    /// Makes what `fields` ask for, and says under which number and hash it waits.
    fn ask(&self, fields: &str, reader: &Person<'_>) -> (String, String) {
        let asked = self.post("/desk/staff/requests", fields);
        assert_eq!(asked.status, 303, "{fields}: {}", asked.text());
        let page = reader.get("/desk/staff").text();
        let form = page.split_once("action=\"/desk/staff/requests/").expect("it waits").1;
        let id = form.split('/').next().unwrap().to_owned();
        let hash = form.split_once("name=\"command\" value=\"").unwrap().1.split('"').next().unwrap();
        (id, hash.to_owned())
    }

    fn decide(&self, (id, hash): &(String, String)) -> Answer {
        let fields = format!("decision=approve&command={hash}");
        self.post(&format!("/desk/staff/requests/{id}/decision"), &fields)
    }
}

#[test]
fn attack_23_looking_up_whom_one_likes() {
    let server = Server::start();
    let (agent, manager) = (Person::sign_in(&server, "agent"), Person::sign_in(&server, "manager"));
    let (officer, owner) = (Person::sign_in(&server, "compliance"), Person::sign_in(&server, "cardholder"));
    // The one whom the cardholder's link is of: they will see who looked.
    let own = owner.get("/cards").text();
    let card = server.cards.iter().find(|row| own.contains(&row.card)).expect("their card");
    let account = format!("/desk/accounts/{}", card.account);
    for path in [account.clone(), format!("/desk/customers/{}", card.customer)] {
        let refused = agent.get(&path);
        assert_eq!(Person::told(&refused), (403, "no_matter".to_owned()), "{path}");
        assert!(!refused.text().contains(&card.pan[12..]), "nothing is shown");
    }
    let reveal = agent.post(&format!("{account}/reveals"), "form=1&thing=phone&why=compare&words=curious");
    assert_eq!(Person::told(&reveal), (403, "no_matter".to_owned()));

    // With a matter it opens, and the customer finds it.
    let matters = format!("/desk/customers/{}/matters", card.customer);
    assert_eq!(agent.post(&matters, "kind=call").status, 303);
    assert_eq!(agent.get(&account).status, 200);
    assert!(owner.get("/who-looked?lang=en").text().contains("For a call with you"));

    // Marked as an important person by two people, it opens for managers only, and the try is an alarm.
    let marked = manager.ask(&format!("what=mark&customer={}&mark=important", card.customer), &officer);
    assert_eq!(officer.decide(&marked).status, 303);
    assert_eq!(Person::told(&agent.get(&account)), (403, "important_person".to_owned()));
    let alarms = officer.get("/desk/alarms?lang=en").text();
    assert!(alarms.contains("Record of an important person") && alarms.contains(&card.customer), "{alarms}");
    let log = format!("/desk/audit-log?person={}&lang=en", card.customer);
    assert_eq!(
        Person::told(&officer.get(&log)),
        (403, "no_matter".to_owned()),
        "an officer says why as well"
    );
    officer.post(&matters, "kind=review&words=an+alarm");
    assert!(officer.get(&log).text().contains("asked for the record of"), "each try is in the log");
}

#[test]
fn attack_24_taking_many_records_away() {
    let server = Server::start();
    let (agent, officer) = (Person::sign_in(&server, "agent"), Person::sign_in(&server, "compliance"));
    let administrator = Person::sign_in(&server, "administrator");
    let customers: BTreeSet<&str> = server.cards.iter().map(|row| row.customer.as_str()).collect();
    let bait = *customers.first().unwrap();
    let marked = officer.ask(&format!("what=mark&customer={bait}&mark=honey"), &administrator);
    assert_eq!(administrator.decide(&marked).status, 303);
    let (mut opened, mut throttled) = (0, 0);
    // Five hundred tries over all customers of the demo, one after the other.
    for customer in customers.iter().cycle().take(500) {
        match agent.post(&format!("/desk/customers/{customer}/matters"), "kind=call").status {
            303 => {
                let read = agent.get(&format!("/desk/customers/{customer}")).status;
                assert_eq!(read, 200);
                opened += 1;
            }
            429 => throttled += 1,
            other => panic!("{other}"),
        }
        if throttled > 20 {
            break;
        }
    }
    assert_eq!(opened, 20, "the records of an hour");
    assert!(throttled > 20);
    let alarms = officer.get("/desk/alarms?lang=en").text();
    assert!(alarms.contains("The record of nobody was opened") && alarms.contains(bait), "{alarms}");
    assert!(alarms.contains("More than an hour allows"), "{alarms}");
    assert!(http::get(server.http(), "/metrics").unwrap().text().contains("cardea_staff_alarms_total"));
    // A search names nobody in full, finds nobody by a part, and is counted too.
    let found = agent.post("/desk/customers", &format!("sought={bait}")).text();
    assert!(found.contains("**") && !found.contains("+8610000"), "{found}");
    let tries: Vec<u16> = (0..80).map(|_| agent.post("/desk/customers", "sought=138").status).collect();
    assert_eq!(tries.last(), Some(&429));
}

#[test]
fn attack_25_serving_oneself() {
    let server = Server::start();
    let (manager, officer) = (Person::sign_in(&server, "manager"), Person::sign_in(&server, "compliance"));
    let administrator = Person::sign_in(&server, "administrator");
    let card = &server.cards[0];
    // Who asks does not decide.
    let own = administrator.ask("what=take_on&name=Zhao+Yu&employee=E-17&role=agent&locale=en", &officer);
    assert_eq!(Person::told(&administrator.decide(&own)), (403, "own_request".to_owned()));
    assert_eq!(Person::told(&manager.decide(&own)), (403, "not_yours_to_decide".to_owned()));
    let other = (own.0.clone(), "0".repeat(64));
    assert_eq!(Person::told(&officer.decide(&other)), (409, "request_changed".to_owned()));
    assert_eq!(officer.decide(&own).status, 303, "the second person");
    assert_eq!(Person::told(&officer.decide(&own)), (409, "request_decided".to_owned()), "once");
    // A relation shuts the record at once, for a manager and in an emergency too.
    let page = manager.get("/desk/staff").text();
    let me = page.split_once("/relations\"").unwrap().0.rsplit('/').next().unwrap().to_owned();
    let told = manager
        .post(&format!("/desk/staff/{me}/relations"), &format!("customer={}&relation=own", card.customer));
    assert_eq!(told.status, 303);
    let matters = format!("/desk/customers/{}/matters", card.customer);
    assert_eq!(Person::told(&manager.post(&matters, "kind=call")), (403, "relation_blocked".to_owned()));
    let emergency = format!("/desk/customers/{}/emergencies", card.customer);
    let tried = manager.post(&emergency, "words=please+help");
    assert_eq!(Person::told(&tried), (403, "relation_blocked".to_owned()));
    // Ending it takes compliance, and not the one whom it is about.
    let ended = manager.ask(&format!("what=end_relation&staff={me}&customer={}", card.customer), &officer);
    assert_eq!(Person::told(&manager.decide(&ended)), (403, "own_request".to_owned()));
    let alarms = officer.get("/desk/alarms?lang=en").text();
    assert!(alarms.contains("Tried to decide their own request"), "{alarms}");
    assert!(alarms.contains("Own or family record asked for"), "{alarms}");
}
