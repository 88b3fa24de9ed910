//! The log of a whole server, checked by programs that share no code with it: `cardea-verify`, and Python's
//! `pymerkle` with `cryptography`; also after kills in the middle of its work.

use crate::python::python;
use crate::server::{Server, binary, poll, variable};
use crate::switch::{Switch, code, purchase};
use cardea_verify::{Checkpoint, Key, Kind, Source, check, consistency, inclusion};
use std::path::{Path, PathBuf};
use std::process::Command;

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
    for round in 0..kills {
        watched.pay();
        // Somewhere between the commit of the payments and the publication of their checkpoint.
        crate::server::pause_ms(37 * (round * 13 % 29));
        watched.server.kill();
        kept.extend(
            watched.source().checkpoint().unwrap().map(|note| Checkpoint::open(&note, &watched.key).unwrap()),
        );
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
    println!("{kills} kills; sizes of the checkpoints that were kept: {sizes:?}");
    assert!(watched.server.stop().success());
}
