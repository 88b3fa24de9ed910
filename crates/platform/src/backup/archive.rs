//! The file of a backup: a tar archive that any tool can list, of which no byte can change unseen.
//!
//! Its members are `tables/NAME/NUMBER.gz` (rows, see [`super::rows`], compressed a few mebibytes at a time so
//! that neither side ever holds a table in memory), then `manifest.json`, then `seal.sha256`: the hash of
//! everything before it. What comes after the seal is the end of the archive, which is always the same, so the
//! reader compares it too. A damaged byte is therefore always found, and the manifest's hash of each table tells
//! where.
//!
//! The seal shows damage, not forgery: whoever can write the file can make another seal. A backup belongs where
//! only its keeper can write, and the published log shows whether what it says was ever so.
//!
//! The file is written under another name, flushed, and given its name last; it is the owner's alone (0600).

use super::{BackupError, Manifest};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Rows are cut into members once they fill this many bytes.
pub(super) const CHUNK_BYTES: usize = 4 << 20;
/// Largest member, before and after compression, bytes: more is refused, whatever a header says.
const MEMBER_BYTES_MAX: u64 = 64 << 20;
const BLOCK: usize = 512;
/// Header and content of the seal, and the two empty blocks that end an archive.
const TAIL_BYTES: u64 = 4 * BLOCK as u64;
const MANIFEST: &str = "manifest.json";
const SEAL: &str = "seal.sha256";
const MODE: u32 = 0o600;

/// What was read of one table.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    pub(super) chunks: u32,
    hash: Sha256,
}

impl Tally {
    pub(super) fn add(&mut self, rows: &[u8]) {
        self.bytes += rows.len() as u64;
        self.chunks += 1;
        self.hash.update(rows);
    }

    pub(super) fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

/// A backup that is being written. Dropped before its end, it leaves nothing.
pub(super) struct Writer {
    path: PathBuf,
    partial: PathBuf,
    out: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    made_s: u64,
    done: bool,
}

impl Writer {
    /// Begins the file that will be `path`.
    pub(super) fn create(path: &Path, made_s: u64) -> Result<Self, BackupError> {
        if path.exists() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let failed = |source| BackupError::File { path: partial.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(MODE).open(&partial);
        let file = file.map_err(failed)?;
        // What a killed run left behind is written over; one that is alive holds the lock.
        file.try_lock().map_err(|_| BackupError::Busy(path.to_owned()))?;
        file.set_len(0).map_err(failed)?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok(Self { path: path.to_owned(), partial, out, hash: Sha256::new(), bytes: 0, made_s, done: false })
    }

    /// Adds rows of `table`.
    pub(super) fn chunk(&mut self, table: &str, number: u32, rows: &[u8]) -> Result<(), BackupError> {
        let mut packed = GzEncoder::new(Vec::with_capacity(rows.len() / 2), Compression::fast());
        packed.write_all(rows).map_err(|source| self.failed(source))?;
        let packed = packed.finish().map_err(|source| self.failed(source))?;
        self.member(&format!("tables/{table}/{number:06}.gz"), &packed)
    }

    /// Ends the file and gives it its name. Returns its size in bytes and its seal.
    pub(super) fn finish(mut self, manifest: &Manifest) -> Result<(u64, String), BackupError> {
        let text = serde_json::to_vec_pretty(manifest).map_err(|error| self.failed(error.into()))?;
        self.member(MANIFEST, &text)?;
        let seal = hex(&self.hash.clone().finalize());
        let tail = tail(&seal, self.made_s).map_err(|source| self.failed(source))?;
        self.put(&tail)?;
        self.out.flush().map_err(|source| self.failed(source))?;
        self.out.get_ref().sync_all().map_err(|source| self.failed(source))?;
        if self.path.exists() {
            return Err(BackupError::Exists(self.path.clone()));
        }
        std::fs::rename(&self.partial, &self.path).map_err(|source| self.failed(source))?;
        self.done = true;
        sync_folder(&self.path).map_err(|source| self.failed(source))?;
        Ok((self.bytes, seal))
    }

    fn member(&mut self, name: &str, content: &[u8]) -> Result<(), BackupError> {
        let header = header(name, content.len() as u64, self.made_s).map_err(|source| self.failed(source))?;
        self.put(&header)?;
        self.put(content)?;
        self.put(&ZEROS[..padding(content.len())])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.out.write_all(bytes).map_err(|source| self.failed(source))?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn failed(&self, source: std::io::Error) -> BackupError {
        BackupError::File { path: self.path.clone(), source }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.done {
            // Without its end it is no backup, and must not be taken for one.
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

static ZEROS: [u8; BLOCK] = [0; BLOCK];

const fn padding(length: usize) -> usize {
    (BLOCK - length % BLOCK) % BLOCK
}

fn header(name: &str, size: u64, made_s: u64) -> Result<[u8; BLOCK], std::io::Error> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_size(size);
    header.set_mode(MODE);
    header.set_mtime(made_s);
    header.set_cksum();
    Ok(*header.as_bytes())
}

/// Everything after the bytes that the seal is taken over.
fn tail(seal: &str, made_s: u64) -> Result<Vec<u8>, std::io::Error> {
    let content = format!("{seal}\n");
    let mut tail = header(SEAL, content.len() as u64, made_s)?.to_vec();
    tail.extend_from_slice(content.as_bytes());
    tail.extend_from_slice(&ZEROS[..padding(content.len())]);
    tail.extend_from_slice(&ZEROS);
    tail.extend_from_slice(&ZEROS);
    Ok(tail)
}

/// Flushes the folder of `path`, so that its new name survives a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<(), std::io::Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Takes the rows of a table, piece by piece.
pub(super) type Each<'e> = &'e mut dyn FnMut(&str, Vec<u8>) -> Result<(), BackupError>;

/// Reads a backup from beginning to end and checks all of it; `each` gets the rows of a table, piece by piece,
/// as they come. Nothing that `each` did may be kept when this fails.
pub(super) fn walk(path: &Path, each: Each<'_>) -> Result<(Manifest, String), BackupError> {
    let failed = |source| BackupError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let sealed = length.checked_sub(TAIL_BYTES).ok_or_else(|| BackupError::NoBackup(path.to_owned()))?;
    let mut reader =
        Hashing { inner: BufReader::with_capacity(1 << 20, file), left: sealed, hash: Sha256::new() };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    {
        let mut archive = tar::Archive::new((&mut reader).take(sealed));
        for member in archive.entries().map_err(failed)? {
            let mut member = member.map_err(|_| no_member(path, &tallies))?;
            let name =
                member.path().ok().and_then(|name| name.to_str().map(str::to_owned)).unwrap_or_default();
            let damaged = || BackupError::Damaged(place(&name));
            if manifest.is_some() || member.size() > MEMBER_BYTES_MAX {
                return Err(damaged());
            }
            let mut content = Vec::with_capacity(usize::try_from(member.size()).unwrap_or(0));
            member.read_to_end(&mut content).map_err(|_| damaged())?;
            if name == MANIFEST {
                manifest = Some(serde_json::from_slice(&content).map_err(|_| damaged())?);
                continue;
            }
            let (table, number) = table_of(&name).ok_or_else(damaged)?;
            let tally = tallies.entry(table.to_owned()).or_default();
            if number != tally.chunks {
                return Err(damaged());
            }
            let mut rows = Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 4);
            MultiGzDecoder::new(&content[..])
                .take(MEMBER_BYTES_MAX)
                .read_to_end(&mut rows)
                .map_err(|_| damaged())?;
            tally.add(&rows);
            each(table, rows)?;
        }
    }
    let manifest = manifest.ok_or_else(|| no_member(path, &tallies))?;
    check_tables(&manifest, &tallies)?;
    let seal = reader.seal(sealed).map_err(failed)?;
    let made_s = u64::try_from(manifest.made_at / kernel::SECOND_US).unwrap_or(0);
    let mut end = Vec::new();
    reader.inner.take(TAIL_BYTES + 1).read_to_end(&mut end).map_err(failed)?;
    if end != tail(&seal, made_s).map_err(failed)? {
        return Err(BackupError::Damaged("the file does not match its seal".to_owned()));
    }
    Ok((manifest, seal))
}

fn check_tables(manifest: &Manifest, tallies: &BTreeMap<String, Tally>) -> Result<(), BackupError> {
    let empty = Tally::default();
    for table in &manifest.tables {
        let tally = tallies.get(&table.name).unwrap_or(&empty);
        if (tally.bytes, tally.chunks, tally.sha256()) != (table.bytes, table.chunks, table.sha256.clone()) {
            return Err(BackupError::Damaged(format!("table {}", table.name)));
        }
    }
    match tallies.keys().find(|name| manifest.tables.iter().all(|table| table.name != **name)) {
        Some(name) => Err(BackupError::Damaged(format!("table {name} is not in the manifest"))),
        None => Ok(()),
    }
}

fn table_of(name: &str) -> Option<(&str, u32)> {
    let (table, number) = name.strip_prefix("tables/")?.strip_suffix(".gz")?.split_once('/')?;
    Some((table, number.parse().ok()?))
}

/// A place in the file, as a person would call it.
fn place(name: &str) -> String {
    match table_of(name) {
        Some((table, _)) => format!("table {table}"),
        None if name == MANIFEST => "the manifest".to_owned(),
        None => "a heading inside the file".to_owned(),
    }
}

/// Where a member was expected and none can be read.
fn no_member(path: &Path, tallies: &BTreeMap<String, Tally>) -> BackupError {
    match tallies.last_key_value() {
        None => BackupError::NoBackup(path.to_owned()),
        Some((table, _)) => BackupError::Damaged(format!("what follows table {table}")),
    }
}

/// Hashes what is read through it, up to the seal.
struct Hashing {
    inner: BufReader<File>,
    left: u64,
    hash: Sha256,
}

impl Hashing {
    /// Reads on to the seal, whose bytes it returns as they should be.
    fn seal(&mut self, sealed: u64) -> Result<String, std::io::Error> {
        std::io::copy(&mut self.take(sealed), &mut std::io::sink())?;
        Ok(hex(&self.hash.clone().finalize()))
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        self.left -= count as u64;
        Ok(count)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
