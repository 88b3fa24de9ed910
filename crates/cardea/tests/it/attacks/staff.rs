//! Attacks from inside: looking at whomever one likes, taking many records away, serving oneself.

use super::people::{Person, Waiting, told};
use crate::http;
use crate::server::Server;
use std::collections::BTreeSet;

#[test]
fn attack_23_looking_up_whom_one_likes() {
    let server = Server::start();
    let (agent, manager) = (
        Person::sign_in(&server, "agent", "/desk/customers"),
        Person::sign_in(&server, "manager", "/desk/staff"),
    );
    let (officer, owner) = (
        Person::sign_in(&server, "compliance", "/desk/staff"),
        Person::sign_in(&server, "cardholder", "/cards"),
    );
    // The one whom the cardholder's link is of: they will see who looked.
    let own = owner.fetch(&server, "/cards").text();
    let card = server.cards.iter().find(|row| own.contains(&row.card)).expect("their card");
    let account = format!("/desk/accounts/{}", card.account);
    for path in [account.clone(), format!("/desk/customers/{}", card.customer)] {
        let refused = agent.fetch(&server, &path);
        assert_eq!(told(&refused), (403, "no_matter".to_owned()), "{path}");
        assert!(!refused.text().contains(&card.pan[12..]), "nothing is shown");
    }
    let reveal =
        agent.post(&server, &format!("{account}/reveals"), "form=1&thing=phone&why=compare&words=curious");
    assert_eq!(told(&reveal), (403, "no_matter".to_owned()));

    // With a matter it opens, and the customer finds it.
    let matters = format!("/desk/customers/{}/matters", card.customer);
    assert_eq!(agent.post(&server, &matters, "kind=call").status, 303);
    assert_eq!(agent.fetch(&server, &account).status, 200);
    assert!(owner.fetch(&server, "/who-looked?lang=en").text().contains("For a call with you"));

    // Marked as an important person by two people, it opens for managers only, and the try is an alarm.
    let marked =
        manager.ask(&server, &format!("what=mark&customer={}&mark=important", card.customer), &officer);
    assert_eq!(officer.decide(&server, &marked).status, 303);
    assert_eq!(told(&agent.fetch(&server, &account)), (403, "important_person".to_owned()));
    let alarms = officer.fetch(&server, "/desk/alarms?lang=en").text();
    assert!(alarms.contains("Record of an important person") && alarms.contains(&card.customer), "{alarms}");
    let log = format!("/desk/audit-log?person={}&lang=en", card.customer);
    assert_eq!(
        told(&officer.fetch(&server, &log)),
        (403, "no_matter".to_owned()),
        "an officer says why as well"
    );
    officer.post(&server, &matters, "kind=review&words=an+alarm");
    assert!(
        officer.fetch(&server, &log).text().contains("asked for the record of"),
        "each try is in the log"
    );
}

#[test]
fn attack_24_taking_many_records_away() {
    let server = Server::start();
    let (agent, officer) = (
        Person::sign_in(&server, "agent", "/desk/customers"),
        Person::sign_in(&server, "compliance", "/desk/staff"),
    );
    let administrator = Person::sign_in(&server, "administrator", "/desk/staff");
    let customers: BTreeSet<&str> = server.cards.iter().map(|row| row.customer.as_str()).collect();
    let bait = *customers.first().unwrap();
    let marked = officer.ask(&server, &format!("what=mark&customer={bait}&mark=honey"), &administrator);
    assert_eq!(administrator.decide(&server, &marked).status, 303);
    let (mut opened, mut throttled) = (0, 0);
    // Five hundred tries over all customers of the demo, one after the other.
    for customer in customers.iter().cycle().take(500) {
        match agent.post(&server, &format!("/desk/customers/{customer}/matters"), "kind=call").status {
            303 => {
                let read = agent.fetch(&server, &format!("/desk/customers/{customer}")).status;
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
    let alarms = officer.fetch(&server, "/desk/alarms?lang=en").text();
    assert!(alarms.contains("The record of nobody was opened") && alarms.contains(bait), "{alarms}");
    assert!(alarms.contains("More than an hour allows"), "{alarms}");
    assert!(http::get(server.http(), "/metrics").unwrap().text().contains("cardea_staff_alarms_total"));
    // A search names nobody in full, finds nobody by a part, and is counted too.
    let found = agent.post(&server, "/desk/customers", &format!("sought={bait}")).text();
    assert!(found.contains("**") && !found.contains("+8610000"), "{found}");
    let tries: Vec<u16> =
        (0..80).map(|_| agent.post(&server, "/desk/customers", "sought=138").status).collect();
    assert_eq!(tries.last(), Some(&429));
}

#[test]
fn attack_25_serving_oneself() {
    let server = Server::start();
    let (manager, officer) = (
        Person::sign_in(&server, "manager", "/desk/staff"),
        Person::sign_in(&server, "compliance", "/desk/staff"),
    );
    let administrator = Person::sign_in(&server, "administrator", "/desk/staff");
    let card = &server.cards[0];
    // Who asks does not decide.
    let own =
        administrator.ask(&server, "what=take_on&name=Zhao+Yu&employee=E-17&role=agent&locale=en", &officer);
    assert_eq!(told(&administrator.decide(&server, &own)), (403, "own_request".to_owned()));
    assert_eq!(told(&manager.decide(&server, &own)), (403, "not_yours_to_decide".to_owned()));
    let other = Waiting { hash: "0".repeat(64), ..own.clone() };
    assert_eq!(told(&officer.decide(&server, &other)), (409, "request_changed".to_owned()));
    assert_eq!(officer.decide(&server, &own).status, 303, "the second person");
    assert_eq!(told(&officer.decide(&server, &own)), (409, "request_decided".to_owned()), "once");
    // A relation shuts the record at once, for a manager and in an emergency too.
    let page = manager.fetch(&server, "/desk/staff").text();
    let me = page.split_once("/relations\"").unwrap().0.rsplit('/').next().unwrap().to_owned();
    let said = manager.post(
        &server,
        &format!("/desk/staff/{me}/relations"),
        &format!("customer={}&relation=own", card.customer),
    );
    assert_eq!(said.status, 303);
    let matters = format!("/desk/customers/{}/matters", card.customer);
    assert_eq!(told(&manager.post(&server, &matters, "kind=call")), (403, "relation_blocked".to_owned()));
    let emergency = format!("/desk/customers/{}/emergencies", card.customer);
    let tried = manager.post(&server, &emergency, "words=please+help");
    assert_eq!(told(&tried), (403, "relation_blocked".to_owned()));
    // Ending it takes compliance, and not the one whom it is about.
    let ended =
        manager.ask(&server, &format!("what=end_relation&staff={me}&customer={}", card.customer), &officer);
    assert_eq!(told(&manager.decide(&server, &ended)), (403, "own_request".to_owned()));
    let alarms = officer.fetch(&server, "/desk/alarms?lang=en").text();
    assert!(alarms.contains("Tried to decide their own request"), "{alarms}");
    assert!(alarms.contains("Own or family record asked for"), "{alarms}");
}
