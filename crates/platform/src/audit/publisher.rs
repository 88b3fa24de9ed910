//! Writes the log as files: tiles, bundles of entries and, last of all, the checkpoint that covers them.
//!
//! **Design.** Each node publishes into a folder of its own, from the database: rows in the order of their
//! places, up to the newest checkpoint. A decision of a batch is published as the bytes of its record, every
//! other entry as the text that was hashed. What the right edge needs is kept in memory and read back from
//! the folder at a start.
//!
//! **Why safe.** The root is computed anew from the rows and must be that of the checkpoint, or nothing more is
//! published; a piece that was published never gets another content. So rows that somebody changed, removed or
//! moved after they had their place show up here. An entry that does not match its leaf is published as it
//! is, counted and told: the tile beside it says which one it is, for everybody.
//!
//! It does not mend: what is found is for a person to look at.

use super::{
    LeafHash, leaf_hash,
    note::{Checkpoint, NoteError, VerifierKey},
    state::{self, Placed},
    tiles::{self, Folder, Piece, WIDTH},
    tree::{Frontier, root_of},
};
use crate::db::{Db, DbError};
use std::{collections::HashMap, future::Future, io, pin::Pin, sync::Arc};

/// Rows read at once with all that they cover.
const ROWS_MAX: i64 = 64;
/// Rows read at once for their leaves alone.
const LEAF_ROWS_MAX: i64 = 512;

/// Gives the stored bytes of what a batch covers, by id; what is absent is left out.
pub type Covered = Arc<
    dyn Fn(Vec<i64>) -> Pin<Box<dyn Future<Output = Result<Vec<(i64, Vec<u8>)>, DbError>> + Send>>
        + Send
        + Sync,
>;

/// Why the log was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file could not be read or written, or was published with another content.
    #[error("the folder of the published log: {0}")]
    Folder(#[from] io::Error),
    /// A checkpoint is not one, or not signed by the log's key.
    #[error("the checkpoint of the log: {0}")]
    Note(#[from] NoteError),
    /// The database has no entry where one was.
    #[error("the database has no entry {0} of the log, though it had one")]
    Gap(u64),
    /// Rows and checkpoint don't belong together.
    #[error("the entries up to {0} do not have the root of their checkpoint: they were changed")]
    Root(u64),
    /// The folder's tiles and its checkpoint don't belong together.
    #[error("the published tiles do not have the root of the published checkpoint of {0} entries")]
    Tiles(u64),
    /// The folder holds more than the database: the database is older.
    #[error("the folder has a checkpoint of {folder} entries, the database only {database}: it was set back")]
    RolledBack {
        /// Entries that were published.
        folder: u64,
        /// Entries of the database's newest checkpoint.
        database: u64,
    },
}

/// The right edge of what is published.
#[derive(Clone, Debug, Default)]
struct Edge {
    frontier: Frontier,
    /// By level: the hashes of the tile that is not full yet.
    tiles: Vec<Vec<LeafHash>>,
    bundle: Vec<Vec<u8>>,
}

/// See the module.
pub struct Publisher {
    db: Db,
    folder: Folder,
    key: VerifierKey,
    covered: Covered,
    edge: Option<Edge>,
    note: String,
}

/// What one round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Entries that are published now.
    pub size: u64,
    /// Entries of this round that did not match their leaves.
    pub unlike: u64,
}

impl Publisher {
    /// Publishes into `folder` what `key` has signed.
    pub fn new(db: &Db, folder: Folder, key: VerifierKey, covered: Covered) -> Self {
        Self { db: db.clone(), folder, key, covered, edge: None, note: String::new() }
    }

    /// Publishes up to the newest checkpoint.
    pub async fn publish(&mut self) -> Result<Published, PublishError> {
        let mut edge = match self.edge.take() {
            Some(edge) => edge,
            None => self.recover()?,
        };
        let mut published = Published { size: edge.frontier.size(), unlike: 0 };
        let Some(signed) = state::newest_checkpoint(&self.db).await? else {
            self.edge = Some(edge);
            return Ok(published);
        };
        let checkpoint = Checkpoint::open(&signed.note, &self.key)?;
        if checkpoint.size < published.size {
            return Err(PublishError::RolledBack { folder: published.size, database: checkpoint.size });
        }
        self.check(edge.frontier.clone(), &checkpoint).await?;
        while edge.frontier.size() < checkpoint.size {
            published.unlike += self.extend(&mut edge, checkpoint.size).await?;
        }
        if self.note != signed.note {
            self.put_edge(&edge)?;
            self.folder.put_checkpoint(&signed.note)?;
            self.note = signed.note;
        }
        published.size = checkpoint.size;
        self.edge = Some(edge);
        Ok(published)
    }

    /// The edge of what the folder holds.
    fn recover(&mut self) -> Result<Edge, PublishError> {
        let Some(note) = self.folder.checkpoint()? else { return Ok(Edge::default()) };
        let checkpoint = Checkpoint::open(&note, &self.key)?;
        let size = checkpoint.size;
        let damaged = |_| PublishError::Tiles(size);
        let mut edge = Edge::default();
        let mut parts = Vec::new();
        for height in (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1) {
            let index = (size >> height) - 1;
            parts.extend(self.folder.node(height, index, size).map_err(damaged)?);
        }
        edge.frontier = Frontier::from_bytes(size, &parts).ok_or(PublishError::Tiles(size))?;
        if edge.frontier.root() != checkpoint.root {
            return Err(PublishError::Tiles(size));
        }
        let mut there = size;
        while there > 0 {
            let level = u32::try_from(edge.tiles.len()).unwrap_or(u32::MAX);
            let partial = !there.is_multiple_of(WIDTH);
            let tile =
                if partial { self.folder.tile(level, there - 1, size).map_err(damaged)? } else { vec![] };
            edge.tiles.push(tile);
            there /= WIDTH;
        }
        if !size.is_multiple_of(WIDTH) {
            edge.bundle = self.folder.entries(size - 1, size).map_err(damaged)?;
        }
        self.note = note;
        Ok(edge)
    }

    /// Whether the rows that come next lead to the root of `checkpoint`: known before any of them is published.
    async fn check(&self, mut frontier: Frontier, checkpoint: &Checkpoint) -> Result<(), PublishError> {
        while frontier.size() < checkpoint.size {
            let at = frontier.size();
            for (position, leaves) in state::leaves_from(&self.db, at.cast_signed(), LEAF_ROWS_MAX).await? {
                let leaves = state::leaves_of(&leaves).filter(|_| position == frontier.size().cast_signed());
                let leaves = leaves.ok_or(PublishError::Gap(frontier.size()))?;
                if frontier.size() < checkpoint.size {
                    leaves.iter().for_each(|leaf| frontier.push(*leaf));
                }
            }
            if frontier.size() == at {
                return Err(PublishError::Gap(at));
            }
        }
        let right = frontier.size() == checkpoint.size && frontier.root() == checkpoint.root;
        if right { Ok(()) } else { Err(PublishError::Root(checkpoint.size)) }
    }

    /// Adds some rows to the edge and writes what has become full; how many entries are not what was hashed.
    async fn extend(&self, edge: &mut Edge, until: u64) -> Result<u64, PublishError> {
        let from = edge.frontier.size();
        let rows = state::placed_from(&self.db, from.cast_signed(), ROWS_MAX).await?;
        let refs: Vec<i64> = rows.iter().flat_map(refs_of).collect();
        let covered = if refs.is_empty() { vec![] } else { (self.covered)(refs).await? };
        let mut covered: HashMap<i64, Vec<u8>> = covered.into_iter().collect();
        let (mut full, mut unlike) = (Vec::new(), 0);
        for row in rows {
            if edge.frontier.size() == until {
                break;
            }
            if row.position != edge.frontier.size().cast_signed() {
                return Err(PublishError::Gap(edge.frontier.size()));
            }
            let leaves = state::leaves_of(&row.leaves).ok_or(PublishError::Gap(edge.frontier.size()))?;
            let mut entries = entries_of(&row, &mut covered).into_iter();
            for leaf in leaves {
                let entry = entries.next().unwrap_or_default();
                if leaf_hash(&entry) != *leaf {
                    unlike += 1;
                    tracing::error!(index = edge.frontier.size(), "an entry is not what was logged");
                }
                edge.push(*leaf, entry, &mut full)?;
            }
        }
        if edge.frontier.size() == from {
            return Err(PublishError::Gap(from));
        }
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || {
            full.iter().try_for_each(|(piece, bytes)| folder.put(*piece, bytes))
        });
        written.await.map_err(io::Error::other)??;
        Ok(unlike)
    }

    /// Writes the pieces at the edge that are not full.
    fn put_edge(&self, edge: &Edge) -> Result<(), PublishError> {
        for (level, hashes) in (0..).zip(&edge.tiles).filter(|(_, hashes)| !hashes.is_empty()) {
            let there = edge.frontier.size() >> (8 * level);
            let piece = Piece { level: Some(level), index: there / WIDTH, width: there % WIDTH };
            self.folder.put(piece, &hashes.concat())?;
        }
        if !edge.bundle.is_empty() {
            let size = edge.frontier.size();
            let piece = Piece { level: None, index: size / WIDTH, width: size % WIDTH };
            self.folder.put(piece, &tiles::bundle(&edge.bundle)?)?;
        }
        Ok(())
    }
}

impl Edge {
    /// Adds a leaf with its entry; pieces that are full now go to `full`.
    fn push(&mut self, leaf: LeafHash, entry: Vec<u8>, full: &mut Vec<(Piece, Vec<u8>)>) -> io::Result<()> {
        self.frontier.push(leaf);
        self.bundle.push(entry);
        if self.frontier.size().is_multiple_of(WIDTH) {
            let entries = std::mem::take(&mut self.bundle);
            let piece = Piece { level: None, index: self.frontier.size() / WIDTH - 1, width: WIDTH };
            full.push((piece, tiles::bundle(&entries)?));
        }
        let (mut hash, mut level) = (leaf, 0);
        loop {
            if self.tiles.len() == level {
                self.tiles.push(Vec::new());
            }
            let Some(tile) = self.tiles.get_mut(level) else { return Ok(()) };
            tile.push(hash);
            if tile.len() < 256 {
                return Ok(());
            }
            let hashes = std::mem::take(tile);
            let number = u32::try_from(level).unwrap_or(u32::MAX);
            let index = (self.frontier.size() >> (8 * number)) / WIDTH - 1;
            full.push((Piece { level: Some(number), index, width: WIDTH }, hashes.concat()));
            (hash, level) = (root_of(&hashes), level + 1);
        }
    }
}

pub(super) fn refs_of(row: &Placed) -> impl Iterator<Item = i64> {
    let (ids, _) = row.refs.as_deref().unwrap_or_default().as_chunks::<8>();
    ids.iter().map(|id| i64::from_be_bytes(*id))
}

/// The bytes behind the leaves of a row; an absent one is empty.
pub(super) fn entries_of(row: &Placed, covered: &mut HashMap<i64, Vec<u8>>) -> Vec<Vec<u8>> {
    match &row.refs {
        None => vec![row.body.clone().into_bytes()],
        Some(_) => refs_of(row).map(|id| covered.remove(&id).unwrap_or_default()).collect(),
    }
}
