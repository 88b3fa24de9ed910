//! Where the pieces of the log lie: the layout of C2SP tlog-tiles, as addresses and as files.
//!
//! A tile holds up to 256 hashes of one height; above it, each hash is that of one full tile below. A bundle
//! holds the entries of one lowest tile, each behind its length. Full pieces never change. The right edge of
//! the tree is partial and is kept under its width until the full piece is there.
//!
//! Files are written beside their place, flushed and renamed: a reader, and a start after a power cut, finds
//! a whole piece or none. A piece that is there already is never replaced by another content.

use super::{
    LeafHash,
    tree::{node_hash, root_of},
};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Hashes of a full tile.
pub const WIDTH: u64 = 256;
/// Heights of the tree between two levels of tiles.
const TILE_HEIGHT: u32 = 8;
/// The longest entry: its length has two bytes in a bundle.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// One piece of the published log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The level of a tile; nothing for a bundle of entries.
    pub level: Option<u32>,
    /// Its index within the level.
    pub index: u64,
    /// How many it holds: 1 to 256.
    pub width: u64,
}

impl Piece {
    /// Its address under the log's own: `tile/0/x001/234`, with `.p/7` behind it where it is partial.
    pub fn path(&self) -> String {
        let level = self.level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
        let mut index = format!("{:03}", self.index % 1_000);
        let mut rest = self.index / 1_000;
        while rest > 0 {
            index = format!("x{:03}/{index}", rest % 1_000);
            rest /= 1_000;
        }
        let partial = if self.width < WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{level}/{index}{partial}")
    }

    /// The piece at the address `tile/{level}/{rest}`; nothing when it is none.
    pub fn parse(level: &str, rest: &str) -> Option<Self> {
        let number = match level {
            "entries" => None,
            number => Some(number.parse().ok().filter(|number: &u32| *number < 64)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().ok().filter(|width| (1..WIDTH).contains(width))?),
            None => (rest, WIDTH),
        };
        let digits: String = index.split('/').map(|part| part.strip_prefix('x').unwrap_or(part)).collect();
        let piece = Self { level: number, index: digits.parse().ok()?, width };
        // Only the one right way of writing an address is one.
        (piece.path() == format!("tile/{level}/{rest}")).then_some(piece)
    }

    /// The piece of `level` that holds number `index` of that level, in a tree of `size`.
    pub fn holding(level: Option<u32>, index: u64, size: u64) -> Self {
        let there = size.checked_shr(TILE_HEIGHT * level.unwrap_or(0)).unwrap_or(0);
        let tile = index / WIDTH;
        Self { level, index: tile, width: there.saturating_sub(tile * WIDTH).clamp(1, WIDTH) }
    }
}

/// Entries as a bundle holds them: each behind its length. Nothing is cut: one that is too long is refused.
pub fn bundle(entries: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.len() + 2).sum());
    for entry in entries {
        let length = u16::try_from(entry.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "an entry of the log is too long"))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle; nothing when its lengths don't fit.
pub fn unbundle(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, after) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bytes = after;
    }
    bytes.is_empty().then_some(entries)
}

/// The folder of a published log.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`; made when something is written.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The published checkpoint; nothing when there is none yet.
    pub fn checkpoint(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.0.join("checkpoint")) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Publishes a checkpoint: every piece of it must be there.
    pub fn put_checkpoint(&self, note: &str) -> io::Result<()> {
        put(&self.0.join("checkpoint"), note.as_bytes())
    }

    /// A piece as it was published.
    pub fn read(&self, piece: Piece) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(piece.path()))
    }

    /// Publishes a piece. A full one replaces the partial ones before it.
    ///
    /// # Errors
    /// When it is there already with another content: what was published does not change.
    pub fn put(&self, piece: Piece, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(piece.path());
        match fs::read(&path) {
            Ok(there) if there == bytes => return Ok(()),
            Ok(_) => {
                let what = format!("{} was published with another content", piece.path());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
            Err(_) => put(&path, bytes)?,
        }
        if piece.width == WIDTH {
            let mut partial = path.into_os_string();
            partial.push(".p");
            match fs::remove_dir_all(partial) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The entries of the bundle that holds number `index`, in a tree of `size`; those of the full bundle where the
    /// partial one is gone.
    pub fn entries(&self, index: u64, size: u64) -> io::Result<Vec<Vec<u8>>> {
        let piece = Piece::holding(None, index, size);
        let mut entries = unbundle(&self.read_or_full(piece)?).ok_or_else(|| damaged(piece))?;
        let wanted = usize::try_from(piece.width).unwrap_or(usize::MAX);
        if entries.len() < wanted {
            return Err(damaged(piece));
        }
        entries.truncate(wanted);
        Ok(entries)
    }

    fn read_or_full(&self, piece: Piece) -> io::Result<Vec<u8>> {
        self.read(piece).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => self.read(Piece { width: WIDTH, ..piece }),
            _ => Err(error),
        })
    }

    /// The hashes of the tile of `level` that holds number `index` of that level, in a tree of `size`; the full
    /// tile where the partial one is gone.
    pub fn tile(&self, level: u32, index: u64, size: u64) -> io::Result<Vec<LeafHash>> {
        let piece = Piece::holding(Some(level), index, size);
        let bytes = self.read_or_full(piece)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        let wanted = usize::try_from(piece.width).unwrap_or(usize::MAX);
        match hashes.get(..wanted) {
            Some(hashes) if rest.is_empty() => Ok(hashes.to_vec()),
            _ => Err(damaged(piece)),
        }
    }

    /// The hash over the leaves `index << height .. (index + 1) << height` of a tree of `size`.
    pub fn node(&self, height: u32, index: u64, size: u64) -> io::Result<LeafHash> {
        let (level, within) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
        let first = index << within;
        let hashes = self.tile(level, first, size)?;
        let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        match hashes.get(from..from + (1 << within)) {
            Some([one]) => Ok(*one),
            Some([left, right]) => Ok(node_hash(left, right)),
            Some(several) => Ok(root_of(several)),
            None => Err(io::Error::new(io::ErrorKind::InvalidData, "the tree has no such part")),
        }
    }
}

fn damaged(piece: Piece) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", piece.path()))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}
