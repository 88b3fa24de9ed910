//! The log of a whole server, checked by programs that share no code with it: `cardea-verify`, and Python's
//! `pymerkle` with `cryptography`; also after kills in the middle of its work.

use crate::python::python;
use crate::server::{Server, binary, poll, variable};
use crate::switch::{Switch, code, purchase};
use cardea_verify::{Checkpoint, Key, Kind, Source, check, consistency, inclusion, proof_file};
use platform::clock::SystemClock;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use testkit::{Mood, TestShelf, TestWitness};

const KILLS: u64 = 3;
/// Payments of one round.
const PAYMENTS: u64 = 300;

struct Watched {
    server: Server,
    key: Key,
    vkey: PathBuf,
    sent: u64,
    _place: tempfile::TempDir,
}

impl Watched {
    fn start() -> Self {
        let server = Server::start();
        let place = tempfile::tempdir().unwrap();
        let printed = cardea(&server, "vkey", &[]);
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let vkey = place.path().join("log.vkey");
        std::fs::write(&vkey, &printed.stdout).unwrap();
        let key = Key::parse(&String::from_utf8(printed.stdout).unwrap()).unwrap();
        Self { server, key, vkey, sent: 0, _place: place }
    }

    fn folder(&self) -> PathBuf {
        self.server.data.join("log")
    }

    fn source(&self) -> Source {
        Source::new(self.folder().to_str().unwrap(), None)
    }

    fn pay(&mut self) {
        let card = self.server.plain_cards()[0].clone();
        let mut switch = Switch::connect(self.server.iso(0));
        let messages: Vec<_> = (0..PAYMENTS).map(|i| purchase(&card, 10, self.sent + i)).collect();
        let answers = switch.ask_all(&messages);
        self.sent += PAYMENTS;
        // Approved or declined: each has a record and a leaf.
        assert!(answers.iter().all(|answer| !matches!(code(answer).as_str(), "91" | "96")));
    }

    /// The published checkpoint, once it covers `size` entries.
    fn checkpoint_over(&self, size: u64) -> Checkpoint {
        let found = poll(|| {
            let note = self.source().checkpoint().unwrap()?;
            let checkpoint = Checkpoint::open(&note, &self.key).unwrap();
            (checkpoint.size >= size).then_some(checkpoint)
        });
        found.unwrap_or_else(|| panic!("no checkpoint over {size} entries"))
    }
}

fn cardea(server: &Server, what: &str, more: &[&str]) -> std::process::Output {
    let settings = server.data.join("cardea.toml");
    // The program refuses variables that it does not know, and tests have some.
    let mut command = Command::new(binary());
    command.env_clear().args(["log", what, "--config"]).arg(settings).args(more).output().unwrap()
}

#[test]
fn other_programs_check_the_log_of_a_server() {
    let mut watched = Watched::start();
    watched.pay();
    let kept = watched.checkpoint_over(PAYMENTS);
    watched.pay();
    let newer = watched.checkpoint_over(kept.size + PAYMENTS);
    let report = check(&watched.source(), &[watched.key.clone()], std::slice::from_ref(&kept)).unwrap();
    assert!(report.ok && report.entries_checked && report.size >= newer.size, "{report}");
    assert!(consistency(&watched.source(), &kept, &newer).unwrap().0);
    assert!(inclusion(&watched.source(), &newer, newer.size / 2, None).unwrap().0);

    let url = format!("http://{}/v1/log", watched.server.http());
    let open = Source::new(&url, Some(watched.server.demo.api_key.clone()));
    let report = check(&open, &[watched.key.clone()], std::slice::from_ref(&kept)).unwrap();
    assert!(report.ok && report.entries_checked, "{report}");
    let closed = check(&Source::new(&url, None), &[watched.key.clone()], &[kept]).unwrap();
    assert!(closed.ok && !closed.entries_checked, "hashes are public, entries are not: {closed}");

    let output = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/log.py"))
        .args([&watched.folder(), &watched.vkey])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("ok "));

    let rows = cardea(&watched.server, "verify", &["--json"]);
    assert!(rows.status.success(), "{}", String::from_utf8_lossy(&rows.stderr));
    assert!(watched.server.stop().success());
}

#[test]
fn a_row_that_was_changed_is_named_by_index() {
    let mut watched = Watched::start();
    watched.pay();
    watched.checkpoint_over(PAYMENTS);
    assert!(watched.server.stop().success());
    let changed = rusqlite_change(&watched.server);
    let rows = cardea(&watched.server, "verify", &["--json"]);
    assert!(!rows.status.success());
    let report: serde_json::Value = serde_json::from_slice(&rows.stdout).unwrap();
    assert_eq!((&report["kind"], &report["first_bad"]), (&"rewritten".into(), &changed.into()));
    let bundle = watched.folder().join("tile/entries/000");
    let mut bytes = std::fs::read(&bundle).unwrap();
    bytes[4] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    let report = check(&watched.source(), &[watched.key.clone()], &[]).unwrap();
    assert_eq!((report.kind, report.first_bad, report.exact), (Some(Kind::Rewritten), Some(0), true));
}

/// The world outside of a server: a witness, and a place that keeps checkpoints.
struct Outside {
    witness: TestWitness,
    shelf: TestShelf,
    runtime: tokio::runtime::Runtime,
}

impl Outside {
    /// Starts both and tells the server of them.
    fn of(watched: &mut Watched) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let vkey = std::fs::read_to_string(&watched.vkey).unwrap();
        let clock = Arc::new(SystemClock::default());
        let witness = runtime.block_on(TestWitness::start("witness.example", &vkey, clock));
        let shelf = runtime.block_on(TestShelf::start());
        let settings = watched.server.data.join("cardea.toml");
        let mut table: toml::Table = std::fs::read_to_string(&settings).unwrap().parse().unwrap();
        let log = table.entry("log").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
        log.insert("witnesses".to_owned(), vec![witness.setting()].into());
        log.insert("copies".to_owned(), vec![shelf.url("/log/")].into());
        log.insert("copy_seconds".to_owned(), 1.into());
        log.insert("checkpoint_seconds".to_owned(), 1.into());
        std::fs::write(settings, table.to_string()).unwrap();
        watched.server.restart();
        Self { witness, shelf, runtime }
    }

    /// A note of at least `size` entries with the witness's line, as the shelf has it.
    fn kept(&self, watched: &Watched, size: u64) -> (String, Checkpoint) {
        let found = poll(|| {
            self.shelf.kept().into_iter().rev().find_map(|kept| {
                let checkpoint = Checkpoint::open(&kept.text, &watched.key).unwrap();
                let cosigned = self.witness.lines_in(&kept.text) == Some(1);
                (cosigned && checkpoint.size >= size).then_some((kept.text, checkpoint))
            })
        });
        found.unwrap_or_else(|| panic!("no cosigned copy over {size} entries: {:?}", self.shelf.kept()))
    }

    fn witness_key(&self) -> Key {
        Key::parse(self.witness.setting().split_once(' ').unwrap().0).unwrap()
    }
}

/// The attacker owns the host, its database, its folder and its key. What was cosigned and copied off is elsewhere.
#[test]
fn a_checkpoint_that_was_kept_elsewhere_names_what_was_cut_off() {
    let mut watched = Watched::start();
    let outside = Outside::of(&mut watched);
    watched.pay();
    let (older, first) = outside.kept(&watched, PAYMENTS);
    // Without its witness the server goes on; with it again, the next checkpoint is cosigned.
    outside.witness.set_mood(Mood::Down);
    watched.pay();
    let bare = watched.checkpoint_over(first.size + PAYMENTS);
    let metrics = || crate::http::get(watched.server.http(), "/metrics").unwrap().text();
    poll(|| metrics().contains("cardea_log_witness_failures_total").then_some(()))
        .expect("it was asked in vain");
    outside.witness.set_mood(Mood::Honest);
    let (_, kept) = outside.kept(&watched, bare.size);
    for name in ["cardea_log_cosigned_total", "cardea_log_copies_total"] {
        assert!(metrics().contains(name), "{name}");
    }
    proof_of_an_entry(&watched, &[watched.key.clone(), outside.witness_key()]);
    assert!(watched.server.stop().success());
    let keys = [watched.key.clone(), outside.witness_key()];
    let report = check(&watched.source(), &keys, &[first.clone(), kept.clone()]).unwrap();
    assert!(report.ok, "{report}");

    let size = report.size;
    for kind in ["tile/0", "tile/entries"] {
        let (file, per) = last_piece(&watched.folder().join(kind));
        let bytes = std::fs::read(&file).unwrap();
        let whole = if kind == "tile/0" { bytes.len() - 32 } else { without_last(&bytes) };
        assert!(per > 1, "one piece holds the last two entries");
        std::fs::write(&file, &bytes[..whole]).unwrap();
    }
    let cut = check(&watched.source(), &keys, std::slice::from_ref(&kept)).unwrap();
    assert_eq!((cut.kind, cut.first_bad), (Some(Kind::Truncated), Some(size - 1)), "{cut}");

    // With an old note of its own, truly signed and cosigned, the shorter log looks whole to who kept nothing.
    std::fs::write(watched.folder().join("checkpoint"), older).unwrap();
    let alone = check(&watched.source(), &keys, &[]).unwrap();
    assert!(alone.ok && alone.cosigned_by == ["witness.example"], "{alone}");
    let rolled = check(&watched.source(), &keys, &[kept]).unwrap();
    assert_eq!((rolled.kind, rolled.first_bad), (Some(Kind::RolledBack), Some(first.size)), "{rolled}");
    drop(outside.runtime);
}

/// Compliance saves the proof of the oldest entry that the desk shows; who has only the keys checks it.
fn proof_of_an_entry(watched: &Watched, keys: &[Key]) {
    let (server, demo) = (&watched.server, &watched.server.demo);
    let link = demo.sign_ins.iter().find(|one| one.role == "compliance").expect("an officer");
    let signed_in = crate::http::get(server.http(), link.url.strip_prefix(&demo.http).unwrap()).unwrap();
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let get = |path: &str| {
        crate::http::send(server.http(), &format!("GET {path}"), &[("cookie", cookie.as_str())], b"").unwrap()
    };
    let list = get("/desk/audit-log?lang=en").text();
    let entry =
        list.rsplit("/desk/audit-log/entries/").next().and_then(|rest| rest.split('"').next()).unwrap();
    let proof =
        poll(|| Some(get(&format!("/desk/audit-log/entries/{entry}/proof"))).filter(|one| one.status == 200));
    let proof = proof.expect("a covered entry").text();
    let proved = proof_file(&proof, keys, None).unwrap().expect("it holds");
    assert_eq!(proved.cosigned_by, ["witness.example"]);
    let page = get(&format!("/desk/audit-log/entries/{entry}?lang=en")).text();
    assert!(page.contains("witness.example") && page.contains("As it was logged"), "{page}");
    assert_eq!(proof_file(&proof, keys, Some(b"another entry")).unwrap(), None);
}

/// The newest partial piece under `folder`, and how many it holds.
fn last_piece(folder: &Path) -> (PathBuf, u64) {
    let mut found = Vec::new();
    for partial in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if partial.extension().is_some_and(|end| end == "p") {
            for piece in std::fs::read_dir(partial).unwrap().map(|entry| entry.unwrap().path()) {
                let width: u64 = piece.file_name().unwrap().to_str().unwrap().parse().unwrap();
                found.push((piece, width));
            }
        }
    }
    found.into_iter().max_by_key(|(_, width)| *width).expect("a partial piece")
}

/// Where the last entry of a bundle begins.
fn without_last(bytes: &[u8]) -> usize {
    let (mut at, mut last) = (0, 0);
    while at < bytes.len() {
        last = at;
        at += 2 + usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    }
    last
}

/// Changes one entry; its index.
fn rusqlite_change(server: &Server) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&server.database_url()).await.unwrap();
        let index: i64 = sqlx::query_scalar(
            "SELECT MAX(position) FROM audit_entries WHERE refs IS NULL AND position < 200",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        let change = "UPDATE audit_entries SET body = body || ' ' WHERE position = $1";
        sqlx::query(change).bind(index).execute(&mut connection).await.unwrap();
        index
    })
}

/// Every checkpoint that was ever published is a beginning of every later one, whenever the server was killed.
#[test]
fn killed_while_it_integrates_the_log_has_one_history() {
    let kills = variable("CARDEA_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let mut watched = Watched::start();
    let mut kept: Vec<Checkpoint> = Vec::new();
    let mut inside = 0;
    for round in 0..kills {
        let before = kept.last().map_or(0, |one| one.size);
        watched.pay();
        // Somewhere between the commit of the payments and the publication of their checkpoint.
        crate::server::pause_ms(37 * (round * 13 % 29));
        watched.server.kill();
        let published = watched.source().checkpoint().unwrap();
        let published = published.map(|note| Checkpoint::open(&note, &watched.key).unwrap());
        // Of the entries of this round, which are durable, some were not published: there was something to lose.
        inside += u32::from(published.as_ref().map_or(0, |one| one.size) < before + PAYMENTS);
        kept.extend(published);
        watched.server.restart();
        let newest = watched.checkpoint_over(watched.sent);
        for older in &kept {
            assert!(consistency(&watched.source(), older, &newest).unwrap().0, "kill {round}");
        }
        kept.push(newest);
    }
    let report = check(&watched.source(), &[watched.key.clone()], &kept).unwrap();
    assert!(report.ok && report.entries_checked, "{report}");
    let sizes: Vec<u64> = kept.iter().map(|one| one.size).collect();
    println!(
        "{kills} kills, {inside} of them before all was published; sizes of the kept checkpoints: {sizes:?}"
    );
    assert!(
        inside > 0,
        "every kill came when nothing was under way: the pauses are too long for this machine"
    );
    assert!(watched.server.stop().success());
}
