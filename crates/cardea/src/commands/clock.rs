//! `cardea clock advance 73h`: a running demo's time, moved forward.
//!
//! Asks the server over its own address, with the key of `demo.json`. One small request needs no HTTP library: it
//! is written by hand, with `Connection: close`, and the answer is read to its end, within bounds.

use super::{CommandError, print};
use crate::server::clock::{AdvanceBody, ClockView, PATH};
use crate::traffic::sample_files::DemoFile;
use clap::{Args, Subcommand};
use kernel::Random;
use platform::clock::SystemRandom;
use platform::config::Config;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of an answer that are read at most.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// How long an answer is waited for.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// What to do with the clock.
#[derive(Subcommand, Debug, Clone)]
pub enum ClockCommand {
    /// Moves it forward; it never goes back.
    Advance(AdvanceArgs),
}

/// How far, and whose clock.
#[derive(Args, Debug, Clone)]
pub struct AdvanceArgs {
    /// A number and s, m, h or d: `73h`.
    #[arg(value_parser = duration)]
    pub by: Duration,
    /// The settings file of the running demo.
    #[arg(long)]
    pub config: PathBuf,
    /// A key of the API; the one in the data directory's demo.json where not given.
    #[arg(long)]
    pub api_key: Option<String>,
}

/// Moves the clock and says where it stands.
pub async fn run(command: ClockCommand) -> Result<(), CommandError> {
    let ClockCommand::Advance(args) = command;
    let config = Config::load(Some(&args.config)).map_err(CommandError::other)?;
    let view = advance(&args, &config).await?;
    let now = jiff::Timestamp::from_second(view.now_s).map_err(CommandError::other)?;
    print(&format!("The server's time is {now}, {} h ahead of the machine's.", view.ahead_s / 3_600));
    Ok(())
}

/// Asks the server.
pub(super) async fn advance(args: &AdvanceArgs, config: &Config) -> Result<ClockView, CommandError> {
    if config.http.tls_certificate.is_some() {
        return Err(CommandError::Other(
            "this command speaks plain HTTP; a demo has no certificate".to_owned(),
        ));
    }
    let key = match &args.api_key {
        Some(key) => key.clone(),
        None => demo_key(config)?,
    };
    let body = serde_json::to_string(&AdvanceBody { advance_s: args.by.as_secs() })?;
    let answer = tokio::time::timeout(ANSWER_MAX, ask(&config.http.listen, &key, &body)).await;
    let answer = answer.map_err(|_| CommandError::Other("the server did not answer".to_owned()))??;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_ascii_whitespace().nth(1).unwrap_or_default();
    match status {
        "200" => Ok(serde_json::from_str(body)?),
        "404" => Err(CommandError::Other(
            "this server's clock can't be moved: it is no demo, or a replay drives its clock".to_owned(),
        )),
        _ => Err(CommandError::Other(format!("the server refused ({status}): {body}"))),
    }
}

fn demo_key(config: &Config) -> Result<String, CommandError> {
    let path = config.data_dir.join("demo.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| CommandError::Other(format!("{}: {error}. Give --api-key", path.display())))?;
    Ok(serde_json::from_str::<DemoFile>(&text)?.api_key)
}

async fn ask(address: &str, key: &str, body: &str) -> Result<String, CommandError> {
    let failed = |error| CommandError::Other(format!("{address}: {error}. Is the server running?"));
    let mut stream = TcpStream::connect(address).await.map_err(failed)?;
    let name = SystemRandom.next_u64();
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Idempotency-Key: clock-{name:016x}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    String::from_utf8(answer).map_err(|_| CommandError::Other("the server's answer is no text".to_owned()))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d: 73h".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let total = number.checked_mul(seconds).filter(|total| *total > 0).ok_or_else(wrong)?;
    Ok(Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("73h"), Ok(Duration::from_secs(262_800)));
        assert_eq!(duration("2d"), duration("48h"));
        assert_eq!(
            (duration("5m"), duration("1s")),
            (Ok(Duration::from_secs(300)), Ok(Duration::from_secs(1)))
        );
        for wrong in
            ["", "h", "73", "0h", "-1h", "1.5h", "1w", "é", "99999999999999999999d", "999999999999999999d"]
        {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
