//! Authorizations: may this card pay this much, here, now?
//!
//! The engine decides messages from the payment network and the API, reserves credit, and keeps a record of
//! each decision with its reasons. It owns the hot state of every account (`account_state`: limits, holds,
//! card status, switches, habits); other features change it through [`Engine::command`], in order with
//! authorizations.
//!
//! Tables: `account_state`, `authorizations`, `card_keys`, `rule_sets`, `fraud_labels`.
//! Events out: [`events::ALERTED`].

mod engine;
mod error;
mod events;
mod model;
mod rules;
mod store;

pub use engine::{Decided, Engine, EngineSettings, Observer, Reply, RowChange};
pub use error::AuthorizationError;
pub use events::ALERTED;
pub use model::{
    AccountCommand, AccountState, AccountStatus, Amounts, Answer, AuthorizationRequest, AuthorizationRow,
    Balances, CardKey, CardState, CardStatus, Class, CommandOutcome, Controls, Expiry, Facts, Hold,
    HoldState, NewAccount, NewCard, Original, Proofs, Purpose, Reason, Trace, Where,
};
pub use rules::{HoldClass, HoldDays, Policy, payment, site_hash};
pub use store::{
    BatchTx, Batches, LogEntry, Writes, account_state, authorization, batch_refs, chain_page, due_accounts, insert_account_in_tx, label_in_tx, labels_in,
    newest, rows_after, rule_set_text, save_rule_set_in_tx,
};
