//! What a replay of old data may do to a server whose clock is driven by it.
//!
//! Problem: a rule that looks at terminals and merchants needs the payments and frauds of the weeks before, as of
//! the day that is replayed, and during the replay each fraud when it became known. Design: the sign-on that says
//! where a replay begins is answered after the clock stands there and the tables of risk were filled from the
//! records of the weeks before; an administrative advice names an earlier payment by its card and trace numbers.
//! Why safe: only a server that was started with a driven clock has this. What it does not do: forget what was
//! decided in an earlier replay of the same days; a fresh database does.

use crate::server::ServerClock;
use connectors::authorizations::{FraudLabel, Replayed};
use decision::CrossTables;
use features::authorizations::{
    AccountCommand, AuthorizationError, Class, Engine, account_of_card, account_state, chain_page,
};
use features::monitoring::{self, MonitoringError, NewLabel, Watch};
use kernel::{AccountId, Actor, AuthorizationId, Channel};
use platform::db::Db;
use std::sync::{Arc, RwLock};
use vault::{KeyRing, LookupKind};

/// Records of an account that are looked through for the payment that a label means, newest first.
const RECORDS_MAX: i64 = 1_000;
/// Who says so.
const SOURCE: &str = "replay";

/// What a replay touches.
#[derive(Clone)]
pub struct ReplayParts {
    pub db: Db,
    pub keys: Arc<KeyRing>,
    pub engine: Engine,
    pub watch: Watch,
    pub cross: Arc<RwLock<CrossTables>>,
}

/// The doors for a replay; none where the clock is the machine's.
pub fn doors(clock: &ServerClock, parts: ReplayParts) -> Option<Replayed> {
    let ServerClock::Driven(clock) = clock else { return None };
    let (driven, rewound, labelled) = (Arc::clone(clock), Arc::clone(clock), parts.clone());
    Some(Replayed {
        drive: Arc::new(move |at| {
            driven.drive_to(at);
        }),
        start: Arc::new(move |at| {
            rewound.rewind_to(at);
            let parts = parts.clone();
            Box::pin(async move {
                if let Err(error) = monitoring::rebuild_cross(&parts.db, &parts.cross).await {
                    tracing::error!(%error, "the tables of risk could not be filled for the replay");
                }
            })
        }),
        label: Arc::new(move |label| {
            let parts = labelled.clone();
            Box::pin(async move {
                parts.learn(&label).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "a fraud that a replay reported was not learnt");
                    false
                })
            })
        }),
    })
}

impl ReplayParts {
    async fn learn(&self, label: &FraudLabel) -> Result<bool, MonitoringError> {
        let Ok(hash) = self.keys.lookup(LookupKind::CardNumber, label.card_number.expose()) else {
            tracing::error!("a card number can't be hashed; what a replay reported is not learnt");
            return Ok(false);
        };
        let key = hash.0;
        let Some(account) = account_of_card(&self.db, &key).await? else { return Ok(false) };
        // The payment may have come just before on this connection and wait in the engine's queue. A command
        // passes the same queue, so when it is answered the payment is there.
        let pass = AccountCommand::ReleaseExpired;
        self.engine.command(account, pass, Actor::System, Channel::Network).await?;
        let Some(authorization) = self.payment(account, label).await? else { return Ok(false) };
        let new = NewLabel {
            authorization,
            fraud: label.fraud,
            source: SOURCE.to_owned(),
            actor: Actor::System,
            channel: Channel::Network,
        };
        monitoring::learn_label(&self.db, &self.watch, new).await?;
        Ok(true)
    }

    async fn payment(
        &self,
        account: AccountId,
        label: &FraudLabel,
    ) -> Result<Option<AuthorizationId>, AuthorizationError> {
        let head = account_state(&self.db, account).await?.map_or(0, |state| state.head);
        let reversals = [Class::Reversal.number(), Class::ReversalAdvice.number()];
        let rows = chain_page(&self.db, head, RECORDS_MAX).await?;
        let meant = rows.iter().find(|row| {
            let trace = &row.facts.trace;
            trace.stan == label.stan && trace.rrn == label.rrn && !reversals.contains(&row.facts.class)
        });
        Ok(meant.map(|row| AuthorizationId::from_raw(row.id)))
    }
}
