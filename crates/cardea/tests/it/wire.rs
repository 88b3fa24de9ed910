//! What a card network gets over TCP: every kind of message in every dialect, and races for a limit.

use crate::ledger::Ledger;
use crate::server::Server;
use crate::switch::{Switch, code, mti, payment, purchase, repeated, reversal, text, transmitted_now};
use cardea::traffic::sample_files::CardRow;
use connectors::iso8583::{BuiltIn, Message, fields, network};
use std::sync::Barrier;

/// Connections that a listener takes is 64; these leave room.
const CONNECTIONS: usize = 40;
/// How many authorizations race for a limit that has room for two.
const RACERS: usize = 200;

#[test]
fn two_hundred_at_once_at_half_the_limit_approve_exactly_two() {
    let mut server = Server::start();
    let card = server.plain_cards()[0].clone();
    let barrier = Barrier::new(CONNECTIONS);
    let codes: Vec<String> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..CONNECTIONS)
            .map(|lane| {
                let (server, card, barrier) = (&server, &card, &barrier);
                scope.spawn(move || {
                    let mut switch = Switch::connect(server.iso(0));
                    let numbers = (lane * RACERS / CONNECTIONS)..((lane + 1) * RACERS / CONNECTIONS);
                    let messages: Vec<Message> = numbers
                        .map(|number| purchase(card, card.limit_minor / 2, u64::try_from(number).unwrap()))
                        .collect();
                    barrier.wait();
                    switch.ask_all(&messages).iter().map(code).collect::<Vec<_>>()
                })
            })
            .collect();
        racers.into_iter().flat_map(|racer| racer.join().unwrap()).collect()
    });
    let count = |wanted: &str| codes.iter().filter(|code| *code == wanted).count();
    assert_eq!((count("00"), count("51")), (2, RACERS - 2), "{codes:?}");
    Ledger::open(&server.database_url()).check(0);
    assert!(server.stop().success());
}

#[test]
fn duplicates_at_once_are_one_payment_with_one_answer() {
    let server = Server::start();
    let card = server.plain_cards()[1].clone();
    let message = purchase(&card, 1_000, 77);
    let barrier = Barrier::new(CONNECTIONS);
    let answers: Vec<(String, String)> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|lane| {
                let (server, message, barrier) = (&server, &message, &barrier);
                scope.spawn(move || {
                    let mut switch = Switch::connect(server.iso(0));
                    let message = if lane % 2 == 0 { message.clone() } else { repeated(message) };
                    barrier.wait();
                    let answer = switch.ask(&message);
                    (code(&answer), text(&answer, 38))
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    assert_eq!(answers[0].0, "00");
    assert_eq!(answers[0].1.len(), 6, "an approval has six digits");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let ledger = Ledger::open(&server.database_url());
    assert_eq!(ledger.records(0).len(), 1);
    ledger.check(0);
    // The same trace numbers with another amount are no repeat, and no new payment either.
    let other = purchase(&card, 2_000, 77);
    assert_eq!(code(&Switch::connect(server.iso(0)).ask(&other)), "94");
    assert_eq!(ledger.records(0).len(), 1);
}

#[test]
fn every_kind_of_message_in_ascii() {
    every_kind_of_message(BuiltIn::Ascii, 0);
}

#[test]
fn every_kind_of_message_with_a_binary_bitmap() {
    every_kind_of_message(BuiltIn::AsciiBinaryBitmap, 1);
}

#[test]
fn every_kind_of_message_in_bcd() {
    every_kind_of_message(BuiltIn::Bcd, 2);
}

fn every_kind_of_message(which: BuiltIn, port: u16) {
    let server = Server::start();
    let mut switch = Switch::speaking(which, server.iso(port));
    for kind in [network::SIGN_ON, network::ECHO] {
        let answer = switch.ask(&signal(kind));
        let said = (answer.mti().digits(), code(&answer), text(&answer, 70));
        assert_eq!(said, (*b"0810", "00".to_owned(), kind.to_owned()));
    }
    payments(&mut switch, server.plain_cards()[2]);
    reversals(&mut switch, server.plain_cards()[3]);
    advices(&mut switch, server.plain_cards()[0]);
    questions(&mut switch, server.plain_cards()[1]);
    terse_senders(&mut switch, server.plain_cards()[4]);
    settled_elsewhere(&mut switch, server.plain_cards()[5]);
    assert_eq!(code(&switch.ask(&signal(network::SIGN_OFF))), "00");
    let ledger = Ledger::open(&server.database_url());
    assert_eq!(ledger.leaves(0).len(), ledger.records(0).len());
}

fn signal(kind: &str) -> Message {
    let mut message = Message::new(mti("0800"));
    message.set(7, transmitted_now()).unwrap();
    message.set(11, "000001").unwrap();
    message.set(70, kind).unwrap();
    message
}

/// 0100 and 0200, their repeats, what an answer echoes, and what it must not carry.
fn payments(switch: &mut Switch, card: &CardRow) {
    for (kind, answered, number) in [("0100", b"0110", 10), ("0200", b"0210", 11)] {
        let mut asked = payment(kind, card, 1_234, number);
        fields::set_private(&mut asked, &[(fields::CARD_VERIFICATION, &card.cvv2)]).unwrap();
        let answer = switch.ask(&asked);
        assert_eq!((answer.mti().digits(), code(&answer)), (*answered, "00".to_owned()));
        assert_eq!(text(&answer, 38).len(), 6);
        for field in [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49] {
            assert_eq!(answer.get(field), asked.get(field), "field {field}");
        }
        assert!([14, 35, 45, 48, 52, 55].iter().all(|field| !answer.has(*field)));
        let again = switch.ask(&repeated(&asked));
        assert_eq!((code(&again), text(&again, 38)), ("00".to_owned(), text(&answer, 38)));
    }
    let mut wrong = payment("0100", card, 1_234, 12);
    let value = if card.cvv2 == "123" { "321" } else { "123" };
    fields::set_private(&mut wrong, &[(fields::CARD_VERIFICATION, value)]).unwrap();
    assert_eq!(code(&switch.ask(&wrong)), "82");
    let mut unknown = payment("0100", card, 1_234, 13);
    unknown.set(2, "9999999999999995").unwrap();
    assert_eq!(code(&switch.ask(&unknown)), "14");
}

/// 0400 in full, in part, repeated, of a declined one, and before its original.
fn reversals(switch: &mut Switch, card: &CardRow) {
    let all = purchase(card, card.limit_minor, 20);
    assert_eq!(code(&switch.ask(&all)), "00");
    assert_eq!(code(&switch.ask(&purchase(card, 100, 21))), "51", "nothing is left");
    // A decline that is undone gives nothing back.
    let declined = purchase(card, 100, 22);
    assert_eq!(code(&switch.ask(&declined)), "51");
    let answer = switch.ask(&reversal("0400", &declined, 23));
    assert_eq!((answer.mti().digits(), code(&answer)), (*b"0410", "00".to_owned()));
    assert_eq!(code(&switch.ask(&purchase(card, 100, 24))), "51");
    let mut part = reversal("0400", &all, 25);
    fields::set_replacement(&mut part, card.limit_minor - 500).unwrap();
    assert_eq!(code(&switch.ask(&part)), "00");
    assert_eq!(code(&switch.ask(&repeated(&part))), "00");
    assert_eq!(code(&switch.ask(&purchase(card, 501, 26))), "51", "five hundred came back, once");
    assert_eq!(code(&switch.ask(&purchase(card, 500, 27))), "00");
    assert_eq!(code(&switch.ask(&reversal("0400", &all, 28))), "00");
    let early = purchase(card, 300, 29);
    assert_eq!(code(&switch.ask(&reversal("0400", &early, 30))), "25");
    assert_ne!(code(&switch.ask(&early)), "00", "what was undone before it came is not approved");
    assert_eq!(
        code(&switch.ask(&purchase(card, card.limit_minor - 500, 31))),
        "00",
        "all of the rest is there"
    );
}

/// 0120 over the limit and 0420, which are taken note of.
fn advices(switch: &mut Switch, card: &CardRow) {
    let advice = payment("0120", card, card.limit_minor + 1, 40);
    let answer = switch.ask(&advice);
    assert_eq!((answer.mti().digits(), code(&answer)), (*b"0130", "00".to_owned()));
    assert_eq!(code(&switch.ask(&repeated(&advice))), "00");
    assert_eq!(code(&switch.ask(&purchase(card, 1, 41))), "51", "it counts against the limit");
    let undone = switch.ask(&reversal("0420", &advice, 42));
    assert_eq!((undone.mti().digits(), code(&undone)), (*b"0430", "00".to_owned()));
    assert_eq!(code(&switch.ask(&purchase(card, 1, 43))), "00");
    let unknown = switch.ask(&reversal("0420", &purchase(card, 7, 44), 45));
    assert_eq!(code(&unknown), "00", "never declined");
}

/// Balances on their own and where they are asked for, zero amounts, and an approval for a part.
fn questions(switch: &mut Switch, card: &CardRow) {
    let mut inquiry = purchase(card, 0, 50);
    inquiry.set(3, "310000").unwrap();
    let answer = switch.ask(&inquiry);
    assert_eq!(code(&answer), "00");
    assert_eq!(available(&answer), card.limit_minor);
    assert_eq!(code(&switch.ask(&purchase(card, 0, 51))), "00", "a check of the card");
    let mut bought = purchase(card, 2_500, 52);
    fields::set_private(&mut bought, &[(fields::BALANCE_WANTED, "1")]).unwrap();
    assert_eq!(available(&switch.ask(&bought)), card.limit_minor - 2_500);
    let refused = switch.ask(&purchase(card, card.limit_minor, 53));
    assert_eq!((code(&refused), refused.has(54), refused.has(38)), ("51".to_owned(), false, false));
    let mut part = purchase(card, card.limit_minor, 54);
    fields::set_private(&mut part, &[(fields::PARTIAL_APPROVAL, "1")]).unwrap();
    let answer = switch.ask(&part);
    assert_eq!(code(&answer), "10");
    assert_eq!(fields::amount_transaction(&answer).unwrap(), Some(card.limit_minor - 2_500));
    assert_eq!(text(&answer, 38).len(), 6);
    let mut foreign = purchase(card, 100, 55);
    foreign.set(49, "999").unwrap();
    assert_eq!(code(&switch.ask(&foreign)), "12");
}

/// Senders that renew DE7 in a repeat and quote that, that do not know the time of the original, or that say
/// no more than is needed.
fn terse_senders(switch: &mut Switch, card: &CardRow) {
    let bought = purchase(card, card.limit_minor, 60);
    assert_eq!(code(&switch.ask(&bought)), "00");
    let mut again = repeated(&bought);
    again.set(7, later(&text(&bought, 7))).unwrap();
    assert_eq!(code(&switch.ask(&again)), "00", "the first answer");
    assert_eq!(code(&switch.ask(&reversal("0400", &again, 61))), "00", "DE90 quotes the repeat");
    let bought = purchase(card, card.limit_minor, 62);
    assert_eq!(code(&switch.ask(&bought)), "00", "all of it came back");
    let mut unsure = reversal("0400", &bought, 63);
    unsure.set(90, format!("0100{}{}", text(&bought, 11), "0".repeat(32))).unwrap();
    assert_eq!(code(&switch.ask(&unsure)), "00", "DE90 with zeros where it is not known");
    let bought = purchase(card, card.limit_minor, 64);
    assert_eq!(code(&switch.ask(&bought)), "00", "all of it came back");
    let mut short = reversal("0400", &bought, 65);
    [3, 4, 49].iter().for_each(|field| short.remove(*field));
    assert_eq!(code(&switch.ask(&short)), "00", "a reversal needs no amount");
    let mut inquiry = purchase(card, 0, 66);
    inquiry.set(3, "310000").unwrap();
    [4, 49].iter().for_each(|field| inquiry.remove(*field));
    let answer = switch.ask(&inquiry);
    assert_eq!((code(&answer), available(&answer)), ("00".to_owned(), card.limit_minor));
    // Kept until the original comes, also where only DE37 and DE11 can tell which one that is.
    let late = purchase(card, 100, 67);
    let mut early = reversal("0420", &late, 68);
    early.set(90, format!("0100{}{}", text(&late, 11), "0".repeat(32))).unwrap();
    assert_eq!(code(&switch.ask(&early)), "00");
    assert_ne!(code(&switch.ask(&late)), "00");
}

/// The DE7 of a second after `transmitted`, or a second before it at the end of a minute.
fn later(transmitted: &str) -> String {
    let number: u64 = transmitted.parse().unwrap();
    format!("{:010}", if number % 100 == 59 { number - 1 } else { number + 1 })
}

/// 0220: posted, over the limit too, and not the same message as a 0120 with its numbers.
fn settled_elsewhere(switch: &mut Switch, card: &CardRow) {
    let held = payment("0120", card, 1_000, 70);
    let settled = payment("0220", card, 1_000, 70);
    for (advice, answered) in [(&held, *b"0130"), (&settled, *b"0230")] {
        let answer = switch.ask(advice);
        assert_eq!((answer.mti().digits(), code(&answer)), (answered, "00".to_owned()));
    }
    let mut inquiry = purchase(card, 0, 71);
    inquiry.set(3, "310000").unwrap();
    let answer = switch.ask(&inquiry);
    assert_eq!(available(&answer), card.limit_minor - 2_000, "both count");
    let amounts = fields::additional_amounts(&answer).unwrap();
    let owed = amounts.iter().find(|amount| amount.kind == fields::AmountKind::Ledger).unwrap();
    assert_eq!(owed.minor, -1_000, "what was settled is owed");
}

fn available(answer: &Message) -> i64 {
    let amounts = fields::additional_amounts(answer).unwrap();
    let found = amounts.iter().find(|amount| amount.kind == fields::AmountKind::Available);
    found.expect("an available balance in DE54").minor
}
