//! Prints the feature table of `docs/reference/rules.md`.
//!
//! ```text
//! cargo run -p cardea-decision --example feature_table
//! ```

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

fn main() {
    print!("{}", decision::feature_table());
}
