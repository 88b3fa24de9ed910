//! The settings of the log: where it is published, who cosigns its checkpoints, where copies of them go.
//!
//! A list is an array in the file and a text with commas in a variable. What its parts mean is read once at the
//! start, so a wrong key or address stops the start and not the first checkpoint.

use crate::audit::note::VerifierKey;
use serde::Deserialize;
use std::{collections::HashSet, path::PathBuf};

/// A log that grows has a checkpoint at least this often, seconds.
const CHECKPOINT_SECONDS_MAX: u32 = 60;
/// Hosts that are this host: what goes there passes no network.
const OWN_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// See [`super::Config::log`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Where it is published; empty for `log` in the data directory.
    pub folder: Option<PathBuf>,
    /// Its name; empty for the one that it has, or for that of [`super::HttpConfig::public_url`] at its first start.
    pub origin: Option<String>,
    /// Least time between two checkpoints, seconds.
    pub checkpoint_seconds: u32,
    /// Who cosigns: see [`Self::witnesses_at`].
    pub witnesses: Listed,
    /// How many of them a checkpoint must have; empty for all.
    pub witness_quorum: Option<u32>,
    /// Where copies are kept: see [`Self::copies_to`].
    pub copies: Listed,
    /// A file with the token that is sent with copies to addresses.
    pub copy_token_file: Option<PathBuf>,
    /// Least time between two copies to a folder or an address, seconds.
    pub copy_seconds: u32,
    /// Least time between two copies by mail, minutes.
    pub copy_mail_minutes: u32,
}

/// Texts: an array, or one text with commas between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct Listed(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Array(Vec<String>),
    Text(String),
}

impl From<Written> for Listed {
    fn from(written: Written) -> Self {
        match written {
            Written::Array(texts) => Self(texts),
            Written::Text(text) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                Self(texts.map(str::to_owned).collect())
            }
        }
    }
}

/// A witness and where it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessAt {
    /// Under which its lines are checked.
    pub key: VerifierKey,
    /// Its submission prefix, without a slash at its end.
    pub url: String,
}

/// A place off this host that keeps checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyTo {
    /// A folder: another disk, a share, a drive that is written once.
    Folder(PathBuf),
    /// A mail address.
    Mail(String),
    /// An address: with a slash at its end each checkpoint is put under it, else it is posted to it.
    Web(String),
}

impl LogConfig {
    /// The witnesses; nothing when one of them can't be read, or is there twice and would count twice.
    pub fn witnesses_at(&self) -> Option<Vec<WitnessAt>> {
        let mut keys = HashSet::new();
        let one = |text: &String| witness_at(text).filter(|one| keys.insert(one.key.to_string()));
        self.witnesses.0.iter().map(one).collect()
    }

    /// How many witnesses a checkpoint must have.
    pub fn quorum(&self) -> usize {
        let all = self.witnesses.0.len();
        self.witness_quorum.and_then(|number| usize::try_from(number).ok()).unwrap_or(all)
    }

    /// Where copies go; nothing when one of them can't be read.
    pub fn copies_to(&self) -> Option<Vec<CopyTo>> {
        self.copies.0.iter().map(|text| copy_to(text)).collect()
    }

    /// The setting that can't be used, and what can; `mail`: whether a mail server is set.
    pub(super) fn refusal(&self, mail: bool) -> Option<(&'static str, &'static str)> {
        if self.checkpoint_seconds > CHECKPOINT_SECONDS_MAX {
            return Some(("log.checkpoint_seconds", "at most 60"));
        }
        if self.witnesses_at().is_none() {
            let expected = "a list of KEY ADDRESS, where KEY is a witness's name+id+base64 (its kind is 4) and ADDRESS starts with http:// or https://";
            return Some(("log.witnesses", expected));
        }
        let most = self.witnesses.0.len();
        if self.witness_quorum.is_some() && !(1..=most).contains(&self.quorum()) {
            return Some(("log.witness_quorum", "a whole number from 1 to the number of witnesses"));
        }
        if self.copies_to().is_none() {
            let expected = "a list of folders and addresses: https:// with a host and no password, http:// with localhost, or mailto: with a mail address";
            return Some(("log.copies", expected));
        }
        if self.copy_mail_minutes == 0 {
            return Some(("log.copy_mail_minutes", "at least 1"));
        }
        let by_mail = self.copies.0.iter().any(|text| text.trim().starts_with("mailto:"));
        if by_mail && !mail {
            return Some(("log.copies", "without mailto:, where mail.host is not set"));
        }
        (self.copy_seconds == 0).then_some(("log.copy_seconds", "at least 1"))
    }
}

/// What is sent to a witness is public and what it answers is signed, so plain HTTP will do.
fn witness_at(text: &str) -> Option<WitnessAt> {
    let (key, url) = text.trim().split_once(char::is_whitespace)?;
    let key = VerifierKey::parse(key).ok().filter(VerifierKey::is_of_witness)?;
    let url = url.trim().trim_end_matches('/');
    host_of(url)?;
    Some(WitnessAt { key, url: url.to_owned() })
}

fn copy_to(text: &str) -> Option<CopyTo> {
    let text = text.trim();
    if let Some(address) = text.strip_prefix("mailto:") {
        let (name, host) = address.split_once('@')?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || "@<>,;?".contains(c);
        let right = !name.is_empty() && !host.is_empty() && !address.replacen('@', "", 1).contains(odd);
        return right.then(|| CopyTo::Mail(address.to_owned()));
    }
    if !text.contains("://") {
        return (!text.is_empty()).then(|| CopyTo::Folder(PathBuf::from(text)));
    }
    let host = host_of(text)?;
    let name =
        host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let safe = text.starts_with("https://") || OWN_HOSTS.contains(&name);
    safe.then(|| CopyTo::Web(text.to_owned()))
}

/// Host and port of a web address; nothing when it is none, or has a password in it.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c == '@';
    (!host.is_empty() && !rest.contains(odd)).then_some(host)
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            folder: None,
            origin: None,
            checkpoint_seconds: 5,
            witnesses: Listed::default(),
            witness_quorum: None,
            copies: Listed::default(),
            copy_token_file: None,
            copy_seconds: 60,
            copy_mail_minutes: 60,
        }
    }
}
