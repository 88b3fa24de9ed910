//! When what is decided can't be made durable: nothing is approved, everybody is told, and it comes back whole.

use crate::http;
use crate::ledger::{Ledger, Postgres};
use crate::proxy::Proxy;
use crate::server::{Options, Server, now_us, pause_ms, poll};
use crate::switch::{Switch, code, purchase, repeated, text};
use cardea::traffic::sample_files::CardRow;
use connectors::iso8583::Message;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

/// The size of the disk that gets full.
const DISK_MIB: u64 = 24;
/// More than fits there, by far.
const LOTS_MAX: u64 = 2_000;
const LOT: u64 = 250;

/// A small file system in memory; unmounted at the end.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None` where this person may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={DISK_MIB}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self { folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Puts zeros until nothing more fits.
    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.folder.path().join("zeros")).unwrap();
        for bytes in [64 * 1_024, 512] {
            while file.write_all(&vec![0; bytes]).is_ok() {}
        }
    }

    /// As if somebody had made room.
    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=512m"]).arg(self.folder.path()).status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

#[test]
fn a_full_disk_approves_nothing_and_recovers_clean() {
    match SmallDisk::mount() {
        Some(disk) => {
            let options = Options { parent: Some(disk.path()), ..Options::default() };
            run_out_of_room(Server::start_with(&options), || disk.grow());
        }
        // Where nothing may be mounted, a bound on the size of files takes the disk's place.
        None => a_file_that_may_not_grow_approves_nothing_and_recovers_clean(),
    }
}

#[test]
fn a_file_that_may_not_grow_approves_nothing_and_recovers_clean() {
    let options = Options { file_kib_max: Some(8 * 1024), ..Options::default() };
    // The next process has no such bound.
    run_out_of_room(Server::start_with(&options), || {});
}

/// What was asked with DE39 and DE38 of its answer, in the order of the answers.
type Answered = Vec<(Message, String, String)>;

fn run_out_of_room(mut server: Server, make_room: impl FnOnce()) {
    let health = std::thread::spawn({
        let address = server.http();
        move || {
            // Red is seen between the failure and the end, a second at least.
            let red = poll(|| match http::get(address, "/healthz") {
                Ok(answer) if answer.status == 503 => Some(Some(answer.text())),
                Ok(_) => None,
                Err(_) => Some(None),
            });
            red.flatten()
        }
    });
    let cards = server.cards.clone();
    let answered = pay_until_refused(&mut server, &cards);
    let status = server.ended();
    assert!(!status.success(), "a server that can't write ends as failed, not well");
    let red = health.join().unwrap();
    assert!(
        red.as_ref().is_some_and(|text| text.contains("engine"))
            || server.output().contains("health turned red"),
        "health turned red: {red:?}"
    );
    assert!(!server.output().contains("panicked"));
    let failed_at = answered.iter().position(|(_, code, _)| code == "96").expect("a refusal");
    let late = answered[failed_at..].iter().filter(|(_, code, _)| code == "00").count();
    assert_eq!(late, 0, "approvals after the first failure");
    make_room();
    server.restart();
    let ledger = Ledger::open(&server.database_url());
    ledger.check(0);
    let kept: HashMap<String, String> =
        ledger.records(0).into_iter().map(|record| (record.facts.trace.rrn, record.facts.code)).collect();
    for (message, code, _) in answered.iter().filter(|(_, code, _)| code != "96" && code != "91") {
        assert_eq!(kept.get(&text(message, 37)), Some(code), "an answer that left is durable");
    }
    // Who was refused by a fault may ask again, and gets a decision now.
    let mut switch = Switch::connect(server.iso(0));
    let (refused, ..) = &answered[failed_at];
    let decided = code(&switch.ask(&repeated(refused)));
    assert!(decided != "91" && decided != "96", "a decision now, not {decided}");
    let (approved, _, digits) = answered.iter().find(|(_, code, _)| code == "00").expect("an approval");
    let again = switch.ask(&repeated(approved));
    assert_eq!((code(&again).as_str(), &text(&again, 38)), ("00", digits));
    ledger.check(0);
    assert!(server.stop().success());
}

/// Pays in lots until the first refusal by a fault, then takes every answer that still comes.
fn pay_until_refused(server: &mut Server, cards: &[CardRow]) -> Answered {
    let mut switch = Switch::connect(server.iso(0));
    let mut answered = Answered::new();
    let mut asked: HashMap<String, Message> = HashMap::new();
    for lot in 0..LOTS_MAX {
        let mut bytes = Vec::new();
        for number in lot * LOT..(lot + 1) * LOT {
            let card = &cards[usize::try_from(number).unwrap() % cards.len()];
            let message = purchase(card, 1 + card.limit_minor / 2_000, number);
            bytes.extend(switch.framed(&message));
            asked.insert(text(&message, 37), message);
        }
        if std::io::Write::write_all(&mut switch.socket, &bytes).is_err() {
            break;
        }
        for _ in 0..LOT {
            let Ok(Some(answer)) = switch.receive() else { return answered };
            let message = asked.remove(&text(&answer, 37)).expect("an answer to a question");
            answered.push((message, code(&answer), text(&answer, 38)));
        }
    }
    answered
}

#[test]
fn postgres_going_away_approves_nothing_and_coming_back_goes_on() {
    let database = Postgres::fresh();
    let (head, tail) = database.url.split_once("://").unwrap();
    let (person, place) = tail.split_once('@').map_or(("", tail), |(person, place)| (person, place));
    let (target, rest) = place.split_once('/').unwrap();
    let proxy = Proxy::to(target);
    let at = if person.is_empty() { "" } else { "@" };
    let url = format!("{head}://{person}{at}{}/{rest}", proxy.address);
    let mut server = Server::start_with(&Options { database: Some(url), ..Options::default() });
    let ledger = Ledger::open(&database.url);
    let card = server.plain_cards()[0].clone();
    let mut switch = Switch::connect(server.iso(0));
    let before: Vec<Message> = (0..50).map(|number| purchase(&card, 10, number)).collect();
    assert!(switch.ask_all(&before).iter().all(|answer| code(answer) == "00"));
    assert_eq!(ledger.records(0).len(), 50);

    proxy.cut();
    let away: Vec<Message> = (100..150).map(|number| purchase(&card, 10, number)).collect();
    let began_us = now_us();
    for lot in away.chunks(10) {
        let codes: Vec<String> = switch.ask_all(lot).iter().map(code).collect();
        assert!(codes.iter().all(|code| code == "96" || code == "91"), "{codes:?}");
    }
    println!("fifty refusals took {} ms", (now_us() - began_us) / 1_000);
    let ready = http::get(server.http(), "/readyz").unwrap();
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(!server.has_ended(), "it waits for its database");
    assert_eq!(ledger.records(0).len(), 50, "nothing became durable meanwhile");

    proxy.mend();
    let again = poll(|| {
        let answer = switch.ask(&repeated(&away[0]));
        (code(&answer) == "00").then_some(())
    });
    assert!(again.is_some(), "it goes on when the database is back");
    let rest: Vec<Message> = away[1..].iter().map(repeated).collect();
    assert!(switch.ask_all(&rest).iter().all(|answer| code(answer) == "00"));
    let ready = poll(|| http::get(server.http(), "/readyz").ok().filter(|answer| answer.status == 200));
    assert!(ready.is_some(), "ready again");
    assert_eq!(ledger.records(0).len(), 100);
    ledger.check(0);
    assert!(server.stop().success());
}

/// Attack: fill the disk, then look at people while nothing can be written down.
#[test]
fn staff_see_nothing_while_the_disk_is_full() {
    match SmallDisk::mount() {
        Some(disk) => {
            let server = Server::start_with(&Options { parent: Some(disk.path()), ..Options::default() });
            look_without_room(server, |_| disk.fill(), |_| disk.grow());
        }
        None => staff_see_nothing_while_no_file_may_grow(),
    }
}

#[test]
fn staff_see_nothing_while_no_file_may_grow() {
    // The bound is what lets a write fail instead of killing the process; here it is lowered and raised later.
    let server = Server::start_with(&Options { file_kib_max: Some(1024 * 1024), ..Options::default() });
    let bound = |server: &Server, fsize: &str| {
        let pid = server.pid().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, fsize]).status().unwrap();
        assert!(done.success(), "{fsize}");
    };
    look_without_room(
        server,
        |server| bound(server, "--fsize=4096:"),
        |server| bound(server, "--fsize=1073741824:"),
    );
}

/// Looks that may be needed until what the database has set aside is used up.
const LOOKS_MAX: usize = 5_000;

fn look_without_room(mut server: Server, fill: impl Fn(&Server), make_room: impl Fn(&Server)) {
    let demo = &server.demo;
    let link = demo.sign_ins.iter().find(|one| one.role == "compliance").expect("an officer");
    let signed_in = http::get(server.http(), link.url.strip_prefix(&demo.http).unwrap()).unwrap();
    let cookie = signed_in.header("set-cookie").expect("signed in").split(';').next().unwrap().to_owned();
    let card = server.plain_cards()[0].clone();
    let address = server.http();
    let look = || {
        http::send(
            address,
            "GET /desk/audit-log?lang=en",
            &[("cookie", cookie.as_str()), ("accept", "text/html")],
            b"",
        )
        .unwrap()
    };
    let key = format!("Bearer {}", demo.api_key);
    let read = || {
        let path = format!("GET /v1/accounts/{}", card.account);
        http::send(address, &path, &[("authorization", key.as_str())], b"").unwrap()
    };
    // What a program read of the customer is what there is to see.
    assert!(
        read().status == 200 && look().text().contains(&card.account),
        "with room there is something to see"
    );
    fill(&server);
    let mut seen = 1;
    let refused = (0..LOOKS_MAX).find_map(|_| {
        let answer = look();
        seen += usize::from(answer.status == 200);
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.expect("the disk is full some time");
    assert_eq!(refused.status, 503);
    assert!(!refused.text().contains(&card.account), "{}", refused.text());
    let refused = read();
    assert_eq!(refused.status, 503);
    assert!(!refused.text().contains(&card.customer), "{}", refused.text());
    make_room(&server);
    let back = (0..150).find(|_| {
        pause_ms(100);
        read().status == 200
    });
    assert!(back.is_some(), "with room it goes on: {} {}", read().text(), server.output());
    assert!(look().text().contains(&card.account));
    let entries = looks_in(&server);
    assert!(entries > seen, "{seen} looks were let through, {entries} are in the log");
    assert!(!server.output().contains("panicked"));
    assert!(server.stop().success());
}

/// Entries that say that the log was read.
fn looks_in(server: &Server) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&server.database_url()).await.unwrap();
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM audit_entries WHERE act = 'audit_log.entries.read'")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        usize::try_from(count).unwrap()
    })
}
