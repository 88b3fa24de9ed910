//! The key file of the software module: JSON, readable by its owner only, each key with a check value.
//!
//! It suits a demo and a small test server. Who can read it has every key, so it is refused when anybody
//! but its owner could; backups of the database must not contain it.

use crate::{CardKeyUse, CardKeys, Key, KeyRing, VaultError, card::CardKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::Secret;
use serde::{Deserialize, Serialize, Serializer};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};
use zeroize::Zeroizing;

const FORMAT: &str = "cardea key file 2";
const FILE_BYTES_MAX: u64 = 1 << 20;
const OTHERS: u32 = 0o077;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRing {
    format: String,
    masters: Vec<Stored>,
    lookup: Stored,
    signing: Stored,
    card_keys: Vec<StoredCardKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    number: u32,
    key: Secret<String>,
    check: String,
}

/// A card key: a key with what it is for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCardKey {
    usage: String,
    number: u32,
    key: Secret<String>,
    check: String,
}

#[derive(Serialize)]
struct WrittenRing {
    format: &'static str,
    masters: Vec<Written>,
    lookup: Written,
    signing: Written,
    card_keys: Vec<WrittenCardKey>,
}

#[derive(Serialize)]
struct Written {
    number: u32,
    #[serde(serialize_with = "in_clear")]
    key: Zeroizing<String>,
    check: String,
}

#[derive(Serialize)]
struct WrittenCardKey {
    usage: String,
    number: u32,
    #[serde(serialize_with = "in_clear")]
    key: Zeroizing<String>,
    check: String,
}

/// The one place where a key is written out, on purpose.
fn in_clear<S: Serializer>(key: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(key)
}

impl KeyRing {
    /// Reads the key file at `path`.
    ///
    /// # Errors
    /// The file is absent, open to others, malformed, or a key does not match its check value.
    pub fn load(path: &Path) -> Result<Self, VaultError> {
        let failed = |source| VaultError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        // Asked of the open file, so that nothing can be exchanged in between.
        let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
        if mode & OTHERS != 0 {
            return Err(VaultError::OpenToOthers { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::with_capacity(16 * 1024));
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        Reading { path }.ring(&text)
    }

    /// Writes a new key file at `path`, mode 0600, durable when this returns.
    ///
    /// # Errors
    /// A file of this name is there already (keys are never overwritten), or writing failed.
    pub fn save_new(&self, path: &Path) -> Result<(), VaultError> {
        let failed = |source| VaultError::File { path: path.to_owned(), source };
        let text = serde_json::to_vec_pretty(&self.written())
            .map(Zeroizing::new)
            .map_err(|broken| failed(broken.into()))?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn written(&self) -> WrittenRing {
        let written = |number, key: &Key| Written {
            number,
            key: Zeroizing::new(STANDARD.encode(key.bytes())),
            check: hex(&key.check_value()),
        };
        let card_key = |(number, key): (u32, &CardKey)| WrittenCardKey {
            usage: key.usage().to_text(),
            number,
            key: Zeroizing::new(STANDARD.encode(key.bytes())),
            check: hex(&key.check_value()),
        };
        WrittenRing {
            format: FORMAT,
            masters: self.masters().map(|(version, key)| written(version, key)).collect(),
            lookup: written(1, self.lookup_key()),
            signing: written(1, self.signing_key()),
            card_keys: self.card_keys().all().map(card_key).collect(),
        }
    }
}

/// Reading of one file; knows its name for the messages.
struct Reading<'a> {
    path: &'a Path,
}

impl Reading<'_> {
    fn ring(&self, text: &str) -> Result<KeyRing, VaultError> {
        // What serde says may quote the file, so it is not passed on.
        let stored: StoredRing = serde_json::from_str(text)
            .map_err(|_| self.malformed("it is not a key file of this program, or was cut short"))?;
        if stored.format != FORMAT {
            return Err(self.malformed("its format is unknown to this version of the program"));
        }
        let mut masters = BTreeMap::new();
        for entry in &stored.masters {
            if masters.insert(entry.number, self.key("master key", entry)?).is_some() {
                return Err(self.malformed("two master keys have one version"));
            }
        }
        let mut card_keys = CardKeys::default();
        for entry in &stored.card_keys {
            if card_keys.insert(entry.number, self.card_key(entry)?).is_err() {
                return Err(self.malformed("two card keys have one name"));
            }
        }
        if masters.is_empty() {
            return Err(self.malformed("it has no master key"));
        }
        let lookup = self.key("look-up key", &stored.lookup)?;
        KeyRing::from_parts(masters, lookup, self.key("signing key", &stored.signing)?, card_keys)
    }

    fn key(&self, name: &str, entry: &Stored) -> Result<Key, VaultError> {
        let key = Key::from_slice(&self.bytes(&entry.key)?)
            .ok_or_else(|| self.malformed("a key has not 32 bytes"))?;
        self.check((name, entry.number), &entry.check, &key.check_value())?;
        Ok(key)
    }

    fn card_key(&self, entry: &StoredCardKey) -> Result<CardKey, VaultError> {
        let usage = CardKeyUse::from_text(&entry.usage)
            .ok_or_else(|| self.malformed("a card key is of a use that this version does not know"))?;
        let key = CardKey::try_new(usage, &self.bytes(&entry.key)?)?;
        self.check((&entry.usage, entry.number), &entry.check, &key.check_value())?;
        Ok(key)
    }

    fn bytes(&self, key: &Secret<String>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        STANDARD.decode(key.expose()).map(Zeroizing::new).map_err(|_| self.malformed("a key is not base64"))
    }

    fn check(&self, (name, number): (&str, u32), said: &str, value: &[u8]) -> Result<(), VaultError> {
        if said == hex(value) {
            return Ok(());
        }
        let key = format!("{name} {number}");
        Err(VaultError::CheckValue { path: self.path.to_owned(), key })
    }

    fn malformed(&self, reason: &'static str) -> VaultError {
        VaultError::Malformed { path: self.path.to_owned(), reason }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
