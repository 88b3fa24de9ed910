//! Programs that others wrote, against this one: a switch (pyiso8583) authorizes in each dialect, and a tester of
//! APIs (schemathesis) asks what the document of the API allows and what it does not.

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

/// Every operation with values that its document allows, with values at and beyond their bounds, and in chains of
/// operations: each answer must be one that the document names, in its form, and none may be a fault.
#[test]
fn the_api_keeps_what_its_document_says() {
    let mut server = Server::start();
    let output = Command::new(python())
        .args(["-m", "schemathesis.cli", "run"])
        .arg(format!("{}/v1/openapi.json", server.demo.http))
        .args(["-H", &format!("Authorization: Bearer {}", server.demo.api_key)])
        .args(["--max-examples", "10", "--workers", "1", "--generation-deterministic", "--no-color"])
        // The document does not say in full what a text may be (a card number, an id), so a value that it allows
        // may be refused; that it is refused in the right form is checked.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .current_dir(&server.data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Tested:"), "operations were tested: {said}");
    assert!(!server.output().contains("panicked"));
    assert!(server.stop().success());
}

/// `CARDEA_PYTHON`, else what `cargo accept` has set up, else `python3`.
pub fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accept/venv/bin/python");
    let other = if installed.exists() { installed } else { PathBuf::from("python3") };
    let python = variable("CARDEA_PYTHON").map_or(other, PathBuf::from);
    let found =
        Command::new(&python).args(["-c", "import iso8583.specs, schemathesis, soft_webauthn"]).output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "{} has no pyiso8583, schemathesis or soft-webauthn: `cargo accept` installs it, or set CARDEA_PYTHON",
        python.display()
    );
    python
}
