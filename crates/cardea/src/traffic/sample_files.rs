//! `cards.csv` and `demo.json`: what a tool outside needs to use a demo.
//!
//! Problem: test tools want addresses, sign-ins and working test cards without asking a person. Design: two
//! files in the demo's data directory, keys and columns fixed by tests. They hold secrets of invented people, so
//! they are readable by their owner alone (0600), and are the only files of which that is true; nothing but a
//! demo writes them. What it does not do: write anything outside the directory that it is given.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::event::Expiry;
use super::pan::{TestCode, TestPan};
use super::simulator::{SampleCard, SamplePerson};

/// Only the owner reads and writes.
const MODE: u32 = 0o600;

/// Why a file of the demo can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SampleFileError {
    #[error("{name} can't be written or read: {source}")]
    Io { name: String, source: std::io::Error },
    #[error("{name} is not a list of cards: line {line}")]
    BadCards { name: String, line: u64 },
}

/// `demo.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoFile {
    /// `http://localhost:8080`.
    pub http: String,
    pub iso8583: DemoPorts,
    /// A key of the API with every scope of the demo.
    pub api_key: String,
    /// Path of the file to which messages to people go, one JSON object (`to, channel, kind, text, code`) a line.
    pub messages: String,
    pub sign_ins: Vec<DemoSignIn>,
}

/// A port for each dialect, `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoPorts {
    pub ascii: String,
    pub ascii_binary_bitmap: String,
    pub bcd: String,
}

/// A link that signs one person in, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoSignIn {
    /// `cardholder` or a role of the staff.
    pub role: String,
    pub person: String,
    pub url: String,
}

/// A row of `cards.csv`. Without `Debug`: it is all secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRow {
    pub pan: String,
    /// YYMM.
    pub expiry: String,
    pub service_code: String,
    pub psn: u8,
    pub cvv2: String,
    pub pin: String,
    pub query_password: String,
    /// Ids in the database.
    pub card: String,
    pub account: String,
    pub customer: String,
    /// ISO 4217 code.
    pub currency: String,
    pub limit_minor: i64,
    pub product: String,
}

/// The ids that a card and its owner got in the database.
#[derive(Debug, Clone, Copy)]
pub struct CardIds<'a> {
    pub card: &'a str,
    pub account: &'a str,
    pub customer: &'a str,
}

impl CardRow {
    /// The row of a sample card.
    #[must_use]
    pub fn of(person: &SamplePerson, card: &SampleCard, ids: CardIds<'_>) -> Self {
        Self {
            pan: card.pan.reveal().to_owned(),
            expiry: card.expiry.yymm(),
            service_code: card.service_code.to_owned(),
            psn: card.psn,
            cvv2: card.cvv2.reveal().to_owned(),
            pin: card.pin.reveal().to_owned(),
            query_password: person.query_password.reveal().to_owned(),
            card: ids.card.to_owned(),
            account: ids.account.to_owned(),
            customer: ids.customer.to_owned(),
            currency: person.currency.clone(),
            limit_minor: person.limit_minor,
            product: person.product.clone(),
        }
    }
}

/// Writes `demo.json` in a directory.
///
/// # Errors
/// Where the file can't be written.
pub fn write_demo(directory: &Path, demo: &DemoFile) -> Result<(), SampleFileError> {
    write("demo.json", directory, |file| {
        serde_json::to_writer_pretty(&mut *file, demo)?;
        writeln!(file)
    })
}

/// Writes `cards.csv` in a directory.
///
/// # Errors
/// Where the file can't be written.
pub fn write_cards(directory: &Path, rows: &[CardRow]) -> Result<(), SampleFileError> {
    write("cards.csv", directory, |file| {
        let mut writer = csv::Writer::from_writer(file);
        for row in rows {
            writer.serialize(row)?;
        }
        writer.flush()
    })
}

/// What `cards.csv` says of a card that a payer must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCard {
    pub expiry: Expiry,
    pub cvv2: TestCode,
}

/// Cards by number, from a `cards.csv`: what a simulator outside the demo needs to pay like its people.
///
/// # Errors
/// Where the file can't be read or a row is not one of [`write_cards`].
pub fn read_cards(path: &Path) -> Result<HashMap<TestPan, KnownCard>, SampleFileError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| SampleFileError::Io { name: name.clone(), source })?;
    let mut reader = csv::Reader::from_reader(file);
    let mut cards = HashMap::new();
    for (row, line) in reader.deserialize::<CardRow>().zip(2_u64..) {
        let bad = || SampleFileError::BadCards { name: name.clone(), line };
        let row = row.map_err(|_| bad())?;
        let pan = TestPan::parse(&row.pan).ok_or_else(bad)?;
        let expiry = Expiry::from_yymm(&row.expiry).ok_or_else(bad)?;
        let cvv2 = TestCode::parse(&row.cvv2).ok_or_else(bad)?;
        cards.insert(pan, KnownCard { expiry, cvv2 });
    }
    Ok(cards)
}

/// Writes beside and renames, so that nobody reads half a file or one with wider permissions.
fn write(
    name: &str,
    directory: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), SampleFileError> {
    let part = directory.join(format!("{name}.part"));
    let written = || -> std::io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&part)?;
        // A file left from before keeps its own mode when it is opened again.
        file.set_permissions(std::fs::Permissions::from_mode(MODE))?;
        let mut buffered = BufWriter::new(file);
        fill(&mut buffered)?;
        buffered.flush()?;
        buffered.get_ref().sync_all()?;
        std::fs::rename(&part, directory.join(name))
    };
    written().map_err(|source| SampleFileError::Io { name: name.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::simulator::{SimulatorPlan, sample_people};

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn cards_go_out_and_come_back() {
        let dir = tempfile::TempDir::new().expect("temp");
        let people = sample_people(9, &SimulatorPlan::small()).expect("sample data");
        let ids = CardIds { card: "card_1", account: "acct_1", customer: "cust_1" };
        let cards = || people.iter().flat_map(|person| person.cards.iter().map(move |card| (person, card)));
        let rows: Vec<CardRow> = cards().map(|(person, card)| CardRow::of(person, card, ids)).collect();
        let path = dir.path().join("cards.csv");
        std::fs::write(dir.path().join("cards.csv.part"), "left over").expect("writable");
        write_cards(dir.path(), &rows).expect("writable");
        let text = std::fs::read_to_string(&path).expect("there");
        assert_eq!(
            text.lines().next(),
            Some(
                "pan,expiry,service_code,psn,cvv2,pin,query_password,card,account,customer,currency,limit_minor,product"
            )
        );
        assert_eq!(mode(&path), 0o600);
        let known = read_cards(&path).expect("readable");
        let same = |card: &SampleCard| KnownCard { expiry: card.expiry, cvv2: card.cvv2.clone() };
        assert!(cards().all(|(_, card)| known.get(&card.pan) == Some(&same(card))));
        std::fs::write(&path, text.replace(",201,", ",201,x")).expect("writable");
        assert!(matches!(read_cards(&path), Err(SampleFileError::BadCards { line: 2, .. })));
    }

    #[test]
    fn the_demo_file_has_its_keys_and_is_private() {
        let dir = tempfile::TempDir::new().expect("temp");
        let demo = DemoFile {
            http: "http://localhost:8080".to_owned(),
            iso8583: DemoPorts {
                ascii: "localhost:8583".to_owned(),
                ascii_binary_bitmap: "localhost:8584".to_owned(),
                bcd: "localhost:8585".to_owned(),
            },
            api_key: "example".to_owned(),
            messages: "messages.jsonl".to_owned(),
            sign_ins: vec![DemoSignIn {
                role: "cardholder".to_owned(),
                person: "Zhou Minghui".to_owned(),
                url: "http://localhost:8080/in/x".to_owned(),
            }],
        };
        write_demo(dir.path(), &demo).expect("writable");
        let path = dir.path().join("demo.json");
        assert_eq!(mode(&path), 0o600);
        let text = std::fs::read_to_string(&path).expect("there");
        assert_eq!(serde_json::from_str::<DemoFile>(&text).expect("the same"), demo);
        let value: serde_json::Value = serde_json::from_str(&text).expect("an object");
        for pointer in [
            "/http",
            "/iso8583/ascii",
            "/iso8583/ascii_binary_bitmap",
            "/iso8583/bcd",
            "/api_key",
            "/messages",
            "/sign_ins/0/url",
        ] {
            assert!(value.pointer(pointer).is_some(), "{pointer} is missing");
        }
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        assert!(write_cards(Path::new("/nonexistent/nowhere"), &[]).is_err());
        assert!(read_cards(Path::new("/nonexistent/cards.csv")).is_err());
    }
}
