//! Asking for approvals, answering and using them (verbs), and what there is of them (nouns). The only opener of
//! transactions here; whatever is sealed or signed is sealed or signed before one begins.

mod answer;
mod ask;
mod receipts;
mod sign;

pub use ask::Wanted;
pub(super) use ask::own_act;

use super::error::ApprovalError;
use super::events;
use super::model::{Approval, Asker, State};
use super::store::{self, Row};
use kernel::{ApprovalId, CustomerId, DAY_US, DeviceId, Timestamp};
use platform::app::App;
use platform::approval::Details;
use platform::audit::Entry;
use platform::db::{Db, DbError, Housekeeping, Write};
use platform::keys::{KeyError, PersonKeys};
use vault::{DataKey, Place};

/// What ended without a signature is kept this long, microseconds.
const UNSIGNED_KEPT_US: i64 = 30 * DAY_US;

/// The face for commands and queries. Cheap to clone.
#[derive(Clone)]
pub struct Approvals {
    app: App,
}

impl Approvals {
    /// As the running server has them.
    pub fn of(app: &App) -> Self {
        Self { app: app.clone() }
    }

    /// An approval of this customer's; somebody else's is absent, and so is one that its owner is not shown.
    ///
    /// # Errors
    /// [`ApprovalError::Absent`], or something failed.
    pub async fn approval_of(&self, owner: CustomerId, id: ApprovalId) -> Result<Approval, ApprovalError> {
        let row = self.row(id).await?;
        if row.customer != owner.raw() || row.shown == 0 {
            return Err(ApprovalError::Absent);
        }
        self.open(row).await
    }

    /// An approval, whoever's it is and whether it is shown: for those who asked.
    ///
    /// # Errors
    /// [`ApprovalError::Absent`], or something failed.
    pub async fn approval(&self, id: ApprovalId) -> Result<Approval, ApprovalError> {
        let row = self.row(id).await?;
        self.open(row).await
    }

    /// A customer's approvals before `before`, newest first.
    pub(super) async fn approvals_of(
        &self,
        owner: CustomerId,
        before: Option<i64>,
        rows_max: i64,
    ) -> Result<Vec<Approval>, ApprovalError> {
        let rows = store::approvals_of(&self.app.db, owner, before.unwrap_or(i64::MAX), rows_max).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = PersonKeys::of(&self.app).key(owner).await?;
        rows.into_iter().map(|row| opened(row, &key)).collect()
    }

    async fn row(&self, id: ApprovalId) -> Result<Row, ApprovalError> {
        store::approval(&self.app.db, id).await?.ok_or(ApprovalError::Absent)
    }

    async fn open(&self, row: Row) -> Result<Approval, ApprovalError> {
        let key = PersonKeys::of(&self.app).key(CustomerId::from_raw(row.customer)).await?;
        opened(row, &key)
    }
}

/// Uses up what its owner approved, in the transaction of the act that it allows; once. `details` are the act's as the
/// caller has made them anew from its own rows.
///
/// # Errors
/// [`ApprovalError::Different`] where the act is not the approved one; [`ApprovalError::NotWaiting`] where it was not
/// approved, was used, or has expired. Then nothing may be done: roll back.
pub async fn take_approved_in_tx(
    write: &mut Write,
    approval: &Approval,
    act: &str,
    details: &Details,
) -> Result<Entry, ApprovalError> {
    if !approval.is_for(act, details) {
        return Err(ApprovalError::Different);
    }
    if !store::use_in_tx(write, approval.id).await? {
        return Err(ApprovalError::NotWaiting);
    }
    let asker = &approval.asker;
    let entry = Entry::new(asker.actor, asker.channel, events::USED).subject(approval.id);
    Ok(entry.concerns(approval.owner).detail(serde_json::json!({ "act": approval.act })))
}

/// How many acts wait for a customer's answer, for the menu.
pub(super) async fn waiting_of(db: &Db, owner: CustomerId) -> Result<u64, DbError> {
    store::waiting_of(db, owner).await
}

/// Forgets what ended long ago without a signature.
pub(super) async fn forget(db: &Db) -> Result<(), DbError> {
    let mut write = db.write().await?;
    let before = write.now().plus_us(-UNSIGNED_KEPT_US);
    store::forget_in_tx(&mut write, before).await?;
    write.housekeeping(Housekeeping::Ceremony).await
}

fn opened(row: Row, key: &DataKey) -> Result<Approval, ApprovalError> {
    let sealed = key.open(place(row.id, "details"), &row.details).map_err(KeyError::from)?;
    let details = serde_json::from_slice(sealed.expose()).ok().and_then(Details::from_value);
    let asker: Option<Asker> = serde_json::from_str(&row.asker).ok();
    let state = State::from_word(&row.state);
    let (Some(details), Some(asker), Some(state)) = (details, asker, state) else {
        return Err(ApprovalError::Unreadable);
    };
    Ok(Approval {
        id: ApprovalId::from_raw(row.id),
        owner: CustomerId::from_raw(row.customer),
        act: row.act,
        details,
        number: row.number,
        nonce: row.nonce,
        asker,
        at: Timestamp::from_us(row.at),
        expires_at: Timestamp::from_us(row.expires_at),
        state,
        decided_at: row.decided_at.map(Timestamp::from_us),
        device: row.device.map(DeviceId::from_raw),
        has_receipt: row.has_receipt != 0,
    })
}

const fn place(row: i64, column: &'static str) -> Place<'static> {
    Place { table: "approvals", row, column }
}
