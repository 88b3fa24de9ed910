//! Changing one thing that is known of a person, in the transaction of whoever decided it.
//!
//! What is replaced is the row that was read: a row that changed meanwhile stays as it is, so that two changes at one moment
//! can't undo each other. The person's key stays, since other features seal under it.

use super::super::model::Detail;
use super::super::store::{self, CustomerRow};
use super::{Accounts, key_place, profile_place};
use crate::accounts::AccountError;
use kernel::CustomerId;
use platform::db::Write;
use vault::LookupKind;

/// A person's row as it will be, for [`revise_in_tx`].
#[derive(Clone, Debug)]
pub struct Revised {
    row: CustomerRow,
    was: Vec<u8>,
    spoke: String,
}

impl Accounts {
    /// Prepares one change of what is known of a person, sealed and checked. `None` where it is not `from` any more.
    ///
    /// # Errors
    /// There is no such customer, they were erased, or the new value can't be one.
    pub async fn prepare_revision(
        &self,
        id: CustomerId,
        from: &Detail,
        to: &Detail,
    ) -> Result<Option<Revised>, AccountError> {
        let row = store::customer(&self.db, id).await?.ok_or(AccountError::Absent)?;
        let mut person = self.open_row(&row)?.person;
        let wrapped = row.data_key.as_deref().ok_or(AccountError::Erased)?;
        if from.kind_of(&person) != *from {
            return Ok(None);
        }
        to.put_into(&mut person);
        person.check()?;
        let key = self.keys.unwrap_key(key_place(id), wrapped)?;
        let profile = key.seal(profile_place(id), person.encode()?.expose(), self.random())?;
        let (was, spoke) = (row.profile.clone(), row.language.clone());
        let row = CustomerRow {
            language: person.language.tag().to_owned(),
            profile,
            phone_hash: self.keys.lookup(LookupKind::Phone, person.phone.reveal())?.0.to_vec(),
            email_hash: self.keys.lookup(LookupKind::Email, person.email.reveal())?.0.to_vec(),
            ..row
        };
        Ok(Some(Revised { row, was, spoke }))
    }
}

/// Writes a prepared change; the caller commits with its entry. Says whether it was written: the row may have changed since
/// it was read, or its person been erased. Then roll back.
///
/// # Errors
/// The database failed.
pub async fn revise_in_tx(write: &mut Write, revised: &Revised) -> Result<bool, AccountError> {
    Ok(store::revise_in_tx(write, &revised.row, &revised.was, &revised.spoke).await?)
}
