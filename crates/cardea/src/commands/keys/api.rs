//! `cardea keys api`: keys of programs, from making to revoking. A secret is printed once, when it is made, and kept
//! nowhere. A running server sees each change with its next request.

use super::{CommandError, Config, node, print};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand};
use kernel::{Actor, ApiKeyId, Channel, Clock, HOUR_US, IdMint, Timestamp};
use platform::access::{
    KEY_DAYS, KeyOrder, ListedKey, NewApiKey, issue_api_key, list_api_keys, revoke_api_key, rotate_api_key,
};
use platform::clock::{SystemClock, SystemRandom};
use platform::db::Db;
use platform::i18n::Locale;
use platform::i18n::dates::Calendar;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BY: (Actor, Channel) = (Actor::System, Channel::Console);

/// What to do with keys of programs.
#[derive(Subcommand, Debug)]
pub enum ApiCommand {
    /// Makes a key and prints it, once.
    Create(CreateArgs),
    /// Lists every key: what it may do, until when, when it was last used.
    List(ListArgs),
    /// Makes a key in the place of another; both work for a while.
    Rotate(RotateArgs),
    /// Makes a key invalid at once.
    Revoke(RevokeArgs),
}

/// `cardea keys api create`.
#[derive(Args, Debug, Clone)]
pub struct CreateArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    /// What it is called in lists.
    #[arg(long)]
    name: String,
    /// What it may do: a permission, or the leading part of some with `.*`, such as `calls.menu.*`. Repeat it.
    #[arg(long = "scope", required = true)]
    scopes: Vec<String>,
    /// After how many days it ends.
    #[arg(long, default_value_t = KEY_DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The Ed25519 public key (32 bytes in base64) that its requests are signed with; without it they are not signed.
    #[arg(long)]
    signed_with: Option<String>,
}

/// `cardea keys api list`.
#[derive(Args, Debug, Clone)]
pub struct ListArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// `cardea keys api rotate`.
#[derive(Args, Debug, Clone)]
pub struct RotateArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    /// The key to replace.
    key: ApiKeyId,
    /// After how many days the new one ends.
    #[arg(long, default_value_t = KEY_DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// How long the old one still works, hours.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
    overlap_hours: u32,
}

/// `cardea keys api revoke`.
#[derive(Args, Debug, Clone)]
pub struct RevokeArgs {
    /// The settings of the server.
    #[arg(long)]
    config: PathBuf,
    /// The key.
    key: ApiKeyId,
}

async fn database(config: &Path) -> Result<Db, CommandError> {
    let config = Config::load(Some(config)).map_err(CommandError::other)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    Ok(Db::connect(config.database_url().expose(), clock, Arc::new(IdMint::new(node::API_KEYS))).await?)
}

/// Does it.
pub(super) async fn run(command: ApiCommand) -> Result<(), CommandError> {
    match command {
        ApiCommand::Create(args) => create(args).await,
        ApiCommand::List(args) => list(args).await,
        ApiCommand::Rotate(args) => rotate(args).await,
        ApiCommand::Revoke(args) => revoke(args).await,
    }
}

fn told(new: &NewApiKey) {
    print(&serde_json::json!({ "id": new.id, "key": new.token.expose() }).to_string());
}

async fn create(args: CreateArgs) -> Result<(), CommandError> {
    let verifier = args.signed_with.as_deref().map(verifier).transpose()?;
    if let Some(bad) = args.scopes.iter().find(|scope| !is_known(scope)) {
        return Err(CommandError::Other(format!("no permission is called or covered by {bad}")));
    }
    let order = KeyOrder { name: args.name, scopes: args.scopes, days: args.days, verifier };
    let db = database(&args.config).await?;
    told(&issue_api_key(&db, &SystemRandom, BY.0, BY.1, &order).await?);
    Ok(())
}

/// Whether some permission of a program is covered: a scope with a slip of the pen would be refused one day, by night.
fn is_known(scope: &str) -> bool {
    let all = platform::feature::with_own(features::ALL);
    let mut permissions = all.iter().flat_map(|feature| feature.permissions);
    !scope.contains(char::is_whitespace)
        && permissions.any(|permission| platform::access::scope_covers(scope, permission.name))
}

fn verifier(text: &str) -> Result<[u8; 32], CommandError> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| CommandError::Other("the public key is not 32 bytes in base64".to_owned()))
}

async fn list(args: ListArgs) -> Result<(), CommandError> {
    let db = database(&args.config).await?;
    let now = db.clock().now();
    let calendar = Calendar::in_zone_named(Locale::En, "UTC", now);
    for key in list_api_keys(&db).await? {
        let state = state_of(&key, now);
        if args.json {
            let line = serde_json::json!({
                "id": key.id, "name": key.name, "scopes": key.scopes, "state": state, "signed": key.signed,
                "created_us": key.created_at.us(), "expires_us": key.expires_at.map(Timestamp::us),
                "used_us": key.used_at.map(Timestamp::us),
            });
            print(&line.to_string());
        } else {
            let used = key
                .used_at
                .map_or_else(|| "never used".to_owned(), |at| format!("used {}", calendar.machine(at)));
            let ends = key
                .expires_at
                .map_or_else(|| "no end".to_owned(), |at| format!("ends {}", calendar.machine(at)));
            let signed = if key.signed { ", signed" } else { "" };
            print(&format!("{}  {state:<8} {}  [{}]  {ends}, {used}{signed}", key.id, key.name, key.scopes));
        }
    }
    Ok(())
}

fn state_of(key: &ListedKey, now: Timestamp) -> &'static str {
    if key.revoked_at.is_some() {
        return "revoked";
    }
    if key.expires_at.is_some_and(|at| at <= now) { "ended" } else { "valid" }
}

async fn rotate(args: RotateArgs) -> Result<(), CommandError> {
    let db = database(&args.config).await?;
    let overlap_us = i64::from(args.overlap_hours) * HOUR_US;
    match rotate_api_key(&db, &SystemRandom, BY, args.key, args.days, overlap_us).await? {
        Some(new) => {
            told(&new);
            Ok(())
        }
        None => Err(CommandError::Other("no valid key has this id".to_owned())),
    }
}

async fn revoke(args: RevokeArgs) -> Result<(), CommandError> {
    let db = database(&args.config).await?;
    if revoke_api_key(&db, BY.0, BY.1, args.key).await? {
        return Ok(());
    }
    Err(CommandError::Other("no key with this id could be revoked".to_owned()))
}
