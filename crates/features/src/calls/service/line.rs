//! Saying to another feature what its act for a customer may stand on: the live call of a colleague with that customer.

use super::super::error::CallError;
use super::super::events;
use super::super::model::Proved;
use super::super::rules::FACTS_WRONG;
use super::super::store;
use super::Calls;
use crate::identity::{OnTheLine, Permitted, ProofKind, Risk};
use kernel::{CallId, CustomerId};
use platform::access::{Assurance, Caller, Permission};
use platform::app::{App, Services};
use platform::audit;
use std::sync::Arc;

/// Calls, for the feature that looks after proofs.
struct Line;

/// Puts calls among the services, for acts on proofs.
#[must_use]
pub fn with_line(services: Services) -> Services {
    services.with(Arc::new(Line) as Arc<dyn OnTheLine>)
}

impl OnTheLine for Line {
    fn permit<'a>(
        &'a self,
        app: &'a App,
        caller: &'a Caller,
        customer: CustomerId,
        permission: &'static Permission,
        set_back: ProofKind,
    ) -> Permitted<'a> {
        Box::pin(async move {
            let calls = Calls::of(app)?;
            Ok(calls.permit_about(caller, customer, permission, set_back).await?)
        })
    }
}

impl Calls {
    /// Whether the live call of the caller with `customer` is enough for an act that ends the refusal of `set_back`. That
    /// refusal is not held against the customer: it is what they call about.
    async fn permit_about(
        &self,
        caller: &Caller,
        customer: CustomerId,
        permission: &'static Permission,
        set_back: ProofKind,
    ) -> Result<CallId, CallError> {
        let Some(id) = self.live_for(caller, customer).await? else {
            let detail = serde_json::json!({ "permission": permission.name, "assurance": 0, "proofs": [] });
            let entry = caller.entry(events::REFUSED).subject(customer).concerns(customer);
            audit::record(&self.app.db, entry.detail(detail).refused()).await?;
            let (has, needs) = (Assurance::NONE, permission.assurance);
            return Err(CallError::TooLittle { has, needs, next: vec![ProofKind::PushMatch] });
        };
        let standing = self.live_served(caller, id).await?;
        let mut risk = self.identity.risk_but_for(customer, set_back).await?;
        if store::wrong_facts(&self.app.db, id).await? >= FACTS_WRONG {
            risk = risk.max(Risk::Raised);
        }
        let granted = self.identity.policy().assurance(&standing.proofs, self.app.now(), risk);
        let standing = Proved { granted, ..standing };
        self.permit_of(caller, standing, permission, serde_json::Value::Null).await?;
        Ok(id)
    }
}
