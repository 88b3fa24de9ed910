//! Sealing and opening under a person's key, and destroying it.

use super::{KeyColumn, KeyError, PERSON, columns, store};
use crate::app::App;
use crate::audit::Entry;
use crate::db::{Db, DbError, Write};
use kernel::{Actor, Channel, CustomerId, Random, Secret};
use std::sync::Arc;
use vault::{DataKey, KeyRing, Place};

/// The act of destroying a person's keys, in the log.
pub const PERSON_ERASED: &str = "keys.person.erased";

/// What a destruction came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// The keys are gone now.
    Now,
    /// They had been gone before; nothing changed.
    Before,
}

/// The keys of people. Cheap to clone.
#[derive(Clone)]
pub struct PersonKeys {
    db: Db,
    keys: Arc<KeyRing>,
    random: Arc<dyn Random>,
}

impl PersonKeys {
    /// Over this database, with these keys.
    pub fn new(db: Db, keys: Arc<KeyRing>, random: Arc<dyn Random>) -> Self {
        Self { db, keys, random }
    }

    /// As the running server has them.
    pub fn of(app: &App) -> Self {
        Self::new(app.db.clone(), Arc::clone(&app.keys), Arc::clone(&app.random))
    }

    /// Seals `text` (1 MiB at most) under the person's key, for this place only.
    pub async fn seal(&self, person: CustomerId, place: Place<'_>, text: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.key(person).await?.seal(place, text, &*self.random)?)
    }

    /// Opens what [`Self::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`KeyError::Erased`] once the person's key is destroyed: show that, it is no failure.
    pub async fn open(
        &self,
        person: CustomerId,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Secret<Vec<u8>>, KeyError> {
        Ok(self.key(person).await?.open(place, sealed)?)
    }

    /// The person's key, for several values at once.
    pub async fn key(&self, person: CustomerId) -> Result<DataKey, KeyError> {
        let wrapped = store::wrapped(&self.db, &PERSON, person).await?.ok_or(KeyError::Absent(person))?;
        let wrapped = wrapped.ok_or(KeyError::Erased(person))?;
        Ok(self.keys.unwrap_key(key_place(&PERSON, person.raw()), &wrapped)?)
    }

    /// Destroys the keys of everything that is this person's, in all tables of these features, and empties the
    /// hashes by which they were found. What was sealed is unreadable for good. The same again changes nothing.
    pub async fn destroy(
        &self,
        features: &[&'static crate::feature::Feature],
        person: CustomerId,
        (actor, channel): (Actor, Channel),
    ) -> Result<Destroyed, KeyError> {
        let known = store::wrapped(&self.db, &PERSON, person).await?.ok_or(KeyError::Absent(person))?;
        if known.is_none() {
            return Ok(Destroyed::Before);
        }
        let mut write = self.db.write().await?;
        let mut rows = serde_json::Map::new();
        for column in columns(features) {
            let count = store::destroy_in_tx(&mut write, &column, person).await?;
            rows.insert(column.table.to_owned(), count.into());
        }
        let entry = Entry::new(actor, channel, PERSON_ERASED).subject(person).concerns(person);
        write.commit(entry.detail(serde_json::json!({ "rows": rows }))).await?;
        Ok(Destroyed::Now)
    }
}

/// Destroys a person's keys in the open transaction of a restore, because the log says that they were destroyed after
/// the backup. Returns how many rows had one.
pub async fn destroy_again_in_tx(
    write: &mut Write,
    features: &[&'static crate::feature::Feature],
    person: CustomerId,
) -> Result<u64, DbError> {
    let mut rows = 0;
    for column in columns(features) {
        rows += store::destroy_in_tx(write, &column, person).await?;
    }
    Ok(rows)
}

/// Where a wrapped key is bound to.
pub(super) fn key_place(column: &KeyColumn, row: i64) -> Place<'static> {
    Place { table: column.table, row, column: column.column }
}
