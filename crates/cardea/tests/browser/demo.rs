//! A demo of a test's own: the program itself, with a sample issuer in a fresh folder.

use serde::Deserialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running demo; it ends with the value.
pub struct Demo {
    pub about: DemoFile,
    /// Its cards.
    pub cards: Vec<CardRow>,
    process: Child,
    folder: TempDir,
}

/// What a test reads of `demo.json`.
#[derive(Deserialize)]
pub struct DemoFile {
    pub http: String,
    pub api_key: String,
    /// Where what was sent is written.
    pub messages: PathBuf,
    pub sign_ins: Vec<SignIn>,
}

/// A link that signs one person in, once.
#[derive(Deserialize)]
pub struct SignIn {
    pub role: String,
    pub url: String,
}

/// What a test reads of `cards.csv`.
#[derive(Clone, Deserialize)]
pub struct CardRow {
    pub pan: String,
    pub expiry: String,
    pub card: String,
    pub customer: String,
    pub currency: String,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Three ports one behind the other, as the dialects of ISO 8583 need them.
fn free_ports_in_a_row() -> u16 {
    for _ in 0..100 {
        let first = free_port();
        let free = |offset: u16| {
            first.checked_add(offset).is_some_and(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        };
        if (1..3).all(free) {
            return first;
        }
    }
    panic!("no three free ports in a row");
}

fn program() -> PathBuf {
    std::env::var_os("CARDEA_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_cardea")), PathBuf::from)
}

impl Demo {
    /// Starts a small demo; `traffic` says whether its people pay meanwhile.
    pub fn start(traffic: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("demo");
        let (http, iso) = (free_port(), free_ports_in_a_row());
        let mut process = Command::new(program())
            .args(["demo", "--people", "200", "--traffic", if traffic { "on" } else { "off" }])
            .args(["--http-port", &http.to_string(), "--iso-port", &iso.to_string(), "--data-dir"])
            .arg(&data)
            // The program refuses variables that it does not know, and tests have some.
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Its welcome is the sign that it listens.
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("Ctrl-C") {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "the demo ended before it listened");
        }
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let about = serde_json::from_slice(&std::fs::read(data.join("demo.json")).unwrap()).unwrap();
        Self { about, cards: read_cards(&data), process, folder }
    }

    /// The sign-in link of the first person with this role.
    pub fn link(&self, role: &str) -> &str {
        let found = self.about.sign_ins.iter().find(|sign_in| sign_in.role == role);
        &found.unwrap_or_else(|| panic!("no sign-in for {role}")).url
    }

    /// What a command of the program prints about this demo.
    pub fn command(&self, name: &str) -> String {
        let settings = self.folder.path().join("demo").join("cardea.toml");
        let output =
            Command::new(program()).arg(name).arg("--config").arg(settings).env_clear().output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Does something to its database behind its back: time that passed, which a test can't wait for.
    pub async fn sql(&self, statement: &'static str) {
        let files =
            std::fs::read_dir(self.folder.path().join("demo")).unwrap().map(|file| file.unwrap().path());
        let is_database = |path: &PathBuf| path.extension().is_some_and(|end| end == "db" || end == "sqlite");
        let file = files.into_iter().find(is_database).expect("a database file");
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        sqlx::query(statement).execute(&pool).await.unwrap();
        pool.close().await;
    }

    /// The card with this id.
    pub fn card(&self, id: &str) -> &CardRow {
        self.cards.iter().find(|row| row.card == id).expect("a card of cards.csv")
    }

    /// Pays with a card over the API; gives back the answer's body.
    pub fn pay(&self, card: &CardRow, value: &str, key: &str) -> serde_json::Value {
        let expiry = format!("20{}-{}", &card.expiry[..2], &card.expiry[2..]);
        let body = serde_json::json!({
            "card_number": card.pan,
            "expiry": expiry,
            "amount": { "value": value, "currency": card.currency },
            "merchant": { "id": "WILDPLUM01", "name": "Wild Plum Noodles", "city": "Shanghai", "country": 156, "mcc": 5812 },
            "entry_mode": "chip",
        });
        self.post("/v1/authorizations", key, &body)
    }

    /// Sends a program's request to the API; gives back the answer's body.
    pub fn post(&self, path: &str, key: &str, body: &serde_json::Value) -> serde_json::Value {
        let body = body.to_string();
        let address = self.about.http.trim_start_matches("http://").replace("localhost", "127.0.0.1");
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             idempotency-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            self.about.api_key,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let start = answer.find('{').unwrap_or_else(|| panic!("no JSON in {answer}"));
        let end = answer.rfind('}').unwrap();
        serde_json::from_str(&answer[start..=end]).unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read_cards(data: &Path) -> Vec<CardRow> {
    let mut reader = csv::Reader::from_path(data.join("cards.csv")).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}
