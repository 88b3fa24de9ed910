//! A published log made for a test: its own small writer, which holds all hashes of all levels in memory.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cardea_verify::{Checkpoint, Hash, Key, Report, Source, check, leaf_hash};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

pub const ORIGIN: &str = "card.example/v1/log";

pub fn pair() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn vkey_line(pair: &SigningKey) -> String {
    let material = [&[1], pair.verifying_key().as_bytes().as_slice()].concat();
    let digest = Sha256::digest([ORIGIN.as_bytes(), b"\n", &material].concat());
    let id: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{ORIGIN}+{id}+{}", STANDARD.encode(material))
}

pub fn key() -> Key {
    Key::parse(&vkey_line(&pair())).unwrap()
}

pub fn note(size: u64, root: Hash, pair: &SigningKey) -> String {
    let text = format!("{ORIGIN}\n{size}\n{}\n", STANDARD.encode(root));
    let line = vkey_line(pair);
    let id = line.split('+').nth(1).unwrap();
    let id: Vec<u8> = (0..8).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect();
    let signature = [id, pair.sign(text.as_bytes()).to_bytes().to_vec()].concat();
    format!("{text}\n\u{2014} {ORIGIN} {}\n", STANDARD.encode(signature))
}

/// The root as the definition of RFC 6962 says it.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        _ => {
            let mut middle = 1;
            while middle * 2 < leaves.len() {
                middle *= 2;
            }
            let (left, right) = leaves.split_at(middle);
            Sha256::digest([&[1], root(left).as_slice(), root(right).as_slice()].concat()).into()
        }
    }
}

/// Entry number `i` of a log.
pub fn entry(i: u64) -> Vec<u8> {
    format!("entry {i} of the log").into_bytes()
}

pub fn entries(size: u64) -> Vec<Vec<u8>> {
    (0..size).map(entry).collect()
}

pub fn leaves(entries: &[Vec<u8>]) -> Vec<Hash> {
    entries.iter().map(|entry| leaf_hash(entry)).collect()
}

/// A folder with a log.
pub struct Published {
    pub folder: tempfile::TempDir,
}

impl Published {
    /// Everything as it should be.
    pub fn whole(entries: &[Vec<u8>]) -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        this.tiles(&leaves(entries));
        this.bundles(entries);
        let leaves = leaves(entries);
        this.put("checkpoint", note(entries.len() as u64, root(&leaves), &pair()).as_bytes());
        this
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes the tiles of all levels.
    pub fn tiles(&self, leaves: &[Hash]) {
        let (mut level, mut hashes) = (0, leaves.to_vec());
        while !hashes.is_empty() {
            for (index, tile) in hashes.chunks(256).enumerate() {
                self.put(&path(&level.to_string(), index, tile.len()), &tile.concat());
            }
            hashes = hashes.chunks_exact(256).map(root).collect();
            level += 1;
        }
    }

    pub fn bundles(&self, entries: &[Vec<u8>]) {
        for (index, entries) in entries.chunks(256).enumerate() {
            self.bundle(index, entries.len(), entries);
        }
    }

    /// Writes one bundle under the width that it should have.
    pub fn bundle(&self, index: usize, width: usize, entries: &[Vec<u8>]) {
        let length = |entry: &Vec<u8>| u16::try_from(entry.len()).unwrap().to_be_bytes();
        let bytes: Vec<u8> =
            entries.iter().flat_map(|entry| [&length(entry), entry.as_slice()].concat()).collect();
        self.put(&path("entries", index, width), &bytes);
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    /// Checks it against kept checkpoints.
    pub fn check(&self, kept: &[Checkpoint]) -> Report {
        let source = Source::new(self.path().to_str().unwrap(), None);
        let report = check(&source, &[key()], kept).unwrap();
        assert_eq!(report.ok, report.kind.is_none());
        assert_eq!(report.last_good, report.first_bad.and_then(|bad| bad.checked_sub(1)));
        report
    }
}

/// The checkpoint of the honest log at `size`.
pub fn kept(size: u64) -> Checkpoint {
    let root = root(&leaves(&entries(size)));
    Checkpoint::open(&note(size, root, &pair()), &key()).unwrap()
}

pub fn path(kind: &str, index: usize, width: usize) -> String {
    let index = match index {
        0..1_000 => format!("{index:03}"),
        _ => format!("x{:03}/{:03}", index / 1_000, index % 1_000),
    };
    let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
    PathBuf::from(format!("tile/{kind}/{index}{partial}")).to_str().unwrap().to_owned()
}
