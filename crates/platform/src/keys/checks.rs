//! Whether keys and database belong together.
//!
//! At the first start the check values of all keys are noted in the database. From then on a start with a missing
//! or another key is refused before anything is decrypted. A master key that is new (somebody rotated, here or on
//! another node) is noted.

use super::{KEYS_NOTED, KeyError, store};
use crate::audit::Entry;
use crate::db::Db;
use kernel::{Actor, Channel};
use vault::{KeyCheck, KeyRing};

/// Compares the keys with what the database was written with, and notes those that are new.
///
/// # Errors
/// [`KeyError::Missing`] and [`KeyError::Foreign`] name the key.
pub async fn bind(db: &Db, keys: &KeyRing) -> Result<(), KeyError> {
    let found = keys.check_values()?;
    let known = store::checks(db).await?;
    let new = compare(&found, &known)?;
    if new.is_empty() {
        return Ok(());
    }
    let mut write = db.write().await?;
    let now = db.clock().now();
    for check in &new {
        store::note_in_tx(&mut write, check, now).await?;
    }
    let names: Vec<String> = new.iter().map(|check| format!("{} {}", check.name, check.number)).collect();
    let entry = Entry::new(Actor::System, Channel::Console, KEYS_NOTED);
    write.commit(entry.detail(serde_json::json!({ "keys": names }))).await?;
    // Another node may have noted other keys at the same moment: what stands now decides.
    compare(&found, &store::checks(db).await?).map(drop)
}

/// The keys that the database does not know yet.
fn compare(found: &[KeyCheck], known: &[store::Known]) -> Result<Vec<KeyCheck>, KeyError> {
    for noted in known.iter().filter(|noted| noted.retired_at.is_none()) {
        let same =
            found.iter().find(|check| check.name == noted.name && i64::from(check.number) == noted.number);
        match same {
            None => return Err(KeyError::Missing { name: noted.name.clone(), number: noted.number }),
            Some(check) if check.value != noted.check_value => {
                return Err(KeyError::Foreign { name: noted.name.clone(), number: noted.number });
            }
            Some(_) => {}
        }
    }
    let is_known = |check: &&KeyCheck| {
        known.iter().any(|noted| noted.name == check.name && noted.number == i64::from(check.number))
    };
    Ok(found.iter().filter(|check| !is_known(check)).cloned().collect())
}
