//! The key file: one JSON text, readable by its owner only, sealed by a passphrase, by shares or by a token.
//!
//! **Problem.** Software keys must survive a restart, yet whoever copies the disk or a backup must not have them,
//! and no single person should. **Design.** The file says in clear how it is sealed ([`Sealing`]) and holds the
//! keys as one AEAD ciphertext, bound to that statement. The sealing key comes from a passphrase (Argon2id), from
//! k of n shares (it is random then), or out of a PKCS#11 token. Only a demo's file may be sealed by nothing.
//! Changes are written beside the file, made durable and renamed over it, under a lock, so a kill leaves the old
//! file or the new one. **Why safe.** Inside, each key carries a check value, so damage that a plain file can't
//! tell is named. A wrong passphrase or share opens nothing: the tag is checked before a byte is used. **Not
//! here.** Where passphrase or shares come from, and when to rotate.

mod body;
mod disk;
mod sealing;

pub use sealing::{NewSeal, PassphraseCost, Sealing, Unseal};

use crate::{CardKeys, KeyRing, KeySet, SoftwareModule, VaultError};
use kernel::Random;
use sealing::Opener;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What a key file holds. Without `keys` the master, look-up and signing keys are in a token.
#[derive(Clone, Debug)]
pub struct KeyFileContents {
    /// The keys of a software module.
    pub keys: Option<KeySet>,
    /// The card keys, which are in software always.
    pub card_keys: CardKeys,
}

/// An opened key file, with what is needed to read and write it again.
#[derive(Clone)]
pub struct KeyFile {
    path: PathBuf,
    sealing: Sealing,
    opener: Opener,
    contents: KeyFileContents,
}

impl KeyFile {
    /// Writes a new key file, mode 0600, durable when this returns.
    ///
    /// # Errors
    /// A file of this name is there already (keys are never overwritten), or writing failed.
    pub fn create(
        path: &Path,
        contents: KeyFileContents,
        seal: &NewSeal<'_>,
        random: &dyn Random,
    ) -> Result<Self, VaultError> {
        let (sealing, opener) = seal.prepare(random)?;
        let file = Self { path: path.to_owned(), sealing, opener, contents };
        disk::write_new(path, &file.text(random)?)?;
        Ok(file)
    }

    /// How the file at `path` is sealed, without opening it.
    pub fn inspect(path: &Path) -> Result<Sealing, VaultError> {
        body::Stored::parse(path, &disk::read(path)?).map(|stored| stored.sealing)
    }

    /// Opens the file at `path`.
    ///
    /// # Errors
    /// It is absent, open to others, malformed, sealed in another way, the passphrase or a share is not the
    /// right one, or a key does not match its check value.
    pub fn open(path: &Path, unseal: &Unseal<'_>) -> Result<Self, VaultError> {
        let stored = body::Stored::parse(path, &disk::read(path)?)?;
        let opener = unseal.opener(path, &stored.sealing)?;
        let contents = stored.contents(path, &opener)?;
        Ok(Self { path: path.to_owned(), sealing: stored.sealing, opener, contents })
    }

    /// Seals the same keys in another way; what opened the file before does not open it any more. (It still
    /// opens copies of the old file: destroy them.)
    pub fn reseal(&self, seal: &NewSeal<'_>, random: &dyn Random) -> Result<Self, VaultError> {
        let _lock = disk::lock(&self.path)?;
        let contents = self.now()?;
        let (sealing, opener) = seal.prepare(random)?;
        let file = Self { path: self.path.clone(), sealing, opener, contents };
        disk::replace(&file.path, &file.text(random)?)?;
        Ok(file)
    }

    /// How it is sealed.
    pub const fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    /// What it holds.
    pub const fn contents(&self) -> &KeyFileContents {
        &self.contents
    }

    /// Where it is and how it is sealed, in words.
    pub fn describe(&self) -> String {
        format!("key file {} sealed by {}", self.path.display(), self.sealing)
    }

    /// The ring over a software module with the keys of this file.
    ///
    /// # Errors
    /// The file holds card keys only: its other keys are in a token.
    pub fn ring(self) -> Result<KeyRing, VaultError> {
        let card_keys = self.contents.card_keys.clone();
        Ok(KeyRing::new(std::sync::Arc::new(SoftwareModule::of_file(self)?), card_keys))
    }

    pub(crate) fn keys(&self) -> Result<KeySet, VaultError> {
        self.contents.keys.clone().ok_or_else(|| VaultError::Malformed {
            path: self.path.clone(),
            reason: "its master keys are in a token; start with keys.module = \"pkcs11\"",
        })
    }

    /// The keys as the file has them now, opened in the way it was opened before.
    pub(crate) fn read_again(&self) -> Result<KeySet, VaultError> {
        self.now()?.keys.ok_or(VaultError::Cipher)
    }

    /// Reads, changes and writes the keys of the file under its lock.
    pub(crate) fn change<T>(
        &self,
        random: &dyn Random,
        change: impl FnOnce(&mut KeySet) -> Result<T, VaultError>,
    ) -> Result<(T, KeySet), VaultError> {
        let _lock = disk::lock(&self.path)?;
        let mut next = Self { contents: self.now()?, ..self.clone() };
        let keys = next.contents.keys.as_mut().ok_or(VaultError::Cipher)?;
        let done = change(keys)?;
        let keys = keys.clone();
        disk::replace(&self.path, &next.text(random)?)?;
        Ok((done, keys))
    }

    /// What the file holds now. Sealed anew meanwhile, it does not open with what this process knows.
    fn now(&self) -> Result<KeyFileContents, VaultError> {
        let stored = body::Stored::parse(&self.path, &disk::read(&self.path)?)?;
        if stored.sealing != self.sealing {
            return Err(VaultError::SealedAnew { path: self.path.clone() });
        }
        stored.contents(&self.path, &self.opener)
    }

    fn text(&self, random: &dyn Random) -> Result<zeroize::Zeroizing<Vec<u8>>, VaultError> {
        body::text(&self.path, &self.sealing, &self.opener, &self.contents, random)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
