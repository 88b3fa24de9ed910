//! Reading and writing of key files: owner only, durable, old or new but never half.

use crate::VaultError;
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const FILE_BYTES_MAX: u64 = 1 << 20;
const OTHERS: u32 = 0o077;
const OWNER_ONLY: u32 = 0o600;

/// The text of a file that only its owner can read or change.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, VaultError> {
    let failed = |source| VaultError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file, so that nothing can be exchanged in between.
    let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(VaultError::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(32 * 1024));
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, text: &[u8]) -> Result<(), VaultError> {
    let failed = |source| VaultError::File { path: path.to_owned(), source };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path).map_err(failed)?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(failed)?;
    sync_folder(path).map_err(failed)
}

/// Puts a new text in the place of a file's: written beside it, made durable, renamed.
pub(super) fn replace(path: &Path, text: &[u8]) -> Result<(), VaultError> {
    let beside = beside(path, "new");
    let failed = |source| VaultError::File { path: path.to_owned(), source };
    match fs::remove_file(&beside) {
        // Left by a process that was killed before it renamed.
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    write_new(&beside, text)?;
    fs::rename(&beside, path).and_then(|()| sync_folder(path)).map_err(failed)
}

/// Held while a file is changed; a second process waits.
pub(super) fn lock(path: &Path) -> Result<File, VaultError> {
    let failed = |source| VaultError::File { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(OWNER_ONLY);
    let file = options.open(beside(path, "lock")).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    PathBuf::from(name)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all())
}
