//! The workspace's own tools: the house rules, the acceptance run and the generator of features.
//!
//! `cargo tidy`, `cargo accept` and `cargo xtask new-feature NAME` end up here. Nothing of this is part
//! of the product, and it stays light: it is the first thing a newcomer compiles.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod accept;
mod feature;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  tidy [--bless]          check the house rules; --bless rewrites what is generated
  accept [--long] [--only STEP]
                          install what the tests need and run all of them
  new-feature NAME        write a feature that compiles and whose tests pass
  lock-migrations         list this release's migrations, which then never change";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let ended = match words.as_slice() {
        ["tidy"] => tidy::run(&root, false),
        ["tidy", "--bless"] => tidy::run(&root, true),
        ["accept", options @ ..] => {
            accept::Options::parse(options).and_then(|options| accept::run(&root, &options))
        }
        ["new-feature", name] => feature::write_formatted(&root, name).map(|files| {
            files.iter().for_each(|file| println!("{file}"));
            true
        }),
        ["lock-migrations"] => tidy::lock_released(&root).map(|added| {
            println!("{added} migrations locked");
            true
        }),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace: two folders above this crate's manifest.
fn root() -> PathBuf {
    // Cargo sets it when it runs the program; the one compiled in may belong to another clone.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let own = Path::new(&own);
    own.ancestors().nth(2).unwrap_or(own).to_path_buf()
}
