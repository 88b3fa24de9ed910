//! The drill: a server under load is backed up, lives on, dies, and is restored elsewhere together with its log.
//!
//! Between the backup and the death a card is frozen, a person's keys are destroyed and a sign-in link is used: none
//! of this may be undone by the restore. What is lost, the payments of that time, is counted and named.

use crate::http;
use crate::ledger::{Ledger, Postgres};
use crate::server::{Options, Server, cardea, pause_ms, poll, variable};
use crate::switch::{Switch, code, purchase};
use cardea::sample;
use cardea::traffic::sample_files::CardRow;
use kernel::{Actor, Channel, IdMint, Random};
use platform::audit::note::{Checkpoint, Note};
use platform::audit::tiles::Folder;
use platform::clock::{SystemClock, SystemRandom};
use platform::config::Config;
use platform::db::Db;
use platform::keys::{Destroyed, PersonKeys};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use vault::KeyRing;

/// Payments after the backup, beside those of the load.
const LATER: u64 = 40;
/// Processes that are killed in the middle of their work, of each kind.
const KILLS: u64 = 4;
/// Largest file of a process that has no room for a backup, KiB.
const NO_ROOM_KIB: u64 = 64;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sqlite,
    Postgres,
}

#[test]
fn the_drill_from_sqlite_to_sqlite() {
    drill(Kind::Sqlite, Kind::Sqlite);
}

#[test]
fn the_drill_from_sqlite_to_postgres() {
    drill(Kind::Sqlite, Kind::Postgres);
}

#[test]
fn the_drill_from_postgres_to_postgres() {
    drill(Kind::Postgres, Kind::Postgres);
}

#[test]
fn the_drill_from_postgres_to_sqlite() {
    drill(Kind::Postgres, Kind::Sqlite);
}

fn drill(from: Kind, to: Kind) {
    let source = (from == Kind::Postgres).then(Postgres::fresh);
    let database = source.as_ref().map(|database| database.url.clone());
    let mut server = Server::start_with(&Options { database, ..Options::default() });
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("issuer.backup");
    let cards = server.plain_cards().into_iter().cloned().collect::<Vec<_>>();
    let (frozen, lifted, paying, erased) = (&cards[0], &cards[1], &cards[2], &cards[3]);

    let taken = under_load(&server, &cards[..4], || {
        well(&cardea(&["backup", "--config", &settings(&server.data), "--to", text(&backup), "--json"]))
    });
    nothing_shows(&server, &backup);

    for (card, operation) in [(frozen, "drill-1"), (lifted, "drill-2")] {
        let answer = server.api_post(&format!("/v1/cards/{}/freezes", card.card), operation, &json!({}));
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    }
    unfreeze(&server, lifted);
    let link = server.demo.sign_ins[0].url.strip_prefix(&server.demo.http).unwrap().to_owned();
    assert!(
        http::get(server.http(), &link).unwrap().header("set-cookie").is_some(),
        "the link is good for once"
    );
    erase(&server, erased);
    let mut switch = Switch::connect(server.iso(0));
    for number in 0..LATER {
        assert_eq!(code(&switch.ask(&purchase(paying, 1, 500_000 + number))), "00");
    }
    let all = Ledger::open(&server.database_url()).count();
    let log = server.data.join("log");
    published(&log, &Ledger::open(&server.database_url()));
    server.kill();

    let target = (to == Kind::Postgres).then(Postgres::fresh);
    let restored =
        restore(&mut server, target.as_ref().map(|database| database.url.as_str()), &backup, &log, &place);
    assert_eq!(restored["rows"], taken["rows"]);
    let ledger = Ledger::open(&server.database_url());
    let missing = all - kept(&taken);
    assert!(missing >= LATER, "the load went on: {missing}");
    assert_eq!(restored["missing"]["authorizations"], json!(missing), "{restored}");
    assert_eq!(restored["missing"]["acts"]["access.link.used"], json!(1), "{restored}");
    assert_eq!(restored["reapplied"], json!({ "accounts": 1, "persons": 1, "access": 0 }), "{restored}");
    let file = std::fs::read_to_string(place.path().join("missing.csv")).unwrap();
    assert_eq!(file.lines().count() as u64, missing + 1, "each missing payment is named");

    server.restart();
    let mut switch = Switch::connect(server.iso(0));
    assert_eq!(code(&switch.ask(&purchase(frozen, 1, 600_001))), "62", "what was frozen stays frozen");
    assert_eq!(code(&switch.ask(&purchase(lifted, 1, 600_002))), "00", "what was lifted is not frozen again");
    assert_eq!(code(&switch.ask(&purchase(paying, 1, 600_003))), "00");
    assert!(
        http::get(server.http(), &link).unwrap().header("set-cookie").is_none(),
        "a used link stays used"
    );
    assert_eq!(erasure(&server, erased), Destroyed::Before, "destroyed keys stay destroyed");
    // The log goes on where it was published last: the publisher checks that the new leaves continue those.
    published(&log, &ledger);
    assert!(server.stop().success());
}

/// Runs `work` while payments go on. Cards take turns, since an account has a bound of open holds.
fn under_load<T>(server: &Server, cards: &[CardRow], work: impl FnOnce() -> T) -> T {
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut switch = Switch::connect(server.iso(0));
            for (number, card) in (1..).zip(cards.iter().cycle()) {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                assert_eq!(code(&switch.ask(&purchase(card, 1, number))), "00");
                answered.fetch_add(1, Ordering::AcqRel);
            }
        });
        poll(|| (answered.load(Ordering::Acquire) > 20).then_some(())).expect("payments");
        let done = work();
        let during = answered.load(Ordering::Acquire);
        poll(|| (answered.load(Ordering::Acquire) > during).then_some(())).expect("payments went on");
        stop.store(true, Ordering::Release);
        done
    })
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn settings(data: &Path) -> String {
    data.join("cardea.toml").display().to_string()
}

/// The object that a command printed.
fn well(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn kept(taken: &Value) -> u64 {
    taken["tables"]["authorizations"].as_u64().unwrap()
}

fn unfreeze(server: &Server, card: &CardRow) {
    let key = format!("Bearer {}", server.demo.api_key);
    let line = format!("DELETE /v1/cards/{}/freezes", card.card);
    let answer = http::send(server.http(), &line, &[("authorization", &key)], b"").unwrap();
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text());
}

fn erase(server: &Server, card: &CardRow) {
    assert_eq!(erasure(server, card), Destroyed::Now);
}

fn erasure(server: &Server, card: &CardRow) -> Destroyed {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (clock, ids) = (Arc::new(SystemClock::default()), Arc::new(IdMint::new(8)));
        let db = Db::connect(&server.database_url(), clock, ids).await.unwrap();
        let keys = Arc::new(ring(server));
        let persons = PersonKeys::new(db, keys, Arc::new(SystemRandom));
        let person = card.customer.parse().unwrap();
        persons.destroy(features::ALL, person, (Actor::System, Channel::Console)).await.unwrap()
    })
}

fn ring(server: &Server) -> KeyRing {
    let config = Config::load(Some(Path::new(&settings(&server.data)))).unwrap();
    cardea::keys::open(&config).unwrap()
}

/// Waits until everything in the log of the database is published.
fn published(log: &Path, ledger: &Ledger) {
    let folder = Folder::new(log.to_owned());
    let caught_up = poll(|| {
        let note = folder.checkpoint().unwrap()?;
        let size = Checkpoint::parse(Note::parse(&note).unwrap().text).unwrap().size;
        (size == ledger.leaf_count()).then_some(())
    });
    assert!(caught_up.is_some(), "the log is not published to its end");
}

/// Restores into a fresh data directory, from which the server is started next.
fn restore(
    server: &mut Server,
    database: Option<&str>,
    backup: &Path,
    log: &Path,
    place: &tempfile::TempDir,
) -> Value {
    let data = place.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut table: toml::Table = std::fs::read_to_string(settings(&server.data)).unwrap().parse().unwrap();
    let url =
        database.map_or_else(|| format!("sqlite://{}", data.join("cardea.sqlite").display()), str::to_owned);
    table.insert("data_dir".to_owned(), text(&data).into());
    table.insert("database".to_owned(), toml::Table::from_iter([("url".to_owned(), url.into())]).into());
    table.insert("log".to_owned(), toml::Table::from_iter([("folder".to_owned(), text(log).into())]).into());
    std::fs::write(settings(&data), table.to_string()).unwrap();
    // The keys come from where they are kept.
    std::fs::copy(server.data.join("keys.cardea"), data.join("keys.cardea")).unwrap();
    server.data = data.clone();
    let missing = place.path().join("missing.csv");
    let (config, log) = (settings(&data), text(log));
    let names =
        ["restore", text(backup), "--config", &config, "--log", log, "--missing", text(&missing), "--json"];
    well(&cardea(&names))
}

/// Everything that must not be in a backup, in the clear or as it is written elsewhere.
fn nothing_shows(server: &Server, backup: &Path) {
    let raw = std::fs::read(backup).unwrap();
    let mut bytes = raw.clone();
    let mut archive = tar::Archive::new(&raw[..]);
    for member in archive.entries().unwrap() {
        let mut member = member.unwrap();
        let mut content = Vec::new();
        if member.path().unwrap().extension().is_some_and(|end| end == "gz") {
            flate2::read::MultiGzDecoder::new(member).read_to_end(&mut content).unwrap();
        } else {
            member.read_to_end(&mut content).unwrap();
        }
        bytes.extend(content);
    }
    let keys: Value =
        serde_json::from_slice(&std::fs::read(server.data.join("keys.cardea")).unwrap()).unwrap();
    let mut needles: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, text) in texts(&keys).into_iter().enumerate().filter(|(_, text)| text.len() >= 24) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        needles.push((format!("key {number}"), text.clone().into_bytes()));
        needles.extend(STANDARD.decode(&text).ok().map(|key| (format!("bytes of key {number}"), key)));
    }
    assert!(needles.len() >= 4, "there are keys to look for");
    for card in &server.cards {
        needles.push(("a card number".to_owned(), card.pan.clone().into_bytes()));
        needles.push(("a query password".to_owned(), format!("\"{}\"", card.query_password).into_bytes()));
    }
    for person in sample::people(&ring(server), server.cards.len(), 0).unwrap() {
        needles.push(("a telephone number".to_owned(), person.phone.clone().into_bytes()));
        needles.push(("a mail address".to_owned(), person.email.clone().into_bytes()));
        needles.push(("a name".to_owned(), person.name.en.clone().into_bytes()));
    }
    needles.push(("the key of the API".to_owned(), server.demo.api_key.clone().into_bytes()));
    for sign_in in &server.demo.sign_ins {
        needles.push(("a link".to_owned(), sign_in.url.rsplit('/').next().unwrap().into()));
    }
    assert!(
        finds(&bytes, &[("a table".to_owned(), b"account_state".to_vec())]).len() == 1,
        "the search finds"
    );
    assert_eq!(finds(&bytes, &needles), Vec::<String>::new());
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        Value::Object(all) => all.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Which of the needles occur, by name.
fn finds(bytes: &[u8], needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut starts: HashMap<[u8; 4], Vec<&(String, Vec<u8>)>> = HashMap::new();
    for needle in needles {
        starts.entry(*needle.1.first_chunk().expect("four bytes")).or_default().push(needle);
    }
    let mut found: Vec<String> = (0..bytes.len())
        .filter_map(|at| Some((at, starts.get(bytes.get(at..)?.first_chunk::<4>()?)?)))
        .flat_map(|(at, those)| those.iter().filter(move |(_, needle)| bytes[at..].starts_with(needle)))
        .map(|(name, _)| name.clone())
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn killed_at_any_moment_neither_leaves_a_half() {
    let kills =
        variable("CARDEA_KILLS").map_or(KILLS, |text| text.parse().expect("CARDEA_KILLS is a number"));
    let mut server = Server::start_with(&Options { people: 8_000, ..Options::default() });
    let place = tempfile::tempdir().unwrap();
    let (source, backup) = (server.database_url(), place.path().join("whole.backup"));
    let whole = well(&cardea(&["backup", "--database", &source, "--to", text(&backup), "--json"]));
    let took_ms = (whole["seconds"].as_f64().unwrap() * 1_000.0) as u64 + 20;
    let mut cut = 0;
    for round in 0..kills {
        let path = place.path().join(format!("{round}.backup"));
        cut +=
            kill_after(took_ms, &["backup", "--database", &source, "--to", text(&path)], &|| path.exists());
        if path.exists() {
            well(&cardea(&["restore", text(&path), "--check", "--json"]));
        } else {
            // What a killed run left is no obstacle.
            well(&cardea(&["backup", "--database", &source, "--to", text(&path), "--json"]));
        }
    }
    assert!(server.stop().success());
    let target = Postgres::fresh();
    for round in 0..kills {
        let file = place.path().join(format!("{round}.sqlite"));
        let url = format!("sqlite://{}", file.display());
        cut += kill_after(3 * took_ms, &["restore", text(&backup), "--database", &url], &|| file.exists());
        if !file.exists() {
            well(&cardea(&["restore", text(&backup), "--database", &url, "--json"]));
        }
        assert_eq!(
            Ledger::open(&url).accounts().len() as u64,
            whole["tables"]["account_state"].as_u64().unwrap()
        );
        let again = cardea(&["restore", text(&backup), "--database", &url]);
        assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"), "{again:?}");
    }
    for _ in 0..kills {
        let filled = || Ledger::try_accounts(&target.url).unwrap_or(0) > 0;
        cut += kill_after(3 * took_ms, &["restore", text(&backup), "--database", &target.url], &filled);
        if filled() {
            break;
        }
    }
    if Ledger::try_accounts(&target.url).unwrap_or(0) == 0 {
        well(&cardea(&["restore", text(&backup), "--database", &target.url, "--json"]));
    }
    let accounts = Ledger::open(&target.url).accounts().len() as u64;
    assert_eq!(accounts, whole["tables"]["account_state"].as_u64().unwrap());
    println!("{cut} of {} processes were killed before their end", 3 * kills);
    assert!(cut > 0, "no process was killed before its end: nothing was shown");
}

/// Starts the program and kills it within `most_ms`; 1 when that was before its work was done.
fn kill_after(most_ms: u64, arguments: &[&str], done: &dyn Fn() -> bool) -> u64 {
    let mut child = crate::server::started(arguments);
    pause_ms(SystemRandom.next_u64() % most_ms);
    let _ = child.kill();
    child.wait().unwrap();
    u64::from(!done())
}

#[test]
fn without_room_there_is_a_clean_error_and_no_file() {
    // The bound is one for all files of the process, so its database must not be a file.
    let source = Postgres::fresh();
    let database = Some(source.url.clone());
    let server = Server::start_with(&Options { people: 1_000, database, ..Options::default() });
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("issuer.backup");
    let arguments = ["backup", "--config", &settings(&server.data), "--to", text(&backup)];
    let output = crate::server::cardea_within(NO_ROOM_KIB, &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("Nothing was left behind"), "{said}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "no file is left");
}
