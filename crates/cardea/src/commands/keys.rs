//! `cardea keys`: the ceremony of the keys, their rotation, and what is known about them.
//!
//! Nothing here prints a key. Shares are written to files that only their owner can read, one a holder; each holder
//! takes theirs away and the file is destroyed.

mod api;
mod rotate;

use super::{CommandError, node, print};
use crate::keys::{Given, confirmed_passphrase, open_file};
use clap::{Args, Subcommand, ValueEnum};
use kernel::Secret;
use platform::clock::SystemRandom;
use platform::config::Config;
use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use vault::{
    CardKeys, KeyCheck, KeyFile, KeyFileContents, KeySet, NewSeal, PassphraseCost, Sealing, Share, ShareSet,
};

/// What to do with keys.
#[derive(Subcommand, Debug)]
pub enum KeysCommand {
    /// Makes the keys of a new issuer.
    Create(CreateArgs),
    /// Shows how a key file is sealed, and with `--open` the check values of its keys.
    Show(ShowArgs),
    /// Seals a key file by a passphrase.
    Seal(SealArgs),
    /// Seals a key file by shares, so that several people have to come together to open it.
    Split(SplitArgs),
    /// Opens a key file with its shares and seals it by a passphrase.
    Combine(SealArgs),
    /// Deals new shares to all holders, because one is replaced: the shares before open nothing any more.
    Replace(SplitArgs),
    /// Makes a new master key and wraps every data key under it, also while the server works.
    Rotate(rotate::RotateArgs),
    /// Destroys an old master key that nothing needs any more.
    Retire(rotate::RetireArgs),
    /// Says which keys there are, what the database was written with, and how far a rotation has come.
    Status(rotate::StatusArgs),
    /// Makes, lists, replaces and revokes keys of programs for the API.
    #[command(subcommand)]
    Api(api::ApiCommand),
}

/// Which key file.
#[derive(Args, Debug, Clone)]
pub struct Which {
    /// The key file.
    #[arg(long, required_unless_present = "config")]
    pub file: Option<PathBuf>,
    /// The settings that name it.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// `cardea keys create`.
#[derive(Args, Debug, Clone)]
pub struct CreateArgs {
    #[command(flatten)]
    which: Which,
    /// How to seal it.
    #[arg(long, value_enum, default_value_t = By::Passphrase)]
    by: By,
    /// A file with the new passphrase; without it the terminal asks.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    dealt: Dealt,
}

/// How shares are dealt.
#[derive(Args, Debug, Clone)]
pub struct Dealt {
    /// How many shares open.
    #[arg(long, default_value_t = 3)]
    threshold: u8,
    /// How many holders there are.
    #[arg(long = "shares", default_value_t = 5)]
    holders: u8,
    /// The folder for the shares' files; needed wherever shares are dealt.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// `--by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A passphrase.
    Passphrase,
    /// Shares.
    Shares,
    /// Nothing: for a demo.
    Nothing,
    /// A token, in which master, look-up and signing keys are made; the file has the card keys.
    Token,
}

/// `cardea keys show`.
#[derive(Args, Debug, Clone)]
pub struct ShowArgs {
    #[command(flatten)]
    which: Which,
    /// Open it and show check values.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    given: Given,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// `cardea keys seal` and `combine`.
#[derive(Args, Debug, Clone)]
pub struct SealArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    given: Given,
    /// A file with the new passphrase; without it the terminal asks.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

/// `cardea keys split` and `replace`.
#[derive(Args, Debug, Clone)]
pub struct SplitArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    dealt: Dealt,
}

impl Dealt {
    /// Where the shares go.
    fn folder(&self) -> Result<&Path, CommandError> {
        let missing = || CommandError::Other("say where the shares go: --out FOLDER".to_owned());
        self.out.as_deref().ok_or_else(missing)
    }
}

impl Which {
    fn path(&self) -> Result<PathBuf, CommandError> {
        match (&self.file, &self.config) {
            (Some(file), _) => Ok(file.clone()),
            (None, config) => Ok(Config::load(config.as_deref()).map_err(CommandError::other)?.keys_file()),
        }
    }
}

/// Does it.
pub async fn run(command: KeysCommand) -> Result<(), CommandError> {
    match command {
        KeysCommand::Create(args) => create(&args),
        KeysCommand::Show(args) => show(&args),
        KeysCommand::Seal(args) => seal(&args),
        KeysCommand::Split(args) => split(&args),
        KeysCommand::Combine(args) => combine(&args),
        KeysCommand::Replace(args) => replace(&args),
        KeysCommand::Rotate(args) => rotate::rotate(args).await,
        KeysCommand::Retire(args) => rotate::retire(args).await,
        KeysCommand::Status(args) => rotate::status(args).await,
        KeysCommand::Api(command) => api::run(command).await,
    }
}

fn create(args: &CreateArgs) -> Result<(), CommandError> {
    let path = args.which.path()?;
    if args.by == By::Token {
        let config = Config::load(args.which.config.as_deref()).map_err(CommandError::other)?;
        print(&crate::keys::create_in_token(&config)?.describe());
        return Ok(());
    }
    let contents = KeyFileContents {
        keys: Some(KeySet::create(&SystemRandom)),
        card_keys: CardKeys::create(&SystemRandom)?,
    };
    match args.by {
        By::Nothing | By::Token => {
            KeyFile::create(&path, contents, &NewSeal::Nothing, &SystemRandom)?;
        }
        By::Passphrase => {
            let passphrase = new_passphrase(args.new_passphrase_file.as_deref())?;
            let seal = NewSeal::Passphrase(&passphrase, PassphraseCost::USUAL);
            KeyFile::create(&path, contents, &seal, &SystemRandom)?;
        }
        By::Shares => {
            let out = args.dealt.folder()?;
            let (set, key, shares) = deal(&args.dealt)?;
            KeyFile::create(&path, contents, &NewSeal::Shares(set, &key), &SystemRandom)?;
            write_shares(out, &shares)?;
        }
    }
    print(&format!("{} sealed by {}", path.display(), KeyFile::inspect(&path)?));
    Ok(())
}

/// The set, its key, and the shares, not written anywhere yet.
fn deal(dealt: &Dealt) -> Result<(ShareSet, vault::Key, Vec<Share>), CommandError> {
    let set = ShareSet::create(dealt.threshold, dealt.holders, &SystemRandom)?;
    let (key, shares) = set.deal(&SystemRandom);
    Ok((set, key, shares))
}

/// One file a holder, which must not be there yet.
fn write_shares(folder: &Path, shares: &[Share]) -> Result<(), CommandError> {
    std::fs::create_dir_all(folder)?;
    for share in shares {
        let path = share_path(folder, share);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = file.map_err(|error| CommandError::Other(format!("{}: {error}", path.display())))?;
        writeln!(file, "{}", share.text().expose())?;
        file.sync_all()?;
        print(&format!("share {} of {}: {}", share.index(), share.set(), path.display()));
    }
    Ok(())
}

fn share_path(folder: &Path, share: &Share) -> PathBuf {
    folder.join(format!("share-{}-{}.txt", share.set(), share.index()))
}

fn show(args: &ShowArgs) -> Result<(), CommandError> {
    let path = args.which.path()?;
    let sealing = KeyFile::inspect(&path)?;
    let checks = if args.open { checks(open_file(&path, &args.given)?)? } else { Vec::new() };
    if args.json {
        let checks: Vec<_> = checks.iter().map(rotate::check_as_json).collect();
        print(&serde_json::json!({ "file": path, "sealing": sealing, "keys": checks }).to_string());
        return Ok(());
    }
    let mut text = format!("{} is sealed by {sealing}", path.display());
    for check in &checks {
        text.push_str(&format!("\n  {:<28} {:>4}  {}", check.name, check.number, check.value));
    }
    print(&text);
    Ok(())
}

/// Every key of a file with its check value.
fn checks(file: KeyFile) -> Result<Vec<KeyCheck>, CommandError> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let card_keys: Vec<KeyCheck> = file
        .contents()
        .card_keys
        .shown()
        .map(|(usage, number, value)| KeyCheck {
            name: format!("card key {}", usage.to_text()),
            number,
            value: hex(&value),
        })
        .collect();
    let mut all = file.ring()?.check_values()?;
    all.extend(card_keys);
    Ok(all)
}

fn seal(args: &SealArgs) -> Result<(), CommandError> {
    let path = args.which.path()?;
    let file = open_file(&path, &args.given)?;
    let passphrase = new_passphrase(args.new_passphrase_file.as_deref())?;
    let sealed = file.reseal(&NewSeal::Passphrase(&passphrase, PassphraseCost::USUAL), &SystemRandom)?;
    print(&format!("{} (copies of the file before still open as before: destroy them)", sealed.describe()));
    Ok(())
}

fn combine(args: &SealArgs) -> Result<(), CommandError> {
    let path = args.which.path()?;
    if !matches!(KeyFile::inspect(&path)?, Sealing::Shares { .. }) {
        return Err(CommandError::Other(format!("{} is not sealed by shares", path.display())));
    }
    seal(args)
}

fn split(args: &SplitArgs) -> Result<(), CommandError> {
    let (path, out) = (args.which.path()?, args.dealt.folder()?);
    let file = open_file(&path, &args.given)?;
    let (set, key, shares) = deal(&args.dealt)?;
    // Shares first: a file that nobody could open would be the end of the keys.
    write_shares(out, &shares)?;
    let sealed = file.reseal(&NewSeal::Shares(set, &key), &SystemRandom)?;
    print(&format!(
        "{}\nGive each holder their share, and destroy the files and all copies of the key file before.",
        sealed.describe()
    ));
    Ok(())
}

fn replace(args: &SplitArgs) -> Result<(), CommandError> {
    let path = args.which.path()?;
    if !matches!(KeyFile::inspect(&path)?, Sealing::Shares { .. }) {
        return Err(CommandError::Other(format!("{} is not sealed by shares", path.display())));
    }
    split(args)
}

/// A passphrase from a file, or typed twice.
pub(super) fn new_passphrase(file: Option<&Path>) -> Result<Secret<String>, CommandError> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map(Secret::new);
        let text = text.map_err(|error| CommandError::Other(format!("{}: {error}", file.display())))?;
        return Ok(Secret::new(text.expose().trim().to_owned()));
    }
    let typed = confirmed_passphrase()?;
    typed.ok_or_else(|| {
        CommandError::Other(
            "a new passphrase is typed at a terminal, or given with --new-passphrase-file".to_owned(),
        )
    })
}
