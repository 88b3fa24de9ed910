//! From where an act came: the session of a person, the key of a program, or a call that a customer has proved who they
//! are in.
//!
//! Every entry must say it (PCI DSS 4.0.1, 10.2.2), and an entry is made deep inside of a service that knows nothing
//! of HTTP. The gate therefore sets the origin around the handler, as a tracing span is set, and [`super::Entry::new`]
//! takes it from there. Work that leaves the request's task (the engine's thread, a spawned run) carries it along by
//! hand: [`Origin::current`] before, [`super::Entry::origin`] or [`Origin::around`] after. What runs outside of any
//! request (a job, the command line, the network) has none; its channel says which.

use kernel::{ApiKeyId, CallId, SessionId};
use std::fmt;
use std::future::Future;

tokio::task_local! {
    static CURRENT: Option<Origin>;
}

/// A session, a key of the API or a call, without its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A signed-in browser.
    Session(SessionId),
    /// A program.
    ApiKey(ApiKeyId),
    /// A call with a customer, on whose proofs the act stood. The entry that let it pass names the session beside it.
    Call(CallId),
}

impl Origin {
    /// The origin of the request that this runs in.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|origin| *origin).ok().flatten()
    }

    /// Runs `work` as what `origin` asked for.
    pub async fn around<F: Future>(origin: Option<Self>, work: F) -> F::Output {
        CURRENT.scope(origin, work).await
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(id) => id.fmt(f),
            Self::ApiKey(id) => id.fmt(f),
            Self::Call(id) => id.fmt(f),
        }
    }
}
