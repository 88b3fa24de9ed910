//! Why a payment was decided as it was: reason, rules that hit, and the figures they looked at.
//!
//! The comparisons are those of [`Explanation`]. Where the text of the rules is missing, the figures are still told
//! and the comparisons are not.

use crate::authorizations::error::AuthorizationError;
use crate::authorizations::explanation::Explanation;
use crate::authorizations::model::{AuthorizationRow, Reason};
use decision::{Contribution, DecisionRecord, FEATURES, FeatureKind, Rule, RuleName, RuleSet, VerdictAction};
use kernel::{AuthorizationId, Timestamp};
use platform::db::Db;
use serde::Serialize;

/// A decision, explained.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DecisionView {
    /// The authorization it belongs to.
    #[schema(value_type = String, example = "auth_0000000000000")]
    pub authorization: AuthorizationId,
    /// When it was decided (RFC 3339).
    pub decided_at: String,
    /// Why it was answered as it was.
    pub reason: Reason,
    /// What the rules said; absent where none were asked (declined before, or a product without rules).
    pub rules: Option<RulesView>,
    /// The comparisons behind it, the weightiest first; absent where the text of the rules is not at hand.
    pub because: Option<Vec<BecauseView>>,
    /// The figures that the rules were shown.
    pub features: Vec<FeatureView>,
}

/// What the rules said.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RulesView {
    /// Number and hash of the set.
    pub version: Option<String>,
    /// `approve` or `decline`.
    pub verdict: &'static str,
    /// Whether an analyst was told.
    pub alert: bool,
    /// Whether the cardholder was to be asked.
    pub challenge: bool,
    /// The rule that decided.
    pub decisive: Option<String>,
    /// How many rules hit.
    pub hit_count: u16,
    /// Those that are kept, in the order of the file.
    pub hits: Vec<RuleView>,
}

/// A rule that hit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RuleView {
    /// Its id.
    pub id: String,
    /// Its name in English, Simplified and Traditional Chinese.
    #[schema(value_type = Option<Object>)]
    pub name: Option<RuleName>,
    /// The word of its reason.
    pub reason: &'static str,
}

/// One comparison behind a decision.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BecauseView {
    /// The rule it made hit.
    pub rule: String,
    /// Whether that rule decided.
    pub decisive: bool,
    /// The feature's name in rules.
    pub feature: &'static str,
    /// What is said of it: `above`, `at_least`, `unknown`, …
    #[schema(value_type = String)]
    pub comparison: decision::Comparison,
    /// Its value; money in major units.
    pub value: Option<f64>,
    /// Its word, for features that are words.
    pub word: Option<&'static str>,
    /// What it was compared with.
    pub threshold: Option<f64>,
    /// What is usual for this card.
    pub typical: Option<f64>,
    /// Value divided by the usual one.
    pub times: Option<f64>,
    /// The unit of value, threshold and the usual one.
    pub unit: &'static str,
    /// How much it says, 0 to 1.
    pub weight: f64,
}

/// A figure that rules can read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeatureView {
    /// Its name in rules.
    pub name: &'static str,
    /// Its value; money in major units; flags 0 or 1.
    pub value: f64,
    /// Its word, for features that are words.
    pub word: Option<&'static str>,
    /// Its unit.
    pub unit: &'static str,
}

/// Explains one record.
pub async fn explain(db: &Db, row: &AuthorizationRow) -> Result<DecisionView, AuthorizationError> {
    let mut view = DecisionView {
        authorization: AuthorizationId::from_raw(row.id),
        decided_at: super::answers::time(Timestamp::from_us(row.facts.decided_at)),
        reason: row.reason,
        rules: None,
        because: None,
        features: Vec::new(),
    };
    if let Some(explanation) = Explanation::of(db, row).await? {
        let rules = explanation.rules.as_deref();
        view.features = features(&explanation.record);
        view.rules = Some(said(&explanation.record, rules));
        view.because =
            rules.map(|set| explanation.contributions.iter().map(|one| because(one, set)).collect());
    }
    Ok(view)
}

fn features(record: &DecisionRecord) -> Vec<FeatureView> {
    let known = FEATURES.iter().filter_map(|def| Some((def, record.features.get(def.slot)?)));
    known
        .map(|(def, value)| FeatureView {
            name: def.name,
            value,
            word: match def.kind {
                FeatureKind::Text(_) => record.features.word(def.slot),
                _ => None,
            },
            unit: def.unit,
        })
        .collect()
}

fn said(record: &DecisionRecord, set: Option<&RuleSet>) -> RulesView {
    let verdict = &record.verdict;
    let rule = |index: u16| set.and_then(|set| set.rule(index));
    let hits = verdict.hits.as_slice().iter().filter_map(|index| rule(*index));
    RulesView {
        version: record.rules.map(|version| version.to_string()),
        verdict: match verdict.action {
            VerdictAction::Approve => "approve",
            VerdictAction::Decline => "decline",
        },
        alert: verdict.alert,
        challenge: verdict.challenge,
        decisive: verdict.decisive.and_then(rule).map(|rule| rule.id.clone()),
        hit_count: verdict.hits.count(),
        hits: hits.map(rule_view).collect(),
    }
}

fn rule_view(rule: &Rule) -> RuleView {
    RuleView { id: rule.id.clone(), name: rule.name.clone(), reason: rule.reason.as_str() }
}

fn because(one: &Contribution, set: &RuleSet) -> BecauseView {
    let def = one.feature();
    BecauseView {
        rule: set.rule(one.rule).map(|rule| rule.id.clone()).unwrap_or_default(),
        decisive: one.decisive,
        feature: def.name,
        comparison: one.comparison,
        value: one.value,
        word: one.word(),
        threshold: one.threshold,
        typical: one.typical,
        times: one.times(),
        unit: def.unit,
        weight: one.weight,
    }
}
