//! An issuer's own files of roles and of proofs: what is stricter holds, what is weaker stops the start with its reason.

use crate::attacks::people::Person;
use crate::server::{Server, cardea};
use cardea::traffic::sample_files::CardRow;
use std::path::Path;

const ROLES: &str = include_str!("../../../../examples/issuer/roles.toml");
const POLICY: &str = include_str!("../../../features/src/identity/rules/policy.toml");

/// What the program says to a start with `lines` as the file of `setting`.
fn refusal(server: &Server, setting: (&str, &str), lines: &str) -> String {
    let file = server.data.join("own.toml");
    std::fs::write(&file, lines).unwrap();
    let kept = std::fs::read_to_string(server.settings()).unwrap();
    server.set(&format!("[{}]\n{} = \"{}\"\n", setting.0, setting.1, file.display()));
    let ended = cardea(&["serve", "--config", server.settings().to_str().unwrap()]);
    std::fs::write(server.settings(), kept).unwrap();
    assert!(!ended.status.success(), "it starts with {lines}");
    String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr)
}

#[test]
fn files_that_would_allow_more_stop_the_start() {
    let mut server = Server::start();
    assert!(server.stop().success());
    let roles = ("access", "roles_file");
    for (line, words) in [
        ("\"staff.list.read\" = [\"manager\", \"agent\"]", "gives staff.list.read to agent"),
        ("\"staff.list.reed\" = [\"manager\"]", "names staff.list.reed, which is no permission"),
        ("\"staff.session.open\" = [\"manager\"]", "narrows staff.session.open"),
    ] {
        let said = refusal(&server, roles, &format!("[permissions]\n{line}\n"));
        assert!(said.contains("access.roles_file") && said.contains(words), "{line}: {said}");
    }
    let weaker = POLICY.replacen("misses_max = 5", "misses_max = 6", 1);
    let said = refusal(&server, ("identity", "policy_file"), &weaker);
    assert!(said.contains("identity.policy_file") && said.contains("more misses are borne"), "{said}");
}

/// Whether a customer's query password is taken after three wrong ones.
fn is_taken_after_three_misses(server: &Server, card: &CardRow) -> bool {
    let holder = Person::customer(server, &card.customer, "/step-up");
    let proves = |value: &str| {
        let fields = format!("kind=query_password&value={value}&next=/cards");
        let answer = holder.post(server, "/step-up/proofs", &fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
        !answer.header("location").unwrap().contains("told=no")
    };
    for wrong in ["483029", "730284", "918375"] {
        assert!(wrong != card.query_password && !proves(wrong), "{wrong}");
    }
    proves(&card.query_password)
}

#[test]
fn stricter_files_hold_from_the_start() {
    let mut server = Server::start();
    let person = Person::sign_in(&server, "administrator", "/desk/staff");
    assert_eq!(person.get(&server, "/desk/staff").status, 200, "as the code gives it");
    let first = server.cards[0].clone();
    let other = server.cards.iter().find(|card| card.customer != first.customer).unwrap().clone();
    assert!(is_taken_after_three_misses(&server, &first), "five misses are borne");
    let (roles, policy) = (server.data.join("roles.toml"), server.data.join("policy.toml"));
    assert!(ROLES.contains("\n\"staff.list.read\" = [\"manager\", \"compliance\"]\n"));
    std::fs::write(&roles, ROLES).unwrap();
    std::fs::write(&policy, POLICY.replacen("misses_max = 5", "misses_max = 3", 1)).unwrap();
    let line = |path: &Path| path.display().to_string();
    server.set(&format!(
        "[access]\nroles_file = \"{}\"\n[identity]\npolicy_file = \"{}\"\n",
        line(&roles),
        line(&policy)
    ));
    // A demo's log begins at warnings.
    let settings = std::fs::read_to_string(server.settings()).unwrap();
    assert!(settings.contains("level = \"warn\""));
    std::fs::write(server.settings(), settings.replace("level = \"warn\"", "level = \"info\"")).unwrap();
    server.restart();
    assert_eq!(person.get(&server, "/desk/staff").status, 403, "narrowed");
    let manager = Person::sign_in(&server, "manager", "/desk/staff");
    assert_eq!(manager.get(&server, "/desk/staff").status, 200, "whoever keeps it");
    assert!(!is_taken_after_three_misses(&server, &other), "three misses are borne");
    let said = server.output();
    assert!(said.contains("staff.list.read") && said.contains("manager compliance"), "{said}");
    assert!(said.contains("the issuer's own policy of proofs holds"), "{said}");
    assert!(server.stop().success());
}
