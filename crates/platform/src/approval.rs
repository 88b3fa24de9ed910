//! Acts that their owner signs before they are done, as data of the feature that does them.
//!
//! **Problem.** A feature low in the house (cards) has acts that need the owner's signature, and the feature that has
//! signatures made and kept (approvals) stands above it. **Design.** The lower feature lists a [`SignedAct`] among its
//! data and calls [`ask`] with the [`Details`] of this one act; whatever feature answers for approvals stores them, has
//! them signed and then calls [`SignedAct::apply`] with the same details. **Why safe.** What is applied is what was
//! stored before it was shown, never what came back from a browser; `apply` compares it with the row as it is then.
//! **Not here.** Keys, signatures, pages.

use crate::access::{Caller, Opened};
use crate::app::App;
use crate::db::{DbError, Write};
use crate::http::problem::Problem;
use kernel::{ApprovalId, CustomerId, DeviceId, Money, SessionId};
use serde_json::{Map, Value, json};
use std::future::Future;
use std::pin::Pin;

/// A kind of act that is done only with its owner's signature.
#[derive(Debug)]
pub struct SignedAct {
    /// `feature.thing.verb`, such as `cards.controls.raise`; it is part of what is signed and never changes.
    pub name: &'static str,
    /// The key of its title. The label of a detail called `payment_max` has the key `title-payment-max`.
    pub words: &'static str,
    /// The details that are shown, in this order. Others (ids) stand in the exact text only.
    pub shown: &'static [&'static str],
    /// Where its owner goes when it was done.
    pub next: &'static str,
    /// Whether only a bound device signs it, where its owner has one: acts that change who can sign.
    pub bound_first: bool,
    /// Does it, once.
    pub apply: fn(App, Signed) -> Applying,
}

/// What [`SignedAct::apply`] comes to.
pub type Applying = Pin<Box<dyn Future<Output = Result<Applied, Problem>> + Send>>;

/// Whether a signed act was done.
#[derive(Clone, Debug)]
pub enum Applied {
    /// It was done.
    Done,
    /// It was done, and the session in which it was signed has a new token.
    Renewed(Box<Opened>),
    /// What it started from has changed since it was shown; nothing was done.
    Changed,
}

/// Marks an approval as used in a transaction; whether it still could be.
pub type UsingUp =
    for<'w> fn(&'w mut Write, ApprovalId) -> Pin<Box<dyn Future<Output = Result<bool, DbError>> + Send + 'w>>;

/// A signed act on its way to be done.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The approval, for the log.
    pub approval: ApprovalId,
    /// Who signed.
    pub owner: CustomerId,
    /// With which passkey.
    pub device: DeviceId,
    /// In which session.
    pub session: Option<SessionId>,
    /// What was signed.
    pub details: Details,
    /// The approvals' way to mark it: see [`Self::use_up_in_tx`].
    pub using_up: UsingUp,
}

impl Signed {
    /// Uses the approval up in the transaction that does the act, so that both happen or neither. `false`: it was taken
    /// back or ended meanwhile; roll back. An act that has no transaction of its own is marked once it is done.
    ///
    /// # Errors
    /// The database failed.
    pub async fn use_up_in_tx(&self, write: &mut Write) -> Result<bool, DbError> {
        (self.using_up)(write, self.approval).await
    }
}

/// The details of one act: names with texts, whole numbers, switches, amounts of money, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details(Map<String, Value>);

impl Details {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a text: a name, an id.
    #[must_use]
    pub fn text(self, name: &str, text: impl std::fmt::Display) -> Self {
        self.with(name, Value::from(text.to_string()))
    }

    /// With something that is on or off.
    #[must_use]
    pub fn switch(self, name: &str, on: bool) -> Self {
        self.with(name, Value::from(on))
    }

    /// With an amount; `None` where there is no bound.
    #[must_use]
    pub fn money(self, name: &str, amount: Option<Money>) -> Self {
        self.with(name, self::amount(amount))
    }

    /// With something that is on or off, before and after.
    #[must_use]
    pub fn switched(self, name: &str, from: bool, to: bool) -> Self {
        self.with(name, json!({ "from": from, "to": to }))
    }

    /// With an amount before and after; `None` where there is no bound.
    #[must_use]
    pub fn moved(self, name: &str, from: Option<Money>, to: Option<Money>) -> Self {
        self.with(name, json!({ "from": amount(from), "to": amount(to) }))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The value called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text called `name`, as one's own kind of thing.
    pub fn parse<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.as_str()?.parse().ok()
    }

    /// As JSON.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// From JSON that [`Self::to_value`] made.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }
}

fn amount(amount: Option<Money>) -> Value {
    amount.map_or(
        Value::Null,
        |amount| json!({ "currency": amount.currency().code(), "minor": amount.minor() }),
    )
}

/// The answer of [`ask`].
pub type Asking = Pin<Box<dyn Future<Output = Result<Asked, Problem>> + Send>>;

/// What the feature that answers for approvals does: see [`ask`].
pub type Answering = fn(App, Caller, &'static SignedAct, Details) -> Asking;

/// Whether an act waits for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is stored and waits; its owner signs it under this id.
    Waits(ApprovalId),
    /// Its owner has no passkey to sign with: what their session has proved decides, as for any other act.
    NoPasskey,
}

impl Asked {
    /// Where the owner signs; `None` where there is nothing to sign with.
    pub fn address(self) -> Option<String> {
        match self {
            Self::Waits(id) => Some(format!("/approvals/{id}")),
            Self::NoPasskey => None,
        }
    }
}

/// Stores an act of the caller's own until they have signed it.
///
/// # Errors
/// No feature answers for approvals, or it failed: then nothing may be done.
pub async fn ask(
    app: &App,
    caller: &Caller,
    act: &'static SignedAct,
    details: Details,
) -> Result<Asked, Problem> {
    let answering = app.features.iter().find_map(|feature| feature.approvals);
    let answering = answering.ok_or_else(|| Problem::internal("no feature answers for approvals"))?;
    answering(app.clone(), caller.clone(), act, details).await
}

/// The kind of act called `name`, among all features.
pub fn act_called(app: &App, name: &str) -> Option<&'static SignedAct> {
    app.features.iter().flat_map(|feature| feature.signed_acts).find(|act| act.name == name).copied()
}
