//! The program as it is called: its arguments reach the check, and a log that is not there can't be checked.

use std::process::Command;

#[test]
fn the_whole_check_takes_its_arguments() {
    let place = tempfile::tempdir().unwrap();
    let absent = place.path().join("absent");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardea-verify"));
    for name in ["--log", "--vkey", "--checkpoint"] {
        command.arg(name).arg(&absent);
    }
    let done = command.arg("--json").output().unwrap();
    assert_eq!(done.status.code(), Some(2), "it could not check");
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("absent"), "it names the file that is missing: {said}");
}
