//! The commands against a server of the connectors with a toy issuer behind it, over TCP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use connectors::iso8583::fields::amount_transaction;
use connectors::iso8583::{BuiltIn, Dialect, Handler, Message, Reply, Server, ServerConfig, answer_of};
use kernel::{Clock, Sleep, Timestamp};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::replay::{ReplayArgs, replay};
use super::simulate::{SimulateArgs, simulate};
use super::{CommandError, replay as replay_command};
use crate::traffic::sample_files::{CardIds, CardRow, write_cards};
use crate::traffic::simulator::{SimulatorPlan, sample_people};

const HANDBOOK: &str =
    "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO";

/// Time that passes only by sleeping: the tests are as fast as the machine and see exact times.
#[derive(Default)]
struct Dream(AtomicI64);

impl Clock for Dream {
    fn now(&self) -> Timestamp {
        Timestamp::from_us(1_773_316_800_000_000 + self.0.load(Ordering::SeqCst))
    }

    fn monotonic_us(&self) -> u64 {
        self.0.load(Ordering::SeqCst).unsigned_abs()
    }
}

impl Sleep for Dream {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let us = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(us, Ordering::SeqCst);
        Box::pin(tokio::task::yield_now())
    }
}

/// Declines 1,000.00 and more as fraud, 500.00 and more as over the limit; approves the rest.
#[derive(Default)]
struct Toy {
    /// Rows by card, to see that the order is kept.
    seen: Mutex<HashMap<String, Vec<String>>>,
    /// What came that is no payment.
    aside: Mutex<Vec<String>>,
    /// Answers so many, then is silent.
    silent_after: Option<usize>,
}

impl Handler for Toy {
    fn handle(&self, message: Message, reply: Reply) {
        if !message.has(4) {
            // Sign-ons and labels.
            self.aside.lock().expect("no panic").push(message.mti().to_string());
            if let Some(answer) = answer_of(&message, *b"00") {
                reply.send(answer);
            }
            return;
        }
        let card = message.text(2).unwrap_or_default().to_owned();
        let mut seen = self.seen.lock().expect("no panic");
        seen.entry(card).or_default().push(message.text(7).unwrap_or_default().to_owned());
        let count: usize = seen.values().map(Vec::len).sum();
        if self.silent_after.is_some_and(|most| count > most) {
            return;
        }
        let minor = amount_transaction(&message).ok().flatten().unwrap_or(0);
        let code = match minor {
            100_000.. => *b"59",
            50_000.. => *b"51",
            _ => *b"00",
        };
        if let Some(answer) = answer_of(&message, code) {
            reply.send(answer);
        }
    }
}

async fn serve(toy: Arc<Toy>, which: BuiltIn) -> (SocketAddr, CancellationToken) {
    let dialect = Arc::new(Dialect::built_in(which).expect("built in"));
    let server = Server::bind(([127, 0, 0, 1], 0).into(), dialect, toy, ServerConfig::default()).await;
    let server = server.expect("a port");
    let (address, stop) = (server.local_addr().expect("bound"), server.stop_token());
    tokio::spawn(server.run());
    (address, stop)
}

fn file(dir: &TempDir, rows: impl IntoIterator<Item = String>) -> PathBuf {
    let path = dir.path().join("t.csv");
    let text: String = std::iter::once(HANDBOOK.to_owned()).chain(rows).map(|row| row + "\n").collect();
    std::fs::write(&path, text).expect("writable");
    path
}

/// Row `i` of a tidy file: a minute each, amount and label by the pattern of the test.
fn row(i: u32, amount: &str, fraud: u8) -> String {
    format!(
        "{i},2018-06-{:02} {:02}:{:02}:00,{},77,{amount},{fraud},1",
        17 + i / 1440,
        i / 60 % 24,
        i % 60,
        i % 7
    )
}

#[derive(Parser)]
struct Cli<T: clap::Args> {
    #[command(flatten)]
    args: T,
}

pub(super) fn args<T: clap::Args>(words: &[&str]) -> T {
    Cli::<T>::try_parse_from(std::iter::once(&"cardea").chain(words)).expect("right arguments").args
}

fn dream() -> Arc<Dream> {
    Arc::new(Dream::default())
}

#[tokio::test]
async fn a_file_is_replayed_and_judged() {
    let dir = TempDir::new().expect("temp");
    let path = file(
        &dir,
        (0..400).map(|i| match i % 10 {
            0 => row(i, "1500.00", 1),
            1 => row(i, "1200.00", 0),
            2 => row(i, "10.00", 1),
            3 => row(i, "600.00", 0),
            4 => row(i, "not money", 0),
            _ => row(i, "20.00", 0),
        }),
    );
    for (which, name, connections) in [(BuiltIn::Ascii, "ascii", "1"), (BuiltIn::Bcd, "bcd", "3")] {
        let toy = Arc::new(Toy::default());
        let (address, stop) = serve(Arc::clone(&toy), which).await;
        let (file, to) = (path.display().to_string(), address.to_string());
        let words =
            [&file, "--format", "handbook", "--to", &to, "--dialect", name, "--connections", connections];
        let time = dream();
        let (report, lost) = replay(args(&words), time.clone(), time).await.expect("replayed");
        assert!(!lost);
        assert_eq!((report.sent, report.approved, report.declined, report.errors), (360, 240, 120, 0));
        assert_eq!((report.tp, report.fp, report.r#fn, report.tn), (40, 40, 40, 200));
        assert_eq!((report.limit_declines, report.bad_rows), (40, 40));
        let seen = toy.seen.lock().expect("no panic");
        assert_eq!(seen.len(), 7);
        assert!(seen.values().all(|times| times.is_sorted()), "payments of a card keep their order");
        stop.cancel();
    }
}

#[tokio::test]
async fn a_part_of_a_file_goes_at_its_rate() {
    let dir = TempDir::new().expect("temp");
    let path = file(&dir, (0..4_000).map(|i| row(i, "20.00", 0))).display().to_string();
    let (address, stop) = serve(Arc::new(Toy::default()), BuiltIn::Ascii).await;
    let to = address.to_string();
    let words = [&path, "--format", "handbook", "--to", &to, "--rate", "100"];
    let (from, until) = (["--from", "2018-06-18", "--until", "2018-06-19"], ["--limit", "250"]);
    let time = dream();
    let whole_day = args::<ReplayArgs>(&[&words[..], &from].concat());
    let (report, _) = replay(whole_day, time.clone(), time.clone()).await.expect("replayed");
    assert_eq!(report.sent, 1_440);
    let before_us = time.monotonic_us();
    let limited = args::<ReplayArgs>(&[&words[..], &from, &until].concat());
    let (report, _) = replay(limited, time.clone(), time.clone()).await.expect("replayed");
    assert_eq!(report.sent, 250);
    // The last of 250 at 100 a second leaves after 2.49 s; the clock moves only by waiting for it.
    assert_eq!(time.monotonic_us() - before_us, 2_490_000);
    stop.cancel();
}

#[tokio::test]
async fn what_stays_unanswered_is_an_error_in_the_figures() {
    let dir = TempDir::new().expect("temp");
    let path = file(&dir, (0..50).map(|i| row(i, "20.00", 0))).display().to_string();
    let toy = Arc::new(Toy { silent_after: Some(30), ..Toy::default() });
    let (address, stop) = serve(toy, BuiltIn::Ascii).await;
    let to = address.to_string();
    let time = dream();
    let (report, lost) =
        replay(args(&[&path, "--format", "handbook", "--to", &to, "--patience", "1"]), time.clone(), time)
            .await
            .expect("replayed");
    assert!(!lost);
    assert_eq!((report.sent, report.approved, report.errors), (50, 30, 20));
    stop.cancel();
}

#[tokio::test]
async fn what_cannot_be_done_is_told() {
    let dir = TempDir::new().expect("temp");
    let path = file(&dir, [row(1, "1.00", 0)]).display().to_string();
    let (address, stop) = serve(Arc::new(Toy::default()), BuiltIn::Ascii).await;
    let to = address.to_string();
    let run = |more: Vec<&str>, to: &str| {
        let words = [vec![path.as_str(), "--format", "handbook", "--to", to], more].concat();
        let time = dream();
        replay_command::run(args(&words), time.clone(), time)
    };
    assert!(matches!(run(vec!["--from", "June"], &to).await, Err(CommandError::NotADate { .. })));
    assert!(matches!(run(vec!["--from", "2030-01-01"], &to).await, Err(CommandError::NothingToSend { .. })));
    assert!(run(vec![], &to).await.is_ok());
    stop.cancel();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    assert!(matches!(run(vec![], &dead.to_string()).await, Err(CommandError::Connection { .. })));
}

#[tokio::test]
async fn made_up_people_pay() {
    let toy = Arc::new(Toy::default());
    let (address, stop) = serve(Arc::clone(&toy), BuiltIn::AsciiBinaryBitmap).await;
    let to = address.to_string();
    let words =
        ["--to", &to, "--dialect", "ascii-binary-bitmap", "--people", "40", "--limit", "600", "--seed", "3"];
    let time = dream();
    let in_life = args::<SimulateArgs>(&[&words[..], &["--speed", "60", "--start", "2026-03-02"]].concat());
    let (report, lost) = simulate(in_life, time.clone(), time.clone()).await.expect("sent");
    assert!(!lost);
    assert_eq!((report.sent, report.errors), (600, 0));
    assert!(report.approved > 300);
    // Six hundred payments of forty people take three to five days; sixty times faster, about one and a half hours.
    let minutes = time.monotonic_us() / 60_000_000;
    assert!((30..=180).contains(&minutes), "{minutes} minutes");
    assert!(toy.seen.lock().expect("no panic").len() > 30, "most people pay");
    let at_rate = args::<SimulateArgs>(&[&words[..], &["--rate", "1000"]].concat());
    let (report, _) = simulate(at_rate, time.clone(), time).await.expect("sent");
    assert_eq!(report.sent, 600);
    stop.cancel();
}

#[tokio::test]
async fn only_cards_of_the_file_pay() {
    let dir = TempDir::new().expect("temp");
    let plan = SimulatorPlan::usual(40, 1_773_316_800_000_000);
    let people = sample_people(3, &plan).expect("sample data");
    let some: Vec<_> = people.iter().filter(|person| person.number % 4 == 0).collect();
    let ids = CardIds { card: "card_1", account: "acct_1", customer: "cust_1" };
    let rows: Vec<_> = some
        .iter()
        .flat_map(|person| person.cards.iter().map(|card| CardRow::of(person, card, ids)))
        .collect();
    write_cards(dir.path(), &rows).expect("writable");
    let cards = dir.path().join("cards.csv").display().to_string();
    let toy = Arc::new(Toy::default());
    let (address, stop) = serve(Arc::clone(&toy), BuiltIn::Ascii).await;
    let to = address.to_string();
    let words = ["--to", &to, "--people", "40", "--limit", "200", "--rate", "500", "--cards", &cards];
    let time = dream();
    let same = args::<SimulateArgs>(&[&words[..], &["--seed", "3"]].concat());
    let (report, _) = simulate(same, time.clone(), time.clone()).await.expect("sent");
    assert_eq!((report.sent, report.errors), (200, 0));
    let listed: Vec<&str> = rows.iter().map(|row| row.pan.as_str()).collect();
    // A card number that was never issued is among the slips that people make.
    let strangers =
        toy.seen.lock().expect("no panic").keys().filter(|pan| !listed.contains(&pan.as_str())).count();
    assert!(strangers <= 2, "{strangers} other cards");
    write_cards(dir.path(), &[]).expect("writable");
    let none = args::<SimulateArgs>(&[&words[..], &["--seed", "3"]].concat());
    let refused = simulate(none, time.clone(), time).await;
    assert!(matches!(refused, Err(CommandError::NothingToSend { .. })));
    stop.cancel();
}
