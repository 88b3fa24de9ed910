//! `cardea init`: a data directory that `cardea serve` can begin with.
//!
//! Makes the folder (0700), the settings file, the keys, the tables, and with `--sample people=N` the sample
//! issuer; a demo begins in the same way. Nothing that exists is overwritten: where there are keys already, the
//! command refuses, because a second set of keys would make the first one's cards unreadable.

use super::{CommandError, administrator, print};
use crate::traffic::simulator::SamplePerson;
use crate::{sample, server};
use clap::{Args, ValueEnum};
use features::passkeys::EnrolmentCode;
use kernel::Clock;
use platform::clock::{SystemClock, SystemRandom};
use platform::config::{Config, Environment};
use platform::telemetry;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use vault::{CardKeys, KeyFile, KeyFileContents, KeyRing, KeySet, NewSeal, PassphraseCost};

/// The settings file in a data directory.
pub const SETTINGS: &str = "cardea.toml";
/// Only the owner enters.
const FOLDER_MODE: u32 = 0o700;
/// Most people of a sample.
const PEOPLE_MAX: u32 = 2_000_000;

/// What to make, and where.
#[derive(Args, Debug, Clone)]
pub struct InitArgs {
    /// The folder for everything; the settings go into `cardea.toml` there.
    #[arg(long, required_unless_present = "config", conflicts_with = "config")]
    pub data_dir: Option<PathBuf>,
    /// A settings file: taken as it is where it exists, else written, with its folder as the data directory.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The sample issuer's people: `people=N`. Without it there is no customer yet.
    #[arg(long, value_parser = people, value_name = "people=N")]
    pub sample: Option<u32>,
    /// Whom it will serve.
    #[arg(long, value_enum, default_value_t = Kind::Demo)]
    pub environment: Kind,
    #[command(flatten)]
    pub addresses: Addresses,
}

/// Where a new server listens and keeps its data.
#[derive(Args, Debug, Clone)]
pub struct Addresses {
    /// Port of the pages and the API.
    #[arg(long, default_value_t = 8080)]
    pub http_port: u16,
    /// Port of the first ISO 8583 dialect; the other two take the next ports.
    #[arg(long, default_value_t = 8583)]
    pub iso_port: u16,
    /// The database: SQLite in the data directory, or a PostgreSQL address.
    #[arg(long)]
    pub database: Option<String>,
}

/// `--environment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Test cards, one-use sign-in links, a clock that can be moved.
    Demo,
    /// Real people.
    Live,
}

/// A data directory that is ready.
pub(super) struct Ready {
    pub(super) config: Config,
    pub(super) keys: KeyRing,
    /// Where the sample's two files go.
    pub(super) folder: PathBuf,
}

/// Makes everything and says what to do next.
pub async fn run(args: InitArgs) -> Result<(), CommandError> {
    let settings = match (&args.config, &args.data_dir) {
        (Some(settings), _) => settings.clone(),
        (None, Some(folder)) => folder.join(SETTINGS),
        (None, None) => return Err(CommandError::Other("say where: --data-dir or --config".to_owned())),
    };
    let ready = prepare(&settings, args.environment, &args.addresses)?;
    telemetry::install_logs(&ready.config.telemetry).map_err(CommandError::other)?;
    let demo = ready.config.environment == Environment::Demo;
    if args.sample.is_some() && !demo {
        return Err(CommandError::Other(
            "the sample issuer is for a demo: its keys are published".to_owned(),
        ));
    }
    let config = ready.config.clone();
    let (folder, code) = fill(ready, args.sample.unwrap_or(0)).await?;
    let mut text = format!(
        "Ready in {}.\n\n  start      cardea serve --config {}\n",
        folder.display(),
        settings.display()
    );
    if demo {
        text.push_str("  sign-ins   demo.json and cards.csv in that folder\n");
    }
    if let Some(code) = code {
        text.push('\n');
        text.push_str(&administrator::told(&config, &code));
    }
    print(&text);
    Ok(())
}

/// Folder, settings and keys.
pub(super) fn prepare(settings: &Path, kind: Kind, addresses: &Addresses) -> Result<Ready, CommandError> {
    if !settings.exists() {
        let folder = settings.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        std::fs::write(settings, settings_text(kind, addresses, &folder.canonicalize()?))?;
    }
    let config = Config::load(Some(settings)).map_err(CommandError::other)?;
    if config.keys_file().exists() {
        return Err(CommandError::Other(format!(
            "{} exists already: this issuer is set up. Start it with: cardea serve --config {}",
            config.keys_file().display(),
            settings.display()
        )));
    }
    std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&config.data_dir)?;
    let keys = create_keys(&config)?;
    let folder = config.data_dir.canonicalize()?;
    Ok(Ready { config, keys, folder })
}

/// The keys of a new issuer: a demo's with the published ones and sealed by nothing, else by a passphrase.
fn create_keys(config: &Config) -> Result<KeyRing, CommandError> {
    let path = config.keys_file();
    let mut contents = KeyFileContents {
        keys: Some(KeySet::create(&SystemRandom)),
        card_keys: CardKeys::create(&SystemRandom)?,
    };
    if config.environment == Environment::Demo {
        sample::publish_keys(&mut contents.card_keys)?;
        return Ok(KeyFile::create(&path, contents, &NewSeal::Nothing, &SystemRandom)?.ring()?);
    }
    let passphrase = crate::keys::new_passphrase()?;
    let seal = NewSeal::Passphrase(&passphrase, PassphraseCost::USUAL);
    Ok(KeyFile::create(&path, contents, &seal, &SystemRandom)?.ring()?)
}

/// Tables, and the sample's people where there are any; in a demo staff and an API key in any case, elsewhere the first
/// administrator with the code for their first passkey.
async fn fill(ready: Ready, count: u32) -> Result<(PathBuf, Option<EnrolmentCode>), CommandError> {
    let demo = ready.config.environment == Environment::Demo;
    let people = if demo { sample_people(&ready.keys, count)?.0 } else { Vec::new() };
    let assembled = server::assemble(ready.config, ready.keys, false).await?;
    if demo {
        sample::create(&assembled.app, &people, &ready.folder).await?;
        return Ok((ready.folder, None));
    }
    let code = administrator::let_in(&assembled.app.db, &SystemRandom, "Administrator", None).await?;
    Ok((ready.folder, Some(code)))
}

/// The sample's people, and the moment from which they live.
pub(super) fn sample_people(keys: &KeyRing, count: u32) -> Result<(Vec<SamplePerson>, i64), CommandError> {
    let start_us = SystemClock::default().now().us();
    if count == 0 {
        return Ok((Vec::new(), start_us));
    }
    Ok((sample::people(keys, usize::try_from(count).unwrap_or(0), start_us)?, start_us))
}

fn people(text: &str) -> Result<u32, String> {
    let count = text.strip_prefix("people=").and_then(|count| count.parse().ok());
    let count = count.filter(|count| (1..=PEOPLE_MAX).contains(count));
    count.ok_or_else(|| format!("write people=N with N from 1 to {PEOPLE_MAX}"))
}

fn settings_text(kind: Kind, addresses: &Addresses, folder: &Path) -> String {
    let environment = match kind {
        Kind::Demo => "demo",
        Kind::Live => "live",
    };
    let iso = |offset: u16| format!("127.0.0.1:{}", addresses.iso_port.saturating_add(offset));
    let database =
        addresses.database.as_ref().map_or(String::new(), |url| format!("\n[database]\nurl = {url:?}\n"));
    format!(
        "environment = \"{environment}\"\ndata_dir = {folder:?}\n{database}\n[http]\nlisten = \"127.0.0.1:{port}\"\n\
         public_url = \"http://localhost:{port}\"\n\n[iso8583]\nascii = \"{}\"\nascii_binary_bitmap = \"{}\"\n\
         bcd = \"{}\"\n\n[telemetry]\nlevel = \"warn\"\n",
        iso(0),
        iso(1),
        iso(2),
        port = addresses.http_port,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_told_by_its_people() {
        assert_eq!(people("people=200"), Ok(200));
        for wrong in ["200", "people=", "people=0", "people=-1", "people=9000000"] {
            assert!(people(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_are_never_made_twice() {
        let dir = tempfile::TempDir::new().expect("temp");
        let settings = dir.path().join("new").join(SETTINGS);
        let addresses = Addresses { http_port: 1, iso_port: 2, database: None };
        let ready = prepare(&settings, Kind::Demo, &addresses).expect("a fresh folder");
        let before = std::fs::read(ready.config.keys_file()).expect("keys");
        let again = prepare(&settings, Kind::Demo, &addresses).err().expect("refused");
        assert!(again.to_string().contains("is set up"), "{again}");
        assert_eq!(std::fs::read(ready.config.keys_file()).expect("keys"), before);
    }
}
