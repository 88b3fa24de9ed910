//! What it costs to know who is there, over SQLite: the one check of a permission, the level of a set of proofs, and all
//! that the gate adds to a page (session, standing, check). Figures for docs/operating/performance.md:
//! `cargo run --release -p cardea-testkit --example access_cost`.

use features::identity::{Policy, Proof, ProofKind, Risk};
use kernel::{Actor, Channel, Clock, CustomerId};
use platform::access::{
    Assurance, Direction, Narrowing, NewSession, Permission, Role, Standing, decide, find_session,
    open_session,
};
use platform::clock::{SystemClock, SystemRandom};
use platform::feature::with_own;
use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write;
use testkit::sqlite;

const CHECKS: u64 = 1_000_000;
const PAGES: usize = 20_000;
const SESSIONS: i64 = 2_000;

static RAISE: Permission = Permission {
    name: "bench.limit.raise",
    direction: Direction::Exposing,
    assurance: Assurance::TWO,
    roles: &[Role::Cardholder, Role::Manager, Role::ApiClient],
};

fn check_ns(clock: &SystemClock) -> Result<u64, Box<dyn Error>> {
    let begun = clock.monotonic_us();
    for level in 0..CHECKS {
        let level = Assurance::from_level(i64::try_from(level % 4)?).unwrap_or_default();
        let _ = black_box(decide(black_box(&RAISE), Standing::new(Role::Cardholder, level)));
    }
    Ok((clock.monotonic_us() - begun) * 1_000 / CHECKS)
}

/// The longest file of roles that there can be; it leaves everything as it is.
fn name_every_permission() -> Result<(), Box<dyn Error>> {
    let own = with_own(features::ALL);
    let all = own.iter().flat_map(|feature| feature.permissions).copied().chain([&RAISE]);
    let all: Vec<&'static Permission> = all.filter(|permission| !permission.is_open()).collect();
    let mut text = "[permissions]\n".to_owned();
    for permission in &all {
        let roles: Vec<String> = permission.roles.iter().map(|role| format!("\"{role}\"")).collect();
        writeln!(text, "\"{}\" = [{}]", permission.name, roles.join(", "))?;
    }
    Ok(Narrowing::read(&text, &all)?.install()?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = SystemClock::new(0);
    let mut out = std::io::stdout();
    writeln!(out, "permission check: {} ns", check_ns(&clock)?)?;
    name_every_permission()?;
    writeln!(out, "with a file of roles that names every permission: {} ns", check_ns(&clock)?)?;

    let (policy, now) = (Policy::built_in()?, clock.now());
    let kinds = [ProofKind::DevicePasskey, ProofKind::AuthenticatorCode, ProofKind::QueryPassword];
    let proofs = kinds.map(|kind| Proof { kind, at: now, channel: Channel::App, device: None });
    let begun = clock.monotonic_us();
    for _ in 0..CHECKS / 10 {
        black_box(policy.assurance(black_box(&proofs), now, Risk::Usual));
    }
    let level_ns = (clock.monotonic_us() - begun) * 10_000 / CHECKS;
    writeln!(out, "assurance of three proofs: {level_ns} ns")?;

    let test = sqlite().await;
    let mut tokens = Vec::new();
    for n in 1..=SESSIONS {
        let actor = Actor::Cardholder(CustomerId::from_raw(n));
        let new = NewSession::new(actor, Role::Cardholder, Assurance::TWO);
        let opened = open_session(&test.db, &SystemRandom, new).await?.ok_or("no person")?;
        tokens.push(opened.token);
    }
    let mut took_us = Vec::with_capacity(PAGES);
    for page in 0..PAGES {
        let token = tokens.get(page * 7 % tokens.len()).ok_or("no session")?;
        let begun = clock.monotonic_us();
        let session = find_session(&test.db, token).await?.ok_or("no session")?;
        let csrf = token.csrf();
        let passed = decide(&RAISE, Standing::new(session.role, session.assurance));
        took_us.push(clock.monotonic_us() - begun);
        black_box((csrf, passed.is_ok()));
    }
    took_us.sort_unstable();
    let at = |share: usize| took_us.get(PAGES * share / 1_000).copied().unwrap_or_default();
    writeln!(out, "a page's authentication: p50 {} µs, p99 {} µs, p99.9 {} µs", at(500), at(990), at(999))?;
    Ok(())
}
