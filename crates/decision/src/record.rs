//! What is kept of a decision, for the cardholder, the agent and the auditor.
//!
//! Problem: "why was this declined?" must have the same answer in ten years, from the numbers that were judged
//! and the rules that judged them.
//!
//! Design: the features themselves, the hits and the version of the rules. Slots that are missing or zero cost
//! two bits; money is written as minor units, ratios as the `f32` they were rounded to, so reading gives back
//! exactly what was judged and [`DecisionRecord::explain`] can ask the rules again.
//!
//! Why safe: reading checks every length; no card number, name or place is in it.
//!
//! What it does not do: keep the rules. The caller keeps every rule file it ever used, by its version.

use serde::{Deserialize, Serialize};

use crate::bytes::{DecodeError, Reader, put_i64, put_u64};
use crate::features::{
    FEATURE_COUNT, FEATURE_SCHEMA, FEATURES, FeatureDef, FeatureKind, Features, Slot, minor,
};
use crate::rules::{Comparison, HITS_MAX, Hits, RULES_MAX, RuleSet, RuleVersion, Verdict, VerdictAction};

const VERSION: u8 = 1;
const DECLINED: u8 = 1;
const ALERT: u8 = 2;
const CHALLENGE: u8 = 4;
const DECISIVE: u8 = 8;

/// A decision as it is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecisionRecord {
    /// Version of the feature table.
    pub schema: u16,
    /// Which rules judged; `None` where the product has none.
    pub rules: Option<RuleVersion>,
    /// What was judged.
    pub features: Features,
    /// What came out.
    pub verdict: Verdict,
}

/// Why a record cannot be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The rules given are not those of the record.
    #[error("the record was judged by other rules")]
    OtherRules,
}

/// One comparison behind a decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Index of the rule in its set.
    pub rule: u16,
    /// Whether that rule decided.
    pub decisive: bool,
    /// Slot of the feature.
    #[serde(with = "slot_number")]
    pub slot: Slot,
    /// What is said of it.
    pub comparison: Comparison,
    /// Its value; money in major units, flags 0 or 1, words by position.
    pub value: Option<f64>,
    /// What it was compared with.
    pub threshold: Option<f64>,
    /// What is usual for this card.
    pub typical: Option<f64>,
    /// How much it says, 0 to 1: half for the mere fact, more the farther the value lies beyond the threshold,
    /// half of all that where the rule did not decide.
    pub weight: f64,
}

impl Contribution {
    /// The feature's row: id, unit, kind.
    pub fn feature(&self) -> &'static FeatureDef {
        self.slot.def()
    }

    /// Value divided by the usual one: "6.2 times your usual".
    pub fn times(&self) -> Option<f64> {
        let typical = self.typical.filter(|typical| *typical > 0.0)?;
        Some(self.value? / typical)
    }

    /// The word, for features that are words.
    pub fn word(&self) -> Option<&'static str> {
        let FeatureKind::Text(words) = self.feature().kind else { return None };
        words.get(self.value? as usize).copied()
    }
}

mod slot_number {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::features::{FEATURES, Slot};

    pub(super) fn serialize<S: Serializer>(slot: &Slot, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*slot as u8)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Slot, D::Error> {
        let number = u8::deserialize(deserializer)?;
        let def = FEATURES.get(usize::from(number));
        def.map(|def| def.slot).ok_or_else(|| D::Error::custom("unknown feature slot"))
    }
}

impl DecisionRecord {
    /// The record of a decision just made.
    pub fn new(features: Features, rules: Option<&RuleSet>, verdict: Verdict) -> Self {
        Self { schema: FEATURE_SCHEMA, rules: rules.map(RuleSet::version), features, verdict }
    }

    /// The record as bytes, appended to `out`. Some 200 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let verdict = &self.verdict;
        let mut flags = 0;
        flags |= if verdict.action == VerdictAction::Decline { DECLINED } else { 0 };
        flags |= if verdict.alert { ALERT } else { 0 };
        flags |= if verdict.challenge { CHALLENGE } else { 0 };
        flags |= if verdict.decisive.is_some() { DECISIVE } else { 0 };
        out.extend_from_slice(&[VERSION, flags]);
        put_u64(out, u64::from(self.schema));
        // Zero says that there were no rules; a version is written one higher.
        put_u64(out, self.rules.map_or(0, |version| u64::from(version.number) + 1));
        if let Some(version) = self.rules {
            out.extend_from_slice(&version.hash.to_le_bytes());
        }
        if let Some(decisive) = verdict.decisive {
            put_u64(out, u64::from(decisive));
        }
        put_u64(out, u64::from(verdict.hits.count()));
        for hit in verdict.hits.as_slice() {
            put_u64(out, u64::from(*hit));
        }
        put_i64(out, self.features.cross_as_of_us());
        out.push(self.features.exponent());
        encode_values(&self.features, out);
    }

    /// Reads what [`encode`](Self::encode) wrote, now or under an older feature table.
    ///
    /// # Errors
    /// Damaged, truncated or foreign bytes, or a newer feature table.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let flags = reader.u8()?;
        let schema = reader.u16("feature table")?;
        let rules = match reader.u64()?.checked_sub(1) {
            None => None,
            Some(number) => Some(RuleVersion {
                number: u32::try_from(number).map_err(|_| DecodeError::Range("rule set"))?,
                hash: u64::from_le_bytes(reader.array()?),
            }),
        };
        let decisive = if flags & DECISIVE == 0 { None } else { Some(reader.u16("rule")?) };
        let count = reader.len(RULES_MAX, "hits")?;
        let mut hits = Hits::default();
        for index in 0..count {
            // Hits beyond the list were counted, not written.
            hits.push(if index < HITS_MAX { reader.u16("rule")? } else { 0 });
        }
        let as_of_us = reader.i64()?;
        let mut features = Features::empty(reader.u8()?, as_of_us);
        decode_values(&mut features, &mut reader)?;
        if !reader.is_empty() {
            return Err(DecodeError::Range("length"));
        }
        let declined = flags & DECLINED != 0;
        let action = if declined { VerdictAction::Decline } else { VerdictAction::Approve };
        let (alert, challenge) = (flags & ALERT != 0, flags & CHALLENGE != 0);
        Ok(Self { schema, rules, features, verdict: Verdict { action, hits, decisive, alert, challenge } })
    }

    /// The comparisons that made its rules hit, the weightiest first. Empty where none hit.
    ///
    /// # Errors
    /// `rules` is another set or another version than the one that judged.
    pub fn explain(&self, rules: &RuleSet) -> Result<Vec<Contribution>, RecordError> {
        if self.rules != Some(rules.version()) {
            return Err(RecordError::OtherRules);
        }
        let mut list: Vec<Contribution> = Vec::new();
        for rule in self.verdict.hits.as_slice() {
            let decisive = self.verdict.decisive == Some(*rule);
            for found in rules.found(*rule, &self.features) {
                let value = self.features.get(found.slot);
                let typical = found.slot.def().typical.and_then(|slot| self.features.get(slot));
                let size = strength(found.comparison, value, found.threshold);
                list.push(Contribution {
                    rule: *rule,
                    decisive,
                    slot: found.slot,
                    comparison: found.comparison,
                    value,
                    threshold: found.threshold,
                    typical,
                    weight: if decisive { size } else { size / 2.0 },
                });
            }
        }
        list.sort_by(|left, right| right.weight.total_cmp(&left.weight));
        Ok(list)
    }
}

/// Half for the fact, up to another half for how far beyond the threshold the value lies.
fn strength(comparison: Comparison, value: Option<f64>, threshold: Option<f64>) -> f64 {
    let (Some(value), Some(threshold)) = (value, threshold) else { return 0.5 };
    let (small, large) = match comparison {
        Comparison::Above | Comparison::AtLeast => (threshold, value),
        Comparison::Below | Comparison::AtMost => (value, threshold),
        _ => return 0.5,
    };
    if large <= 0.0 { 0.5 } else { 0.5 + 0.5 * (1.0 - small / large).clamp(0.0, 1.0) }
}

/// How many slots, a bit each for present, a bit each for not zero, then the values that are not zero.
fn encode_values(features: &Features, out: &mut Vec<u8>) {
    put_u64(out, FEATURE_COUNT as u64);
    for not_zero in [false, true] {
        for rows in FEATURES.chunks(8) {
            let mut byte = 0_u8;
            for (bit, def) in rows.iter().enumerate() {
                let set = features.get(def.slot).is_some_and(|value| !not_zero || value != 0.0);
                byte |= u8::from(set) << bit;
            }
            out.push(byte);
        }
    }
    for def in FEATURES {
        let Some(value) = features.get(def.slot).filter(|value| *value != 0.0) else { continue };
        match def.kind {
            FeatureKind::Bool => {}
            FeatureKind::Int | FeatureKind::Text(_) => put_u64(out, value as u64),
            FeatureKind::Money => put_i64(out, minor(value, features.exponent())),
            FeatureKind::Double => out.extend_from_slice(&(value as f32).to_le_bytes()),
        }
    }
}

fn decode_values(features: &mut Features, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    let count = reader.len(FEATURE_COUNT, "features")?;
    let mut maps = [0_u128; 2];
    for map in &mut maps {
        for index in 0..count.div_ceil(8) {
            *map |= u128::from(reader.u8()?) << (8 * index);
        }
    }
    for (index, def) in FEATURES.iter().enumerate().take(count) {
        let [present, not_zero] = maps.map(|map| map >> index & 1 == 1);
        if !present {
            continue;
        }
        match def.kind {
            FeatureKind::Bool => features.set_flag(def.slot, not_zero),
            FeatureKind::Int | FeatureKind::Text(_) => {
                features.set_count(def.slot, if not_zero { reader.u32("count")? } else { 0 });
            }
            FeatureKind::Money => features.set_money(def.slot, if not_zero { reader.i64()? } else { 0 }),
            FeatureKind::Double => {
                let value = if not_zero { reader.f32()? } else { 0.0 };
                features.set_double(def.slot, f64::from(value));
            }
        }
    }
    Ok(())
}
