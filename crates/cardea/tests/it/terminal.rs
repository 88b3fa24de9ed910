//! Card values, PINs and cryptograms as others make them (psec, pyemv), against the program; and the count of
//! wrong PINs through kills, on both databases.

use crate::ledger::Postgres;
use crate::python::python;
use crate::server::{Options, Server};
use crate::switch::{Switch, code, purchase, text, transmitted_now};
use cardea::{sample, traffic::sample_files::CardRow};
use connectors::iso8583::Message;
use kernel::Secret;
use platform::clock::SystemRandom;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use vault::{CardKeyRole, CardKeys, Pan, SoftwareCardCrypto};

/// Generation of the published zone key for format 0.
const ZONE: u32 = 10;

#[test]
fn pins_of_other_makers_are_compared() {
    ask("pins");
}

#[test]
fn wrong_pins_at_once_are_counted_one_by_one() {
    ask("pins_at_once");
}

#[test]
fn pins_come_over_the_api_too() {
    ask("pins_over_the_api");
}

#[test]
fn card_values_of_other_makers_are_compared() {
    ask("values");
}

#[test]
fn chips_of_other_makers_are_compared() {
    ask("chips");
}

#[test]
fn chips_that_hear_nothing_are_told_five_times() {
    ask("chips_give_up");
}

#[test]
fn a_chip_and_its_message_are_about_the_same_amount() {
    ask("amounts");
}

#[test]
fn a_changed_pin_counts_at_once_and_reaches_every_chip() {
    ask("pin_changes");
}

#[test]
fn verification_values_of_pins_are_compared_over_the_wire() {
    ask("verification_values");
}

#[test]
fn chips_come_over_the_api_too() {
    ask("chips_over_the_api");
}

/// Runs one function of `terminal.py` against a server of its own.
fn ask(what: &str) {
    let server = Server::start();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python())
        .arg(here.join("tests/it/terminal.py"))
        .args([&server.iso(0).port().to_string(), &server.http().port().to_string(), &server.demo.api_key])
        .arg(server.data.join("cards.csv"))
        .arg(here.join("../../examples/issuer/card_keys.toml"))
        .args([&transmitted_now(), what])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with("ok "), "{said}");
}

#[test]
fn killed_between_wrong_pins_on_sqlite() {
    killed_between_wrong_pins(Server::start());
}

#[test]
fn killed_between_wrong_pins_on_postgres() {
    let database = Postgres::fresh();
    killed_between_wrong_pins(Server::start_with(&Options {
        database: Some(database.url.clone()),
        ..Options::default()
    }));
}

/// Each wrong PIN is followed by SIGKILL; the fourth is refused like the right one.
fn killed_between_wrong_pins(mut server: Server) {
    let card = server.plain_cards()[0].clone();
    let wrong = format!("{:06}", (card.pin.parse::<u32>().unwrap() + 1) % 1_000_000);
    let mut codes = Vec::new();
    for (number, pin) in (0..).zip([&wrong, &wrong, &wrong, &wrong, &card.pin]) {
        let answer = Switch::connect(server.iso(0)).ask(&with_pin(&card, pin, number));
        assert!(text(&answer, 52).is_empty(), "a PIN block never comes back");
        codes.push(code(&answer));
        server.kill();
        server.restart();
    }
    assert_eq!(codes, ["55", "55", "55", "75", "75"]);
}

/// A payment with a PIN as a keypad encrypts it.
fn with_pin(card: &CardRow, pin: &str, number: u64) -> Message {
    let mut keys = CardKeys::create(&SystemRandom).unwrap();
    sample::publish_keys(&mut keys).unwrap();
    assert!(keys.generations(CardKeyRole::ZonePin).any(|generation| generation == ZONE));
    let keypad = SoftwareCardCrypto::new(keys, Arc::new(SystemRandom));
    let pan = Pan::parse(&card.pan).unwrap();
    let mut message = purchase(card, 100, number);
    message.set(52, keypad.keypad(ZONE, &pan, &Secret::new(pin.to_owned())).unwrap()).unwrap();
    message
}
