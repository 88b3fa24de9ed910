//! Staff: who works at the desk, what needs a second person, and alarms about what colleagues do.
//!
//! Problem: the people at the desk are the ones who can do the most harm, alone or by mistake. Design: whatever gives
//! somebody more (a role, a way back in, the record of an important person) is a *request*: the exact command is kept
//! as text with its hash, a second person sees it and allows it with that hash, and it is done from the kept text in
//! the same transaction. Who asked, whom it is about, and every other account of the same person decide nothing; a
//! request lapses; whoever asked must still be able to ask. What protects is done at once by one person: shutting
//! somebody out, saying that they are related to a customer. Customers can be marked as important (opened by managers,
//! or by leave of one) or as nobody (*honey*: whoever opens it is reported and notices nothing). Why safe: no role
//! can do both halves alone and no code path does the command without the decision; every step is an entry.
//!
//! Searches are counted here, and records by [`crate::matters`], which asks [`standing`] before each. Staff can sign in
//! with an outside identity provider ([`Provider`]): state, nonce and PKCE are drawn for each sign-in, bound to the
//! browser and taken with the first use; two people say who is who there. Passkeys are a feature of their own.
//!
//! Tables: `staff_requests`, `staff_people`, `staff_relations`, `customer_marks`, `record_allowances`, `staff_alarms`,
//! `staff_searches`, `provider_sign_ins`, `provider_subjects`.

mod access;
mod error;
mod events;
mod http;
mod jobs;
mod model;
mod port;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::StaffError;
pub use model::{AlarmKind, Command, Mark, Relation, Standing};
pub use port::{
    AddressAsked, IdentityProvider, Provider, ProviderError, SignInSecrets, Vouched, VouchedAsked,
};
pub use service::{
    accounts_of_person, add_person, are_one_person, count_search, raise_in_tx, standing, tell_person,
};
pub use ui::ask_for_record;

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Panel};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "staff",
    routes: http::routes,
    permissions: &[
        &access::READ,
        &access::ASK,
        &access::DECIDE,
        &access::SHUT_OUT,
        &access::RELATE,
        &access::ALARMS,
        &access::SIGN_IN,
    ],
    panels: &[Panel {
        slot: "desk.sign_in",
        path: "/desk/sign-in/provider",
        label: "staff-provider-sign-in",
        order: 10,
        permission: &access::SIGN_IN,
    }],
    navigation: &[
        NavItem {
            surface: Surface::Desk,
            path: "/desk/staff",
            label: "staff-nav",
            icon: "user",
            order: 80,
            permission: &access::READ,
        },
        NavItem {
            surface: Surface::Desk,
            path: "/desk/alarms",
            label: "staff-nav-alarms",
            icon: "bell",
            order: 85,
            permission: &access::ALARMS,
        },
    ],
    jobs: jobs::jobs,
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::LIST_READ, sentence: "audit-staff-list-read" },
        AuditAct { name: events::REQUEST_MADE, sentence: "audit-staff-request-made" },
        AuditAct { name: events::REQUEST_APPROVED, sentence: "audit-staff-request-approved" },
        AuditAct { name: events::REQUEST_REFUSED, sentence: "audit-staff-request-refused" },
        AuditAct { name: events::DECISION_REFUSED, sentence: "audit-staff-decision-refused" },
        AuditAct { name: events::SHUT_OUT, sentence: "audit-staff-member-shut-out" },
        AuditAct { name: events::RELATED, sentence: "audit-staff-relation-added" },
        AuditAct { name: events::ALARMS_READ, sentence: "audit-staff-alarms-read" },
        AuditAct { name: events::ALARM_SEEN, sentence: "audit-staff-alarm-seen" },
        AuditAct { name: events::PERSON_TOLD, sentence: "audit-staff-person-told" },
        AuditAct { name: events::SIGN_IN_RETURNED, sentence: "audit-staff-sign-in-returned" },
        AuditAct { name: events::SIGN_IN_REFUSED, sentence: "audit-staff-sign-in-refused" },
        AuditAct { name: events::SEARCH_REFUSED, sentence: "audit-staff-search-refused" },
    ],
    personal_data: privacy::HELD,
    tables: &[
        "staff_requests",
        "staff_people",
        "staff_relations",
        "customer_marks",
        "record_allowances",
        "staff_alarms",
        "staff_searches",
        "provider_sign_ins",
        "provider_subjects",
    ],
    ..Feature::EMPTY
};
