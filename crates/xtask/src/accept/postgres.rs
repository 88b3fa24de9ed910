//! A PostgreSQL of our own for the length of one run: fresh, on a free port, with `fsync` on.
//!
//! The server refuses to run as root. As root it is therefore run by the user `postgres`, which the
//! package makes, in a folder under `/var/tmp` (root's own folders are closed to that user). A run that
//! was killed leaves its server; the next run finds it by the process number in the folder's name and
//! stops it.

use super::needs;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const USER: &str = "postgres";
const SHARED: &str = "/var/tmp";
const PREFIX: &str = "cardea-accept-";
const CONNECTIONS: u32 = 400;

/// A running server; stopped and removed when dropped.
pub struct Postgres {
    /// Where tests reach it, as superuser.
    pub url: String,
    programs: PathBuf,
    data: PathBuf,
    place: PathBuf,
    root: bool,
}

/// The folder of the newest server programs on this machine.
pub fn folder() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, path): &(u32, PathBuf)| path.join("initdb").is_file())
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, path)| path);
    newest.or_else(|| needs::find("initdb")?.canonicalize().ok()?.parent().map(Path::to_path_buf))
}

impl Postgres {
    /// Makes a cluster and starts it; the error says which step failed.
    pub fn start(place: &Path) -> Result<Self, String> {
        let programs = folder().ok_or("the server's programs are missing")?;
        let root = needs::is_root();
        let parent = if root { PathBuf::from(SHARED) } else { place.to_path_buf() };
        remove_left_over(&parent, &programs, root);
        let place = parent.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&place).map_err(|why| format!("{}: {why}", place.display()))?;
        let mut own = Self { url: String::new(), programs, data: place.join("data"), place, root };
        if root {
            own.run("chown", &["--", USER, &own.place.display().to_string()], false)?;
        }
        own.run_server("initdb", &["-A", "trust", "-U", USER, "-E", "UTF8", "--no-locale", "--no-sync"])?;
        let port = free_port()?;
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c fsync=on -c synchronous_commit=on \
             -c max_connections={CONNECTIONS} -c unix_socket_directories={}",
            own.place.display()
        );
        let log = own.place.join("log").display().to_string();
        own.run_server("pg_ctl", &["-w", "-t", "60", "-l", &log, "-o", &settings, "start"])?;
        own.url = format!("postgres://{USER}@127.0.0.1:{port}/postgres");
        Ok(own)
    }

    fn run_server(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let path = self.programs.join(program).display().to_string();
        let data = self.data.display().to_string();
        let mut all = vec!["-D", data.as_str()];
        all.extend(arguments);
        self.run(&path, &all, self.root)
    }

    fn run(&self, program: &str, arguments: &[&str], as_user: bool) -> Result<(), String> {
        run_as(program, arguments, as_user, &self.place)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.run_server("pg_ctl", &["-m", "immediate", "-w", "stop"]);
        let _ = fs::remove_dir_all(&self.place);
    }
}

fn run_as(program: &str, arguments: &[&str], as_user: bool, place: &Path) -> Result<(), String> {
    let mut command = if as_user {
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--", program]);
        command
    } else {
        Command::new(program)
    };
    // The server must not hold our pipes open, so its output goes to files and nowhere else.
    let said = place.join("said");
    let file = fs::File::create(&said).map_err(|why| format!("{}: {why}", said.display()))?;
    let copy = file.try_clone().map_err(|why| why.to_string())?;
    command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(file).stderr(copy);
    let status = command.status().map_err(|why| format!("{program}: {why}"))?;
    if status.success() {
        return Ok(());
    }
    let told = fs::read_to_string(&said).unwrap_or_default();
    let log = fs::read_to_string(place.join("log")).unwrap_or_default();
    let last: Vec<&str> = told.lines().chain(log.lines()).collect();
    let last = last.iter().rev().take(4).rev().copied().collect::<Vec<_>>().join(" / ");
    Err(format!("{program} ended with {status}: {last}"))
}

/// Stops servers of runs that no longer live.
fn remove_left_over(parent: &Path, programs: &Path, root: bool) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) else { continue };
        if Path::new(&format!("/proc/{number}")).exists() {
            continue;
        }
        let place = entry.path();
        let data = place.join("data").display().to_string();
        let program = programs.join("pg_ctl").display().to_string();
        let _ = run_as(&program, &["-D", &data, "-m", "immediate", "-w", "stop"], root, &place);
        let _ = fs::remove_dir_all(place);
    }
}

/// A port that was free a moment ago; the system does not give it out again at once.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|why| format!("no free port: {why}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound() {
        let port = free_port().expect("a port");
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    }

    #[test]
    fn a_program_that_fails_tells_what_it_said() {
        let place = tempfile::tempdir().expect("a folder");
        let why = run_as("sh", &["-c", "echo broken >&2; exit 3"], false, place.path()).expect_err("fails");
        assert!(why.contains("broken"), "{why}");
    }

    #[test]
    fn left_over_folders_of_dead_runs_are_removed_and_others_kept() {
        let parent = tempfile::tempdir().expect("a folder");
        let dead = parent.path().join(format!("{PREFIX}4294967294"));
        let alive = parent.path().join(format!("{PREFIX}{}", std::process::id()));
        let other = parent.path().join("something-else");
        for folder in [&dead, &alive, &other] {
            fs::create_dir(folder).expect("made");
        }
        remove_left_over(parent.path(), Path::new("/nowhere"), false);
        assert!(!dead.exists());
        assert!(alive.exists() && other.exists());
    }
}
