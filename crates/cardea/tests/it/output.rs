//! What a command prints goes to a reader who may have gone, and is what it says.

use crate::server::binary;
use std::process::{Command, Stdio};

#[test]
fn a_reader_who_has_gone_is_no_failure_of_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(binary())
        .args(["init", "--data-dir"])
        .arg(folder.path().join("data"))
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert!(folder.path().join("data/cardea.toml").exists());
}

/// Were one proof refused, its cost would be that of another way through the engine.
#[test]
fn every_payment_of_the_measurement_of_proofs_gets_through() {
    for proofs in ["none", "pin", "chip"] {
        let output = Command::new(binary())
            .args(["bench", "authorizations", "--accounts", "50", "--seconds", "1", "--in-flight", "2"])
            .args(["--proofs", proofs, "--json"])
            .env_clear()
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["proofs"], proofs);
        assert_eq!(report["approved_percent"], 100.0, "{report}");
        assert!(report["durable_per_s"].as_f64().is_some_and(|rate| rate > 0.0), "{report}");
    }
}
