//! The acceptance run: installs what the tests need, starts a database, runs every gate, counts.
//!
//! One command for a newcomer and for a build server alike. Whatever is missing is named before it is
//! installed. A step whose server could not be started fails; nothing is ever skipped. The last line is
//! `N passed, N failed`, where each gate (format, house rules, lints, build) counts as one.
//!
//! It works as root, where PostgreSQL is run by the user that its package makes, without a terminal, and
//! in a fresh clone. What it starts it stops.
#![expect(
    clippy::disallowed_methods,
    reason = "a build tool reads its environment and measures its steps; nothing of this is in the product"
)]

mod count;
mod licences;
mod needs;
mod postgres;
mod step;

use count::Count;
use postgres::Postgres;
use std::path::{Path, PathBuf};
use std::time::Instant;
use step::{Environment, STEPS, Step};

/// What the command line asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The long form: 100 kills in place of 5.
    pub long: bool,
    /// Only the step of this name.
    pub only: Option<String>,
}

impl Options {
    /// Reads what stands behind `accept`; the error says what is not understood.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--long" => options.long = true,
                "--only" => {
                    let name = words.next().ok_or_else(|| format!("--only needs one of: {}", names()))?;
                    if !STEPS.iter().any(|step| step.name == *name) {
                        return Err(format!("there is no step `{name}`; there are: {}", names()));
                    }
                    options.only = Some((*name).to_owned());
                }
                other => {
                    return Err(format!("`{other}` is not understood; there are --long and --only STEP"));
                }
            }
        }
        Ok(options)
    }
}

fn names() -> String {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ")
}

/// Runs what `options` ask for in the workspace at `root`; true when nothing failed.
pub fn run(root: &Path, options: &Options) -> Result<bool, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let target = if target.is_absolute() { target } else { root.join(target) };
    let place = target.join("accept");
    std::fs::create_dir_all(&place).map_err(|why| format!("{}: {why}", place.display()))?;
    let chosen: Vec<&Step> =
        STEPS.iter().filter(|step| options.only.as_ref().is_none_or(|only| only == step.name)).collect();

    let mut failures: Vec<String> = Vec::new();
    let mut environment = Environment::new(root, &target, options.long);
    let database = if chosen.iter().any(|step| step.servers) {
        prepare(root, &place, &mut environment, &mut failures)
    } else {
        None
    };

    let mut total = Count::default();
    let mut lines = Vec::new();
    for step in chosen {
        println!("\n=== {} : {}", step.name, step.what);
        let began = Instant::now();
        let count = if step.servers && !failures.is_empty() {
            println!("failed: {}", failures.join("; "));
            // The tests still run, so that one missing server does not hide everything else.
            step.run(&environment) + Count::one(false)
        } else {
            step.run(&environment)
        };
        lines.push(format!("{:<12} {count}, {:.0} s", step.name, began.elapsed().as_secs_f64()));
        total = total + count;
    }
    drop(database);
    println!("\n=== sum");
    lines.iter().for_each(|line| println!("{line}"));
    println!("{total}");
    Ok(total.failed == 0)
}

/// Installs what is missing and starts the database; what can't be had goes to `failures`.
fn prepare(
    root: &Path,
    place: &Path,
    environment: &mut Environment,
    failures: &mut Vec<String>,
) -> Option<Postgres> {
    println!("=== prepare : what the tests need");
    needs::install(failures);
    match needs::python(place) {
        Ok(python) => environment.set("CARDEA_PYTHON", &python),
        Err(why) => failures.push(why),
    }
    match needs::provider(place) {
        Ok(python) => environment.set("CARDEA_PROVIDER_PYTHON", &python),
        Err(why) => failures.push(why),
    }
    failures.extend(needs::checker(root).err());
    match needs::find("chromedriver") {
        Some(path) => environment.set("CARDEA_CHROMEDRIVER", &path.display().to_string()),
        None => failures.push("chromedriver is missing".to_owned()),
    }
    match Postgres::start(place) {
        Ok(server) => {
            environment.set("CARDEA_TEST_POSTGRES_URL", &server.url);
            println!("PostgreSQL at {}", server.url);
            Some(server)
        }
        Err(why) => {
            failures.push(format!("PostgreSQL: {why}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_understood() {
        let both = Options { long: true, only: Some("fmt".to_owned()) };
        assert_eq!(Options::parse(&["--long", "--only", "fmt"]), Ok(both));
        assert_eq!(Options::parse(&[]), Ok(Options::default()));
    }

    #[test]
    fn unknown_options_and_steps_are_refused() {
        assert!(Options::parse(&["--only"]).is_err());
        assert!(Options::parse(&["--only", "nothing"]).is_err());
        assert!(Options::parse(&["--fast"]).is_err());
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<&str> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(names.len(), STEPS.len());
    }
}
