//! Card numbers of a range, tried one after the other at a merchant that asks for little.

use super::people::Person;
use crate::server::{Server, now_us, pause_ms, poll};
use crate::switch::{Switch, code, purchase};
use cardea::traffic::sample_files::CardRow;
use vault::Pan;

/// Numbers that are tried.
const TRIED: u64 = 5_000;
/// Sent before their answers are read.
const AT_ONCE: usize = 100;
/// Honest payments of cards of another range, meanwhile.
const HONEST: u64 = 50;

#[test]
fn attack_04_card_numbers_of_a_range_in_a_row() {
    let server = Server::start();
    let analyst = Person::sign_in(&server, "analyst", "/desk/alerts");
    let holder = server.plain_cards()[0].clone();
    // A range beside the issuer's own, in which it has no card.
    let range = if holder.pan.starts_with("91234567") { "97654321" } else { "91234567" };
    let begun = now_us();
    let mut switch = Switch::connect(server.iso(0));
    for first in (0..TRIED).step_by(AT_ONCE) {
        let numbers = first..first + AT_ONCE as u64;
        let guesses: Vec<_> = numbers.map(|n| purchase(&stranger(&holder, range, n), 100, n)).collect();
        assert!(switch.ask_all(&guesses).iter().all(|answer| code(answer) == "14"));
    }
    let mut own = Switch::connect(server.iso(0));
    for n in 0..HONEST {
        assert_eq!(code(&own.ask(&purchase(&holder, 100, TRIED + n))), "00", "the others pay as ever");
    }
    let shown = format!("{} {}", &range[..4], &range[4..]);
    let page = poll(|| {
        pause_ms(500);
        let page = analyst.get(&server, "/desk/alerts").text();
        page.contains(&shown).then_some(page)
    });
    let page = page.expect("an alert names the range");
    let took = now_us() - begun;
    assert!(took < 60_000_000, "{took} us");
    let others = format!("{} {}", &holder.pan[..4], &holder.pan[4..8]);
    assert!(!page.contains(&others), "and no other range");
}

/// A card that nobody has: number `n` of the range.
fn stranger(like: &CardRow, range: &str, n: u64) -> CardRow {
    let number = Pan::with_check_digit(&format!("{range}{n:07}")).expect("fifteen digits");
    CardRow { pan: number.expose().to_owned(), ..like.clone() }
}
