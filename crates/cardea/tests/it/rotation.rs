//! Killed again and again while the master key is rotated under a load of payments: every row stays readable, what
//! was done stays done, and the rotation comes to its end.
//!
//! The server does the work; the command only makes the new key and watches, and is killed with it.

use crate::kill::send_until_lost;
use crate::ledger::Postgres;
use crate::server::{Options, Server, binary, pause_ms, poll, variable};
use kernel::{IdMint, Random};
use platform::clock::{SystemClock, SystemRandom};
use platform::db::Db;
use platform::keys::{Rotation, columns};
use platform::on;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, atomic::AtomicU64};
use tokio::runtime::Runtime;
use vault::{KeyFile, KeyRing, Place, Unseal};

const KILLS: u64 = 3;
const PEOPLE: u32 = 300;
/// Slow enough that a kill falls into the work.
const SETTINGS: &str = "\n[keys]\nrotate_rows_per_second = 200\n";

/// As the variable of the tests says: a long run kills a hundred times on each database.
fn kills() -> u64 {
    variable("CARDEA_KILLS").map_or(KILLS, |text| text.parse().expect("CARDEA_KILLS is a number"))
}

#[test]
fn killed_while_the_master_key_is_rotated_on_sqlite() {
    rotate_and_kill(Server::start_with(&Options { people: PEOPLE, ..Options::default() }), kills());
}

#[test]
fn killed_while_the_master_key_is_rotated_on_postgres() {
    let database = Postgres::fresh();
    let options = Options { people: PEOPLE, database: Some(database.url.clone()), ..Options::default() };
    rotate_and_kill(Server::start_with(&options), kills());
}

fn rotate_and_kill(mut server: Server, kills: u64) {
    server.kill();
    let mut settings = OpenOptions::new().append(true).open(server.data.join("cardea.toml")).unwrap();
    settings.write_all(SETTINGS.as_bytes()).unwrap();
    server.restart();
    let (mut inside, mut command) = (0, None);
    for round in 0..kills {
        // A rotation that an earlier kill cut off goes on by itself; only a finished one is followed by another.
        if Look::at(&server).is_finished() {
            let before = Look::at(&server).version();
            command = Some(rotate(&server));
            // Every second time the server has noticed the new key before the moment of the kill is drawn.
            if round.is_multiple_of(2) {
                let begun = poll(|| (Look::at(&server).version() > before).then_some(()));
                begun.expect("the server notices the new key");
            }
        }
        let count = AtomicU64::new(0);
        let (address, cards) = (server.iso(0), server.cards.clone());
        std::thread::scope(|scope| {
            let (count, cards) = (&count, &cards);
            let sending = scope.spawn(move || send_until_lost(address, cards, round * 1_000_000, count));
            pause_ms(200 + SystemRandom.next_u64() % 2_500);
            server.kill();
            sending.join().unwrap();
        });
        if let Some(mut child) = command.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let look = Look::at(&server);
        look.every_row_opens();
        let (old, all) = look.old_and_all();
        println!("kill {round}: {old} of {all} rows under an old key, {:?}", look.progress());
        inside += u64::from(old > 0 && old < all);
        server.restart();
    }
    println!("{inside} of {kills} kills fell into the work");
    assert!(inside > 0, "no kill fell into the work: nothing was shown");
    let done = poll(|| Look::at(&server).is_finished().then_some(()));
    done.expect("the rotation comes to its end");
    let look = Look::at(&server);
    look.every_row_opens();
    assert_eq!(look.old_and_all().0, 0);
    assert!(server.stop().success());
}

fn rotate(server: &Server) -> Child {
    let settings = server.data.join("cardea.toml");
    let mut command = Command::new(binary());
    command.args(["keys", "rotate", "--config", settings.to_str().unwrap()]).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// A look at keys and database from outside.
struct Look {
    rotation: Rotation,
    runtime: Runtime,
}

impl Look {
    fn at(server: &Server) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clock = Arc::new(SystemClock::default());
        let url = server.database_url();
        let db = runtime.block_on(Db::connect(&url, clock, Arc::new(IdMint::new(9)))).unwrap();
        let keys = KeyFile::open(&server.data.join("keys.cardea"), &Unseal::Nothing).unwrap();
        let rotation = Rotation {
            db,
            keys: Arc::new(keys.ring().unwrap()),
            random: Arc::new(SystemRandom),
            columns: columns(features::ALL),
            rows_per_second: 1,
        };
        Self { rotation, runtime }
    }

    fn progress(&self) -> Option<platform::keys::Progress> {
        self.runtime.block_on(self.rotation.progress()).unwrap()
    }

    /// The version to which the newest rotation that was noted leads.
    fn version(&self) -> i64 {
        self.progress().map_or(1, |one| one.version)
    }

    /// Whether the newest master key has been rotated to; one that nobody has noted yet has not.
    fn is_finished(&self) -> bool {
        let version = i64::from(self.rotation.keys.master_version().unwrap());
        let progress = self.progress();
        version == 1 || progress.is_some_and(|one| one.version == version && one.finished_at.is_some())
    }

    fn old_and_all(&self) -> (i64, i64) {
        let newest = self.rotation.keys.master_version().unwrap();
        let rows = self.runtime.block_on(self.rotation.rows()).unwrap();
        let of =
            |old: bool| rows.iter().filter(|one| !old || one.version != newest).map(|one| one.rows).sum();
        (of(true), of(false))
    }

    /// The wrapped key of every person and card unwraps, and what it sealed opens.
    fn every_row_opens(&self) {
        for (table, column) in [("customers", "profile"), ("cards", "pan")] {
            let sql = format!("SELECT id, data_key, {column} FROM {table}");
            let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = self.runtime.block_on(async {
                on!(self.rotation.db.pool(), pool => {
                    sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await
                })
                .unwrap()
            });
            assert!(rows.len() >= usize::try_from(PEOPLE).unwrap(), "{} rows of {table}", rows.len());
            let keys: &KeyRing = &self.rotation.keys;
            for (row, wrapped, sealed) in rows {
                let key = keys.unwrap_key(Place { table, row, column: "data_key" }, &wrapped);
                key.and_then(|key| key.open(Place { table, row, column }, &sealed)).unwrap();
            }
        }
    }
}
