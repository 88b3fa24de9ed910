//! Finds the Python interpreter that has pyiso8583, and runs the bridge with it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The interpreter: `CARDEA_PYTHON`, else what `cargo accept` set up, else `python3`.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let python = candidate();
        let found = Command::new(&python).args(["-c", "import iso8583.specs"]).output();
        assert!(
            found.is_ok_and(|output| output.status.success()),
            "{} has no pyiso8583: `cargo accept` installs it (or set CARDEA_PYTHON to an interpreter that has it)",
            python.display()
        );
        python
    })
}

#[expect(clippy::disallowed_methods, reason = "tests may be pointed at another interpreter")]
fn candidate() -> PathBuf {
    if let Ok(named) = std::env::var("CARDEA_PYTHON") {
        return PathBuf::from(named);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let installed = root.join("target/accept/venv/bin/python");
    if installed.exists() { installed } else { PathBuf::from("python3") }
}

pub fn bridge() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/bridge.py")
}

/// Runs the bridge, returns its lines; fails with its own words when it fails.
pub fn run(arguments: &[&str], input: &str) -> Vec<String> {
    let mut child = Command::new(python())
        .arg(bridge())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // From a thread of its own: the bridge answers while it still reads.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    assert!(output.status.success(), "bridge {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    written.unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn from_hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
