//! Where one entry stands: its place, the checkpoint that covers it, who cosigned that, and the proof that leads
//! from the one to the other.
//!
//! The proof is a file in the format of C2SP tlog-proof with the entry's exact text beside it, so whoever gets it
//! needs the log's key and nothing of ours. It is made from the published tiles, never from the rows of the database:
//! what is proved is what everybody sees.
//!
//! It does not check proofs: that is for programs that share no code with this one.

use super::{
    LeafHash, leaf_hash,
    note::{Checkpoint, Note, VerifierKey},
    publisher::PublishError,
    state::{self, Placed, Signed},
    tiles::Folder,
    tree::inclusion_proof,
};
use crate::db::Db;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use std::io;

/// Checkpoints that are looked at for one with its witnesses' lines.
const CHECKPOINTS_MAX: i64 = 16;

/// Where an entry stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its place, from 0; of the first of several.
    pub index: u64,
    /// How many leaves the row stands for: one, or the decisions of a batch.
    pub leaves: u64,
    /// The hash of its leaf, in base64 as notes and proofs write hashes.
    pub leaf: String,
    /// The exact text that was hashed; for a batch, that of the row beside its decisions.
    pub text: String,
    /// Whether the text has the hash that was stored, and that one is published.
    pub as_logged: bool,
    /// What covers it, once that is published here.
    pub covering: Option<Covering>,
}

/// A checkpoint that covers an entry.
#[derive(Clone, Debug)]
pub struct Covering {
    /// Its entries.
    pub size: u64,
    /// When it was signed, microseconds.
    pub at: i64,
    /// Its root, in base64.
    pub root: String,
    /// The names of the witnesses that cosigned it.
    pub cosigned_by: Vec<String>,
    /// The note itself.
    pub note: String,
}

/// Where the entry with this id stands; nothing while it waits for its place, or where there is none.
///
/// The checkpoint is the first that covers it; of the next ones, the first with more witnesses.
///
/// # Errors
/// When the database or the folder fails.
pub async fn standing(
    db: &Db,
    folder: &Folder,
    witnesses: &[VerifierKey],
    id: i64,
) -> Result<Option<Standing>, PublishError> {
    let Some(row) = state::placed_by_id(db, id).await? else { return Ok(None) };
    let index = row.position.cast_unsigned();
    let leaves = state::leaves_of(&row.leaves).ok_or(PublishError::Gap(index))?;
    let leaf = leaves.first().copied().unwrap_or_default();
    let published = published(folder.clone(), index).await?;
    let own = row.refs.is_some() || leaf_hash(row.body.as_bytes()) == leaf;
    let as_logged = own && published.is_none_or(|(_, there)| there == leaf);
    let mut covering: Option<Covering> = None;
    for signed in state::checkpoints_over(db, row.position, CHECKPOINTS_MAX).await? {
        let one = covering_of(&signed, witnesses)?;
        let here = published.is_some_and(|(size, _)| one.size <= size);
        let better = covering.as_ref().is_none_or(|best| best.cosigned_by.len() < one.cosigned_by.len());
        if here && better {
            covering = Some(one);
        }
    }
    let Placed { body: text, .. } = row;
    let leaves = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    Ok(Some(Standing { index, leaves, leaf: BASE64.encode(leaf), text, as_logged, covering }))
}

fn covering_of(signed: &Signed, witnesses: &[VerifierKey]) -> Result<Covering, PublishError> {
    let note = Note::parse(&signed.note)?;
    let Checkpoint { size, root, .. } = Checkpoint::parse(note.text)?;
    let vouching = witnesses.iter().filter(|key| key.vouches_for(&note));
    let cosigned_by = vouching.map(|key| key.name().to_owned()).collect();
    Ok(Covering { size, at: signed.at, root: BASE64.encode(root), cosigned_by, note: signed.note.clone() })
}

/// The size of the published log and its leaf at `index`; nothing while it is not published.
async fn published(folder: Folder, index: u64) -> Result<Option<(u64, LeafHash)>, PublishError> {
    let read = move || -> Result<Option<(u64, LeafHash)>, PublishError> {
        let Some(size) = size(&folder)?.filter(|size| *size > index) else { return Ok(None) };
        Ok(Some((size, folder.node(0, index, size)?)))
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

fn size(folder: &Folder) -> Result<Option<u64>, PublishError> {
    let Some(note) = folder.checkpoint()? else { return Ok(None) };
    Ok(Some(Checkpoint::parse(Note::parse(&note)?.text)?.size))
}

/// The proof that `standing` is covered, as a file of C2SP tlog-proof; nothing where it is not, or stands for several.
///
/// # Errors
/// When the folder fails.
pub async fn proof(folder: &Folder, standing: &Standing) -> Result<Option<String>, PublishError> {
    let Some(covering) = standing.covering.clone().filter(|_| standing.leaves == 1) else { return Ok(None) };
    let (folder, index, extra) = (folder.clone(), standing.index, BASE64.encode(&standing.text));
    let made = move || -> Result<Option<String>, PublishError> {
        // Complete parts of the tree are the same in every larger one: they are read where they lie today.
        let Some(there) = size(&folder)? else { return Ok(None) };
        let proof = inclusion_proof(index, covering.size, &mut |height, at| folder.node(height, at, there))?;
        let hashes: String = proof.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
        let note = &covering.note;
        Ok(Some(format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{hashes}\n{note}")))
    };
    tokio::task::spawn_blocking(made).await.map_err(io::Error::other)?
}
