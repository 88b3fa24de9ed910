//! No role alone can both ask for and decide a thing about itself; the kept text says the whole command.

use super::model::{Command, Mark};
use super::rules::{checkers, is_sound, makers};
use kernel::{CustomerId, StaffId};
use platform::access::Role;

fn all() -> Vec<Command> {
    let (staff, customer) = (StaffId::from_raw(1), CustomerId::from_raw(2));
    let mut all = vec![
        Command::TakeOn {
            name: "Lin Jing".to_owned(),
            employee: "E-17".to_owned(),
            role: Role::Agent,
            locale: "en".to_owned(),
        },
        Command::ChangeRole { staff, from: Role::Agent, to: Role::Manager },
        Command::EnableAgain { staff },
        Command::Vouch {
            staff,
            issuer: "https://login.example".to_owned(),
            subject: "248289761001".to_owned(),
        },
        Command::EndRelation { staff, customer },
        Command::OpenRecord { staff, customer },
    ];
    for mark in [Mark::Important, Mark::Honey] {
        all.push(Command::Mark { customer, mark });
        all.push(Command::Unmark { customer, mark });
    }
    all
}

#[test]
fn whatever_is_asked_for_somebody_can_ask_and_somebody_can_decide_and_all_are_staff() {
    for command in all() {
        assert!(!makers(&command).is_empty() && !checkers(&command).is_empty(), "{command:?}");
        assert!(makers(&command).iter().chain(checkers(&command)).all(|role| role.is_staff()));
        assert!(is_sound(&command), "{command:?}");
    }
}

#[test]
fn the_kept_text_reads_back_and_its_hash_changes_with_each_part() {
    let mut hashes = std::collections::BTreeSet::new();
    for command in all() {
        let body = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&body).unwrap(), command);
        hashes.insert(Command::hash_of(&body));
    }
    assert_eq!(hashes.len(), all().len());
    let more = r#"{"act":"enable_again","staff":"staf_0000000000001","and":"more"}"#;
    assert!(serde_json::from_str::<Command>(more).is_err(), "nothing more can hide in it");
}

#[test]
fn what_is_not_of_its_form_is_not_kept() {
    let take_on = |name: &str, employee: &str, role, locale: &str| Command::TakeOn {
        name: name.to_owned(),
        employee: employee.to_owned(),
        role,
        locale: locale.to_owned(),
    };
    for bad in [
        take_on("", "E-1", Role::Agent, "en"),
        take_on("Lin\nJing", "E-1", Role::Agent, "en"),
        take_on("Lin", "9000123412341234", Role::Agent, "en"),
        take_on("Lin", "", Role::Agent, "en"),
        take_on("Lin", "E-1", Role::Cardholder, "en"),
        take_on("Lin", "E-1", Role::Agent, "fr"),
        Command::ChangeRole { staff: StaffId::from_raw(1), from: Role::Agent, to: Role::Agent },
        Command::ChangeRole { staff: StaffId::from_raw(1), from: Role::Agent, to: Role::ApiClient },
    ] {
        assert!(!is_sound(&bad), "{bad:?}");
    }
}
