//! Authorizations: may this card pay this much, here, now?
//!
//! The engine decides messages from the payment network and the API, reserves credit, and keeps a record of
//! each decision with its reasons. It owns the hot state of every account (`account_state`: limits, holds,
//! card status, switches, habits); other features change it through [`Engine::command`], in order with
//! authorizations.
//!
//! Tables: `account_state`, `authorizations`, `card_keys`, `rule_sets`, `fraud_labels`.
//! Events out: [`events::ALERTED`], [`events::FRAUD_REPORTED`].

mod access;
mod engine;
mod error;
mod events;
mod explanation;
mod http;
mod intake;
mod jobs;
mod model;
mod port;
mod rules;
mod store;
mod ui;

pub use engine::{Decided, Engine, EngineSettings, Observer, Reply, RowChange};
pub use error::AuthorizationError;
pub use events::{ALERTED, FRAUD_REPORTED};
pub use explanation::Explanation;
pub use http::{ApiProblems, MoneyBody, MoneyView, PinBlockBody};
pub use intake::{
    ChipDialogue, Intake, Moment, PinData, Places, Prepared, RawMessage, SKEW_US, TrackData, WaitingPin,
    nearest_year,
};
pub use jobs::{RUN_ACCOUNTS_MAX, release_expired};
pub use model::site_hash;
pub use model::{
    AccountCommand, AccountState, AccountStatus, Amounts, Answer, AuthorizationRequest, AuthorizationRow,
    Balances, CARD_VALUE_MISSES_MAX, CARD_VALUE_MONTH_MISSES_MAX, CARD_VALUE_REFUSED_S, CardKey, CardState,
    CardStatus, ChipCheck, ChipCommand, ChipTurn, Class, CommandOutcome, Controls, CountedProof, Expiry,
    Facts, Hold, HoldState, LoggedDecision, Missed, Misses, NewAccount, NewCard, Original, PIN_MISSES_MAX,
    PinCheck, Proofs, Purpose, Reason, SENDS_MAX, Trace, ValueCheck, WaitingCommand, Where, logged_id,
};
pub use port::{CardFacts, ChipFacts, Done as CardWork, Facts as CardFactsAnswer, KnownCards, NewPinEnd};
pub use rules::{CHIP_COUNTER_GAP_MAX, HoldClass, HoldDays, Policy};
pub use store::{
    BatchTx, Batches, Label, LogEntry, Writes, account_of_card, account_state, authorization, batch_refs,
    card_key, chain_page, due_accounts, insert_account_in_tx, insert_logged_in_tx, label_in_tx, labels_in,
    labels_since, message_keys_after, newest, rows_after, rows_of_time, rule_set_text, save_rule_set_in_tx,
    stored_records, tighten_in_tx,
};
pub use ui::{
    CustomerWords, Entry, Listing, feature_word, reason_agent, reason_word, rule_reason_word, timeline,
    transaction, transaction_days, value_text,
};
pub use vault::{ChipData, ChipScheme, ChipSession};

use platform::feature::{AuditAct, Feature, PersonalData};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "authorizations",
    routes: http::routes,
    permissions: &[&access::SUBMIT, &access::READ, &access::REPORT],
    jobs: jobs::jobs,
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: "authorizations.batch.decided", sentence: "audit-authorizations-batch-decided" },
        AuditAct { name: "authorizations.hold.captured", sentence: "audit-authorizations-hold-captured" },
        AuditAct { name: "authorizations.holds.expired", sentence: "audit-authorizations-holds-expired" },
        AuditAct { name: "clock.time.advanced", sentence: "audit-clock-time-advanced" },
        AuditAct { name: events::PAYMENT_READ, sentence: "audit-authorizations-payment-read" },
        AuditAct { name: FRAUD_REPORTED, sentence: "audit-authorizations-fraud-reported" },
        AuditAct { name: "authorizations.rules.loaded", sentence: "audit-authorizations-rules-loaded" },
    ],
    personal_data: &[
        PersonalData { place: "account_state", class: "C2", retention: "while the account exists" },
        PersonalData { place: "authorizations", class: "C2", retention: "10 years" },
        PersonalData { place: "card_keys", class: "C2", retention: "while the card exists" },
        PersonalData { place: "fraud_labels", class: "C2", retention: "10 years" },
    ],
    tables: &["account_state", "authorizations", "card_keys", "rule_sets", "fraud_labels"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
