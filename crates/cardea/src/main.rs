//! `cardea`: one program for the server, the demo, imports, replays and measurements.

use cardea::commands::{self, CommandError};
use cardea::memory;
use clap::{Parser, Subcommand};
use platform::clock::{SystemClock, TokioSleep};
use std::{process::ExitCode, sync::Arc};

/// The default allocator of the system keeps freed memory in per-thread arenas; under many small answers
/// this one stays smaller and faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The customer side of a credit-card issuer.
#[derive(Parser)]
#[command(name = "cardea", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the server.
    Serve(commands::serve::ServeArgs),
    /// Starts a sample issuer in a fresh folder, with traffic.
    Demo(commands::demo::DemoArgs),
    /// Makes a data directory for a new issuer.
    Init(commands::init::InitArgs),
    /// Opens the people of a data set and takes their payments in as history.
    Import(commands::import::ImportArgs),
    /// Sends a file of payments to a running server and judges the answers.
    Replay(commands::replay::ReplayArgs),
    /// Lets made-up people pay at a running server.
    Simulate(commands::simulate::SimulateArgs),
    /// Takes a backup of a database, also while a server works on it. No key is in it.
    Backup(commands::backup::BackupArgs),
    /// Checks a backup and restores it into an empty database.
    Restore(commands::restore::RestoreArgs),
    /// Moves a running demo's clock.
    #[command(subcommand)]
    Clock(commands::clock::ClockCommand),
    /// Makes, seals, shares, rotates and shows the issuer's keys.
    #[command(subcommand)]
    Keys(commands::keys::KeysCommand),
    /// The log anybody can check: its verifier key, and whether the database is as it was published.
    #[command(subcommand)]
    Log(commands::log::LogCommand),
    /// Definitions of cases: whether one holds together, and its picture.
    #[command(subcommand)]
    Cases(commands::cases::CasesCommand),
    /// Prints a code for the first administrator's passkey, while none has one.
    Administrator(commands::administrator::AdministratorArgs),
    /// Measures the engine and the sign-ins.
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Subcommand)]
enum Bench {
    /// Durable decisions a second, beside a baseline that only writes.
    Authorizations(commands::bench::BenchArgs),
    /// Sign-ins with passkeys a second, through the whole server in process.
    SignIns(commands::bench::sign_ins::SignInsArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Err(error) = memory::keep_out_of_dumps() {
        complain(&error);
        return ExitCode::FAILURE;
    }
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), CommandError> {
    let clock = || Arc::new(SystemClock::default());
    match command {
        Command::Serve(args) => commands::serve::run(args).await,
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Init(args) => commands::init::run(args).await,
        Command::Import(args) => commands::import::run(args).await,
        Command::Replay(args) => commands::replay::run(args, clock(), Arc::new(TokioSleep)).await,
        Command::Simulate(args) => commands::simulate::run(args, clock(), Arc::new(TokioSleep)).await,
        Command::Backup(args) => commands::backup::run(args, clock()).await,
        Command::Restore(args) => commands::restore::run(args, clock()).await,
        Command::Clock(command) => commands::clock::run(command).await,
        Command::Keys(command) => commands::keys::run(command).await,
        Command::Log(command) => commands::log::run(command).await,
        Command::Cases(command) => commands::cases::run(&command),
        Command::Administrator(args) => commands::administrator::run(args).await,
        Command::Bench(Bench::Authorizations(args)) => commands::bench::run(args).await,
        Command::Bench(Bench::SignIns(args)) => commands::bench::sign_ins::run(args).await,
    }
}

#[expect(clippy::print_stderr, reason = "the person at the terminal reads it")]
fn complain(error: &CommandError) {
    eprintln!("cardea: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_arguments_of_a_command_have_one_name() {
        Arguments::command().debug_assert();
    }
}
