//! Killed under load, again and again: no answer that left is ever taken back, and nothing is half done.
//!
//! Several connections send as fast as they are answered; at a random moment the process gets SIGKILL. What
//! was answered must then be in the database, once, as it was answered; every message is sent again and must
//! get one answer. Half of the kills are aimed at the moment that matters, in the middle of a commit; the test
//! says how many fell inside one and fails when none did, since then it would have shown nothing.
//!
//! A killed process leaves the system's file cache alone, so this shows nothing about a power cut.

use crate::ledger::{Ledger, Postgres, Record};
use crate::server::{Options, Server, now_us, pause_ms, poll, variable};
use crate::switch::{Switch, code, payment, repeated, reversal, text};
use crate::wal;
use cardea::traffic::sample_files::CardRow;
use connectors::iso8583::Message;
use kernel::Random;
use platform::clock::SystemRandom;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Connections that send.
const CONNECTIONS: u64 = 4;
/// Messages in flight on each.
const IN_FLIGHT: usize = 256;
/// Messages of a connection between two kills at most: an account's list of repeats is long enough for them.
const MESSAGES_MAX: usize = 8_192;
/// Accounts that share them.
const PEOPLE: u32 = 600;
const KILLS: u64 = 3;
/// Kills of one data directory. After more its people have spent what they have, and an approval is rare.
const KILLS_OF_ONE: u64 = 5;
/// Halts until one falls into a commit, at most.
const LOOKS_MAX: usize = 400;
const KILLS_ON_POSTGRES: u64 = 2;

/// A message of the load with what came back.
pub struct Sent {
    message: Message,
    /// DE39 and DE38.
    answer: Option<(String, String)>,
}

impl Sent {
    /// Whether the answer says that there is a record of it: an overload or a fault leaves none.
    fn is_recorded(&self) -> bool {
        self.answer.as_ref().is_some_and(|(code, _)| !matches!(code.as_str(), "91" | "96"))
    }

    fn is_approved(&self) -> bool {
        self.answer.as_ref().is_some_and(|(code, _)| code == "00")
    }
}

#[test]
fn killed_under_load_on_sqlite() {
    let kills =
        variable("CARDEA_KILLS").map_or(KILLS, |text| text.parse().expect("CARDEA_KILLS is a number"));
    let start = || Server::start_with(&Options { people: PEOPLE, ..Options::default() });
    kill_again_and_again(&start, kills, true);
}

#[test]
fn killed_under_load_on_postgres() {
    let database = Postgres::fresh();
    let options = Options { people: PEOPLE, database: Some(database.url.clone()), ..Options::default() };
    kill_again_and_again(&|| Server::start_with(&options), KILLS_ON_POSTGRES, false);
}

fn kill_again_and_again(start: &dyn Fn() -> Server, kills: u64, sqlite: bool) {
    let (mut inside, mut newest, mut checked) = (0, 0, Checked::default());
    let mut server = start();
    for round in 0..kills {
        if round > 0 && round.is_multiple_of(KILLS_OF_ONE) {
            assert!(server.stop().success());
            (server, newest) = (start(), 0);
        }
        let sent = load_until_killed(&mut server, round, sqlite);
        let in_log = sqlite && wal::Log::beside(&server.sqlite()).is_inside_commit();
        server.restart();
        let ledger = Ledger::open(&server.database_url());
        let records = by_trace(ledger.records(newest));
        let unanswered = sent.iter().filter(|one| one.answer.is_none());
        let durable = unanswered.filter(|one| records.contains_key(&trace(&one.message))).count();
        println!(
            "kill {round}: {} sent, {durable} durable but unanswered, log inside a commit: {in_log}",
            sent.len()
        );
        inside += u64::from(in_log || durable > 0);
        checked.answered_is_durable(&sent, &records);
        ledger.check(newest);
        repeats_agree(&server, &sent);
        let records = by_trace(ledger.records(newest));
        for one in &sent {
            let count = records.get(&trace(&one.message)).map_or(0, Vec::len);
            assert_eq!(count, 1, "records of a message that was sent three times");
        }
        ledger.check(newest);
        newest = records.values().flatten().map(|record| record.id).max().unwrap_or(newest);
    }
    println!("{inside} of {kills} kills fell inside a commit; {checked:?}");
    assert!(inside > 0, "no kill fell inside a commit: nothing was shown");
    assert!(checked.answers > 0 && checked.approvals > 0, "the load was answered and approved");
    assert!(server.stop().success());
}

/// Sends over all connections until the server is gone.
fn load_until_killed(server: &mut Server, round: u64, sqlite: bool) -> Vec<Sent> {
    let count = AtomicU64::new(0);
    let address = server.iso(0);
    let cards = server.cards.clone();
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let (count, cards) = (&count, &cards);
                let first = (round * CONNECTIONS + connection) * 1_000_000;
                scope.spawn(move || send_until_lost(address, cards, first, count))
            })
            .collect();
        await_moment(server, round, sqlite, &count);
        server.kill();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    })
}

/// A random moment. Every second one is then moved on, a few milliseconds at a time, until the process stands
/// in the middle of a commit: it is halted, looked at, and let go again.
fn await_moment(server: &Server, round: u64, sqlite: bool, count: &AtomicU64) {
    let ledger = Ledger::open(&server.database_url());
    let before = ledger.count();
    let answers = 500 + SystemRandom.next_u64() % 12_000;
    let until_us = now_us() + 400_000 + SystemRandom.next_u64() % 2_000_000;
    poll(|| (count.load(Ordering::Relaxed) > 0).then_some(())).expect("an answer");
    while count.load(Ordering::Relaxed) < answers && now_us() < until_us {
        pause_ms(1);
    }
    if !round.is_multiple_of(2) {
        return;
    }
    for _ in 0..LOOKS_MAX {
        server.signal("-STOP");
        pause_ms(1);
        let inside = if sqlite {
            wal::Log::beside(&server.sqlite()).is_inside_commit()
        } else {
            ledger.count() > before + settled(count)
        };
        if inside {
            return;
        }
        server.signal("-CONT");
        pause_ms(1 + SystemRandom.next_u64() % 7);
    }
}

/// Answers that have come, once no more do: those of a halted process that are still on their way arrive.
fn settled(count: &AtomicU64) -> u64 {
    loop {
        let before = count.load(Ordering::Relaxed);
        pause_ms(20);
        if count.load(Ordering::Relaxed) == before {
            return before;
        }
    }
}

/// Sends payments as fast as they are answered, until the server is gone.
pub fn send_until_lost(address: SocketAddr, cards: &[CardRow], first: u64, count: &AtomicU64) -> Vec<Sent> {
    let mut all: Vec<Sent> = Vec::new();
    let Ok(mut switch) = Switch::try_speaking(connectors::iso8583::BuiltIn::Ascii, address) else {
        return all;
    };
    let mut places: HashMap<u64, usize> = HashMap::new();
    let (mut waiting, mut bytes) = (0, Vec::new());
    loop {
        bytes.clear();
        while waiting < IN_FLIGHT && all.len() < MESSAGES_MAX {
            let number = first + u64::try_from(all.len()).unwrap();
            let message = message(&all, cards, number);
            bytes.extend(switch.framed(&message));
            places.insert(trace(&message), all.len());
            all.push(Sent { message, answer: None });
            waiting += 1;
        }
        // Half of what is in flight is taken before more is sent, so that messages go out in lots.
        if waiting == 0 || std::io::Write::write_all(&mut switch.socket, &bytes).is_err() {
            break;
        }
        while waiting > IN_FLIGHT / 2 || (all.len() == MESSAGES_MAX && waiting > 0) {
            let Ok(Some(answer)) = switch.receive() else { return all };
            let place = places[&trace(&answer)];
            assert!(all[place].answer.is_none(), "one answer for one message");
            all[place].answer = Some((code(&answer), text(&answer, 38)));
            count.fetch_add(1, Ordering::Relaxed);
            waiting -= 1;
        }
    }
    // What was answered before the end may still be on its way.
    while let Ok(Some(answer)) = switch.receive() {
        all[places[&trace(&answer)]].answer = Some((code(&answer), text(&answer, 38)));
    }
    all
}

/// Seven payments, one of them settled at once, then a reversal of an earlier one, answered or not.
fn message(before: &[Sent], cards: &[CardRow], number: u64) -> Message {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17;
    let pick = |count: usize| usize::try_from(mixed % u64::try_from(count).unwrap()).unwrap();
    if number % 8 == 7 && !before.is_empty() {
        let original = &before[before.len() - 1 - pick(before.len().min(300))].message;
        if original.mti().digits()[1] != b'4' {
            let mut undo = reversal("0400", original, number);
            undo.set_number(37, number, 12).unwrap();
            return undo;
        }
    }
    let card = &cards[pick(cards.len())];
    let minor = card.limit_minor / 40 + i64::try_from(number % 97).unwrap();
    payment(if number % 8 == 3 { "0200" } else { "0100" }, card, minor, number)
}

/// DE37 is different for every message of the load, reversals too.
fn trace(message: &Message) -> u64 {
    message.text(37).unwrap().parse().unwrap()
}

fn by_trace(records: Vec<Record>) -> HashMap<u64, Vec<Record>> {
    let mut by_trace: HashMap<u64, Vec<Record>> = HashMap::new();
    for record in records {
        by_trace.entry(record.facts.trace.rrn.parse().unwrap()).or_default().push(record);
    }
    by_trace
}

/// Answers from before the kills that were compared with what is durable.
#[derive(Debug, Default)]
struct Checked {
    answers: usize,
    approvals: usize,
}

impl Checked {
    fn answered_is_durable(&mut self, sent: &[Sent], records: &HashMap<u64, Vec<Record>>) {
        for one in sent.iter().filter(|one| one.is_recorded()) {
            let (code, approval) = one.answer.as_ref().unwrap();
            let own = records.get(&trace(&one.message)).map_or(&[][..], Vec::as_slice);
            assert_eq!(own.len(), 1, "records of an answered message");
            assert_eq!(own[0].facts.code, *code);
            let kept = own[0].facts.approval_code.map_or(String::new(), |code| format!("{code:06}"));
            assert_eq!(kept, *approval, "DE38 as it was answered");
            self.answers += 1;
            self.approvals += usize::from(one.is_approved());
        }
    }
}

/// Sends every message again, twice: one answer, and the one from before the kill where there was one.
fn repeats_agree(server: &Server, sent: &[Sent]) {
    let mut switch = Switch::connect(server.iso(0));
    switch.socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    for lot in sent.chunks(IN_FLIGHT) {
        let again: Vec<Message> = lot.iter().map(|one| repeated(&one.message)).collect();
        let (once, twice) = (switch.ask_all(&again), switch.ask_all(&again));
        for ((one, first), second) in lot.iter().zip(&once).zip(&twice) {
            let first = (code(first), text(first, 38));
            assert_eq!(first, (code(second), text(second, 38)), "two repeats of one message");
            if one.is_recorded() {
                assert_eq!(Some(first), one.answer, "the answer from before the kill");
            }
        }
    }
}
