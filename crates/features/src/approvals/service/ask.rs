//! Storing an act that waits for its owner, and asking the app of somebody who sits elsewhere.
//!
//! Whoever asks too often is answered as ever, and the owner is shown nothing more: an approval is worth something only
//! where it is rare enough to be read.

use super::super::error::ApprovalError;
use super::super::model::{
    Approval, Asker, LIFE_US, NONCE_BYTES, OWN_PENDING_MAX, PENDING_MAX, PUSH_LIFE_US, REFUSALS_MAX, State,
};
use super::super::store::Row;
use super::super::{PUSH, events, messages, rules, store};
use super::{Approvals, place};
use crate::messages::{Message, Messages, Way, send_in_tx};
use crate::passkeys;
use kernel::{ApprovalId, CustomerId, Random};
use platform::access::Caller;
use platform::app::App;
use platform::approval::{Asked, Asking, Details, SignedAct};
use platform::audit::Entry;
use platform::keys::PersonKeys;
use serde_json::json;

/// The numbers at the other screen: two digits.
const NUMBER_MIN: i64 = 10;
const NUMBERS: u64 = 90;

/// What is asked of an owner.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Whose approval.
    pub owner: CustomerId,
    /// Which kind of act.
    pub act: &'a str,
    /// Its details.
    pub details: Details,
    /// Who asks.
    pub asker: Asker,
}

/// Stores an act of the caller's own; the answer of this feature to [`platform::approval::ask`].
pub(in super::super) fn own_act(
    app: App,
    caller: Caller,
    act: &'static SignedAct,
    details: Details,
) -> Asking {
    Box::pin(async move {
        let owner = caller.customer()?;
        if passkeys::signers_of(&app, caller.actor, act.bound_first).await?.is_empty() {
            return Ok(Asked::NoPasskey);
        }
        let asker = Asker {
            actor: caller.actor,
            channel: caller.channel,
            session: caller.session.as_ref().map(|session| session.id),
            agent: None,
        };
        let wanted = Wanted { owner, act: act.name, details, asker };
        Ok(Asked::Waits(Approvals::of(&app).store(&wanted, Kind::Own).await?.id))
    })
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// From the owner's own session, to which they come back.
    Own,
    /// From a program.
    Elsewhere,
    /// From another screen, which shows a number.
    Push,
}

impl Approvals {
    /// Asks a customer to approve something for a program: a payment. The answer tells nothing of whether they are shown
    /// it.
    ///
    /// # Errors
    /// There is no such customer, or something failed.
    pub async fn request(&self, wanted: &Wanted<'_>) -> Result<Approval, ApprovalError> {
        self.store(wanted, Kind::Elsewhere).await
    }

    /// Asks a customer's app for a proof, for somebody who is elsewhere: in another browser, in a call. They must choose
    /// the number that the asking side shows.
    ///
    /// # Errors
    /// There is no such customer, or something failed.
    pub async fn ask_app(&self, owner: CustomerId, asker: Asker) -> Result<(ApprovalId, i64), ApprovalError> {
        let details = Details::new().text("from", asker.agent.as_deref().unwrap_or_default());
        let approval = self.store(&Wanted { owner, act: PUSH, details, asker }, Kind::Push).await?;
        Ok((approval.id, approval.number.unwrap_or_default()))
    }

    async fn store(&self, wanted: &Wanted<'_>, kind: Kind) -> Result<Approval, ApprovalError> {
        let (app, now) = (&self.app, self.app.now());
        let mut nonce = vec![0; NONCE_BYTES];
        app.random.fill(&mut nonce);
        let approval = Approval {
            id: ApprovalId::from_raw(app.ids().next(now)),
            owner: wanted.owner,
            act: wanted.act.to_owned(),
            details: wanted.details.clone(),
            number: (kind == Kind::Push).then(|| number(&*app.random)),
            nonce,
            asker: wanted.asker.clone(),
            at: now,
            expires_at: now.plus_us(if kind == Kind::Push { PUSH_LIFE_US } else { LIFE_US }),
            state: State::Waiting,
            decided_at: None,
            device: None,
            has_receipt: false,
        };
        let row = self.sealed(&approval, kind).await?;
        let notice = match kind {
            Kind::Own => None,
            Kind::Elsewhere | Kind::Push => {
                let message = Message::new(wanted.owner, &messages::WAITING, &[Way::Push]);
                let message = Message { ends_at: Some(approval.expires_at), ..message };
                Some(Messages::of(app).prepare(&message).await?)
            }
        };
        let mut write = app.db.write().await?;
        store::lock_in_tx(&mut write, wanted.owner).await?;
        let pending = store::pending_in_tx(&mut write, wanted.owner, kind != Kind::Own).await?;
        if kind == Kind::Own && pending >= OWN_PENDING_MAX {
            write.rollback().await?;
            return Err(ApprovalError::TooMany);
        }
        let asks_for_many = i64::try_from(REFUSALS_MAX).unwrap_or(i64::MAX);
        let last = store::last_in_tx(&mut write, wanted.owner, asks_for_many).await?;
        let shown = kind == Kind::Own || rules::may_ask(&last, pending.min(PENDING_MAX), now);
        store::insert_in_tx(&mut write, &Row { shown: i64::from(shown), ..row }).await?;
        if let Some(notice) = notice.as_ref().filter(|_| shown) {
            send_in_tx(&mut write, notice).await?;
        }
        let act = if shown { events::ASKED } else { events::NOT_SHOWN };
        let entry = Entry::new(wanted.asker.actor, wanted.asker.channel, act).subject(approval.id);
        let entry = entry.concerns(wanted.owner).detail(json!({ "act": wanted.act }));
        write.commit(if shown { entry } else { entry.refused() }).await?;
        let labels = [("shown", if shown { "yes" } else { "no" })];
        metrics::counter!("cardea_approvals_asked_total", &labels).increment(1);
        Ok(approval)
    }

    async fn sealed(&self, approval: &Approval, kind: Kind) -> Result<Row, ApprovalError> {
        let id = approval.id.raw();
        // What has no one text can't be signed, and must not wait for it.
        approval.text().ok_or(ApprovalError::Unreadable)?;
        let details = approval.details.to_value().to_string();
        let keys = PersonKeys::of(&self.app);
        Ok(Row {
            id,
            customer: approval.owner.raw(),
            act: approval.act.clone(),
            details: keys.seal(approval.owner, place(id, "details"), details.as_bytes()).await?,
            nonce: approval.nonce.clone(),
            number: approval.number,
            asker: serde_json::to_string(&approval.asker).map_err(|_| ApprovalError::Unreadable)?,
            elsewhere: i64::from(kind != Kind::Own),
            shown: 0,
            at: approval.at.us(),
            expires_at: approval.expires_at.us(),
            state: approval.state.word().to_owned(),
            decided_at: None,
            device: None,
            has_receipt: 0,
        })
    }
}

/// Two digits, each pair as likely as any other but for one part in 2^57.
fn number(random: &dyn Random) -> i64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    NUMBER_MIN + i64::try_from(u64::from_be_bytes(bytes) % NUMBERS).unwrap_or(0)
}
