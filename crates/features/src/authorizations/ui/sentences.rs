//! The words of a decision: for the cardholder what happened, why and what to do; for staff the same in numbers.
//!
//! A cardholder is told what their own card did, never what is known about a shop or a number range: that would
//! tell a thief where not to try. Such comparisons fall back to the sentence of the rule's reason.

use super::super::explanation::Explanation;
use super::super::{AuthorizationRow, Reason};
use decision::{Comparison, Contribution, FeatureDef, FeatureKind, Slot};
use kernel::{Currency, Money};
use platform::i18n::figures::{grouped_float, money, percent};
use platform::i18n::{Arg, Locale, t};

/// Phrases about the payment that one sentence holds.
const TOLD_MAX: usize = 3;

/// What the cardholder reads about a decision, sentence by sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerWords {
    /// Why: from the numbers where they may be told, else from the reason.
    pub why: String,
    /// That nothing was charged; empty for what went through.
    pub charged: String,
    /// What can be done.
    pub act: String,
}

impl CustomerWords {
    /// The words for a record.
    pub fn of(
        locale: Locale,
        currency: Currency,
        row: &AuthorizationRow,
        explanation: Option<&Explanation>,
    ) -> Self {
        let reason = row.reason;
        let by_rule = explanation.filter(|_| reason.is_fraud());
        let why = by_rule
            .and_then(|explanation| told_by_rule(locale, currency, explanation))
            .unwrap_or_else(|| word(locale, &format!("reason-{}-why", reason.key())));
        let charged =
            if reason.is_approval() { String::new() } else { word(locale, "authorization-nothing-charged") };
        Self { why, charged, act: word(locale, &format!("reason-{}-do", reason.key())) }
    }

    /// All sentences as one text, as an agent reads them out.
    pub fn text(&self, locale: Locale) -> String {
        let gap = if locale == Locale::En { " " } else { "" };
        let parts = [self.why.as_str(), &self.charged, &self.act];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(gap)
    }
}

fn word(locale: Locale, key: &str) -> String {
    t(locale, key, &[])
}

/// The reason in a word or two.
pub fn reason_word(locale: Locale, reason: Reason) -> String {
    word(locale, &format!("reason-{}", reason.key()))
}

/// The reason as an agent needs it.
pub fn reason_agent(locale: Locale, reason: Reason) -> String {
    word(locale, &format!("reason-{}-agent", reason.key()))
}

/// The reason of a rule in a word or two.
pub fn rule_reason_word(locale: Locale, reason: decision::Reason) -> String {
    word(locale, &format!("rule-reason-{}", reason.as_str()))
}

/// A feature's name for people.
pub fn feature_word(locale: Locale, feature: &FeatureDef) -> String {
    word(locale, &format!("feature-{}", feature.id))
}

/// A rule's name in the reader's language; its id where it has none.
pub(super) fn rule_name(locale: Locale, rule: &decision::Rule) -> &str {
    match (&rule.name, locale) {
        (None, _) => &rule.id,
        (Some(name), Locale::ZhHans) => &name.zh_hans,
        (Some(name), Locale::ZhHant) => &name.zh_hant,
        (Some(name), Locale::En) => &name.en,
    }
}

/// Whether a cardholder may be told about a feature.
pub(super) const fn may_be_told(slot: Slot) -> bool {
    matches!(
        slot,
        Slot::Night
            | Slot::Abroad
            | Slot::Small
            | Slot::Count1h
            | Slot::Count24h
            | Slot::Sum1h
            | Slot::Sum24h
            | Slot::AmountRatio
            | Slot::AmountZ
            | Slot::LogZ
            | Slot::Attempts1h
            | Slot::Attempts24h
            | Slot::Declines1h
            | Slot::Declines24h
            | Slot::DeclinesRow
            | Slot::Small1h
            | Slot::Checks24h
            | Slot::DistancePreviousKm
            | Slot::DistanceHomeKm
            | Slot::TravelKmh
            | Slot::CountryChanged
            | Slot::NewMerchant
            | Slot::NewCountry
            | Slot::NewMcc
            | Slot::HourShare
    )
}

/// What one comparison says to the cardholder, if it may be told and says that something was unusual.
pub(super) fn told(locale: Locale, currency: Currency, one: &Contribution) -> Option<String> {
    let unusual = match one.comparison {
        Comparison::Above | Comparison::AtLeast | Comparison::Yes => true,
        // Seldom at this hour: the only one of these where little is what is odd.
        Comparison::Below | Comparison::AtMost => one.slot == Slot::HourShare,
        _ => false,
    };
    if !unusual || !may_be_told(one.slot) {
        return None;
    }
    let value = one.value.map(|value| bare_value(one.slot, value, currency)).unwrap_or_default();
    let key = format!("told-{}", one.feature().id);
    Some(t(locale, &key, &[("value", Arg::from(&value))]))
}

/// What comparisons say to the cardholder, each thing once; the size of an amount is one thing, told by the ratio
/// to the usual where a rule looked at it.
pub(super) fn phrases(locale: Locale, currency: Currency, list: &[&Contribution]) -> Vec<String> {
    let is_size = |slot: Slot| matches!(slot, Slot::AmountRatio | Slot::AmountZ | Slot::LogZ);
    let size = list.iter().find(|one| one.slot == Slot::AmountRatio);
    let size = size.or_else(|| list.iter().find(|one| is_size(one.slot))).map(|one| one.slot);
    let mut said: Vec<String> = Vec::new();
    for one in list.iter().filter(|one| !is_size(one.slot) || Some(one.slot) == size) {
        match told(locale, currency, one) {
            Some(phrase) if !said.contains(&phrase) => said.push(phrase),
            _ => {}
        }
    }
    said
}

fn told_by_rule(locale: Locale, currency: Currency, explanation: &Explanation) -> Option<String> {
    let rule = explanation.decisive()?;
    let decisive: Vec<&Contribution> = explanation.contributions.iter().filter(|one| one.decisive).collect();
    let mut said = phrases(locale, currency, &decisive);
    said.truncate(TOLD_MAX);
    if said.is_empty() {
        return Some(word(locale, &format!("rule-reason-{}-why", rule.reason.as_str())));
    }
    let list = joined(locale, &said);
    Some(t(locale, "authorization-told-by-rule", &[("list", Arg::from(&list))]))
}

/// Phrases as one list in the reader's language.
fn joined(locale: Locale, phrases: &[String]) -> String {
    match phrases.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => {
            let comma = word(locale, "authorization-told-comma");
            let and = word(locale, "authorization-told-and");
            format!("{}{and}{last}", before.join(&comma))
        }
    }
}

/// A value without its unit, for sentences that say the unit themselves.
fn bare_value(slot: Slot, value: f64, currency: Currency) -> String {
    match (slot.def().kind, slot.def().unit) {
        (FeatureKind::Money, _) => money_value(value, currency),
        (_, "km" | "km/h") => grouped_float(value, 0),
        (FeatureKind::Double, _) => grouped_float(value, 1),
        _ => grouped_float(value, 0),
    }
}

/// A feature's value with its unit.
pub fn value_text(locale: Locale, slot: Slot, value: f64, currency: Currency) -> String {
    let def = slot.def();
    let with_unit = |key: &str, places: usize| {
        let figure = grouped_float(value, places);
        t(locale, key, &[("value", Arg::from(&figure))])
    };
    match (def.kind, def.unit) {
        (FeatureKind::Bool, _) => word(locale, if value == 0.0 { "comparison-no" } else { "comparison-yes" }),
        (FeatureKind::Text(words), _) => {
            // A position in a short list; a cast of what is no position finds nothing.
            let named = words.get(value as usize).copied().unwrap_or("other").replace('_', "-");
            let list = if slot == Slot::Channel { "channel" } else { "kind" };
            word(locale, &format!("{list}-{named}"))
        }
        (FeatureKind::Money, _) | (_, "major units" | "major units a day") => money_value(value, currency),
        (_, "share") => percent((value.clamp(0.0, 1.0) * 1_000_000.0) as u64, 1_000_000),
        (_, "times") => with_unit("unit-times", 1),
        (_, "km") => with_unit("unit-km", 0),
        (_, "km/h") => with_unit("unit-kmh", 0),
        (_, "hours") => with_unit("unit-hours", 1),
        (_, "minutes") => with_unit("unit-minutes", 0),
        (_, "days") => with_unit("unit-days", 0),
        (_, "deviations") => with_unit("unit-deviations", 1),
        (FeatureKind::Double, _) => grouped_float(value, 1),
        // Codes are names, not quantities: no grouping.
        (_, "code") => format!("{value:.0}"),
        _ => grouped_float(value, 0),
    }
}

fn money_value(value: f64, currency: Currency) -> String {
    let scale = 10_f64.powi(i32::from(currency.exponent()));
    // Shown, not booked: features hold money as floats, exact to the minor unit below 2^53.
    let minor = (value * scale).round() as i64;
    money(Money::new(minor, currency))
}

/// What a comparison says to staff: `6.2×, above 3.0×`.
pub(super) fn compared(locale: Locale, currency: Currency, one: &Contribution) -> String {
    let text = |value: f64| value_text(locale, one.slot, value, currency);
    let key = match one.comparison {
        Comparison::Above => "comparison-above",
        Comparison::AtLeast => "comparison-at-least",
        Comparison::Below => "comparison-below",
        Comparison::AtMost => "comparison-at-most",
        Comparison::Equal => "comparison-equal",
        Comparison::NotEqual => "comparison-not-equal",
        Comparison::OneOf => "comparison-one-of",
        Comparison::NoneOf => "comparison-none-of",
        Comparison::Yes => "comparison-yes",
        Comparison::No => "comparison-no",
        Comparison::Known => "comparison-known",
        Comparison::Unknown => "comparison-unknown",
    };
    let value = one.value.map_or_else(|| word(locale, "authorization-desk-unknown"), text);
    match (one.threshold, one.comparison) {
        (None, Comparison::Above | Comparison::AtLeast | Comparison::Below | Comparison::AtMost) => value,
        (threshold, _) => {
            let threshold = threshold.map(text).unwrap_or_default();
            t(locale, key, &[("value", Arg::from(&value)), ("threshold", Arg::from(&threshold))])
        }
    }
}
