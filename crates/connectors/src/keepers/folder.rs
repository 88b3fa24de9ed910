//! Copies of checkpoints in a folder: another disk, a share, a drive that is written once.
//!
//! One file a size. A note is written beside its place and renamed. Of the same size and text, one with more
//! signature lines takes the place of one with fewer; of the same size and *another* text it is refused, since then
//! there were two histories and both notes are evidence.

use super::name_of;
use crate::web::beside;
use kernel::Random;
use platform::audit::port::{Keeper, Outcome};
use platform::clock::SystemRandom;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A folder that keeps checkpoints.
pub struct FolderKeeper {
    name: String,
    folder: PathBuf,
    interval_us: u64,
}

impl FolderKeeper {
    /// Keeps in `folder`, which must be there: a share that is not mounted is no place to keep anything.
    pub fn new(folder: PathBuf, interval_us: u64) -> Self {
        Self { name: folder.display().to_string(), folder, interval_us }
    }
}

impl Keeper for FolderKeeper {
    fn name(&self) -> &str {
        &self.name
    }

    fn interval_us(&self) -> u64 {
        self.interval_us
    }

    fn keep(&self, size: u64, note: String) -> Outcome<'_, ()> {
        let folder = self.folder.clone();
        Box::pin(beside(move || keep(&folder, size, &note)))
    }
}

fn keep(folder: &Path, size: u64, note: &str) -> Result<(), String> {
    let path = folder.join(name_of(size));
    match fs::read_to_string(&path) {
        Ok(there) if text_of(&there) != text_of(note) => {
            return Err(format!("{} is another checkpoint of the same size", path.display()));
        }
        Ok(there) if there.len() >= note.len() => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.to_string()),
    }
    put(folder, &path, note).map_err(|error| error.to_string())
}

/// What was signed, without the signature lines.
fn text_of(note: &str) -> &str {
    note.rsplit_once("\n\n").map_or(note, |(text, _)| text)
}

fn put(folder: &Path, path: &Path, note: &str) -> io::Result<()> {
    // Nodes of several hosts may keep into one folder, where process numbers are not their own: the name is by chance,
    // and a file that is there under it is nobody's to write into.
    let beside = path.with_extension(format!("new-{:016x}", SystemRandom.next_u64()));
    let mut file = File::options().write(true).create_new(true).open(&beside)?;
    let kept = file.write_all(note.as_bytes()).and_then(|()| file.sync_data());
    if let Err(error) = kept.and_then(|()| fs::rename(&beside, path)) {
        // Otherwise each try would leave one more.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    File::open(folder)?.sync_all()
}
