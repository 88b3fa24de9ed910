//! The epoch fence: a database that was put back to an older state is noticed before it is served.
//!
//! **Problem.** Whoever copies an old database file over the new one makes blocked cards usable and ended sessions
//! live again, and nothing in the database says so. **Design.** A database lives in an epoch: a random mark and a
//! number, in the table `epochs`. It begins with the first start, with a restore, and when somebody accepts an
//! older state in words; each beginning is an entry in the log. Beside the database, in the data directory of each
//! node, lies a small file, the fence: the epoch, and the newest entry of the log that this node has seen durable,
//! renewed every few seconds. At a start the database must be in that epoch or a later one of the same line, and
//! must hold that entry. **Why safe.** Every change commits with an entry, so a database without the newest
//! known entry lacks what came with and after it. The file is renewed after the commit, never before, so a right
//! database is never refused.
//!
//! What it can't see: a copy that is put back within the seconds since the fence was last renewed, and a
//! database that goes back together with the whole data directory. Against these stand the checkpoints of the log
//! that are kept elsewhere.

use super::{BackupError, tables::end_what_lived_in_tx};
use crate::{
    audit::Entry,
    db::{Db, DbError, Write},
    on,
};
use kernel::{Actor, Channel, Random};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The name of the fence in the data directory.
pub const FENCE: &str = "fence.json";
/// The act of a beginning epoch, in the log.
pub const EPOCH_BEGAN: &str = "platform.epoch.began";
const MARK_BYTES: usize = 16;
const FILE_BYTES_MAX: u64 = 4_096;

/// Why an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// The database is new.
    Created,
    /// It was restored from a backup.
    Restored,
    /// Somebody accepted an older state.
    OlderAccepted,
}

impl Beginning {
    const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Restored => "restored",
            Self::OlderAccepted => "older_state_accepted",
        }
    }
}

/// One epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Epoch {
    /// Rises by one with each.
    pub number: i64,
    /// Random, so that two that began apart differ.
    pub mark: String,
}

/// Why a database is not served.
#[derive(Debug, thiserror::Error)]
pub enum FenceError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is older than what this node has served.
    #[error(
        "the database is in an older state than the one that was served last: {lacks}. Cards that were blocked \
         since would be usable again. Put the newer database back, or restore a backup together with the log \
         (cardea restore FILE --database URL --log DIR). If this state is all that is left: cardea serve \
         --accept-older-state, which ends all sessions and links and is written into the log"
    )]
    Older {
        /// What it lacks.
        lacks: String,
    },
    /// It is another one.
    #[error(
        "{path} belongs to another database than the one in the settings. If the settings are right, move that \
         file away"
    )]
    Other {
        /// The fence.
        path: PathBuf,
    },
}

/// The file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The mark of the database's first epoch: which database it is.
    line: String,
    epoch: Epoch,
    newest_entry: i64,
}

/// The fence of one node.
#[derive(Debug)]
pub struct Fence {
    path: PathBuf,
    kept: Kept,
}

impl Fence {
    /// Compares the database with the fence in `folder`, and with the size of the log as it was `published`, and takes the epoch up; a new database begins its first.
    /// With `accept_older` an older state begins a new epoch instead of being refused.
    pub async fn take_up(
        db: &Db,
        random: &dyn Random,
        folder: &Path,
        published: Option<u64>,
        accept_older: bool,
    ) -> Result<Self, FenceError> {
        let path = folder.join(FENCE);
        let failed = |source| FenceError::File { path: path.clone(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let kept = read(&path)?;
        if epochs(db).await?.is_empty() && kept.is_none() {
            begin(db, random, Beginning::Created, 1).await?;
        }
        let mut all = epochs(db).await?;
        let lacks = match &kept {
            Some(kept) => what_lacks(db, kept, &all, &path).await?,
            None => None,
        };
        let unpublished = match published {
            Some(size) if lacks.is_none() => what_log_lacks(db, size).await?,
            _ => None,
        };
        if let Some(lacks) = lacks.or(unpublished) {
            if !accept_older {
                return Err(FenceError::Older { lacks });
            }
            let newest = all.last().map_or(0, |epoch| epoch.number);
            let known = kept.as_ref().map_or(0, |kept| kept.epoch.number);
            begin(db, random, Beginning::OlderAccepted, newest.max(known) + 1).await?;
            all = epochs(db).await?;
        }
        Self::put(db, path, &all).await
    }

    /// Sets the fence in `folder` around this database, whatever was there: after a restore, on purpose.
    pub async fn renew(db: &Db, folder: &Path) -> Result<Self, FenceError> {
        Self::put(db, folder.join(FENCE), &epochs(db).await?).await
    }

    async fn put(db: &Db, path: PathBuf, all: &[Epoch]) -> Result<Self, FenceError> {
        let (Some(first), Some(epoch)) = (all.first(), all.last()) else {
            return Err(DbError::Stale.into());
        };
        let kept =
            Kept { line: first.mark.clone(), epoch: epoch.clone(), newest_entry: newest_entry(db).await? };
        let fence = Self { path, kept };
        fence.store()?;
        Ok(fence)
    }

    /// The epoch that is served.
    pub const fn epoch(&self) -> &Epoch {
        &self.kept.epoch
    }

    /// Moves the fence to the newest entry; says whether there was a newer one.
    pub async fn advance(&mut self, db: &Db) -> Result<bool, FenceError> {
        let newest = newest_entry(db).await?;
        if newest <= self.kept.newest_entry {
            return Ok(false);
        }
        self.kept.newest_entry = newest;
        self.store()?;
        Ok(true)
    }

    fn store(&self) -> Result<(), FenceError> {
        let failed = |source| FenceError::File { path: self.path.clone(), source };
        let text = serde_json::to_vec(&self.kept).map_err(|error| failed(error.into()))?;
        let beside = self.path.with_extension("new");
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)
            .map_err(failed)?;
        // Flushed before it gets its name: after a power cut there is the old fence or the new one.
        file.write_all(&text).and_then(|()| file.sync_data()).map_err(failed)?;
        std::fs::rename(&beside, &self.path).map_err(failed)
    }
}

fn read(path: &Path) -> Result<Option<Kept>, FenceError> {
    let failed = |source| FenceError::File { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let text = std::io::read_to_string(std::io::Read::take(file, FILE_BYTES_MAX)).map_err(failed)?;
    serde_json::from_str(&text).map(Some).map_err(|error| failed(error.into()))
}

/// What `all` and the log lack of what the fence knows; nothing when the database is as new as it should be.
async fn what_lacks(db: &Db, kept: &Kept, all: &[Epoch], path: &Path) -> Result<Option<String>, FenceError> {
    if all.first().is_some_and(|first| first.mark != kept.line) {
        return Err(FenceError::Other { path: path.to_owned() });
    }
    match all.iter().rev().position(|epoch| *epoch == kept.epoch) {
        // It was restored since, on purpose.
        Some(later) if later > 0 => Ok(None),
        Some(_) if entry_exists(db, kept.newest_entry).await? => Ok(None),
        Some(_) => {
            let at = kernel::IdMint::made_at(kept.newest_entry).to_jiff().unwrap_or_default();
            Ok(Some(format!("the entry of the log that was made at {at} is missing")))
        }
        None => Ok(Some(format!("it knows nothing of its epoch {}", kept.epoch.number))),
    }
}

/// What the database's tree lacks of the log that was published from it.
async fn what_log_lacks(db: &Db, published: u64) -> Result<Option<String>, FenceError> {
    let size: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT size FROM log_state WHERE id = 1").fetch_optional(p).await
    })
    .map_err(DbError::from)?;
    let size = size.unwrap_or(0).cast_unsigned();
    Ok((size < published).then(|| format!("the published log has {published} entries, the database {size}")))
}

async fn epochs(db: &Db) -> Result<Vec<Epoch>, DbError> {
    Ok(on!(db.pool(), p => {
        sqlx::query_as("SELECT number, mark FROM epochs ORDER BY number").fetch_all(p).await
    })?)
}

async fn newest_entry(db: &Db) -> Result<i64, DbError> {
    let newest: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT MAX(id) FROM audit_entries").fetch_one(p).await
    })?;
    Ok(newest.unwrap_or(0))
}

async fn entry_exists(db: &Db, id: i64) -> Result<bool, DbError> {
    let found: Option<i64> = on!(db.pool(), p => {
        sqlx::query_scalar("SELECT id FROM audit_entries WHERE id = $1").bind(id).fetch_optional(p).await
    })?;
    Ok(id == 0 || found.is_some())
}

async fn begin(db: &Db, random: &dyn Random, why: Beginning, number: i64) -> Result<(), DbError> {
    let mut write = db.write().await?;
    let Some(epoch) = begin_in_tx(&mut write, random, why, number).await? else {
        // Another node was first.
        return write.rollback().await;
    };
    let entry = Entry::new(Actor::System, Channel::Console, EPOCH_BEGAN).subject(&epoch.mark);
    write.commit(entry.detail(json!({ "number": epoch.number, "why": why.word() }))).await
}

/// Begins epoch `number`; `None` when there is one of this number. Where it begins with an older state, whatever could
/// open something in that state is ended.
pub(super) async fn begin_in_tx(
    write: &mut Write,
    random: &dyn Random,
    why: Beginning,
    number: i64,
) -> Result<Option<Epoch>, DbError> {
    let mut bytes = [0; MARK_BYTES];
    random.fill(&mut bytes);
    let mark: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let now = write.now().us();
    let begun = on!(write.conn(), c => {
        sqlx::query(
            "INSERT INTO epochs (number, mark, began_at, why) VALUES ($1, $2, $3, $4)
             ON CONFLICT (number) DO NOTHING",
        )
        .bind(number)
        .bind(&mark)
        .bind(now)
        .bind(why.word())
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if begun == 0 {
        return Ok(None);
    }
    if why != Beginning::Created {
        end_what_lived_in_tx(write).await?;
    }
    Ok(Some(Epoch { number, mark }))
}

/// The number of the newest epoch in the open transaction; 0: none.
pub(super) async fn newest_number_in_tx(write: &mut Write) -> Result<i64, BackupError> {
    let newest: Option<i64> = on!(write.conn(), c => {
        sqlx::query_scalar("SELECT MAX(number) FROM epochs").fetch_one(&mut *c).await
    })
    .map_err(DbError::from)?;
    Ok(newest.unwrap_or(0))
}
