//! Who is calling, as a handler sees them: proved by the gate, never by the handler.

use super::{Assurance, Permission, Role, Standing};
use crate::audit::{self, Origin};
use crate::http::problem::Problem;
use crate::i18n::Locale;
use crate::ui::Theme;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::{Actor, Channel, CustomerId, DeviceId, Fault, SessionId, StaffId, Timestamp};

/// The one who passed the gate. Take it as a handler argument.
#[derive(Clone, Debug)]
pub struct Caller {
    /// For audit entries.
    pub actor: Actor,
    /// How they reached us.
    pub channel: Channel,
    /// What they are.
    pub role: Role,
    /// What has been proved, as it counts at this moment.
    pub assurance: Assurance,
    /// The permission of the route, which this caller has.
    pub permission: &'static Permission,
    /// The language to answer in.
    pub locale: Locale,
    /// Light, dark, or as their system has it.
    pub theme: Theme,
    /// The session, for people; programs have none.
    pub session: Option<SessionRef>,
    /// What waits for them at entries of the menu, by path; only where a page is made.
    pub(crate) waiting: Vec<(&'static str, u64)>,
    /// Whether the scopes of the API key cover the permission; true for people.
    pub(crate) scope_holds: bool,
}

/// The session of a caller, without its secret.
#[derive(Clone, Debug)]
pub struct SessionRef {
    /// Its id.
    pub id: SessionId,
    /// The token that forms of this session carry in a field called `csrf`.
    pub csrf: String,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// The device that took part in its proofs.
    pub device: Option<DeviceId>,
}

impl Caller {
    /// The cardholder who calls; anybody else is refused.
    pub fn customer(&self) -> Result<CustomerId, Problem> {
        match self.actor {
            Actor::Cardholder(id) => Ok(id),
            _ => {
                Err(Problem::new(Fault::Forbidden, "cardholder_only")
                    .detail("Only the cardholder can do this."))
            }
        }
    }

    /// The member of staff who calls; anybody else is refused.
    pub fn staff(&self) -> Result<StaffId, Problem> {
        match self.actor {
            Actor::Staff(id) => Ok(id),
            _ => Err(Problem::new(Fault::Forbidden, "staff_only").detail("Only staff can do this.")),
        }
    }

    /// The device that took part in the proofs of their session.
    pub fn device(&self) -> Option<DeviceId> {
        self.session.as_ref().and_then(|session| session.device)
    }

    /// What [`decide`](super::decide) is asked about them.
    pub fn standing(&self) -> Standing {
        Standing { role: self.role, assurance: self.assurance, scope_holds: self.scope_holds }
    }

    /// From where they act: their session, or their key.
    pub fn origin(&self) -> Option<Origin> {
        match (&self.session, self.actor) {
            (Some(session), _) => Some(Origin::Session(session.id)),
            (None, Actor::ApiKey(id)) => Some(Origin::ApiKey(id)),
            (None, _) => None,
        }
    }

    /// An entry of the log that says that this caller did `act`.
    pub fn entry(&self, act: &'static str) -> audit::Entry {
        audit::Entry::new(self.actor, self.channel, act).origin(self.origin())
    }

    /// Of what waits at the entry `path` of the menu, one less is shown: this request has just dealt with it.
    pub fn count_less(&mut self, path: &str) {
        for (_, count) in self.waiting.iter_mut().filter(|(entry, _)| *entry == path) {
            *count = count.saturating_sub(1);
        }
    }

    /// The token for the `csrf` field of a form; empty when there is no session to protect.
    pub fn csrf(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.csrf)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Only the gate inserts it; a route that lacks the gate must not work by accident.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::internal("a route without its gate"))
    }
}
