//! Risk beyond the card: filled at the start, taught by what people report.

use super::super::error::MonitoringError;
use super::{super::events, watch::Watch};
use crate::authorizations::{self, AuthorizationRow, Class, Purpose, site_hash};
use decision::{CrossTables, Outcome, Payment};
use kernel::{AccountId, Actor, AuthorizationId, Channel, DAY_US, IdMint, Timestamp};
use platform::{audit::Entry, db::Db};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// How far back the tables reach: the longest window, the delay of labels, and a day for what comes late.
const REACH_US: i64 = 38 * DAY_US;
/// Records read at once.
const PAGE_ROWS: i64 = 2_000;

/// What filling the tables came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Payments taken in.
    pub payments: u64,
    /// How many of them are known as fraud.
    pub frauds: u64,
}

/// Fills the tables anew from the records of the last 38 days and their labels. At the start, or before a replay
/// begins, while the engine decides nothing: what is decided meanwhile would be missing. Payments that lie in the
/// future, as the clock of a replay has it, are left out.
pub async fn rebuild_cross(db: &Db, cross: &RwLock<CrossTables>) -> Result<Rebuilt, MonitoringError> {
    let now = db.clock().now();
    let oldest = now.plus_us(-REACH_US);
    let (mut tables, mut done) = (CrossTables::new(), Rebuilt::default());
    // Ids rise with the time of their making; the first one a mint could give is where to begin.
    let mut after = IdMint::new(0).next(Timestamp::from_us(oldest.us().max(0))) - 1;
    loop {
        let rows = authorizations::rows_of_time(db, after, (oldest, now), PAGE_ROWS).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { break };
        let labels: HashMap<i64, bool> =
            authorizations::labels_in(db, first.id, last.id).await?.into_iter().collect();
        after = last.id;
        for row in &rows {
            let Some(payment) = payment_of(row) else { continue };
            let approved = row.reason.is_approval();
            let outcome = if approved { Outcome::Approved } else { Outcome::Declined };
            tables.observe(&payment, row.card.cast_unsigned(), outcome);
            done.payments += 1;
            if labels.get(&row.id) == Some(&true) && payment.kind.spends() {
                tables.label(row.id, &payment, true);
                done.frauds += 1;
            }
        }
    }
    *cross.write().unwrap_or_else(PoisonError::into_inner) = tables;
    Ok(done)
}

/// What the tables need to know of a record; `None` for reversals and cards that are not ours.
pub(super) fn payment_of(row: &AuthorizationRow) -> Option<Payment> {
    let facts = &row.facts;
    let reversal = [Class::Reversal, Class::ReversalAdvice].iter().any(|class| class.number() == facts.class);
    if reversal || row.account == 0 || facts.purpose == Purpose::Balance {
        return None;
    }
    Some(Payment {
        at_us: row.at,
        amount_minor: row.billing_minor,
        kind: facts.purpose.kind(),
        mcc: facts.site.mcc,
        country: facts.site.country,
        merchant: site_hash("merchant", &facts.site.merchant),
        terminal: site_hash("terminal", &facts.site.terminal),
        place: facts.site.place,
        card_present: facts.card_present,
        ..Payment::default()
    })
}

/// A payment that somebody calls fraud, or genuine after all.
#[derive(Clone, Debug)]
pub struct NewLabel {
    /// Which payment.
    pub authorization: AuthorizationId,
    /// Whether it was fraud.
    pub fraud: bool,
    /// Who says so: `cardholder`, `analyst`, `api`, `import`.
    pub source: String,
    /// The one who acts.
    pub actor: Actor,
    /// How.
    pub channel: Channel,
}

/// What became of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// It is kept, and the tables know.
    Applied,
    /// It said so already.
    AlreadyApplied,
}

/// Keeps a label and feeds it to the tables, once, however often it is said.
pub async fn learn_label(db: &Db, watch: &Watch, new: NewLabel) -> Result<Labelled, MonitoringError> {
    let row = authorizations::authorization(db, new.authorization).await?.ok_or(MonitoringError::Absent)?;
    let known = authorizations::labels_in(db, row.id, row.id).await?.first().map(|(_, fraud)| *fraud);
    if known == Some(new.fraud) {
        return Ok(Labelled::AlreadyApplied);
    }
    let mut write = db.write().await?;
    let at = db.clock().now();
    authorizations::label_in_tx(&mut write, new.authorization, at, new.fraud, &new.source).await?;
    let detail = serde_json::json!({ "fraud": new.fraud, "source": new.source });
    let entry = Entry::new(new.actor, new.channel, events::LABELLED)
        .subject(new.authorization)
        .concerns(AccountId::from_raw(row.account));
    write.commit(entry.detail(detail)).await?;
    feed(watch, &row, new.fraud);
    Ok(Labelled::Applied)
}

/// Tells the tables of this node; the others follow what is stored ([`super::labels`]).
pub(super) fn feed(watch: &Watch, row: &AuthorizationRow, fraud: bool) {
    if let Some(payment) = payment_of(row).filter(|payment| payment.kind.spends()) {
        watch.feed_label(row.id, &payment, fraud);
    }
}
