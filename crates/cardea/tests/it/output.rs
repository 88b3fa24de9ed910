//! What a command prints goes to a reader who may have gone.

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
