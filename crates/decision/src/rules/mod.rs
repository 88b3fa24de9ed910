//! A rule language that an analyst can read and a machine can check.
//!
//! Problem: rules decide over people's payments. They must be readable years later, checked before they run,
//! bounded in cost, and unable to fail while a terminal waits.
//!
//! Design: the syntax is that of CEL (Common Expression Language), the types are fixed: every name is a slot
//! of the feature table with one type. `lex` and `parse` make a tree, `check` gives it types and resolves
//! names, `eval` runs it. The typed tree has one enum per type, so evaluation has no case that cannot happen.
//! `file` reads the TOML around the conditions, `explain` says which comparisons held.
//!
//! Why safe: no loops, no calls out, no allocation at run time. Values that are missing, divisions by zero and
//! overflows make a third truth value, as errors do in CEL: `unknown && false` is false, `unknown || true` is
//! true, and a rule hits only if its condition is plainly true.
//!
//! What it does not do: score, remember, or look anything up.

mod check;
mod error;
mod eval;
mod explain;
mod file;
mod lex;
mod parse;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use error::RuleError;
pub use explain::Comparison;
pub(crate) use explain::Found;

use crate::features::Features;
use eval::BoolExpr;

/// Most rules in a set.
pub const RULES_MAX: usize = 512;
/// Most bytes of a rule file.
pub const FILE_BYTES_MAX: usize = 256 * 1024;
/// Most bytes of one condition.
pub const WHEN_BYTES_MAX: usize = 4_096;
/// Deepest nesting of a condition; a chain of `&&` or `+` nests once per operator.
pub const DEPTH_MAX: usize = 128;
/// Most elements of a list in a condition.
pub const LIST_MAX: usize = 256;
/// Hits that a verdict lists; further ones are counted only.
pub const HITS_MAX: usize = 16;

/// What a rule does when it hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// Lets the payment pass and tells an analyst.
    Alert,
    /// Declines, and asks the cardholder whether it was they; a yes lets the next try pass.
    Challenge,
    /// Declines.
    Decline,
}

/// Why, in one of a closed set of words. Their sentences and their response codes are the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Unlike this cardholder, without a narrower word.
    SuspectedFraud,
    /// Too much or too often in too short a time.
    Velocity,
    /// Somebody tries whether card numbers work.
    CardTesting,
    /// A place where the card can hardly be.
    UnusualPlace,
    /// An amount far above what is usual.
    UnusualAmount,
    /// The terminal has a record of fraud.
    TerminalRisk,
    /// The merchant has a record of fraud.
    MerchantRisk,
    /// The card seems to be in other hands.
    LostCard,
    /// The account seems to be in other hands.
    AccountTakeover,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::SuspectedFraud,
        Self::Velocity,
        Self::CardTesting,
        Self::UnusualPlace,
        Self::UnusualAmount,
        Self::TerminalRisk,
        Self::MerchantRisk,
        Self::LostCard,
        Self::AccountTakeover,
    ];

    /// The word used in rule files and translations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SuspectedFraud => "suspected_fraud",
            Self::Velocity => "velocity",
            Self::CardTesting => "card_testing",
            Self::UnusualPlace => "unusual_place",
            Self::UnusualAmount => "unusual_amount",
            Self::TerminalRisk => "terminal_risk",
            Self::MerchantRisk => "merchant_risk",
            Self::LostCard => "lost_card",
            Self::AccountTakeover => "account_takeover",
        }
    }
}

/// A rule's name in the three languages of the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleName {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    pub zh_hans: String,
    /// Traditional Chinese.
    #[serde(rename = "zh-Hant")]
    pub zh_hant: String,
}

/// One compiled rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Stable id within the set: letters, digits, `-` and `_`.
    pub id: String,
    /// Name for people.
    pub name: Option<RuleName>,
    /// What it does.
    pub action: RuleAction,
    /// Why it does it.
    pub reason: Reason,
    /// The condition as written.
    pub when: String,
    condition: BoolExpr,
}

/// Identity of a rule set: the number its author gave it and a hash of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleVersion {
    /// From the file.
    pub number: u32,
    /// FNV-1a of the file's bytes. Tells sets apart; protects nothing.
    pub hash: u64,
}

impl fmt::Display for RuleVersion {
    /// `3-0123456789abcdef`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.hash)
    }
}

/// A compiled rule set. Immutable; share it.
#[derive(Debug, Clone)]
pub struct RuleSet {
    version: RuleVersion,
    name: String,
    rules: Vec<Rule>,
}

/// What the rules say of one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Approve or decline, as far as the rules are concerned.
    pub action: VerdictAction,
    /// Rules that hit, by index, in file order.
    pub hits: Hits,
    /// The rule to name: among the hits the first with the strongest action.
    pub decisive: Option<u16>,
    /// An alert rule hit, whatever else did.
    pub alert: bool,
    /// Declined by a challenge, not by a decline: ask the cardholder.
    pub challenge: bool,
}

/// The rules' word on a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictAction {
    /// Nothing against it.
    Approve,
    /// Decline.
    Decline,
}

/// Indexes of rules that hit: a short list without allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hits {
    list: [u16; HITS_MAX],
    count: u16,
}

impl Hits {
    /// The listed indexes, at most [`HITS_MAX`].
    pub fn as_slice(&self) -> &[u16] {
        self.list.get(..usize::from(self.count).min(HITS_MAX)).unwrap_or_default()
    }

    /// How many rules hit, those beyond the list included.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// Whether none hit.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds one.
    pub(crate) fn push(&mut self, index: u16) {
        if let Some(place) = self.list.get_mut(usize::from(self.count)) {
            *place = index;
        }
        self.count = self.count.saturating_add(1);
    }
}

impl Verdict {
    /// The verdict where there are no rules.
    pub fn approve() -> Self {
        Self {
            action: VerdictAction::Approve,
            hits: Hits::default(),
            decisive: None,
            alert: false,
            challenge: false,
        }
    }
}

impl RuleSet {
    /// Reads and checks a rule file.
    ///
    /// # Errors
    /// The first mistake, with its line and column and what to do about it.
    pub fn compile(toml_text: &str) -> Result<Self, RuleError> {
        file::compile(toml_text)
    }

    /// Runs every rule. Allocates nothing, cannot fail.
    pub fn evaluate(&self, features: &Features) -> Verdict {
        let mut verdict = Verdict::approve();
        let mut strongest = None;
        for (index, rule) in (0_u16..).zip(&self.rules) {
            if rule.condition.eval(features) != Some(true) {
                continue;
            }
            verdict.hits.push(index);
            verdict.alert |= rule.action == RuleAction::Alert;
            if strongest < Some(rule.action) {
                strongest = Some(rule.action);
                verdict.decisive = Some(index);
            }
        }
        if strongest >= Some(RuleAction::Challenge) {
            verdict.action = VerdictAction::Decline;
            verdict.challenge = strongest == Some(RuleAction::Challenge);
        }
        verdict
    }

    /// Which set this is.
    pub fn version(&self) -> RuleVersion {
        self.version
    }

    /// The set's name, from its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules in file order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with an index from a verdict.
    pub fn rule(&self, index: u16) -> Option<&Rule> {
        self.rules.get(usize::from(index))
    }

    /// The comparisons that made a rule hit.
    pub(crate) fn found(&self, index: u16, features: &Features) -> Vec<Found> {
        self.rule(index).map(|rule| explain::found(&rule.condition, features)).unwrap_or_default()
    }
}
