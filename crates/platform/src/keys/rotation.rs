//! Rotation of the master key while the server works: a new version, every data key wrapped under it, the old
//! version destroyed once nothing needs it.
//!
//! **Design.** A rotation is state, not a process: the newest master key, and the rows whose wrapped key names an
//! older one. Whoever works on it ([`Rotation::step`], in a server or in the command) takes some of those rows in
//! the order of their ids, wraps their keys anew and writes them in one transaction. **Why safe.** A row is written
//! only if its wrapped key is still the one that was read, so a key that was destroyed meanwhile stays destroyed
//! and two workers don't hinder each other. A kill leaves rows under the old version or the new one, both readable;
//! the next step finds what is left. Nothing of the data itself is touched. An old version is destroyed only at
//! zero rows, and only a minute after the rotation began, when no server wraps under it any more.

use super::{
    KeyColumn, KeyError, MASTER_RETIRED, MASTER_ROTATED, REWRAPPED, checks, person::key_place, store,
};
use crate::audit::Entry;
use crate::db::{Db, Housekeeping};
use kernel::{Actor, Channel, Random, SECOND_US, Sleep};
use std::{sync::Arc, time::Duration};
use vault::KeyRing;

/// Rows of one transaction: about two milliseconds of SQLite's writer.
const STEP_ROWS_MAX: u32 = 64;
/// How long a server may go on wrapping under the old version until it has noticed the new one, microseconds.
pub const RETIRE_AFTER_US: i64 = 60 * SECOND_US;

/// The work of a rotation. Cheap to clone.
#[derive(Clone)]
pub struct Rotation {
    /// The database.
    pub db: Db,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// Chance, for nonces.
    pub random: Arc<dyn Random>,
    /// Where wrapped keys are.
    pub columns: Vec<KeyColumn>,
    /// Rows a second at most.
    pub rows_per_second: u32,
}

/// How far the newest rotation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Progress {
    /// The version under which keys are wrapped anew.
    pub version: i64,
    /// When it began, microseconds.
    pub started_at: i64,
    /// Rows that were to be wrapped anew when it began.
    pub rows_total: i64,
    /// Rows that were.
    pub rows_done: i64,
    /// When nothing was left, microseconds.
    pub finished_at: Option<i64>,
}

/// Rows of one table whose key is wrapped under one version.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RowsOfVersion {
    /// The table.
    pub table: &'static str,
    /// The version of the master key.
    pub version: u32,
    /// How many rows.
    pub rows: i64,
}

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Step {
    /// Rows that were wrapped anew.
    pub done: u32,
    /// Rows that do not open, and were left as they are.
    pub refused: u32,
    /// Where the next step goes on; `None` at the end of the pass.
    pub next: Option<Cursor>,
}

/// A place between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Cursor {
    column: usize,
    after: i64,
}

impl Rotation {
    /// Makes a new version of the master key, which wraps from now on. The rows follow with [`Self::step`].
    pub async fn begin(&self, (actor, channel): (Actor, Channel)) -> Result<u32, KeyError> {
        let version = self.keys.module().add_master(&*self.random)?;
        checks::bind(&self.db, &self.keys).await?;
        self.note(version, Entry::new(actor, channel, MASTER_ROTATED)).await?;
        Ok(version)
    }

    /// Takes over what others did: a new version where the keys came from, a rotation that was cut off before it was
    /// noted. Returns the rotation that is not finished, if there is one.
    pub async fn due(&self) -> Result<Option<Progress>, KeyError> {
        self.keys.module().refresh()?;
        let version = self.keys.master_version()?;
        if version == 1 {
            return Ok(None);
        }
        let known = store::rotation(&self.db, version).await?;
        let progress = match known {
            Some(progress) => progress,
            None => {
                checks::bind(&self.db, &self.keys).await?;
                self.note(version, Entry::new(Actor::System, Channel::Console, MASTER_ROTATED)).await?;
                store::rotation(&self.db, version).await?.ok_or(KeyError::Unnoted(version))?
            }
        };
        Ok(progress.finished_at.is_none().then_some(progress))
    }

    async fn note(&self, version: u32, entry: Entry) -> Result<(), KeyError> {
        let old: i64 =
            self.rows().await?.iter().filter(|rows| rows.version != version).map(|rows| rows.rows).sum();
        let mut write = self.db.write().await?;
        store::note_rotation_in_tx(&mut write, version, self.db.clock().now(), old).await?;
        let entry = entry.subject(format!("master {version}"));
        write.commit(entry.detail(serde_json::json!({ "rows": old }))).await?;
        Ok(())
    }

    /// Wraps the keys of some rows anew, from `from` on.
    pub async fn step(&self, version: u32, from: Cursor) -> Result<Step, KeyError> {
        let Some(column) = self.columns.get(from.column) else { return Ok(Step::default()) };
        let rows_max = i64::from(self.rows_per_second.clamp(1, STEP_ROWS_MAX));
        let label = KeyRing::wrapped_label(version);
        let rows = store::rows_of_others(&self.db, column, &label, (from.after, rows_max)).await?;
        let Some(last) = rows.last().map(|row| row.id) else {
            let next = Cursor { column: from.column.saturating_add(1), after: 0 };
            return Ok(Step { next: (next.column < self.columns.len()).then_some(next), ..Step::default() });
        };
        let mut step = Step { next: Some(Cursor { after: last, ..from }), ..Step::default() };
        let mut anew = Vec::with_capacity(rows.len());
        for row in rows {
            match self.keys.rewrap(key_place(column, row.id), &row.wrapped, &*self.random) {
                Ok(wrapped) => anew.push((row, wrapped)),
                Err(error @ vault::VaultError::DoesNotOpen { .. }) => {
                    tracing::error!(%error, "a data key can't be wrapped anew");
                    step.refused = step.refused.saturating_add(1);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut write = self.db.write().await?;
        for (row, wrapped) in &anew {
            step.done =
                step.done.saturating_add(store::rewrap_in_tx(&mut write, column, row, wrapped).await?);
        }
        store::count_in_tx(&mut write, version, step.done).await?;
        write.housekeeping(Housekeeping::Rewrap).await?;
        Ok(step)
    }

    /// Works until the rotation is finished or the pass is over. Returns whether it is finished.
    pub async fn run(&self, sleep: &dyn Sleep) -> Result<bool, KeyError> {
        let Some(progress) = self.due().await? else { return Ok(true) };
        let version = u32::try_from(progress.version).map_err(|_| KeyError::Unnoted(0))?;
        let mut from = Cursor::default();
        loop {
            let step = self.step(version, from).await?;
            let rows = step.done.saturating_add(step.refused);
            if rows > 0 {
                let pause = f64::from(rows) / f64::from(self.rows_per_second.max(1));
                sleep.sleep(Duration::from_secs_f64(pause)).await;
            }
            match step.next {
                Some(next) => from = next,
                None => return self.finish(version).await,
            }
        }
    }

    /// Marks the rotation as finished if no row is left.
    async fn finish(&self, version: u32) -> Result<bool, KeyError> {
        let left: i64 =
            self.rows().await?.iter().filter(|rows| rows.version != version).map(|rows| rows.rows).sum();
        if left > 0 {
            return Ok(false);
        }
        let mut write = self.db.write().await?;
        if !store::finish_in_tx(&mut write, version, self.db.clock().now()).await? {
            write.rollback().await?;
            return Ok(true);
        }
        let entry = Entry::new(Actor::System, Channel::Console, REWRAPPED);
        write.commit(entry.subject(format!("master {version}"))).await?;
        Ok(true)
    }

    /// How many rows are under which version, by table.
    pub async fn rows(&self) -> Result<Vec<RowsOfVersion>, KeyError> {
        let mut all = Vec::new();
        for column in &self.columns {
            all.extend(store::rows_by_version(&self.db, column).await?);
        }
        Ok(all)
    }

    /// How far the newest rotation has come.
    pub async fn progress(&self) -> Result<Option<Progress>, KeyError> {
        Ok(store::newest_rotation(&self.db).await?)
    }

    /// Destroys an old version of the master key for good.
    ///
    /// # Errors
    /// [`KeyError::InUse`] says which rows need it; [`KeyError::TooEarly`] within a minute of the rotation.
    pub async fn retire(&self, version: u32, (actor, channel): (Actor, Channel)) -> Result<(), KeyError> {
        let newest = self.keys.master_version()?;
        if version >= newest {
            return Err(vault::VaultError::NewestMaster { version }.into());
        }
        let rows: Vec<RowsOfVersion> =
            self.rows().await?.into_iter().filter(|rows| rows.version == version).collect();
        if !rows.is_empty() {
            return Err(KeyError::InUse { version, rows });
        }
        let now = self.db.clock().now();
        let begun = store::rotation(&self.db, newest).await?.map_or(now.us(), |rotation| rotation.started_at);
        if now.us() - begun < RETIRE_AFTER_US {
            return Err(KeyError::TooEarly { version });
        }
        // First the database: should we be cut off, a key is there that nobody misses, not the other way round.
        let mut write = self.db.write().await?;
        store::retire_in_tx(&mut write, version, now).await?;
        write.commit(Entry::new(actor, channel, MASTER_RETIRED).subject(format!("master {version}"))).await?;
        match self.keys.module().remove_master(version, &*self.random) {
            // An earlier try was cut off before its answer.
            Err(vault::VaultError::NoMasterKey { .. }) => Ok(()),
            done => Ok(done?),
        }
    }
}
