//! Changes of what is known of a customer: asked for, signed, waited for, made, and undone.
//!
//! Problem: whoever can change a telephone number or a mail address can take an account over, and the owner hears of it when
//! it is done. Design: what each field asks for is a table ([`Policy`]): which way it moves risk, how long it waits, how long
//! it can be undone. A change is shown with its consequences and dates, signed by a bound device with exactly these
//! (`platform::approval`), told to the contacts before and after it, made when its time has come, and undone exactly while its
//! time to be undone lasts. Signs of risk and other changes make it wait longer. The rows are the timers. Where a phone is
//! gone, or a change is undone or disputed, all that waits is stopped.
//!
//! Why safe: each step is one statement that names the state before it, in the transaction that does it, so it is taken once
//! on any number of nodes; what is written is compared with what was shown; the value is sealed under the person's key. The
//! code of a notice works without signing in, and only ever stops changes and codes by letter, disputes a change that was
//! made, and signs people out.
//!
//! Tables: `changes`, `change_stops`, `change_looks`. Names and documents are refused here: they need somebody who looks at a document. It
//! changes no limits and issues no cards.

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

pub use error::ChangeError;
pub use events::{ALARMED, DISOWNED, MADE, OVERTAKEN, SETTLED, SIGNED, STOPPED, UNDONE};
pub use model::{Change, Field, State, Value};
pub use rules::{
    Direction, DocumentKind, Finding, Path, Plan, Policy, PolicyError, Remedy, Sign, document_kind,
    is_document_of,
};
pub use service::{Changes, Preview, stop_again_in_tx};

use platform::access::Surface;
use platform::feature::{AuditAct, Feature, NavItem, Waiting};

/// The feature as data.
pub static FEATURE: Feature = Feature {
    name: "changes",
    routes: http::routes,
    permissions: &[
        &access::OWN,
        &access::ASK,
        &access::STOP,
        &access::UNDO,
        &access::DISOWN,
        &access::READ,
        &access::STOP_FOR,
        &access::CHECK,
    ],
    navigation: &[NavItem {
        surface: Surface::App,
        path: "/details",
        label: "changes-nav",
        icon: "user",
        order: 60,
        permission: &access::OWN,
    }],
    waiting: &[Waiting { path: "/details", count: http::waiting }],
    signed_acts: &[&access::CHANGE],
    messages: &[
        &messages::WAITING,
        &messages::MADE,
        &messages::STOPPED,
        &messages::OVERTAKEN,
        &messages::CHANGED,
        &messages::UNDONE,
        &messages::DISOWNED,
    ],
    jobs: jobs::jobs,
    texts: &[
        ("zh-Hans", include_str!("i18n/zh-Hans.ftl")),
        ("zh-Hant", include_str!("i18n/zh-Hant.ftl")),
        ("en", include_str!("i18n/en.ftl")),
    ],
    audit_acts: &[
        AuditAct { name: events::REQUESTED, sentence: "audit-changes-requested" },
        AuditAct { name: events::PREVIEWED, sentence: "audit-changes-previewed" },
        AuditAct { name: SIGNED, sentence: "audit-changes-signed" },
        AuditAct { name: MADE, sentence: "audit-changes-made" },
        AuditAct { name: SETTLED, sentence: "audit-changes-settled" },
        AuditAct { name: STOPPED, sentence: "audit-changes-stopped" },
        AuditAct { name: UNDONE, sentence: "audit-changes-undone" },
        AuditAct { name: OVERTAKEN, sentence: "audit-changes-overtaken" },
        AuditAct { name: DISOWNED, sentence: "audit-changes-disowned" },
        AuditAct { name: ALARMED, sentence: "audit-changes-alarmed" },
        AuditAct { name: events::READ, sentence: "audit-changes-read" },
        AuditAct { name: events::CHECKED, sentence: "audit-changes-checked" },
    ],
    end_access: Some(service::stop_lost),
    personal_data: privacy::HELD,
    tables: &["changes", "change_stops", "change_looks"],
    openapi: Some(http::openapi),
    ..Feature::EMPTY
};
