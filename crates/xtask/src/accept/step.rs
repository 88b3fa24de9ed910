//! The steps of the acceptance run, in their order: cheap gates first, so that a slip is seen early.

use super::count::Count;
use super::needs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;

const FUZZ_SECONDS: &str = "30";
/// The name of the feature that is generated to test the generator.
const SAMPLE: &str = "samples";
const KILLS: &str = "5";
const KILLS_LONG: &str = "100";

/// Where the steps run and what they find in their environment.
pub struct Environment {
    root: PathBuf,
    variables: Vec<(String, String)>,
}

impl Environment {
    /// The environment of a run in `root` that builds into `target`.
    pub fn new(root: &Path, target: &Path, long: bool) -> Self {
        let mut own = Self { root: root.to_path_buf(), variables: Vec::new() };
        own.set("CARDEA_FUZZ_SECONDS", FUZZ_SECONDS);
        own.set("CARDEA_KILLS", if long { KILLS_LONG } else { KILLS });
        own.set("CARDEA_BIN", &target.join("release/cardea").display().to_string());
        own
    }

    /// Sets a variable for every later step.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command.env("CARGO_TERM_COLOR", "never");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs cargo as a gate: it passes or not.
    fn gate(&self, arguments: &[&str]) -> Count {
        println!("$ cargo {}", arguments.join(" "));
        Count::one(self.cargo(arguments).status().is_ok_and(|status| status.success()))
    }

    /// Runs cargo as a test runner, shows its output and counts.
    fn tests(&self, arguments: &[&str]) -> Count {
        println!("$ cargo {}", arguments.join(" "));
        let (lines, ended_well) = listen(self.cargo(arguments));
        Count::of_tests(&lines, ended_well)
    }
}

impl Environment {
    /// As [`Self::tests`], and none at all is a failure.
    fn some_tests(&self, arguments: &[&str]) -> Count {
        let count = self.tests(arguments);
        if count == Count::default() {
            println!("failed: there are no such tests");
            return Count::one(false);
        }
        count
    }
}

/// One step.
pub struct Step {
    /// How `--only` names it.
    pub name: &'static str,
    /// What it is for.
    pub what: &'static str,
    /// Whether it needs the database, the browser and Python.
    pub servers: bool,
    act: fn(&Environment) -> Count,
}

impl Step {
    /// Runs the step.
    pub fn run(&self, environment: &Environment) -> Count {
        (self.act)(environment)
    }
}

/// Every step in order.
pub const STEPS: &[Step] = &[
    Step { name: "fmt", what: "one format", servers: false, act: fmt },
    Step { name: "tidy", what: "the house rules", servers: false, act: tidy },
    Step { name: "licences", what: "of everything that is built", servers: false, act: licences },
    Step { name: "clippy", what: "lints, warnings are errors", servers: false, act: clippy },
    Step { name: "build", what: "the program as it is shipped", servers: false, act: build },
    Step { name: "servers", what: "database, browser and codec answer", servers: true, act: servers },
    Step { name: "tests", what: "every test, on both databases and in a browser", servers: true, act: tests },
    Step { name: "docs", what: "code in documentation", servers: false, act: docs },
    Step {
        name: "new-feature",
        what: "a generated feature compiles and passes",
        servers: true,
        act: generated,
    },
];

fn fmt(environment: &Environment) -> Count {
    environment.gate(&["fmt", "--all", "--check"])
}

fn tidy(environment: &Environment) -> Count {
    let clean = crate::tidy::run(&environment.root, false);
    if let Err(why) = &clean {
        println!("failed: {why}");
    }
    Count::one(clean == Ok(true))
}

fn licences(environment: &Environment) -> Count {
    let refused = super::licences::refused(&environment.root).unwrap_or_else(|why| vec![why]);
    refused.iter().for_each(|line| println!("failed: {line}"));
    Count::one(refused.is_empty())
}

fn clippy(environment: &Environment) -> Count {
    environment.gate(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn build(environment: &Environment) -> Count {
    environment.gate(&["build", "--release", "-p", "cardea"])
}

fn servers(environment: &Environment) -> Count {
    let value = |name: &str| {
        let found = environment.variables.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let ready = super::postgres::folder().map(|folder| folder.join("pg_isready").display().to_string());
    let asked: [(String, Vec<String>); 3] = [
        (ready.unwrap_or_default(), vec!["-d".to_owned(), value("CARDEA_TEST_POSTGRES_URL")]),
        (value("CARDEA_CHROMEDRIVER"), vec!["--version".to_owned()]),
        (value("CARDEA_PYTHON"), vec!["-c".to_owned(), "import iso8583".to_owned()]),
    ];
    asked.iter().fold(Count::default(), |sum, (program, arguments)| {
        let answers = Command::new(program).args(arguments).stdin(Stdio::null()).status();
        sum + Count::one(answers.is_ok_and(|status| status.success()))
    })
}

fn tests(environment: &Environment) -> Count {
    if needs::find("cargo-nextest").is_some() {
        environment.tests(&["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        environment.tests(&["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"])
    }
}

fn docs(environment: &Environment) -> Count {
    // The tools and the program are no libraries and have no documentation tests.
    environment.tests(&["test", "--workspace", "--doc", "--no-fail-fast"])
}

/// Writes a feature into a copy of the workspace and holds it to all that a feature must meet.
fn generated(environment: &Environment) -> Count {
    let place = std::env::temp_dir().join(format!("cardea-new-feature-{}", std::process::id()));
    let count = match crate::feature::in_copy(&environment.root, &place, SAMPLE) {
        Ok(()) => {
            let copy = Environment { root: place.clone(), variables: environment.variables.clone() };
            // Blessed, since a new folder belongs into the tree of ARCHITECTURE.md.
            Count::one(crate::tidy::run(&place, true) == Ok(true))
                + copy.some_tests(&["test", "-p", "cardea-features", "--lib", &format!("{SAMPLE}::")])
                + copy.some_tests(&["test", "-p", "cardea-testkit", "--test", SAMPLE])
        }
        Err(why) => {
            println!("failed: {why}");
            Count::one(false)
        }
    };
    let _ = std::fs::remove_dir_all(place);
    count
}

/// Runs a command, shows what it prints as it comes, and gives its lines and whether it ended well.
fn listen(mut command: Command) -> (Vec<String>, bool) {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(why) => {
            println!("failed: {why}");
            return (Vec::new(), false);
        }
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    let readers = [
        child.stdout.take().map(|pipe| forward(pipe, sender.clone())),
        child.stderr.take().map(|pipe| forward(pipe, sender.clone())),
    ];
    drop(sender);
    let mut lines = Vec::new();
    for line in receiver {
        println!("{line}");
        lines.push(line);
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    (lines, child.wait().is_ok_and(|status| status.success()))
}

fn forward(pipe: impl Read + Send + 'static, sender: Sender<String>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pipes_are_heard_and_the_end_is_known() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 1"]);
        let (mut lines, ended_well) = listen(command);
        lines.sort();
        assert_eq!(lines, ["err", "out"]);
        assert!(!ended_well);
    }

    #[test]
    fn a_program_that_is_missing_ends_badly() {
        assert!(!listen(Command::new("no-such-program-here")).1);
    }
}
