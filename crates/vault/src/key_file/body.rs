//! The text of a key file: what stands in clear, and the keys, sealed or not, each with a check value.

use super::{
    KeyFileContents,
    sealing::{Opener, Sealing},
};
use crate::{
    CardKeyUse, CardKeys, Key, KeySet, VaultError,
    card::CardKey,
    sealing::{aead_open, aead_seal},
    shares::hex,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Random, Secret};
use serde::{Deserialize, Serialize, Serializer};
use std::{collections::BTreeMap, path::Path};
use zeroize::Zeroizing;

const FORMAT: &str = "cardea key file 3";

/// A key file as read, its keys not opened yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    format: String,
    pub(super) sealing: Sealing,
    #[serde(default)]
    keys: Option<StoredKeys>,
    #[serde(default)]
    sealed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKeys {
    #[serde(default)]
    module: Option<StoredModule>,
    card_keys: Vec<StoredCardKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredModule {
    masters: Vec<StoredKey>,
    lookup: StoredKey,
    signing: StoredKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
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
struct Written<'a> {
    format: &'static str,
    sealing: &'a Sealing,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<WrittenKeys>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

#[derive(Serialize)]
struct WrittenKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<WrittenModule>,
    card_keys: Vec<WrittenCardKey>,
}

#[derive(Serialize)]
struct WrittenModule {
    masters: Vec<WrittenKey>,
    lookup: WrittenKey,
    signing: WrittenKey,
}

#[derive(Serialize)]
struct WrittenKey {
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

/// The text of a file.
pub(super) fn text(
    path: &Path,
    sealing: &Sealing,
    opener: &Opener,
    contents: &KeyFileContents,
    random: &dyn Random,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let broken = |error: serde_json::Error| VaultError::File { path: path.to_owned(), source: error.into() };
    let keys = written(contents);
    let whole = match opener {
        Opener::Plain => Written { format: FORMAT, sealing, keys: Some(keys), sealed: None },
        Opener::Key(key) => {
            let plain = Zeroizing::new(serde_json::to_vec(&keys).map_err(broken)?);
            let sealed = aead_seal(key, &binding(sealing).map_err(broken)?, &plain, random)?;
            Written { format: FORMAT, sealing, keys: None, sealed: Some(STANDARD.encode(sealed)) }
        }
    };
    serde_json::to_vec_pretty(&whole).map(Zeroizing::new).map_err(broken)
}

/// What the ciphertext is bound to: all that stands in clear.
fn binding(sealing: &Sealing) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&(FORMAT, sealing))
}

fn written(contents: &KeyFileContents) -> WrittenKeys {
    let key = |number, key: &Key| WrittenKey {
        number,
        key: Zeroizing::new(STANDARD.encode(key.bytes())),
        check: hex(&key.check_value()),
    };
    let module = contents.keys.as_ref().map(|keys| WrittenModule {
        masters: keys.masters.iter().map(|(version, master)| key(*version, master)).collect(),
        lookup: key(1, &keys.lookup),
        signing: key(1, &keys.signing),
    });
    let card_key = |(number, key): (u32, &CardKey)| WrittenCardKey {
        usage: key.usage().to_text(),
        number,
        key: Zeroizing::new(STANDARD.encode(key.bytes())),
        check: hex(&key.check_value()),
    };
    WrittenKeys { module, card_keys: contents.card_keys.all().map(card_key).collect() }
}

impl Stored {
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, VaultError> {
        let malformed = |reason| VaultError::Malformed { path: path.to_owned(), reason };
        // What serde says may quote the file, so it is not passed on.
        let stored: Self = serde_json::from_str(text)
            .map_err(|_| malformed("it is not a key file of this program, or was cut short"))?;
        if stored.format != FORMAT {
            return Err(malformed("its format is unknown to this version of the program"));
        }
        Ok(stored)
    }

    /// Opens the keys.
    pub(super) fn contents(&self, path: &Path, opener: &Opener) -> Result<KeyFileContents, VaultError> {
        let reading = Reading { path };
        match (opener, &self.keys, &self.sealed) {
            (Opener::Plain, Some(keys), None) => reading.contents(keys),
            (Opener::Key(key), None, Some(sealed)) => {
                let sealed =
                    STANDARD.decode(sealed).map_err(|_| reading.malformed("its keys are not base64"))?;
                let binding = binding(&self.sealing)
                    .map_err(|error| VaultError::File { path: path.to_owned(), source: error.into() })?;
                let plain = aead_open(key, &binding, &sealed).map_err(|_| VaultError::Unopened {
                    path: path.to_owned(),
                    sealing: self.sealing.to_string(),
                })?;
                let keys = serde_json::from_slice(plain.expose())
                    .map_err(|_| reading.malformed("its keys were written by another version"))?;
                reading.contents(&keys)
            }
            _ => Err(reading.malformed("it is not sealed in the way that it says")),
        }
    }
}

/// Reading of one file; knows its name for the messages.
struct Reading<'a> {
    path: &'a Path,
}

impl Reading<'_> {
    fn contents(&self, stored: &StoredKeys) -> Result<KeyFileContents, VaultError> {
        let mut card_keys = CardKeys::default();
        for entry in &stored.card_keys {
            if card_keys.insert(entry.number, self.card_key(entry)?).is_err() {
                return Err(self.malformed("two card keys have one name"));
            }
        }
        let keys = stored.module.as_ref().map(|module| self.module(module)).transpose()?;
        Ok(KeyFileContents { keys, card_keys })
    }

    fn module(&self, stored: &StoredModule) -> Result<KeySet, VaultError> {
        let mut masters = BTreeMap::new();
        for entry in &stored.masters {
            if masters.insert(entry.number, self.key("master key", entry)?).is_some() {
                return Err(self.malformed("two master keys have one version"));
            }
        }
        if masters.is_empty() {
            return Err(self.malformed("it has no master key"));
        }
        let lookup = self.key("look-up key", &stored.lookup)?;
        Ok(KeySet { masters, lookup, signing: self.key("signing key", &stored.signing)? })
    }

    fn key(&self, name: &str, entry: &StoredKey) -> Result<Key, VaultError> {
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
        if said.eq_ignore_ascii_case(&hex(value)) {
            return Ok(());
        }
        let key = format!("{name} {number}");
        Err(VaultError::CheckValue { path: self.path.to_owned(), key })
    }

    fn malformed(&self, reason: &'static str) -> VaultError {
        VaultError::Malformed { path: self.path.to_owned(), reason }
    }
}

/// Bytes as base64 in JSON.
pub(super) mod base64_bytes {
    use super::{Engine, STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(|_| D::Error::custom("not base64"))
    }
}
