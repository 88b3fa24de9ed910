//! Every act can be told, with every fact it can have, in every language; every look has its words for the owner.

use super::model::{CHECKS, LOOKS, Teller};
use kernel::{Actor, ApiKeyId, CustomerId, Masked, StaffId, Timestamp};
use platform::access::{Role, Staff};
use platform::audit::{Found, Outcome};
use platform::feature::{catalogue, with_own};
use platform::i18n::{self, Locale};
use serde_json::json;

fn entry(actor: &str, act: &str, detail: serde_json::Value) -> Found {
    Found {
        id: 1,
        at: Timestamp::from_us(0),
        actor: actor.to_owned(),
        channel: "desk".to_owned(),
        origin: None,
        act: act.to_owned(),
        subject: Some("acct_0000000000001".to_owned()),
        outcome: Outcome::Done,
        concerns: Vec::new(),
        detail,
        sealed: None,
        leaf_index: None,
    }
}

fn teller(locale: Locale) -> Teller {
    let _ = i18n::install(catalogue(crate::ALL).unwrap());
    let staff = Staff {
        id: StaffId::from_raw(7),
        name: Masked::new("Lin Jing"),
        role: Role::Agent,
        locale: "en".to_owned(),
        active: true,
    };
    Teller::new(locale, crate::ALL, vec![staff])
}

#[test]
fn every_act_is_a_whole_sentence_in_every_language_whoever_did_it() {
    let actors = [
        Actor::Cardholder(CustomerId::from_raw(1)),
        Actor::Staff(StaffId::from_raw(7)),
        Actor::Staff(StaffId::from_raw(8)),
        Actor::ApiKey(ApiKeyId::from_raw(2)),
        Actor::Network,
        Actor::System,
        Actor::Nobody,
    ];
    // Entries of older programs have other facts, or none: the sentence must stand all the same.
    let details =
        [json!(null), json!({ "count": 3, "fraud": true, "list": [1], "reason": "limit", "role": null })];
    for locale in [Locale::ZhHans, Locale::ZhHant, Locale::En] {
        let teller = teller(locale);
        for act in with_own(crate::ALL).into_iter().flat_map(|feature| feature.audit_acts) {
            for actor in actors {
                for detail in &details {
                    let text = teller.sentence(&entry(&actor.to_string(), act.name, detail.clone()));
                    let whole =
                        !text.is_empty() && !text.contains(['{', '}', '$']) && !text.contains("audit-");
                    assert!(whole, "{} by {actor} in {locale:?}: {text}", act.name);
                }
            }
        }
    }
}

#[test]
fn an_act_that_nobody_tells_any_more_is_told_by_its_name() {
    let text = teller(Locale::En).sentence(&entry("system", "gone.thing.done", json!(null)));
    assert_eq!(text, "Cardea · gone.thing.done");
}

#[test]
fn what_reads_has_its_words_for_the_owner() {
    let told: Vec<&str> = LOOKS.iter().map(|(act, _)| *act).collect();
    let acts = with_own(crate::ALL).into_iter().flat_map(|feature| feature.audit_acts).map(|act| act.name);
    let verbs = [".read", ".sought", ".shown"];
    let own = [
        "audit_log.entries.read",
        "calls.code.shown",
        "messages.message.read",
        "reveals.own_card.shown",
        // Counts of everybody's complaints.
        "cases.return.read",
        // About colleagues.
        "staff.alarms.read",
        "staff.list.read",
    ];
    for act in acts.filter(|act| verbs.iter().any(|verb| act.ends_with(verb)) && !own.contains(act)) {
        assert!(told.contains(&act), "{act} shows somebody's data, and the owner is not told which part");
    }
    for (act, part) in LOOKS {
        assert_ne!(teller(Locale::En).word(part), *part, "{act}");
    }
}

#[test]
fn the_owner_hears_the_role_and_not_the_whole_name() {
    let teller = teller(Locale::En);
    assert_eq!(teller.who_for_owner("staf_0000000000007"), "Service agent Lin");
    assert_eq!(teller.who("staf_0000000000007"), "Lin Jing (Service agent)");
    assert!(!teller.who_for_owner("staf_0000000000009").contains("staf_"));
}

#[test]
fn each_check_is_an_act_with_words_for_its_owner() {
    let acts: Vec<&str> =
        with_own(crate::ALL).into_iter().flat_map(|feature| feature.audit_acts).map(|act| act.name).collect();
    for (act, words) in CHECKS {
        assert!(acts.contains(act), "{act} is no act any more");
        for locale in Locale::ALL {
            assert_ne!(teller(locale).word(words), *words, "{act}");
        }
    }
}
