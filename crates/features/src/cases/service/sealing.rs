//! Events as rows and back: what people typed is under the customer's key, everything else is plain.

use super::super::error::CaseError;
use super::super::model::{By, put_texts, take_texts};
use super::super::store::{self, EventRow, Named};
use super::Cases;
use cases::{Case, Event, EventBody};
use kernel::{Actor, CaseId, CustomerId, Timestamp};
use platform::keys::KeyError;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use vault::{DataKey, LookupKind, Place};

impl Cases {
    /// The events of a case with what people typed, and the case that they make.
    pub(super) async fn load(
        &self,
        id: CaseId,
        customer: CustomerId,
    ) -> Result<(Vec<Event>, Case), CaseError> {
        let key = self.key(customer).await?;
        let stored = store::events(&self.db, id).await?;
        let opened = self.opened_all(id, &stored, key.as_ref())?;
        let case = Case::fold(&opened).ok_or(CaseError::Unreadable(id.raw()))?;
        Ok((opened, case))
    }

    /// The customer's key; `None` where they were erased.
    pub(super) async fn key(&self, customer: CustomerId) -> Result<Option<DataKey>, CaseError> {
        match self.keys.key(customer).await {
            Ok(key) => Ok(Some(key)),
            Err(KeyError::Erased(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A request with the hash of who asks for what. It is keyed: what people typed can't be guessed from it.
    pub(super) fn named(&self, by: &By, request: i64, asked: &impl Serialize) -> Result<Named, CaseError> {
        // Maps are sorted, and every key is a text, so the bytes are the same each time and writing can't fail.
        let bytes = zeroize::Zeroizing::new(serde_json::to_vec(&(by.actor, asked)).unwrap_or_default());
        let mut digest = "case request v1 ".to_owned();
        for byte in Sha256::digest(bytes.as_slice()) {
            let _ = write!(digest, "{byte:02x}");
        }
        let hash = self.ring.lookup(LookupKind::ApiKey, &digest).map_err(KeyError::from)?;
        Ok(Named { request, hash: hash.as_bytes().to_vec() })
    }

    /// The case that stored events make; without the key its texts are empty.
    pub(super) fn fold(
        &self,
        id: CaseId,
        stored: &[EventRow],
        key: Option<&DataKey>,
    ) -> Result<Case, CaseError> {
        Case::fold(&self.opened_all(id, stored, key)?).ok_or(CaseError::Unreadable(id.raw()))
    }

    /// Events out of their rows; without the key their texts are empty.
    pub(super) fn opened_all(
        &self,
        id: CaseId,
        stored: &[EventRow],
        key: Option<&DataKey>,
    ) -> Result<Vec<Event>, CaseError> {
        stored.iter().map(|row| opened(row, key, id)).collect()
    }

    /// The row of an event, with what people typed under the customer's key; without the key nobody types anything.
    pub(super) fn sealed(
        &self,
        row_id: i64,
        event: &Event,
        key: Option<&DataKey>,
        case: CaseId,
    ) -> Result<EventRow, CaseError> {
        let damaged = || CaseError::Unreadable(case.raw());
        let mut body = event.body.clone();
        let texts = take_texts(&mut body);
        let typed = texts.iter().any(|text| !text.is_empty());
        let sealed = match key {
            None if typed => return Err(CaseError::Erased),
            Some(key) if typed => {
                let plain = zeroize::Zeroizing::new(serde_json::to_vec(&texts).map_err(|_| damaged())?);
                Some(key.seal(place(row_id), &plain, &*self.random).map_err(KeyError::from)?)
            }
            _ => None,
        };
        Ok(EventRow {
            seq: i64::try_from(event.seq).map_err(|_| damaged())?,
            id: row_id,
            at: event.at.us(),
            actor: serde_json::to_string(&event.actor).map_err(|_| damaged())?,
            body: serde_json::to_string(&body).map_err(|_| damaged())?,
            sealed,
        })
    }
}

fn place(row: i64) -> Place<'static> {
    Place { table: "case_events", row, column: "sealed" }
}

/// An event out of its row; without the key its texts are empty.
fn opened(row: &EventRow, key: Option<&DataKey>, case: CaseId) -> Result<Event, CaseError> {
    let damaged = || CaseError::Unreadable(case.raw());
    let mut body: EventBody = serde_json::from_str(&row.body).map_err(|_| damaged())?;
    if let (Some(key), Some(sealed)) = (key, &row.sealed) {
        let plain = key.open(place(row.id), sealed).map_err(KeyError::from)?;
        put_texts(&mut body, serde_json::from_slice(plain.expose()).map_err(|_| damaged())?);
    }
    let actor: Actor = serde_json::from_str(&row.actor).map_err(|_| damaged())?;
    let seq = u64::try_from(row.seq).map_err(|_| damaged())?;
    Ok(Event { seq, at: Timestamp::from_us(row.at), actor, body })
}
