//! Finds the Python that has psec and pyemv, and asks them.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Asks everything of one process; the answers are in the order of the questions.
pub fn ask(requests: &[Value]) -> Vec<Value> {
    let mut child = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/bridge.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input: String = requests.iter().map(|request| format!("{request}\n")).collect();
    // From a thread of its own: the bridge answers while it still reads.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    assert!(output.status.success(), "the bridge: {}", String::from_utf8_lossy(&output.stderr));
    written.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), requests.len());
    answers
}

/// `CARDEA_PYTHON`, else what `cargo accept` has set up, else `python3`.
#[expect(clippy::disallowed_methods, reason = "tests may be pointed at another interpreter")]
fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accept/venv/bin/python");
    let other = if installed.exists() { installed } else { PathBuf::from("python3") };
    let python = std::env::var("CARDEA_PYTHON").map_or(other, PathBuf::from);
    let found = Command::new(&python).args(["-W", "ignore", "-c", "import psec, pyemv"]).output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "{} has no psec and pyemv: `cargo accept` installs them, or set CARDEA_PYTHON",
        python.display()
    );
    python
}
