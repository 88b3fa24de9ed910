//! `cardea bench sign-ins`: how many sign-ins with passkeys a second, and how long one takes.
//!
//! A whole sign-in each time, through the router with its gate: the question, the signature of a software authenticator,
//! the check, and the session in a durable commit with its entry. The authenticators' own work is on the same
//! processors and is told apart, since real ones bring their own.

use super::super::{CommandError, print};
use super::cpu;
use crate::traffic::report::Latency;
use crate::{sample, server};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use clap::Args;
use features::passkeys::{CodeTerms, SoftKey, new_code};
use kernel::{Actor, Channel, Clock};
use platform::clock::{SystemClock, SystemRandom};
use platform::config::{Config, Environment};
use platform::feature;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;
use vault::KeyRing;

/// Answers are small.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The first part of a run is not counted, microseconds.
const WARM_UP_US: u64 = 1_000_000;
const BY: (Actor, Channel) = (Actor::System, Channel::Console);

/// What to measure.
#[derive(Args, Debug, Clone)]
pub struct SignInsArgs {
    /// Where to write: a `postgres://…` address of an empty database. Without it: SQLite in a temporary folder.
    #[arg(long)]
    pub database: Option<String>,
    /// People with a passkey each.
    #[arg(long, default_value_t = 200)]
    pub people: u32,
    /// How long to measure, seconds.
    #[arg(long, default_value_t = 5)]
    pub seconds: u32,
    /// Sign-ins at the same time.
    #[arg(long, default_value_t = 16)]
    pub in_flight: u32,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub struct SignInsReport {
    /// `sqlite` or `postgres`.
    pub database: String,
    /// People with a passkey each.
    pub people: u32,
    /// Whole sign-ins a second.
    pub per_s: f64,
    /// Median of one, microseconds.
    pub p50_us: u64,
    /// 99th percentile, microseconds.
    pub p99_us: u64,
    /// What a signature of the software authenticator takes, microseconds of a processor; it is within the rate.
    pub authenticator_us: f64,
}

/// Runs the measurement and prints it.
pub async fn run(args: SignInsArgs) -> Result<(), CommandError> {
    let folder = std::env::temp_dir().join(format!("cardea-bench-{}", std::process::id()));
    let report = measure(&args, &folder).await;
    // What the measurement wrote is of no use afterwards; a folder that stays behind is told by its name.
    let _ = std::fs::remove_dir_all(&folder);
    let report = report?;
    if args.json {
        print(&serde_json::to_string(&report)?);
        return Ok(());
    }
    let SignInsReport { database, people, per_s, p50_us, p99_us, authenticator_us } = report;
    print(&format!(
        "{database}, {people} people: {per_s:.0} sign-ins a second; median {p50_us} µs, 99th percentile {p99_us} µs; \
         a signature of the software authenticator {authenticator_us:.0} µs"
    ));
    Ok(())
}

async fn measure(args: &SignInsArgs, folder: &Path) -> Result<SignInsReport, CommandError> {
    std::fs::create_dir_all(folder)?;
    let mut config =
        Config { environment: Environment::Demo, data_dir: folder.to_owned(), ..Config::default() };
    config.database.url.clone_from(&args.database.clone().map(kernel::Secret::new));
    let origin = config.http.public_url.clone();
    let mut keys = KeyRing::create(&SystemRandom).map_err(CommandError::other)?;
    sample::publish_keys(keys.card_keys_mut())?;
    let count = usize::try_from(args.people).unwrap_or(0);
    let people = sample::people(&keys, count, SystemClock::default().now().us())?;
    let assembled = server::assemble(config, keys, false).await?;
    let app = assembled.app.clone();
    let opened = sample::open(&app, &people).await?;
    let router = feature::build_router(&app).map_err(CommandError::other)?;
    let page = Page { router, origin };
    let mut visitors = Vec::with_capacity(opened.len());
    for one in &opened {
        let whose = Actor::Cardholder(one.opening.customer);
        let code = new_code(&app.db, &SystemRandom, whose, CodeTerms::STAFF, BY).await;
        visitors.push(page.enrol(code.map_err(CommandError::other)?.text.expose()).await?);
    }
    let authenticator_us = authenticator_us();
    let (per_s, latency) = drive(args, &page, visitors).await?;
    Ok(SignInsReport {
        database: app.db.kind().to_owned(),
        people: args.people,
        per_s,
        p50_us: latency.at_per_mille(500),
        p99_us: latency.at_per_mille(990),
        authenticator_us,
    })
}

/// Lets the visitors sign in, each again and again, for the time that was asked for.
async fn drive(
    args: &SignInsArgs,
    page: &Page,
    visitors: Vec<SoftKey>,
) -> Result<(f64, Latency), CommandError> {
    let clock = Arc::new(SystemClock::default());
    let from_us = clock.monotonic_us() + WARM_UP_US;
    let until_us = from_us + u64::from(args.seconds) * 1_000_000;
    let done = Arc::new(AtomicU64::new(0));
    let tasks = usize::try_from(args.in_flight).unwrap_or(1).clamp(1, visitors.len().max(1));
    let mut queues: Vec<Vec<SoftKey>> = (0..tasks).map(|_| Vec::new()).collect();
    for (at, visitor) in visitors.into_iter().enumerate() {
        if let Some(queue) = queues.get_mut(at % tasks) {
            queue.push(visitor);
        }
    }
    let running: Vec<_> = queues
        .into_iter()
        .map(|mut queue| {
            let (page, clock, done) = (page.clone(), Arc::clone(&clock), Arc::clone(&done));
            tokio::spawn(async move {
                let mut latency = Latency::default();
                while clock.monotonic_us() < until_us {
                    for visitor in &mut queue {
                        let begun = clock.monotonic_us();
                        page.sign_in(visitor).await?;
                        let now = clock.monotonic_us();
                        if begun >= from_us && now < until_us {
                            latency.record(now - begun);
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
                Ok::<Latency, CommandError>(latency)
            })
        })
        .collect();
    let mut latency = Latency::default();
    for task in running {
        latency.merge(&task.await.map_err(CommandError::other)??);
    }
    let counted = u32::try_from(done.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
    Ok((f64::from(counted) / f64::from(args.seconds.max(1)), latency))
}

/// Processor time of one signature, microseconds.
fn authenticator_us() -> f64 {
    const SIGNATURES: u64 = 200;
    let mut key = SoftKey::create(&SystemRandom);
    let before = cpu::of_this_thread();
    for _ in 0..SIGNATURES {
        key.sign_act(&[7; 32], "localhost", "http://localhost");
    }
    cpu::us_each(cpu::of_this_thread().saturating_sub(before), SIGNATURES)
}

/// The pages, as a browser's script uses them.
#[derive(Clone)]
struct Page {
    router: Router,
    origin: String,
}

impl Page {
    async fn enrol(&self, code: &str) -> Result<SoftKey, CommandError> {
        let question = self.post("/activate/question", &json!({ "code": code })).await?;
        let mut key = SoftKey::create(&SystemRandom);
        let credential = key.enrol(&question, &self.origin);
        self.post("/activate", &json!({ "ceremony": question["ceremony"], "credential": credential }))
            .await?;
        Ok(key)
    }

    async fn sign_in(&self, key: &mut SoftKey) -> Result<(), CommandError> {
        let question = self.post("/sign-in/passkey/question", &json!({})).await?;
        let credential = key.answer(&question, &self.origin);
        let answer = json!({ "ceremony": question["ceremony"], "credential": credential });
        self.post("/sign-in/passkey", &answer).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, CommandError> {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .map_err(CommandError::other)?;
        let answer = self.router.clone().oneshot(request).await.map_err(CommandError::other)?;
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.map_err(CommandError::other)?;
        if status != StatusCode::OK {
            let said = String::from_utf8_lossy(&bytes);
            return Err(CommandError::Other(format!("{path} answered {status}: {said}")));
        }
        Ok(serde_json::from_slice(&bytes)?)
    }
}
