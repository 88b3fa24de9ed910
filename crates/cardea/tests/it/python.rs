//! A switch that others wrote (pyiso8583) authorizes against the program, in each dialect.

use crate::ledger::Ledger;
use crate::server::{Server, variable};
use crate::switch::transmitted_now;
use connectors::iso8583::BuiltIn;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Answers that the script checks.
const ANSWERS: &str = "ok 16";

#[test]
fn another_implementation_pays_in_ascii() {
    another_implementation_pays(BuiltIn::Ascii, 0);
}

#[test]
fn another_implementation_pays_with_a_binary_bitmap() {
    another_implementation_pays(BuiltIn::AsciiBinaryBitmap, 1);
}

#[test]
fn another_implementation_pays_in_bcd() {
    another_implementation_pays(BuiltIn::Bcd, 2);
}

fn another_implementation_pays(which: BuiltIn, port: u16) {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let currency: kernel::Currency = card.currency.parse().unwrap();
    let output = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/switch.py"))
        .args([which.name(), &server.iso(port).port().to_string(), &card.pan, &card.expiry])
        .args([&format!("{:03}", currency.numeric()), &card.cvv2, &card.limit_minor.to_string()])
        .arg(transmitted_now())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), ANSWERS);
    let ledger = Ledger::open(&server.database_url());
    assert_eq!(ledger.leaves(0).len(), ledger.records(0).len());
}

/// `CARDEA_PYTHON`, else what `cargo accept` has set up, else `python3`.
fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accept/venv/bin/python");
    let other = if installed.exists() { installed } else { PathBuf::from("python3") };
    let python = variable("CARDEA_PYTHON").map_or(other, PathBuf::from);
    let found = Command::new(&python).args(["-c", "import iso8583.specs"]).output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "{} has no pyiso8583: `cargo accept` installs it, or set CARDEA_PYTHON",
        python.display()
    );
    python
}
