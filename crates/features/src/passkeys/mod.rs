//! Passkeys: signing in, proving more, and signing acts, with a key that never leaves its owner's device or keychain.
//!
//! Problem: whatever a person can tell, a thief can ask for. Design: people prove themselves by WebAuthn with their user
//! verified on the device (finger, face or PIN, of which nothing reaches us). Cardholders and colleagues have the same
//! passkeys in one table; colleagues sign in with nothing else. The first one is made with an enrolment code (a letter, a
//! branch, an administrator's printout), every further one at assurance 2. Questions to authenticators are answered
//! once, on any node; one to somebody who is not known yet is kept nowhere until then. A changed factor ends every session
//! of its owner; a code, a phone that is gone and a colleague who is shut out end every earlier passkey as well.
//!
//! Why safe: the library (webauthn-rs) checks enrolment and sign-in; what it leaves open (cross-origin use, whose passkey
//! it is, answers at the same time) is checked here, and signatures under acts wholly in [`verify_signed_act`]. Signature,
//! counter, ceremony and session are one transaction. Refusals look alike, whatever was wrong, and are in the log with the
//! reason. A passkey whose counter goes back is ended: there are two of it.
//!
//! Tables: `passkeys`, `passkey_ceremonies`, `passkey_answers`, `enrolment_codes`. It decides nothing about what a proof
//! opens beyond its level, and keeps no name of a colleague's device.

mod access;
mod error;
mod events;
mod http;
mod jobs;
mod messages;
mod model;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::PasskeyError;
pub use events::{CODE_MADE, ENDED, ENROLLED};
pub use model::{
    ActRefusal, CodeTerms, EndReason, EnrolmentCode, Passkey, SignedAct, SignedResponse, SoftAnswer, SoftKey,
    verify_signed_act,
};
pub use rules::is_bound;
pub use service::{
    ActSigned, Site, check_signed_act, credential_hash, end_again_in_tx, end_made_since_in_tx,
    is_bound_device, lacks_administrator, new_code, passkey, passkeys_of, signers_of,
};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Panel};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "passkeys",
    routes: http::routes,
    permissions: access::ALL,
    navigation: &[NavItem {
        surface: Surface::Desk,
        path: "/desk/devices",
        label: "passkeys-desk-nav",
        icon: "lock",
        order: 90,
        permission: &access::DESK_OWN,
    }],
    signed_acts: &[&access::ADD, &access::END_OWN],
    panels: &[
        Panel {
            slot: "app.security",
            path: "/security/devices",
            label: "passkeys-devices",
            order: 20,
            permission: &access::OWN,
        },
        Panel {
            slot: "desk.proofs",
            path: "/desk/accounts/{account}/passkeys",
            label: "passkeys-of-customer",
            order: 10,
            permission: &access::END_ALL,
        },
    ],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    messages: messages::KINDS,
    jobs: jobs::jobs,
    audit_acts: &[
        AuditAct { name: events::MADE, sentence: "audit-passkeys-made" },
        AuditAct { name: events::ENROLLED, sentence: "audit-passkeys-enrolled" },
        AuditAct { name: events::USED, sentence: "audit-passkeys-used" },
        AuditAct { name: events::REFUSED, sentence: "audit-passkeys-refused" },
        AuditAct { name: events::RENAMED, sentence: "audit-passkeys-renamed" },
        AuditAct { name: events::ENDED, sentence: "audit-passkeys-ended" },
        AuditAct { name: events::COUNTED, sentence: "audit-passkeys-counted" },
        AuditAct { name: events::ALL_ENDED, sentence: "audit-passkeys-all-ended" },
        AuditAct { name: events::SESSIONS_ENDED, sentence: "audit-passkeys-sessions-ended" },
        AuditAct { name: events::CODE_MADE, sentence: "audit-passkeys-code-made" },
        AuditAct { name: events::CODE_WITHDRAWN, sentence: "audit-passkeys-code-withdrawn" },
        AuditAct { name: events::CODE_REFUSED, sentence: "audit-passkeys-code-refused" },
    ],
    end_access: Some(service::end_lost),
    personal_data: privacy::HELD,
    tables: &["passkeys", "passkey_ceremonies", "passkey_answers", "enrolment_codes"],
    ..Feature::EMPTY
};
