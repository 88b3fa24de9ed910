//! Where the keys come from at a start, and how a key file is opened and sealed.
//!
//! A key file says itself how it is sealed. What opens it is looked for in this order: what the command was given
//! (`--passphrase-file`, `--share`), the systemd credential `cardea-keys` (a passphrase, or shares, one a line), and
//! the person at the terminal. A file that is sealed by nothing is for a demo only. With `keys.module = "pkcs11"` the
//! token's PIN comes from the credential `cardea-token-pin` or the terminal, and the token opens the key file.

mod ask;

use crate::commands::CommandError;
use clap::Args;
use connectors::pkcs11::TokenModule;
use kernel::Secret;
use platform::clock::SystemRandom;
use platform::config::{Config, Environment, KeyModuleKind, credential};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vault::{CardKeys, KeyFile, KeyFileContents, KeyRing, NewSeal, Sealing, Share, Unseal};

pub use ask::{confirmed_passphrase, passphrase};

/// The credential with what opens the key file.
const CREDENTIAL: &str = "cardea-keys";
/// The credential with the PIN of the token.
const PIN_CREDENTIAL: &str = "cardea-token-pin";

/// What opens a key file, where the command is told.
#[derive(Args, Debug, Clone, Default)]
pub struct Given {
    /// A file with the passphrase that opens the keys.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// A file with shares that open the keys, one a line; may be given several times.
    #[arg(long = "share", value_name = "FILE")]
    pub shares: Vec<PathBuf>,
}

/// The keys that these settings name, opened without arguments: for a server and for commands beside it.
pub fn open(config: &Config) -> Result<KeyRing, CommandError> {
    open_with(config, &Given::default())
}

/// The keys that these settings name, opened with what is given.
pub fn open_with(config: &Config, given: &Given) -> Result<KeyRing, CommandError> {
    let path = config.keys_file();
    match config.keys.module {
        KeyModuleKind::Software => {
            let file = open_file(&path, given)?;
            if config.environment == Environment::Live && *file.sealing() == Sealing::Nothing {
                return Err(CommandError::Other(format!(
                    "key file {} is sealed by nothing, which is for a demo. Seal it with: cardea keys seal --file {}",
                    path.display(),
                    path.display()
                )));
            }
            Ok(file.ring()?)
        }
        KeyModuleKind::Pkcs11 => {
            let module = open_token(config)?;
            let file = KeyFile::open(&path, &Unseal::Token(&module))?;
            Ok(KeyRing::new(Arc::new(module), file.contents().card_keys.clone()))
        }
    }
}

/// The token of these settings, its user logged in.
fn open_token(config: &Config) -> Result<TokenModule, CommandError> {
    let (library, label, pin) = token(config)?;
    Ok(TokenModule::open(library, label, &pin)?)
}

/// Makes the keys of a new issuer in the token of these settings, and its key file with the card keys.
pub fn create_in_token(config: &Config) -> Result<KeyFile, CommandError> {
    let (library, label, pin) = token(config)?;
    let module = TokenModule::create(library, label, &pin)?;
    let contents = KeyFileContents { keys: None, card_keys: CardKeys::create(&SystemRandom)? };
    Ok(KeyFile::create(&config.keys_file(), contents, &NewSeal::Token(&module), &SystemRandom)?)
}

/// Seals a token's key file under the newest master key, so that an older one can be destroyed.
pub fn follow_rotation(config: &Config) -> Result<(), CommandError> {
    if config.keys.module == KeyModuleKind::Pkcs11 {
        let module = open_token(config)?;
        let file = KeyFile::open(&config.keys_file(), &Unseal::Token(&module))?;
        file.reseal(&NewSeal::Token(&module), &SystemRandom)?;
    }
    Ok(())
}

fn token(config: &Config) -> Result<(&Path, &str, Secret<String>), CommandError> {
    let missing = || CommandError::Other("keys.token_library names the PKCS#11 library".to_owned());
    let library = config.keys.token_library.as_deref().ok_or_else(missing)?;
    let pin = match credential(PIN_CREDENTIAL)? {
        Some(pin) => pin,
        None => passphrase(&format!("PIN of the token {}: ", config.keys.token_label)).ok_or_else(|| {
            CommandError::Other(format!(
                "the token {} needs its PIN: give it as the systemd credential {PIN_CREDENTIAL}, or at a terminal",
                config.keys.token_label
            ))
        })?,
    };
    Ok((library, &config.keys.token_label, pin))
}

/// Opens a key file with what is given, the credential, or the person at the terminal.
pub fn open_file(path: &Path, given: &Given) -> Result<KeyFile, CommandError> {
    let sealing = KeyFile::inspect(path)?;
    let opened = match &sealing {
        Sealing::Nothing => KeyFile::open(path, &Unseal::Nothing)?,
        Sealing::Passphrase { .. } => {
            let found = match &given.passphrase_file {
                Some(file) => Some(read(file)?),
                None => credential(CREDENTIAL)?,
            };
            let passphrase = match found {
                Some(passphrase) => passphrase,
                None => passphrase_at_terminal(path)?,
            };
            KeyFile::open(path, &Unseal::Passphrase(&passphrase))?
        }
        Sealing::Shares { threshold, .. } => {
            let shares = shares(path, given, *threshold)?;
            KeyFile::open(path, &Unseal::Shares(&shares))?
        }
        Sealing::Token { .. } => {
            return Err(CommandError::Other(format!(
                "key file {} is sealed by a token: set keys.module = \"pkcs11\"",
                path.display()
            )));
        }
    };
    Ok(opened)
}

fn passphrase_at_terminal(path: &Path) -> Result<Secret<String>, CommandError> {
    passphrase(&format!("Passphrase of {}: ", path.display())).ok_or_else(|| {
        CommandError::Other(format!(
            "key file {} is sealed by a passphrase: give it as the systemd credential {CREDENTIAL}, with \
             --passphrase-file where the command has it, or at a terminal",
            path.display()
        ))
    })
}

fn shares(path: &Path, given: &Given, threshold: u8) -> Result<Vec<Share>, CommandError> {
    let mut texts = Vec::new();
    for file in &given.shares {
        texts.push(read(file)?);
    }
    if texts.is_empty()
        && let Some(text) = credential(CREDENTIAL)?
    {
        texts.push(text);
    }
    let lines = texts.iter().flat_map(|text| text.expose().lines()).filter(|line| !line.trim().is_empty());
    let mut shares = lines.map(Share::parse).collect::<Result<Vec<_>, _>>()?;
    while shares.len() < usize::from(threshold) && texts.is_empty() {
        let question = format!("Share {} of the {threshold} that are needed: ", shares.len() + 1);
        let text = passphrase(&question).ok_or_else(|| {
            CommandError::Other(format!(
                "key file {} is sealed by shares, {threshold} of which are needed: give them as the systemd \
                 credential {CREDENTIAL}, with --share where the command has it, or at a terminal",
                path.display()
            ))
        })?;
        shares.push(Share::parse(text.expose())?);
    }
    Ok(shares)
}

/// The passphrase of a new key file: the credential, else typed twice.
pub fn new_passphrase() -> Result<Secret<String>, CommandError> {
    if let Some(passphrase) = credential(CREDENTIAL)? {
        return Ok(passphrase);
    }
    let typed = confirmed_passphrase()?;
    typed.ok_or_else(|| {
        CommandError::Other(format!(
            "the keys of a live issuer are sealed: type a passphrase at a terminal, give it as the systemd credential \
             {CREDENTIAL}, or make the keys with cardea keys create first"
        ))
    })
}

fn read(path: &Path) -> Result<Secret<String>, CommandError> {
    let text = std::fs::read_to_string(path).map(Secret::new);
    let text = text.map_err(|error| CommandError::Other(format!("{}: {error}", path.display())))?;
    Ok(Secret::new(text.expose().trim().to_owned()))
}
