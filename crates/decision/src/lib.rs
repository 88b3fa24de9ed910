//! Decides whether a card payment looks like its cardholder.
//!
//! Problem: an authorization must be judged in microseconds, from what this card usually does, from what
//! is known about the terminal and the merchant, and by rules that an analyst can read; afterwards the
//! cardholder, the agent and the auditor must each be able to see why.
//!
//! Design: [`CardBehaviour`] is a small value kept per card. [`CardBehaviour::features`] turns it, the
//! [`Payment`] at hand and [`CrossRisk`] (what is known beyond this card) into [`Features`], a flat array
//! of numbered slots. [`RuleSet::evaluate`] runs rules that were compiled to those slots.
//! [`DecisionRecord`] keeps slots, hits and versions in some hundred bytes, so that the same rules say the
//! same thing years later.
//!
//! Why safe: nothing here reads a clock, draws a number, allocates without a bound or touches a disk.
//! The same inputs give the same outputs, on every machine.
//!
//! What it does not do: it holds no card number and no person, keeps no money (limits and holds belong to
//! the authorization engine) and knows no message format.

mod behaviour;
mod bytes;
mod cross;
mod features;
mod payment;
mod record;
mod rules;

pub use behaviour::{
    COUNTRIES_MAX, CardBehaviour, EVENTS_MAX, KEEP_US, LATE_US_MAX, MCCS_MAX, MERCHANTS_MAX, TRUST_US,
};
pub use bytes::DecodeError;
pub use cross::{
    BURST_ENTRIES_MAX, BURST_US, CrossRisk, CrossTables, KEY_EVENTS_MAX, LABEL_DELAY_US, Risk, RiskTable,
    WindowRisk,
};
pub use features::{
    FEATURE_COUNT, FEATURE_SCHEMA, FEATURES, FeatureDef, FeatureKind, Features, Slot, feature_table,
};
pub use payment::{AMOUNT_MINOR_MAX, Channel, Kind, Outcome, Payment, Place, SMALL_MINOR_MAX};
pub use record::{Contribution, DecisionRecord, RecordError};
pub use rules::{
    Comparison, DEPTH_MAX, FILE_BYTES_MAX, HITS_MAX, Hits, LIST_MAX, RULES_MAX, Reason, Rule, RuleAction,
    RuleError, RuleName, RuleSet, RuleVersion, Verdict, VerdictAction, WHEN_BYTES_MAX,
};

/// One minute in microseconds.
pub const MINUTE_US: i64 = 60 * 1_000_000;
/// One hour in microseconds.
pub const HOUR_US: i64 = 60 * MINUTE_US;
/// One day in microseconds.
pub const DAY_US: i64 = 24 * HOUR_US;
