//! Calls: what a customer on the telephone has proved, and what may be done for them on the strength of it.
//!
//! Problem: the telephone is where issuers are talked out of their customers' accounts: an agent wants to help, asks a
//! few questions, and decides. Design: the server decides. A call is a row with its proofs; each comes from the customer
//! past the agent: digits on the keypad go to the phone menu's API, a confirmation is given in the app with the number
//! that the agent reads out, a code is shown by the app for one minute. The level comes from the same policy as
//! everywhere ([`crate::identity::Policy`]), and each act asks the same [`platform::access::decide`] as the gate, with
//! the call's level. The agent sees match or no match, what it opens and until when, and for what is refused the next
//! best proof. Why safe: no route lets an agent add a proof or skip one; an act below its level is refused and written
//! down; the act's own entry has the call as its origin; a customer nobody knows gets the same answers. The app says
//! "you are talking to NAME" only while the call lives, and its page goes stale by itself within seconds.
//!
//! An unverified caller can have a card frozen: that is the cards' own act and asks for nothing.
//! Tables: `calls`, `call_proofs`, `call_asks`, `call_facts`. Questions about payments are signs that open nothing. A voice is no proof, and there is no place to say that it is one.

mod access;
mod error;
mod events;
mod http;
mod messages;
mod model;
mod privacy;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod ui;

pub use error::CallError;
pub use service::{Calls, with_line};
pub use ui::{DeskCall, desk_call};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "calls",
    routes: http::routes,
    permissions: &[
        &access::MENU_OPEN,
        &access::MENU_PROVE,
        &access::MENU_READ,
        &access::SERVE,
        &access::UNFREEZE,
        &access::UNBLOCK,
        &access::OWN,
        &access::CONFIRM,
    ],
    navigation: &[NavItem {
        surface: Surface::Desk,
        path: "/desk/calls",
        label: "calls-desk-nav",
        icon: "phone",
        order: 30,
        permission: &access::SERVE,
    }],
    messages: &[&messages::CONFIRM],
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::OPENED, sentence: "audit-calls-call-opened" },
        AuditAct { name: events::TAKEN, sentence: "audit-calls-call-taken" },
        AuditAct { name: events::READ, sentence: "audit-calls-call-read" },
        AuditAct { name: events::CLOSED, sentence: "audit-calls-call-closed" },
        AuditAct { name: events::PROVED, sentence: "audit-calls-proof-added" },
        AuditAct { name: events::UNPROVED, sentence: "audit-calls-proof-missed" },
        AuditAct { name: events::ASKED, sentence: "audit-calls-confirm-asked" },
        AuditAct { name: events::CODE_SHOWN, sentence: "audit-calls-code-shown" },
        AuditAct { name: events::FACTS_DRAWN, sentence: "audit-calls-facts-drawn" },
        AuditAct { name: events::FACT_ANSWERED, sentence: "audit-calls-fact-answered" },
        AuditAct { name: events::PERMITTED, sentence: "audit-calls-act-permitted" },
        AuditAct { name: events::REFUSED, sentence: "audit-calls-act-refused" },
    ],
    personal_data: privacy::HELD,
    tables: &["calls", "call_proofs", "call_asks", "call_facts"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
