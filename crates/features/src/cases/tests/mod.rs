//! The rules of the model: what is taken out of an event comes back, and nothing that people typed stays in it.

use super::model::{put_texts, roles_of, scan_act, take_texts};
use super::rules::{Counted, Line, Return, SignKind, complaint_signs};
use super::service::built_in_book;
use cases::{Act, Blocker, EventBody, Fields, Value};
use kernel::{Actor, CustomerId, Money, StaffId, Timestamp};
use platform::access::Role;

fn moved() -> EventBody {
    EventBody::Moved {
        transition: "acknowledge".to_owned(),
        to: "assessing".to_owned(),
        closes: false,
        fields: Fields::from([
            ("complaint.summary".to_owned(), Value::Text("charged twice".to_owned())),
            ("regulator.category".to_owned(), Value::Word("fees".to_owned())),
        ]),
        reason: Some("she called".to_owned()),
        approved: None,
        broke_glass: false,
        spans: std::collections::BTreeMap::new(),
        extended: Vec::new(),
        timer: None,
    }
}

#[test]
fn what_people_typed_is_taken_out_and_put_back() {
    let mut body = moved();
    let texts = take_texts(&mut body);
    let stored = serde_json::to_string(&body).unwrap();
    assert!(!stored.contains("charged twice") && !stored.contains("she called"), "{stored}");
    assert!(stored.contains("fees"), "what a replay needs stays");
    put_texts(&mut body, texts);
    assert_eq!(body, moved());
}

#[test]
fn every_text_of_an_act_is_scanned() {
    let number = "9000 0101 0000 0017";
    let mut acts = vec![
        Act::Note { text: number.to_owned() },
        Act::Attach { document: number.to_owned() },
        Act::Edit {
            fields: Fields::from([("complaint.summary".to_owned(), Value::Text(number.to_owned()))]),
        },
        Act::BreakGlass { transition: "x".to_owned(), input: Fields::new(), reason: number.to_owned() },
    ];
    for act in &mut acts {
        scan_act(act).unwrap();
        let text = serde_json::to_string(act).unwrap();
        assert!(!text.contains("0101"), "{text}");
    }
    let long = scan_act(&mut Act::Note { text: "x".repeat(1_001) });
    assert!(matches!(long, Err(Blocker::TooMany { .. })));
}

#[test]
fn roles_rest_on_the_program_and_a_case_makes_a_customer() {
    let book = built_in_book().unwrap();
    let kind = book.newest("complaint", None).unwrap();
    let (agent, owner) = (Actor::Staff(StaffId::from_raw(1)), CustomerId::from_raw(2));
    assert_eq!(roles_of(kind, Role::Agent, agent, owner), ["agent", "complaint_handler"]);
    assert_eq!(roles_of(kind, Role::Administrator, agent, owner), Vec::<String>::new());
    assert_eq!(roles_of(kind, Role::Cardholder, Actor::Cardholder(owner), owner), ["customer"]);
    let other = Actor::Cardholder(CustomerId::from_raw(3));
    assert_eq!(roles_of(kind, Role::Cardholder, other, owner), Vec::<String>::new());
}

/// Texts of a list with what they are.
fn texts(list: &str) -> impl Iterator<Item = (bool, &str)> {
    list.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (told, text) = line.split_once('\t').unwrap();
        (told == "yes", text)
    })
}

#[test]
fn complaints_are_recognised_also_when_typed_as_a_question() {
    let list = include_str!("complaints.tsv");
    let wrong: Vec<&str> = texts(list)
        .filter(|(told, text)| complaint_signs(text).is_empty() == *told)
        .map(|(_, text)| text)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(texts(list).count() >= 140);
    let signs = complaint_signs("怎么投诉你们的客服？");
    assert_eq!((signs.len(), signs[0].kind, signs[0].words), (1, SignKind::Said, "投诉"));
}

#[test]
fn of_words_that_they_were_not_made_for_the_rules_tell_half_and_take_no_question_for_a_complaint() {
    let (mut found, mut missed, mut wrongly, mut rest) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (told, text) in texts(include_str!("complaints_unseen.tsv")) {
        match (told, complaint_signs(text).is_empty()) {
            (true, false) => found.push(text),
            (true, true) => missed.push(text),
            (false, false) => wrongly.push(text),
            (false, true) => rest.push(text),
        }
    }
    assert!(found.len() * 2 >= found.len() + missed.len(), "half of them: missed {missed:#?}");
    assert!(wrongly.is_empty() && rest.len() > 20, "{wrongly:#?}");
}

#[test]
fn odd_texts_are_no_complaint_and_take_no_harm() {
    for text in ["", " ", "\u{0}", "？？？", "İİİ", &"又".repeat(100_000)] {
        assert!(complaint_signs(text).is_empty(), "{text:.20}");
    }
}

#[test]
fn the_return_counts_each_complaint_where_it_belongs() {
    let at = Timestamp::from_us;
    let paid = Money::new(500, "CNY".parse().unwrap());
    let word = |text: &str| Value::Word(text.to_owned());
    let fields = Fields::from([
        ("regulator.category".to_owned(), word("fees")),
        ("complaint.channel".to_owned(), word("phone")),
        ("outcome.finding".to_owned(), word("upheld")),
        ("outcome.amount".to_owned(), Value::Money(paid)),
    ]);
    let mut told = Return::new(at(100), at(200));
    for (opened_at, closed_at, in_time) in [
        (50, Some(99), true),  // before it
        (50, Some(100), true), // at its first moment
        (50, None, true),      // all the time
        (150, Some(199), false),
        (150, Some(200), true), // ended after it
        (200, None, true),      // began after it
    ] {
        let closed_at = closed_at.map(at);
        let opened_at = at(opened_at);
        told.count(&Counted { opened_at, closed_at, in_time, decided: true, fields: &fields });
    }
    let line = Line {
        open_before: 2,
        received: 2,
        closed: 2,
        closed_in_time: 1,
        upheld: 2,
        open_after: 2,
        redress_minor: [("CNY".to_owned(), 1_000)].into(),
        ..Line::default()
    };
    assert_eq!(told.lines, [(("fees".to_owned(), "phone".to_owned()), line.clone())].into());
    assert_eq!(line.open_before + line.received, line.closed + line.open_after, "nobody is lost");
    let (opened_at, closed_at) = (at(150), Some(at(160)));
    told.count(&Counted { opened_at, closed_at, in_time: true, decided: false, fields: &fields });
    let line = told.lines.values().next().map(|line| (line.closed, line.upheld));
    assert_eq!(line, Some((3, 2)), "withdrawn after its decision was taken back");
}
