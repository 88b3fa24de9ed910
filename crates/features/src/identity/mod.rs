//! Identity: what has been proved about somebody, on every channel, with one memory.
//!
//! Problem: an issuer is asked "may this person do this?" by pages, a desk, a phone menu and programs, and whoever is
//! refused by one tries the next. Design: a [`Proof`] has a closed kind; [`Policy`] is data and says which proofs come to
//! which assurance, until when; misses are counted once for a person and a kind, whatever the channel, in a row that is
//! locked and committed before anything is answered ([`Identity::check`]). Sessions rise by [`Identity::prove`] and get a
//! new token with each rise. Why safe: there is one answer to wrong, refused, expired and unknown; what is only a signal
//! (facts) or can't be a proof (a voice) is not in the list or in no grant; the permission and the level meet in
//! `platform::access::decide` and nowhere else.
//!
//! Tables: `proof_counters`, `session_proofs`, `query_passwords`, `text_codes`, `code_sends`, `authenticators`,
//! `activation_codes`, `phone_losses`, `phone_loss_turns`, `proof_misses`, `proof_alarms`. The count of a card (value, expiry, PIN) is the
//! engine's. It knows no keys of devices: passkeys are a feature of their own and tell of successes and failures here.

mod access;
mod error;
mod events;
mod http;
mod jobs;
mod messages;
mod model;
mod port;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::IdentityError;
pub use events::{BLOCKED, MATCHED, MISSED, PASSWORD_SET, PROOFS_READ, RAISED, REFUSED, RESET};
pub use model::{
    ActionHash, Attempt, Count, Factor, Granted, Proof, ProofKind, Risk, Strength, Subject, Tries, Verdict,
};
pub use port::{CodeLetter, LetterBox, OnTheLine, Permitted};
pub use rules::{
    Alarms, Codes, Emergency, Grant, PASSWORD_DIGITS, Policy, PolicyError, ProofRule, Recovery, Weakness,
    weakness,
};
pub use service::{
    CodeMark, Coming, Enrolment, HeldTry, Identity, PASSWORDS_AT_ONCE_MAX, Sent, WaitingCode,
    end_again_in_tx, take_over_passwords, with_policy,
};

use platform::feature::{AuditAct, Feature, Panel};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "identity",
    routes: http::routes,
    permissions: &[
        &access::STEP_UP,
        &access::OWN,
        &access::PASSWORD,
        &access::AUTHENTICATOR,
        &access::LOST,
        &access::STOP,
        &access::ASK,
        &access::RESET,
    ],
    panels: &[Panel {
        slot: "app.security",
        path: "/security/proofs",
        label: "identity-proofs",
        order: 15,
        permission: &access::OWN,
    }],
    messages: messages::KINDS,
    jobs: jobs::jobs,
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: MATCHED, sentence: "audit-identity-proof-matched" },
        AuditAct { name: MISSED, sentence: "audit-identity-proof-missed" },
        AuditAct { name: REFUSED, sentence: "audit-identity-proof-refused" },
        AuditAct { name: BLOCKED, sentence: "audit-identity-proof-blocked" },
        AuditAct { name: RESET, sentence: "audit-identity-proof-reset" },
        AuditAct { name: RAISED, sentence: "audit-identity-session-raised" },
        AuditAct { name: PROOFS_READ, sentence: "audit-identity-proofs-read" },
        AuditAct { name: PASSWORD_SET, sentence: "audit-identity-query-password-set" },
        AuditAct {
            name: events::PASSWORDS_TAKEN_OVER,
            sentence: "audit-identity-query-passwords-taken-over",
        },
        AuditAct { name: events::CODE_SENT, sentence: "audit-identity-code-sent" },
        AuditAct { name: events::AUTHENTICATOR_BEGUN, sentence: "audit-identity-authenticator-begun" },
        AuditAct { name: events::AUTHENTICATOR_SET, sentence: "audit-identity-authenticator-set" },
        AuditAct { name: events::AUTHENTICATOR_REMOVED, sentence: "audit-identity-authenticator-removed" },
        AuditAct { name: events::ACTIVATION_ASKED, sentence: "audit-identity-activation-asked" },
        AuditAct { name: events::ACTIVATION_STOPPED, sentence: "audit-identity-activation-stopped" },
        AuditAct { name: events::ACTIVATION_USED, sentence: "audit-identity-activation-used" },
        AuditAct { name: events::LOSS_SAID, sentence: "audit-identity-loss-said" },
        AuditAct { name: events::PHONE_LOST, sentence: "audit-identity-phone-lost" },
        AuditAct { name: events::ALARM_RAISED, sentence: "audit-identity-alarm-raised" },
    ],
    personal_data: privacy::HELD,
    tables: &[
        "proof_counters",
        "session_proofs",
        "query_passwords",
        "text_codes",
        "code_sends",
        "authenticators",
        "activation_codes",
        "phone_losses",
        "phone_loss_turns",
        "proof_misses",
        "proof_alarms",
    ],
    ..Feature::EMPTY
};
