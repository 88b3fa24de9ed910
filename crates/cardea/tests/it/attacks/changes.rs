//! Taking an account over by its contacts.

use super::identity::{Holder, code_after};
use crate::server::Server;

/// The thief has the owner's telephone number: codes by text message come to them, and nothing else does.
#[test]
fn attack_14_a_stolen_number_names_another_one() {
    let server = Server::start();
    let customer = server.cards[0].customer.clone();
    let thief = Holder::sign_in(&server);
    thief.post("/step-up/codes", "next=/cards");
    assert!(thief.proves("text_code", &code_after(&server, &customer, 0)), "the number is theirs now");
    let before = thief.get("/details");
    assert_eq!(before.status, 200, "{}", before.text());
    for (field, value) in [
        ("phone", "phone=%2B8613912345678"),
        ("email", "email=thief%40post.example"),
        ("address", "street=1+Stolen+Road&city=Elsewhere"),
    ] {
        for path in [format!("/details/{field}/preview"), format!("/details/{field}")] {
            let refused = thief.post(&path, value);
            assert!((400..500).contains(&refused.status), "{path}: {} {}", refused.status, refused.text());
        }
    }
    for document in ["name", "document"] {
        let page = thief.get(&format!("/details/{document}"));
        assert!(!page.text().contains("<input class=\"input\""), "there is nothing to type at {document}");
    }
    let after = thief.get("/details").text();
    assert!(
        !after.contains("5678") && !after.contains("post.example") && !after.contains("Stolen"),
        "{after}"
    );
}
