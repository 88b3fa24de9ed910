//! A server in a process of its own: started, killed, started again, and gone at the end of the test.

use crate::http;
use cardea::traffic::sample_files::{CardRow, DemoFile};
use kernel::{Clock, Random};
use platform::clock::{SystemClock, SystemRandom};
use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// Longest wait for a server to be ready or gone, in looks of [`LOOK_MS`].
const LOOKS_MAX: usize = 6_000;
const LOOK_MS: u64 = 20;
/// Another test may take a port between the moment it was found free and the start.
const STARTS_MAX: usize = 5;

/// How a server is started.
#[derive(Clone)]
pub struct Options {
    pub people: u32,
    /// A PostgreSQL address instead of SQLite.
    pub database: Option<String>,
    /// Where the data directory is made; a fresh temporary folder when absent.
    pub parent: Option<PathBuf>,
    /// Largest file that the process may write, in blocks of 1,024 bytes.
    pub file_kib_max: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { people: 200, database: None, parent: None, file_kib_max: None }
    }
}

/// A running demo with what it tells about itself.
pub struct Server {
    pub data: PathBuf,
    pub demo: DemoFile,
    pub cards: Vec<CardRow>,
    http_port: u16,
    iso_port: u16,
    /// Output goes here, outside the data directory.
    output: PathBuf,
    child: Option<Child>,
    _folder: tempfile::TempDir,
}

impl Server {
    /// A demo over SQLite with people enough for six plain cards.
    pub fn start() -> Self {
        Self::start_with(&Options::default())
    }

    pub fn start_with(options: &Options) -> Self {
        let mut last = String::new();
        for _ in 0..STARTS_MAX {
            match Self::try_start(options) {
                Ok(server) => return server,
                Err(words) => last = words,
            }
        }
        panic!("the server did not start: {last}");
    }

    fn try_start(options: &Options) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let parent = options.parent.clone().unwrap_or_else(|| folder.path().to_owned());
        let data = parent.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data).unwrap();
        }
        let output = folder.path().join("output.txt");
        let (http_port, iso_port) = (free_ports(1), free_ports(3));
        let mut arguments: Vec<String> =
            ["demo", "--traffic", "off", "--data-dir", data.to_str().unwrap()].map(str::to_owned).to_vec();
        for (name, value) in [
            ("--people", options.people.to_string()),
            ("--http-port", http_port.to_string()),
            ("--iso-port", iso_port.to_string()),
        ] {
            arguments.extend([name.to_owned(), value]);
        }
        if let Some(url) = &options.database {
            arguments.extend(["--database".to_owned(), url.clone()]);
        }
        let mut child = spawn(&arguments, &output, options.file_kib_max);
        if let Err(words) = await_ready(&mut child, http_port, &output) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(words);
        }
        let demo = std::fs::read(data.join("demo.json")).unwrap();
        let mut cards = csv::Reader::from_path(data.join("cards.csv")).unwrap();
        Ok(Self {
            demo: serde_json::from_slice(&demo).unwrap(),
            cards: cards.deserialize().map(Result::unwrap).collect(),
            data,
            http_port,
            iso_port,
            output,
            child: Some(child),
            _folder: folder,
        })
    }

    /// The address of the pages and the API.
    pub fn http(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.http_port))
    }

    /// The address of a dialect: 0 is `ascii`, 1 `ascii-binary-bitmap`, 2 `bcd`.
    pub fn iso(&self, dialect: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.iso_port + dialect))
    }

    /// Cards of the product without rules.
    pub fn plain_cards(&self) -> Vec<&CardRow> {
        let plain: Vec<&CardRow> = self.cards.iter().filter(|card| card.product == "plain").collect();
        assert!(plain.len() >= 6, "only {} plain cards among so few people", plain.len());
        plain
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Ends the process as a crash would: SIGKILL, no last words.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The file of its settings.
    pub fn settings(&self) -> PathBuf {
        self.data.join("cardea.toml")
    }

    /// Adds tables to its settings, for the next start.
    pub fn set(&self, tables: &str) {
        let kept = std::fs::read_to_string(self.settings()).unwrap();
        std::fs::write(self.settings(), format!("{kept}\n{tables}")).unwrap();
    }

    /// Starts it again on the same data.
    pub fn restart(&mut self) {
        self.kill();
        let settings = self.settings();
        let arguments = ["serve", "--config", settings.to_str().unwrap()].map(str::to_owned);
        let mut child = spawn(&arguments, &self.output, None);
        if let Err(words) = await_ready(&mut child, self.http_port, &self.output) {
            panic!("the server did not come back: {words}");
        }
        self.child = Some(child);
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success(), "{name}");
    }

    /// Asks it to end, as a supervisor does, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("-TERM");
        self.ended()
    }

    /// Waits until the process has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let status = poll(|| child.try_wait().unwrap());
        status.unwrap_or_else(|| {
            let _ = child.kill();
            panic!("the server does not end: {}", self.output());
        })
    }

    /// Whether the process has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// Memory that is really there, KiB.
    pub fn resident_kib(&self) -> u64 {
        self.status_kib("VmRSS:")
    }

    /// The most memory that was ever really there, KiB.
    pub fn peak_kib(&self) -> u64 {
        self.status_kib("VmHWM:")
    }

    fn status_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The address of the database, for looking at it from outside.
    pub fn database_url(&self) -> String {
        let settings: toml::Table =
            std::fs::read_to_string(self.data.join("cardea.toml")).unwrap().parse().unwrap();
        let named = settings.get("database").and_then(|table| table.get("url")).and_then(|url| url.as_str());
        named.map_or_else(|| format!("sqlite://{}", self.sqlite().display()), str::to_owned)
    }

    /// The file of SQLite.
    pub fn sqlite(&self) -> PathBuf {
        let found = std::fs::read_dir(&self.data).unwrap().map(|entry| entry.unwrap().path());
        let is_database = |path: &PathBuf| path.extension().is_some_and(|end| end == "db" || end == "sqlite");
        found.into_iter().find(is_database).expect("a database file")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the server said:\n{}", self.output());
        }
        self.kill();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests may be pointed at another binary")]
pub fn binary() -> PathBuf {
    let named = std::env::var("CARDEA_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|_| PathBuf::from(env!("CARGO_BIN_EXE_cardea")));
    assert!(path.exists(), "{} does not exist", path.display());
    path
}

/// Runs the program to its end.
pub fn cardea(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).env_clear().output().unwrap()
}

/// Runs it with a bound on the size of the files that it may write.
pub fn cardea_within(kib: u64, arguments: &[&str]) -> Output {
    let mut shell = Command::new("bash");
    let bounded = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
    shell.args(["-c", &bounded]).arg(binary()).args(arguments).env_clear();
    shell.output().unwrap()
}

/// Starts it and looks away.
pub fn started(arguments: &[&str]) -> Child {
    let mut command = Command::new(binary());
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn spawn(arguments: &[String], output: &Path, file_kib_max: Option<u64>) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(output).unwrap();
    let mut command = match file_kib_max {
        None => Command::new(binary()),
        Some(kib) => {
            // Without the trap the first write too many would kill the process instead of failing.
            let mut shell = Command::new("bash");
            shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"")]).arg(binary());
            shell
        }
    };
    // The program refuses variables that it does not know, and tests have some.
    command.args(arguments).env_clear().env("RUST_BACKTRACE", "1");
    command.stdin(Stdio::null()).stdout(clone(&log)).stderr(clone(&log));
    command.spawn().unwrap()
}

fn clone(log: &File) -> Stdio {
    Stdio::from(log.try_clone().unwrap())
}

fn await_ready(child: &mut Child, http_port: u16, output: &Path) -> Result<(), String> {
    let address = SocketAddr::from(([127, 0, 0, 1], http_port));
    let ready = poll(|| {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(Err(status));
        }
        http::get(address, "/readyz").ok().filter(|answer| answer.status == 200).map(|_| Ok(()))
    });
    match ready {
        Some(Ok(())) => Ok(()),
        Some(Err(status)) => {
            Err(format!("{status}: {}", std::fs::read_to_string(output).unwrap_or_default()))
        }
        None => Err("it was never ready".to_owned()),
    }
}

/// The first of `count` free ports in a row.
pub fn free_ports(count: u16) -> u16 {
    for _ in 0..10_000 {
        // Below the range that the system gives to outgoing connections.
        let first = 10_000 + u16::try_from(SystemRandom.next_u64() % 20_000).unwrap();
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if (first..first + count).all(free) {
            return first;
        }
    }
    panic!("no free ports");
}

/// Looks until there is something, for two minutes at most.
pub fn poll<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..LOOKS_MAX {
        if let Some(found) = look() {
            return Some(found);
        }
        pause_ms(LOOK_MS);
    }
    None
}

/// Between two looks at another process, which tells nobody when it is done.
#[expect(
    clippy::disallowed_methods,
    reason = "another process has no bell to ring; every use is one of a bounded row"
)]
pub fn pause_ms(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// A variable of the tests, or its default.
#[expect(clippy::disallowed_methods, reason = "a variable of the tests, not a setting")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Monotonic time, microseconds.
pub fn now_us() -> u64 {
    thread_local!(static CLOCK: SystemClock = SystemClock::default());
    CLOCK.with(Clock::monotonic_us)
}
