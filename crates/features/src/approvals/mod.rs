//! Approvals: acts that their owner signs as they are shown, requests answered with a number, and receipts of both.
//!
//! Problem: a session proves who came, not what they meant; and a dispute of years later needs more than our word.
//! Design: an act that needs it is stored as it will be done, shown in its owner's words, and signed by a passkey over
//! SHA-256(nonce, canonical text), the text made anew from the row each time (dynamic linking, PSD2 RTS article 5). The
//! assertion, the text and who signed go into a receipt that the key module signs and anybody can check offline. Lower
//! features list their acts as data (`platform::approval`); programs ask over the API. A request from another screen is
//! answered in the app with the number that this screen shows, and becomes a proof there.
//!
//! Why safe: one answer to each request, in the transaction that counts; used once, by an act with exactly its details;
//! nothing is done later by itself. At most three requests wait for a person, two refusals pause them for an hour, and
//! who asks can't tell. A receipt's key is kept for good.
//!
//! Tables: `approvals`, `approval_receipt_keys`. It knows no act of another feature, and keeps no key of its own.

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

pub use error::ApprovalError;
pub use events::{ASKED, CHANGED, DECIDED, DISOWNED, MATCHED, NOT_SHOWN, NOT_SIGNED, REFUSED, SIGNED, USED};
pub use model::{Approval, Asker, LIFE_US, PAUSE_US, PENDING_MAX, PUSH_LIFE_US, State};
pub use service::{Approvals, Wanted, take_approved_in_tx};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Panel, Waiting};

/// The kind of a request that is answered with a number.
pub const PUSH: &str = "approvals.push.match";
/// The kind of a payment that a program asks about.
pub const PAYMENT: &str = "approvals.payment.approve";

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "approvals",
    routes: http::routes,
    permissions: &[
        &access::OWN,
        &access::SIGN,
        &access::REFUSE,
        &access::ASK_APP,
        &access::ASK,
        &access::READ,
        &access::RECEIPTS,
        &access::KEYS,
    ],
    navigation: &[NavItem {
        surface: Surface::App,
        path: "/security",
        label: "approvals-nav",
        icon: "shield",
        order: 50,
        permission: &access::OWN,
    }],
    waiting: &[Waiting { path: "/security", count: http::waiting }],
    panels: &[
        Panel {
            slot: "app.security",
            path: "/approvals",
            label: "approvals-title",
            order: 10,
            permission: &access::OWN,
        },
        Panel {
            slot: "app.step_up",
            path: "/step-up/app",
            label: "approvals-ask-title",
            order: 20,
            permission: &access::ASK_APP,
        },
    ],
    approvals: Some(service::own_act),
    messages: &[&messages::WAITING, &messages::SIGNED, &messages::DISOWNED],
    jobs: jobs::jobs,
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::ASKED, sentence: "audit-approvals-asked" },
        AuditAct { name: events::NOT_SHOWN, sentence: "audit-approvals-not-shown" },
        AuditAct { name: events::SIGNED, sentence: "audit-approvals-signed" },
        AuditAct { name: events::MATCHED, sentence: "audit-approvals-matched" },
        AuditAct { name: events::REFUSED, sentence: "audit-approvals-refused" },
        AuditAct { name: events::DISOWNED, sentence: "audit-approvals-disowned" },
        AuditAct { name: events::NOT_SIGNED, sentence: "audit-approvals-not-signed" },
        AuditAct { name: events::USED, sentence: "audit-approvals-used" },
        AuditAct { name: events::CHANGED, sentence: "audit-approvals-changed" },
        AuditAct { name: events::RECEIPT_READ, sentence: "audit-approvals-receipt-read" },
    ],
    personal_data: privacy::HELD,
    tables: &["approvals", "approval_receipt_keys"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
