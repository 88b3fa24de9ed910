//! Where the keys come from at a start, and how a key file is opened and sealed.
//!
//! A key file says itself how it is sealed. What opens it is looked for in this order: what the command was given
//! (`--passphrase-file`, `--share`), the systemd credential `cardea-keys` (a passphrase, or shares, one a line), and
//! the person at the terminal. A file that is sealed by nothing is for a demo only. With `keys.module = "pkcs11"` the
//! token's PIN comes from the credential `cardea-token-pin` or the terminal, and the token opens the key file.

mod ask;

use crate::commands::CommandError;
use clap::Args;
use kernel::Secret;
use platform::config::{Config, Environment, KeyModuleKind, credential};
use std::path::{Path, PathBuf};
use vault::{KeyFile, KeyRing, Sealing, Share, Unseal};

pub use ask::{confirmed_passphrase, passphrase};

/// The credential with what opens the key file.
const CREDENTIAL: &str = "cardea-keys";

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
        KeyModuleKind::Pkcs11 => Err(CommandError::Other("PKCS#11 is not built in".to_owned())),
    }
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
