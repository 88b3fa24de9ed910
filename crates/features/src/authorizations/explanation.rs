//! Why a decision fell as it did, put together again from its record and the rules of its moment.
//!
//! The record keeps features, hits and the version of the rules; the text of every rule set is kept by its
//! version. Compiling a set takes milliseconds and never gives another result, so the last few stay compiled.

use super::{AuthorizationError, AuthorizationRow, rule_set_text};
use decision::{Contribution, DecisionRecord, Rule, RuleSet};
use platform::db::Db;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Compiled rule sets that are kept.
const SETS_MAX: usize = 8;

static COMPILED: Mutex<VecDeque<(String, Arc<RuleSet>)>> = Mutex::new(VecDeque::new());

/// What is known of one decision.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What was judged, and what came out.
    pub record: DecisionRecord,
    /// The rules of that moment; `None` where there were none, or where their text can't be found.
    pub rules: Option<Arc<RuleSet>>,
    /// What made rules hit, the weightiest first.
    pub contributions: Vec<Contribution>,
}

impl Explanation {
    /// The explanation of a row; `None` where no rules were asked.
    pub async fn of(db: &Db, row: &AuthorizationRow) -> Result<Option<Self>, AuthorizationError> {
        if row.facts.decision.is_empty() {
            return Ok(None);
        }
        let record = DecisionRecord::decode(&row.facts.decision)
            .map_err(|_| AuthorizationError::Unreadable("decision record"))?;
        let rules = match record.rules {
            None => None,
            Some(version) => rules_of(db, &version.to_string()).await?,
        };
        Ok(Some(Self::from_parts(record, rules)))
    }

    /// From a record and the rules that may be its own; rules of another version explain nothing.
    pub fn from_parts(record: DecisionRecord, rules: Option<Arc<RuleSet>>) -> Self {
        let rules = rules.filter(|set| record.rules == Some(set.version()));
        let contributions = rules.as_ref().and_then(|set| record.explain(set).ok()).unwrap_or_default();
        Self { record, rules, contributions }
    }

    /// The rule that decided, where one did.
    pub fn decisive(&self) -> Option<&Rule> {
        self.rules.as_ref()?.rule(self.record.verdict.decisive?)
    }
}

/// The rules called `version`, compiled.
async fn rules_of(db: &Db, version: &str) -> Result<Option<Arc<RuleSet>>, AuthorizationError> {
    let kept = |list: &VecDeque<(String, Arc<RuleSet>)>| {
        list.iter().find(|(name, _)| name == version).map(|(_, set)| Arc::clone(set))
    };
    if let Some(set) = kept(&COMPILED.lock().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(Some(set));
    }
    let Some(text) = rule_set_text(db, version).await? else { return Ok(None) };
    let set = Arc::new(RuleSet::compile(&text)?);
    let mut list = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if list.len() >= SETS_MAX {
        list.pop_front();
    }
    list.push_back((version.to_owned(), Arc::clone(&set)));
    Ok(Some(set))
}
