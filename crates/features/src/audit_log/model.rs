//! Entries as sentences, and which of them are looks at somebody's data. Pure: no SQL, no HTTP, no clock.

use platform::access::{Role, Staff};
use platform::audit::{Found, Outcome};
use platform::feature::{AuditAct, Feature, with_own};
use platform::i18n::{Arg, Locale, t};
use serde_json::Value;
use std::collections::BTreeMap;

/// An act that shows somebody's data, and the key of the sentence that says to them which part. What a feature adds
/// here its owners see from then on; a test holds every act that reads against this list.
pub(super) const LOOKS: &[(&str, &str)] = &[
    ("accounts.account.read", "audit-log-part-account"),
    ("accounts.accounts.read", "audit-log-part-account"),
    ("accounts.customer.read", "audit-log-part-customer"),
    ("accounts.customer.sought", "audit-log-part-found"),
    ("authorizations.payment.read", "audit-log-part-transactions"),
    ("calls.call.read", "audit-log-part-call"),
    ("cards.card.read", "audit-log-part-cards"),
    ("cases.case.read", "audit-log-part-case"),
    ("changes.change.read", "audit-log-part-changes"),
    ("passkeys.customer.counted", "audit-log-part-proofs"),
    ("identity.proofs.read", "audit-log-part-proofs"),
    ("matters.emergencies.read", "audit-log-part-emergency"),
    ("monitoring.alert.read", "audit-log-part-payments"),
    ("reveals.card.shown", "audit-log-part-card-number"),
    ("reveals.phone.shown", "audit-log-part-phone"),
    ("reveals.email.shown", "audit-log-part-email"),
    ("reveals.document.shown", "audit-log-part-document"),
    ("approvals.receipt.read", "audit-log-part-receipt"),
];

/// Acts by which somebody proved who they are, or tried to, and what changed of their proofs, with what their owner is told.
/// A test holds each against the acts that there are.
pub(super) const CHECKS: &[(&str, &str)] = &[
    ("access.session.opened", "audit-log-check-signed-in"),
    ("identity.proof.matched", "audit-log-check-matched"),
    ("identity.proof.missed", "audit-log-check-missed"),
    ("identity.proof.refused", "audit-log-check-missed"),
    ("identity.proof.blocked", "audit-log-check-blocked"),
    ("identity.query_password.set", "audit-log-check-password-set"),
    ("passkeys.passkey.enrolled", "audit-log-check-passkey-added"),
    ("passkeys.passkey.ended", "audit-log-check-passkey-ended"),
    ("passkeys.passkey.refused", "audit-log-check-passkey-refused"),
    ("approvals.approval.signed", "audit-log-check-signed"),
    ("approvals.approval.not_signed", "audit-log-check-passkey-refused"),
    ("approvals.approval.disowned", "audit-log-check-disowned"),
];

/// Which part of somebody's data an act shows; `None` for an act that shows none.
pub(super) fn part_of(act: &str) -> Option<&'static str> {
    LOOKS.iter().find(|(name, _)| *name == act).map(|(_, part)| *part)
}

/// What entries are told with: the language, the acts of all features, and the names of colleagues.
pub(super) struct Teller {
    pub(super) locale: Locale,
    sentences: BTreeMap<&'static str, &'static str>,
    staff: BTreeMap<String, Staff>,
}

impl Teller {
    pub(super) fn new(locale: Locale, features: &[&'static Feature], staff: Vec<Staff>) -> Self {
        let acts = with_own(features).into_iter().flat_map(|feature| feature.audit_acts);
        Self {
            locale,
            sentences: acts.map(|AuditAct { name, sentence }| (*name, *sentence)).collect(),
            staff: staff.into_iter().map(|one| (one.id.to_string(), one)).collect(),
        }
    }

    pub(super) fn word(&self, key: &str) -> String {
        t(self.locale, key, &[])
    }

    /// Every act there is, with its sentence without names, for choosing one.
    pub(super) fn acts(&self) -> Vec<(&'static str, String)> {
        let blank =
            |key: &&'static str| t(self.locale, key, &[("actor", "…".into()), ("subject", "…".into())]);
        self.sentences.iter().map(|(name, key)| (*name, blank(key))).collect()
    }

    /// Colleagues by name, for choosing one.
    pub(super) fn colleagues(&self) -> Vec<(&str, String)> {
        let mut all: Vec<_> = self.staff.keys().map(|id| (id.as_str(), self.who(id))).collect();
        all.sort_by(|one, other| one.1.cmp(&other.1));
        all
    }

    fn role(&self, role: Role) -> String {
        self.word(&format!("access-role-{}", role.word().replace('_', "-")))
    }

    /// Who acts, in words: a colleague by name and role, anybody else by what they are.
    pub(super) fn who(&self, actor: &str) -> String {
        if let Some(one) = self.staff.get(actor) {
            let (name, role) = (one.name.reveal(), self.role(one.role));
            return t(self.locale, "audit-log-colleague", &[("name", name.into()), ("role", role.into())]);
        }
        let key = match actor.split('_').next().unwrap_or_default() {
            "cust" => "audit-log-cardholder",
            "akey" => "audit-log-program",
            "staf" => "audit-log-former",
            "network" => "audit-log-network",
            "system" => "audit-log-system",
            _ => "audit-log-nobody",
        };
        t(self.locale, key, &[("id", actor.into())])
    }

    /// Who acts, as the person whose data it is hears it: the role, and of the name what is said on the telephone.
    pub(super) fn who_for_owner(&self, actor: &str) -> String {
        match self.staff.get(actor) {
            Some(one) => {
                let name = one.name.reveal().split_whitespace().next().unwrap_or_default().to_owned();
                let facts = [("role", self.role(one.role).into()), ("name", name.into())];
                t(self.locale, "audit-log-owner-colleague", &facts)
            }
            None if actor.starts_with("akey_") => self.word("audit-log-owner-program"),
            None => self.word("audit-log-owner-former"),
        }
    }

    /// The entry as a sentence. Facts of its detail can be named in it; an act that no feature tells any more is
    /// told by its name.
    pub(super) fn sentence(&self, entry: &Found) -> String {
        let subject = entry.subject.as_deref().unwrap_or_default();
        let subject = self.staff.get(subject).map_or(subject, |one| one.name.reveal()).to_owned();
        let mut facts: Vec<(&str, Arg<'_>)> =
            vec![("actor", self.who(&entry.actor).into()), ("subject", subject.into())];
        if let Value::Object(detail) = &entry.detail {
            facts.extend(detail.iter().filter(|(name, _)| *name != "actor" && *name != "subject").map(
                |(name, value)| {
                    let fact = match value {
                        Value::String(text) => Arg::from(text.as_str()),
                        Value::Number(number) => {
                            number.as_i64().map_or_else(|| number.to_string().into(), Arg::Count)
                        }
                        other => other.to_string().into(),
                    };
                    (name.as_str(), fact)
                },
            ));
        }
        match self.sentences.get(entry.act.as_str()) {
            Some(key) => t(self.locale, key, &facts),
            None => format!("{} · {}", self.who(&entry.actor), entry.act),
        }
    }

    /// Whether it went well, in a word.
    pub(super) fn outcome(&self, outcome: Outcome) -> String {
        self.word(&format!("audit-log-outcome-{}", outcome.word()))
    }
}
