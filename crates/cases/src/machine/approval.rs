//! Four eyes: which content a request applies to, and who may not agree to it.

use super::Fields;
use super::blocker::Exclusion;
use super::case::{Case, Pending};
use kernel::Actor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// The SHA-256 of a request and of the case content that it applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// Of a request on a case: kind, version of the definition, state, fields, documents, and the
    /// exact command.
    pub fn of(case: &Case, transition: &str, input: &Fields, reason: Option<&str>) -> Self {
        let applies_to =
            (&case.kind, case.def_version, &case.pack, &case.state, &case.fields, case.attachments);
        let content = (applies_to, transition, input, reason);
        // Maps are sorted, and every key is a text, so the bytes are the same each time and writing can't fail.
        let bytes = serde_json::to_vec(&content).unwrap_or_default();
        Self(Sha256::digest(&bytes).into())
    }

    /// From 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("64 hexadecimal digits expected"))
    }
}

impl Pending {
    /// The content as it is now, which a voter has to have seen.
    pub fn content_now(&self, case: &Case) -> ContentHash {
        ContentHash::of(case, &self.transition, &self.input, self.reason.as_deref())
    }

    /// Why somebody may not agree, with whichever of their accounts, whatever roles they hold.
    pub(crate) fn exclusion(&self, case: &Case, accounts: &[Actor]) -> Option<Exclusion> {
        // Only people can be other people: two keys of a program may have one owner.
        if !accounts.iter().all(|account| matches!(account, Actor::Staff(_))) {
            return Some(Exclusion::NoPerson);
        }
        if accounts.contains(&self.maker) {
            return Some(Exclusion::Maker);
        }
        let any = |of: &[Actor]| of.iter().any(|account| accounts.contains(account));
        if any(&case.editors) || any(&self.editors) {
            return Some(Exclusion::Editor);
        }
        let mut holders = case.assignee.into_iter().chain(case.claim.map(|claim| claim.by));
        let holds = holders.any(|holder| accounts.contains(&holder));
        (holds || any(&self.assignees)).then_some(Exclusion::Assignee)
    }
}
